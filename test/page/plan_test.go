package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func planRuns(t *testing.T, b *browser, s *server) {
	p := b.open(t, s.url, "")
	p.click(`nav.views a[href="#/plan"]`)
	p.shows("h1", "Plan")
	p.until(`document.querySelector('nav.views [aria-current=page]').innerText === "Plan"`)
	p.do("ask for more", chromedp.SendKeys(chromedp.CSS("[name=factor]"), "2"), chromedp.SendKeys(chromedp.CSS("[name=namespace]"), "shop"))
	p.click("[data-testid=plan-go]")
	p.shows("[data-testid=plan-report]", "What if: every load × 2")
	p.shows("[data-testid=plan-report] .numbers", "Workloads\n4")
	p.until(`location.hash.includes("factor=2")`) // so the what-if can be linked to
	p.shows("[data-testid=plan-peaks]", "shop/")
	p.until(`document.querySelectorAll("[data-testid=plan-workloads] tbody tr").length === 4`)
	p.until(`document.querySelector("[data-testid=plot-plan] canvas")`)
	eventually(t, "the fleet's pods are drawn", func() bool {
		got := p.paint("plot-plan")
		return got.Accent > got.All/3 && got.Band > got.All/3 && got.Warm > 10
	})
	for _, f := range []string{"json", "csv", "html"} {
		p.until(fmt.Sprintf(`fetch(document.querySelector("[download='plan.%s']").href).then(r => r.ok && r.text()).then(t => t.includes("checkout"))`, f))
	}
}

// planIsCancelled looks at a plan whose progress never comes, as if it took
// long.
func planIsCancelled(t *testing.T, b *browser, s *server) {
	to, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	cancelled := make(chan string, 1)
	proxy := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/events"):
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "event: progress\ndata: {\"id\":\"x\",\"state\":\"running\",\"done\":1,\"total\":8,\"workload\":\"shop/search\"}\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		case r.Method == http.MethodDelete:
			cancelled <- r.URL.Path
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	p := b.open(t, front.URL+"/", "#/plan?horizon=7d")
	p.until(`document.querySelector("[name=horizon]").value === "7d"`)
	p.click("[data-testid=plan-go]")
	p.shows("[data-testid=plan-progress]", "1 of 8 workloads shop/search")
	p.until(`document.querySelector("[data-testid=plan-go]").disabled`)
	p.picture("plan-progress")
	p.click("[data-testid=plan-cancel]")
	p.shows("[data-testid=plan-cancelled]", "The plan was cancelled")
	p.until(`!document.querySelector("[data-testid=plan-progress]") && !document.querySelector("[data-testid=plan-go]").disabled`)
	if path := <-cancelled; !strings.HasPrefix(path, "/api/v1/plan/") {
		t.Errorf("what was cancelled is %s", path)
	}
}

func planRefused(t *testing.T, b *browser, s *server) {
	p := b.open(t, s.url, "#/plan?namespace=nowhere")
	p.until(`document.querySelector("[name=namespace]").value === "nowhere"`)
	p.click("[data-testid=plan-go]")
	p.shows("[data-testid=error]", "no workload is in the namespace")
	p.forgive("422")
	p.until(`fetch("api/v1/plan", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({whatIf: {load: [{factor: -1}]}})}).then(r => r.json()).then(e => e.errors[0].location === "body.whatIf.load[0].factor")`)
}

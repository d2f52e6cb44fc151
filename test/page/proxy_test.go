package page

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// A change alters an answer of the API.
type change func(path string, answer map[string]any)

// behindProxy serves the page below /tools/highwater/, with answers changed,
// and returns its address.
func behindProxy(t *testing.T, s *server, alter change) string {
	t.Helper()
	to, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "/tools/highwater"
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header.Del("Accept-Encoding") // so that the answer can be read
		},
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasPrefix(r.Request.URL.Path, "/api/") || r.StatusCode != http.StatusOK {
				return nil
			}
			var answer map[string]any
			if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
				return err
			}
			alter(r.Request.URL.Path, answer)
			text, err := json.Marshal(answer)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			r.Header.Set("Content-Length", strconv.Itoa(len(text)))
			return err
		},
	}
	front := httptest.NewServer(http.StripPrefix(prefix, proxy))
	t.Cleanup(front.Close)
	return front.URL + prefix + "/"
}

func standbyBehindProxy(t *testing.T, b *browser, s *server) {
	home := behindProxy(t, s, func(path string, answer map[string]any) {
		if strings.HasSuffix(path, "/status") {
			answer["leading"], answer["mode"], answer["clockSpeed"] = false, "live", 1
		}
	})
	p := b.open(t, home, "")
	p.shows("[data-testid=standby]", "standby")
	p.expectNames(fleet...)
	p.picture("standby")
	p.click("[data-testid=row-shop-search] a.name")
	p.shows("h1", "search")
}

// workloadWithoutData shows what the API says of a workload that Prometheus
// knows nothing of.
func workloadWithoutData(t *testing.T, b *browser, s *server) {
	missing := map[string]any{"reason": "NoData", "detail": "the query returned no series"}
	home := behindProxy(t, s, func(path string, answer map[string]any) {
		switch {
		case strings.HasSuffix(path, "/forecast"):
			answer["history"], answer["forecast"], answer["quantiles"], answer["noForecast"] = nil, nil, []any{}, missing
		case strings.HasSuffix(path, "/plan"):
			answer["points"], answer["past"] = []any{}, []any{}
		case strings.HasSuffix(path, "/shop/search"):
			signal := answer["signals"].([]any)[0].(map[string]any)
			signal["newest"], signal["value"], signal["historyStart"], signal["historySpanSeconds"] = nil, nil, nil, 0
			signal["fittedAt"], signal["method"], signal["noForecast"] = nil, "", missing
			answer["load"], answer["capacity"], answer["peak"], answer["signal"] = nil, nil, nil, ""
			answer["reason"], answer["noForecast"], answer["lease"] = "NoForecast", missing, nil
			answer["message"] = "floor 2 is the baseline: no load is forecast"
		}
	})
	p := openWorkload(t, b, home, "shop/search")
	p.shows("[data-testid=troubles]", "No forecast: NoData")
	p.shows("section:has([data-testid=plot-load])", "No history")
	p.shows("[data-testid=signal]", "History\nnone")
	p.picture("workload-without-data")
}

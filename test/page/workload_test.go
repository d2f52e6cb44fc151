package page

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// openWorkload opens a workload once its plots are there.
func openWorkload(t *testing.T, b *browser, home, name string) *tab {
	t.Helper()
	p := b.open(t, home, "#/w/"+name)
	p.until(`document.querySelectorAll("[data-testid^=plot-] canvas").length === 2`)
	return p
}

func decisionIsTold(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "media/scores")
	want := []string{"demand", "headroom", "feasibility", "ramp", "stabilise", "rate", "clamp"}
	got := value[[]string](p, `[...document.querySelectorAll("[data-testid=steps] tbody th")].map(h => h.firstChild.textContent)`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	p.until(`document.querySelectorAll("[data-testid=steps] .bound").length <= 1`)
	p.until(`/^\D*\d+ → \d+\D/.test(document.querySelector("[data-testid=steps] tbody").innerText)`)
	p.shows("[data-testid=signal] pre", `sum(max without (prometheus_replica) (site_requests_per_minute{app="scores",namespace=~"media|"}))`)
	p.shows("[data-testid=signal]", "spec.metrics[0]")
	p.until(`/Quantile\n\d+(\.\d+)? %/.test(document.querySelector("[data-testid=policy]").innerText)`)
	p.shows("[data-testid=policy]", "Calendar\nnone")
	p.shows("[data-testid=message]", "baseline 2")
	p.shows("[data-testid=makeup]", "the same time of")
	p.until(`[...document.querySelectorAll("[data-testid=makeup] tbody tr td:last-child")].map(d => parseInt(d.innerText)).reduce((a, b) => a + b, 0) > 95`)
}

func leaseIsShown(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/checkout")
	p.shows("[data-testid=lease]", "Goes back to\n2 pods")
	p.shows("[data-testid=lease]", "Holder\ndemo")
	p = openWorkload(t, b, s.url, "data/batch")
	p.shows("[data-testid=lease]", "in Observe mode no floor is set")
}

func unknownWorkload(t *testing.T, b *browser, s *server) {
	p := b.open(t, s.url, "")
	p.forgive("404 (Not Found)")
	p.until(`location.hash = "#/w/shop/nothing"`)
	p.shows("[data-testid=error]", "no autoscaler shop/nothing is known")
	p.shows("[data-testid=error]", "HTTP 404")
}

func unknownPage(t *testing.T, b *browser, s *server) {
	p := b.open(t, s.url, "#/elsewhere")
	p.shows("[data-testid=blank]", "There is no such page")
	p.click("[data-testid=blank] a")
	p.expectNames(fleet...)
}

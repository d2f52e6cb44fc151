package page

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// fleet are the workloads of the demo, sorted by name.
var fleet = []string{
	"data/batch", "data/ingest", "media/scores", "media/weekend",
	"shop/catalog", "shop/checkout", "shop/reports", "shop/search",
}

const (
	rows  = `[...document.querySelectorAll("[data-testid=fleet-table] tbody tr")]`
	names = rows + `.map(r => r.querySelector(".ns").innerText + "/" + r.querySelector(".name").innerText)`
)

// openFleet opens the fleet once it lists as many workloads as wanted.
func openFleet(t *testing.T, b *browser, s *server, hash string, want int) *tab {
	t.Helper()
	p := b.open(t, s.url, hash)
	p.until(fmt.Sprintf("%s.length === %d", rows, want))
	return p
}

func (p *tab) expectNames(want ...string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s.length === %d", rows, len(want)))
	if diff := cmp.Diff(want, value[[]string](p, names)); diff != "" {
		p.t.Errorf("workloads (-want +got):\n%s", diff)
	}
}

func fleetListsAll(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "", len(fleet))
	p.expectNames(fleet...)
	p.shows("[data-testid=counts]", "Workloads\n8")
	// Time runs in the demo: each row must agree with the API at some moment.
	for _, name := range fleet {
		p.until(fmt.Sprintf(`fetch("api/v1/workloads/%s").then(r => r.json()).then(w => {
			const row = %s.find(r => r.querySelector(".name").innerText === w.name)
			const raised = w.floor === w.baseline ? String(w.floor) : w.baseline + " → " + w.floor
			return row.querySelector(".c-floor").innerText === raised &&
				row.querySelector("[data-reason]").innerText === w.reason && w.reason !== "" &&
				row.querySelector(".message").innerText === w.message
		})`, name, rows))
	}
}

func filterNarrows(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "", len(fleet))
	p.do("type", chromedp.SendKeys(chromedp.CSS("[data-testid=filter]"), "shop/c"))
	p.expectNames("shop/catalog", "shop/checkout")
	p.until(`location.hash === "#/?q=shop%2Fc"`) // so the view can be linked to
	p.do("type", chromedp.SendKeys(chromedp.CSS("[data-testid=filter]"), "zzz"))
	p.shows("[data-testid=blank]", "No workload matches")
}

func modeNarrows(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "", len(fleet))
	// A workload whose proof fails is only observed, and the demo proves as it runs.
	for _, mode := range []string{"Observe", "Enforce"} {
		p.choose("[data-testid=filter-mode]", mode)
		p.until(fmt.Sprintf(`fetch("api/v1/workloads?mode=%[1]s").then(r => r.json()).then(l => l.total > 0 && l.total < %[3]d &&
			l.items.map(w => w.namespace + "/" + w.name).join() === %[2]s.join() && %[4]s.every(r => r.querySelector(".c-mode").innerText === "%[1]s"))`, mode, names, len(fleet), rows))
	}
}

func headingSorts(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "#/?sort=name&order=desc", len(fleet))
	backwards := slices.Clone(fleet)
	slices.Reverse(backwards)
	p.expectNames(backwards...)
	const floors = rows + `.map(r => Number(r.querySelector(".c-floor").innerText.split("→").at(-1)))`
	p.click(`th a[href*="sort=floor"]`)
	p.until(floors + `.every((f, i, all) => i === 0 || f <= all[i - 1])`)
	p.click(`th[aria-sort="descending"] a`)
	p.until(floors + `.every((f, i, all) => i === 0 || f >= all[i - 1])`)
}

func nameOpensWorkload(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "", len(fleet))
	p.click("[data-testid=row-shop-checkout] a.name")
	p.shows("h1", "checkout")
	p.until(`location.hash === "#/w/shop/checkout" && document.title === "shop/checkout · Highwater"`)
	p.do("back", chromedp.NavigateBack())
	p.expectNames(fleet...)
}

func keysOpenWorkload(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "", len(fleet))
	p.do("tab", chromedp.KeyEvent(kb.Tab))
	p.until(`document.activeElement.innerText === "Skip to the content"`)
	const reached = `document.activeElement.matches("[data-testid=row-shop-search] a.name")`
	for range 60 {
		if value[bool](p, reached) {
			break
		}
		p.do("tab", chromedp.KeyEvent(kb.Tab))
	}
	p.until(reached + ` && getComputedStyle(document.activeElement).outlineStyle === "solid"`)
	p.do("enter", chromedp.KeyEvent(kb.Enter))
	p.shows("h1", "search")
}

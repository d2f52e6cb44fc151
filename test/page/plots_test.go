package page

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	loadLegend  = "section:has([data-testid=plot-load]) .legend"
	floorLegend = "section:has([data-testid=plot-floor]) .legend"
)

func plotsAreDrawn(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "data/ingest")
	p.until(fmt.Sprintf(`/10 %% to \d+(\.\d+)? %%/.test(document.querySelector(%q).innerText)`, loadLegend)) // the band is named by its quantiles
	load, floor := p.paint("plot-load"), p.paint("plot-floor")
	// A day of history and a day of forecast share the width.
	atLeast := func(what string, got, all int, share float64) {
		t.Helper()
		if float64(got) < share*float64(all) {
			t.Errorf("%s is in %d of %d columns, want at least %g", what, got, all, share)
		}
	}
	atLeast("history", load.Ink, load.All, 0.3) // where it is steep, its pixels are of no pure colour
	atLeast("band", load.Band, load.All, 0.4)
	atLeast("median", load.Accent, load.All, 0.4)
	atLeast("floor", floor.Accent, floor.All, 0.4)
	atLeast("the ground of the floor", floor.Band, floor.All, 0.4)
}

func resizedPlots(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "media/scores")
	p.click(".zoom button:first-of-type") // ± 1 h
	wide := p.paint("plot-load")
	p.do("make the window narrow", chromedp.EmulateViewport(700, 900))
	eventually(t, "the plots are narrower, and drawn", func() bool {
		load, floor := p.paint("plot-load"), p.paint("plot-floor")
		return load.All < wide.All && load.Ink > load.All/3 && load.Band > load.All/3 && floor.Accent > floor.All/3
	})
	p.fits()
}

// point moves the mouse to a share of a plot's width and returns the time that
// the legend says.
func (p *tab) point(id string, share float64) time.Time {
	p.t.Helper()
	x, y := p.spot(id, share)
	p.do("point", chromedp.MouseEvent(chromedp.MouseMoved, x, y))
	return p.legendTime(id)
}

// spot returns where a share of a plot's width is in the window, after
// scrolling to it.
func (p *tab) spot(id string, share float64) (x, y float64) {
	p.t.Helper()
	at := value[[]float64](p, fmt.Sprintf(`(e => {
		e.scrollIntoView({block: "center"})
		const r = e.getBoundingClientRect()
		return [r.left + r.width * %g, r.top + r.height / 2]
	})(document.querySelector("[data-testid=%s] .u-over"))`, share, id))
	return at[0], at[1]
}

func (p *tab) legendTime(id string) time.Time {
	p.t.Helper()
	selector := fmt.Sprintf(`document.querySelector("section:has([data-testid=%s]) .legend-time time")`, id)
	p.until(selector)
	at, err := time.Parse(time.RFC3339, value[string](p, selector+".dateTime"))
	if err != nil {
		p.t.Fatal(err)
	}
	return at
}

func legendFollowsCursor(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/search")
	p.shows(loadLegend, "now")
	past := p.point("plot-load", 0.25)
	p.until(fmt.Sprintf(`/load \d[\d.,k]* queries.s/.test(document.querySelector(%q).innerText)`, loadLegend))
	future := p.point("plot-load", 0.75)
	p.until(fmt.Sprintf(`/load –[^]*median forecast \d[\d.,k]* queries.s[^]*10 %% to [\d.]+ %% \d[\d.,k]* to \d/.test(document.querySelector(%q).innerText)`, loadLegend))
	p.until(fmt.Sprintf(`/floor \d+\s+needed \d+\s+replicas –\s+ready –/.test(document.querySelector(%q).innerText)`, floorLegend))
	if d := future.Sub(past); d < 22*time.Hour || d > 26*time.Hour {
		t.Errorf("half the width is %v, want about a day", d)
	}
	if at := p.legendTime("plot-floor"); !at.Equal(p.legendTime("plot-load")) {
		t.Errorf("the plots' cursors differ: %v and %v", future, at)
	}

	p.do("go on by key", chromedp.Focus(chromedp.CSS("[data-testid=plot-load]")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	if at := p.legendTime("plot-load"); !at.After(future) {
		t.Errorf("after two keys the cursor is at %v, before it was at %v", at, future)
	}
}

// floorPlotGrowsPast waits until simulated minutes have left their floors.
func floorPlotGrowsPast(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "media/weekend")
	p.until(`fetch("api/v1/workloads/media/weekend/plan").then(r => r.json()).then(p => p.past.length >= 3 && Date.parse(p.past.at(-1).time) - Date.parse(p.past[0].time) >= 4 * 60e3)`)
	p.click(".zoom button:first-of-type") // ± 1 h
	p.until(`!document.querySelector("[data-testid=zoom-reset]").disabled`)
	eventually(t, "replicas of the past are drawn", func() bool { return p.paint("plot-floor").Warm > 10 })
	p.picture("workload-zoomed")
}

func freshDataKeepsZoom(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/catalog")
	whole := p.point("plot-load", 0.9).Sub(p.point("plot-load", 0.1))
	x0, y := p.spot("plot-load", 0.4)
	x1, _ := p.spot("plot-load", 0.6)
	p.do("drag",
		chromedp.MouseEvent(chromedp.MousePressed, x0, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, (x0+x1)/2, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, x1, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, x1, y, chromedp.ButtonLeft),
	)
	p.until(`!document.querySelector("[data-testid=zoom-reset]").disabled`)
	from, to := p.point("plot-load", 0.1), p.point("plot-load", 0.9)
	if share := to.Sub(from).Seconds() / whole.Seconds(); share < 0.15 || share > 0.25 {
		t.Errorf("dragging over a fifth shows %g of the span", share)
	}

	clock, at := p.text("[data-testid=now]"), p.text("[data-testid=signal] dd:has(time)")
	p.until(fmt.Sprintf(`document.querySelector("[data-testid=now]").innerText !== %q`, clock))
	p.until(fmt.Sprintf(`document.querySelector("[data-testid=signal] dd:has(time)").innerText !== %q`, at))
	if f, u := p.point("plot-load", 0.1), p.point("plot-load", 0.9); !f.Equal(from) || !u.Equal(to) {
		t.Errorf("fresh data moved the zoom from %v–%v to %v–%v", from, to, f, u)
	}
	p.do("escape", chromedp.Focus(chromedp.CSS("[data-testid=plot-load]")), chromedp.KeyEvent(kb.Escape))
	p.until(`document.querySelector("[data-testid=zoom-reset]").disabled`)
}

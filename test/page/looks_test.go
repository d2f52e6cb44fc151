package page

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// looks returns the scenario that shows both views in a scheme and a width:
// nothing may stand out at the side.
func looks(dark bool, width int64) func(*testing.T, *browser, *server) {
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	return func(t *testing.T, b *browser, s *server) {
		p := b.open(t, s.url, "",
			chromedp.EmulateViewport(width, 900),
			send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
		)
		p.expectNames(fleet...)
		p.fits()
		p.picture(fmt.Sprintf("fleet-%s-%d", scheme, width))

		p.click("[data-testid=row-shop-checkout] a.name")
		p.until(`document.querySelectorAll("[data-testid^=plot-] canvas").length === 2`)
		p.shows("[data-testid=lease]", "Expires")
		p.until(`document.querySelectorAll("[data-testid=outcomes] tbody tr").length === 5`)
		p.fits()
		p.picture(fmt.Sprintf("workload-%s-%d", scheme, width))
		p.pictureOf("[data-testid=proof]", fmt.Sprintf("proof-%s-%d", scheme, width))
		p.pictureOf(".plots", fmt.Sprintf("plots-%s-%d", scheme, width))
		if got := p.paint("plot-load"); got.Ink == 0 || got.Band == 0 {
			t.Errorf("the plot has not taken the colours of the scheme: %+v", got)
		}

		p.until(`location.hash = "#/plan?horizon=3d&factor=1.5&zones=3&price=0.04"`)
		p.click("[data-testid=plan-go]")
		p.until(`document.querySelector("[data-testid=plot-plan] canvas")`)
		p.fits()
		p.picture(fmt.Sprintf("plan-%s-%d", scheme, width))
	}
}

// fits checks that the document is no wider than the window.
func (p *tab) fits() {
	p.t.Helper()
	if over := value[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		wide := value[[]string](p, `[...document.querySelectorAll("#app *")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.tagName + "." + e.className)`)
		p.t.Errorf("the document is %d px wider than the window, for %q", over, wide)
	}
}

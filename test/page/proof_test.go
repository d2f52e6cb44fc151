package page

import (
	"fmt"
	"testing"
)

// proofIsTold holds the section to what the API says.
func proofIsTold(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/search")
	p.until(`document.querySelectorAll("[data-testid=outcomes] tbody tr").length === 5`)
	p.shows("[data-testid=proof] [data-testid=verdict]", "Proven")
	p.until(`fetch("api/v1/workloads/shop/search").then(r => r.json()).then(w => {
		const told = document.querySelector("[data-testid=proof]").innerText
		return told.includes(w.proof.message.slice(1)) && w.proof.policies.length === 5 &&
			told.includes("HPA alone") && told.includes("Yesterday's load")
	})`)
	p.until(`document.querySelectorAll("[data-testid=frontier] > g.marker").length === 5`)
	p.until(`document.querySelector("[data-testid=frontier]").getAttribute("aria-label").includes("highwater: ")`)
}

// fleetTellsProofs waits until the demo has tried to prove every workload.
func fleetTellsProofs(t *testing.T, b *browser, s *server) {
	p := openFleet(t, b, s, "#/?sort=proof&order=desc", len(fleet))
	p.until(rows + `.every(r => r.querySelector("[data-testid=verdict]").innerText !== "No proof yet")`)
	p.shows("[data-testid=row-shop-search] .c-proof", "pod-hours")
	p.until(fmt.Sprintf(`fetch("api/v1/workloads?sort=proof&order=desc").then(r => r.json()).then(l => l.items.map(w => w.namespace + "/" + w.name).join() === %s.join())`, names))
}

func capacityIsTold(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/checkout")
	p.shows("[data-testid=capacity]", "A pod carries")
	p.shows("[data-testid=capacity]", "cores")
	p.shows("[data-testid=capacity]", "Lead time\n2 min")
	p.until(`fetch("api/v1/workloads/shop/checkout").then(r => r.json()).then(w => document.querySelector("[data-testid=capacity]").innerText.includes(w.signals[0].capacity.source))`)
}

func adviceComes(t *testing.T, b *browser, s *server) {
	p := openWorkload(t, b, s.url, "shop/reports")
	p.click("[data-testid=advise]")
	p.shows("[data-testid=advice]", "Each is measured alone")
	p.until(`fetch("api/v1/workloads/shop/reports/advice").then(r => r.json()).then(a => {
		const told = document.querySelector("[data-testid=advice]").innerText
		return a.items.every(x => told.includes(x.kind) && told.includes(x.better))
	})`)
	p.pictureOf("[data-testid=advice]", "advice")
}

package planning

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/price"
)

// Costs are of the workloads' own prices, where they have some, and the what-if's
// price wins.
func TestCostsAreOfTheWorkloadsOwnPrices(t *testing.T) {
	const mean = "OpenCost's mean of 3 nodes over 24 h"
	web, api, other := shop("web", weeks(5*time.Minute, 50, 200)), shop("api", weeks(15*time.Minute, 20, 30)), shop("other", weeks(15*time.Minute, 20, 30))
	web.Price = price.Price{PodHour: 0.04, Currency: "EUR", Source: mean}
	api.Price = price.Price{PodHour: 0.1, Currency: "EUR", Source: "as configured (price.podHour)"}
	r := plan(t, Options{Horizon: 24 * time.Hour}, web, api, other)
	if !r.Priced || r.Currency != "EUR" {
		t.Errorf("priced %t, %q", r.Priced, r.Currency)
	}
	a, b, none := &r.Workloads[0], &r.Workloads[1], &r.Workloads[2]
	near(t, "cost of web", a.Total.Cost, 0.04*a.Total.PodHours, 1e-6)
	near(t, "cost of web alone", a.Total.CostAlone, 0.04*a.Total.PodHoursAlone, 1e-6)
	near(t, "cost of all", r.Total.Cost, 0.04*a.Total.PodHours+0.1*b.Total.PodHours, 1e-6)
	if a.Price == nil || *a.Price != web.Price || none.Price != nil || none.Total.Cost != 0 {
		t.Errorf("%+v, %+v, %v", a.Price, none.Price, none.Total.Cost)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"prices of pod-hours are " + mean + ": 1; as configured (price.podHour): 1", "of 1 of 3 workloads no price is known; costs are too small by what these cost"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q does not say %q", notes, want)
		}
	}

	two := 2.0
	larger := plan(t, Options{Horizon: 24 * time.Hour, WhatIf: WhatIf{PodSize: &two}}, web)
	near(t, "cost of larger pods", larger.Total.Cost, 0.08*larger.Total.PodHours, 1e-6)
	asked := plan(t, Options{Horizon: 24 * time.Hour, WhatIf: WhatIf{Price: 1}}, web, other)
	near(t, "cost as asked", asked.Total.Cost, asked.Total.PodHours, 1e-6)
	if asked.Workloads[0].Price != nil || asked.Currency != "" || strings.Contains(strings.Join(asked.Notes, ""), "OpenCost") {
		t.Errorf("%+v, %q, %q", asked.Workloads[0].Price, asked.Currency, asked.Notes)
	}
	without := plan(t, Options{Horizon: 24 * time.Hour}, other)
	if without.Priced || strings.Contains(strings.Join(without.Notes, ""), "price") {
		t.Errorf("%t, %q", without.Priced, without.Notes)
	}
}

package planning

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender"
)

// Floors that would not be set change no number of a plan; asked for, they do.
func TestFloorsThatWouldNotBeSetAreNotCounted(t *testing.T) {
	set := shop("set", weeks(5*time.Minute, 50, 300))
	set.Loop.Start.Fixed, set.Policy = 30*time.Minute, recommender.DefaultPolicy()
	set.Policy.LeadTime = 31 * time.Minute
	observed, suspended := set, set
	observed.Name, observed.Observed = "observed", "mode Observe"
	suspended.Name = "suspended"
	suspended.Policy.Suspend = true
	r := plan(t, Options{}, set, observed)
	a, b := r.Workloads[0], r.Workloads[1]
	if a.Observed != "" || a.Total.PodHours <= a.Total.PodHoursAlone || !(a.Total.Short < a.Total.ShortAlone) {
		t.Errorf("set: %q, %+v", a.Observed, a.Total)
	}
	if b.Observed != "mode Observe" || b.Total.PodHours != b.Total.PodHoursAlone || b.Total.Short != b.Total.ShortAlone || b.Total.PodHoursAlone != a.Total.PodHoursAlone {
		t.Errorf("observed: %q, %+v", b.Observed, b.Total)
	}
	if want := "on 1 of 2 workloads no floor would be set as things are (mode Observe: 1)"; !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) {
		t.Errorf("%q", r.Notes)
	}
	all := plan(t, Options{WhatIf: WhatIf{AllEnforced: true}}, set, observed)
	if x := all.Workloads[1]; x.Observed != "" || x.Total != a.Total || !slices.Equal(all.WhatIf, []string{"floors are set on every workload"}) {
		t.Errorf("all enforced: %q, %+v, %q", x.Observed, x.Total, all.WhatIf)
	}
	if x := plan(t, Options{}, suspended).Workloads[0]; x.Observed != "suspended" || x.Total.PodHours != x.Total.PodHoursAlone {
		t.Errorf("suspended: %q, %+v", x.Observed, x.Total)
	}
	if x := plan(t, Options{WhatIf: WhatIf{AllEnforced: true}}, suspended).Workloads[0]; x.Observed != "" || x.Total != a.Total {
		t.Errorf("suspended, all enforced: %q, %+v", x.Observed, x.Total)
	}
}

// What the rows say of a ceiling, the gaps say too, whether or not there is a
// forecast.
func TestRowsAndGapsAgree(t *testing.T) {
	whole := weeks(5*time.Minute, 50, 200)
	one := cut(time.Minute, 1, func(int) float64 { return 100.67 })
	one.Start = monday.Add(-time.Minute)
	old := whole
	old.Values = old.Values[:10*288]
	for name, load := range map[string][]int{"forecast": {60, 15, 3}, "one sample": {60, 11, 10, 3}, "stale": {60, 10, 3}} {
		for _, ceiling := range load {
			w := shop("web", whole)
			switch name {
			case "one sample":
				w.Loads[0] = one
			case "stale":
				w.Loads[0] = old
			}
			w.Loop.Spec.Max = int32(ceiling)
			r := plan(t, Options{}, w)
			lack, gap, short := 0.0, 0.0, 0.0
			for _, row := range r.Workloads[0].Rows {
				lack, short = max(lack, row.Gap), short+row.Short
			}
			for _, g := range r.Gaps {
				if g.In != InCeiling || g.Of != "shop/web" || g.Limit != float64(ceiling) || g.Need-g.Limit != g.Lack || g.Remedy == "" || !g.To.After(g.From) || g.Worst.Before(g.From) || !g.Worst.Before(g.To) {
					t.Errorf("%s under %d: %+v", name, ceiling, g)
				}
				gap = max(gap, g.Lack)
			}
			if lack != gap || lack > 0 && r.Workloads[0].Forecast != nil && short != r.To.Sub(r.From).Minutes() {
				t.Errorf("%s under %d: the rows lack %g, the gaps %g; short for %g minutes", name, ceiling, lack, gap, short)
			}
		}
	}
}

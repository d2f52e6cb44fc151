package recommender

import (
	"strings"
	"testing"
	"time"
)

func TestGapsAreToldHoursAhead(t *testing.T) {
	peak := paths(24*60, func(m int) float64 {
		if m >= 600 && m < 660 {
			return 5000
		}
		return 300
	})
	in := input(peak)
	in.Room = []Room{
		{Code: "QuotaTooLow", Name: "the ResourceQuota compute", Pods: 30, Remedy: "raise its requests.cpu"},
		{Code: "NodesTooFew", Name: "the nodes", Pods: 100, Remedy: "add nodes"},
	}
	d, _ := PlanAhead(enforce(), in, 12*time.Hour)
	if len(d.Gaps) != 2 {
		t.Fatalf("gaps %+v, want those of the ceiling and of the quota", d.Gaps)
	}
	for i, want := range []struct {
		code string
		text string
	}{
		{"CeilingTooLow", "50 pods will be needed from 2 Mar 18:00 UTC for 1 h, 10 more than maxReplicas allows; raise it, or expect to be short"},
		{"QuotaTooLow", "50 pods will be needed from 2 Mar 18:00 UTC for 1 h, 20 more than the ResourceQuota compute allows; raise its requests.cpu, or expect to be short"},
	} {
		g, w := d.Gaps[i], d.Warnings[i]
		if g.Code != want.code || g.Most != 50 || !g.From.Equal(t0.Add(10*time.Hour)) || !g.Until.Equal(t0.Add(11*time.Hour)) {
			t.Errorf("gap %+v", g)
		}
		if w.Code != want.code || !strings.Contains(w.Message, want.text) {
			t.Errorf("warning %+v\nwant %s", w, want.text)
		}
	}
	if d, _ := PlanAhead(enforce(), input(steady(900)), 12*time.Hour); len(d.Gaps)+len(d.Warnings) > 0 {
		t.Errorf("a load that fits gave %+v", d.Warnings)
	}
}

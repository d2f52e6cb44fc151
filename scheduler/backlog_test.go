package scheduler

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
)

func TestABacklogIsDrainedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(2 * time.Hour) // a quiet time: some 150 messages arrive each second
		f := newFleet("plain", "queue", "blind")
		waiting := 0.0
		objective := func(expr string) *workload.Objective {
			return &workload.Objective{Query: history.Query{Expr: expr}, Most: 5 * time.Minute}
		}
		for i := range f.list {
			f.list[i].Policy.Risk, f.list[i].Policy.MinStepUp = recommender.Risk{}, 40
		}
		f.list[1].Backlog, f.list[2].Backlog = objective("waiting"), objective("broken")
		s := build(t, quiet(), f, &loads{
			others: map[string]func(time.Time) float64{"waiting": func(time.Time) float64 { return waiting }},
			fault: func(expr string) error {
				if expr == "broken" {
					return errors.New("connection refused")
				}
				return nil
			},
		})
		s.Lead()
		s.Tick(t.Context())
		if a, b := result(t, s, "plain"), result(t, s, "queue"); a.Decision.Floor != b.Decision.Floor || len(b.Signals) != 1 {
			t.Errorf("an empty queue asks for %d pods, the load alone for %d", b.Decision.Floor, a.Decision.Floor)
		}
		if r := result(t, s, "blind"); r.Decision.Reason == recommender.ReasonPeak && !strings.Contains(warned(r, string(forecast.ReasonQuery)), "the backlog is not known") {
			t.Errorf("blind: %+v", r.Decision)
		}
		waiting = 300_000 // a thousand each second for five minutes
		minute(t, s)
		r := result(t, s, "queue")
		if d := r.Decision; d.Signal != "backlog" || d.Floor != 10 || d.Load != 1000 || d.Capacity.PerPod != 100 {
			t.Errorf("%d pods for %s: %+v", d.Floor, d.Signal, d)
		}
		v, ok := s.View(r.Workload.Key, time.Hour)
		if !ok || v.Full.Points[0].Needed != r.Decision.Needed {
			t.Errorf("the plan begins with a need of %d, the decision with %d", v.Full.Points[0].Needed, r.Decision.Needed)
		}
	})
}

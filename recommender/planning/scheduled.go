package planning

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

// scheduled lays the schedules out that act on w over the plan.
func (p *Planner) scheduled(w *Workload) []recommender.Scheduled {
	if len(w.Schedules) == 0 || w.Policy.Suspend || w.Observed != "" && !w.OnlySchedules {
		return nil
	}
	to := p.to.Add(24 * time.Hour)
	var c *forecast.Calendar
	if w.Calendar != nil {
		c = w.Calendar.Build(p.o.From.Add(-31*24*time.Hour), to)
	}
	return recommender.LayOut(w.Schedules, c, p.o.From, to)
}

// atLeast is the number of pods that is scheduled for a time; 0 for none.
func atLeast(list []recommender.Scheduled, at time.Time) int32 {
	n := int32(0)
	for _, s := range list {
		if !s.From.After(at) && s.To.After(at) {
			n = max(n, s.Min)
		}
	}
	return n
}

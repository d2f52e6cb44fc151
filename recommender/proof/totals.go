package proof

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// totals are what one day of a replay came to.
type totals struct{ minutes, short, podHours float64 }

func (t *totals) add(o totals) {
	t.minutes += o.minutes
	t.short += o.short
	t.podHours += o.podHours
}

// A policy is one way to set floors, with its days.
type policy struct {
	name     string
	quantile float64 // NaN if it has none
	floors   *simulate.Floors
	days     []totals
}

// over adds up the days from lo up to hi, which is not included.
func (c *policy) over(lo, hi int) (sum totals) {
	for _, d := range c.days[max(lo, 0):min(hi, len(c.days))] {
		sum.add(d)
	}
	return sum
}

// play replays the whole stage with floors, and counts it by days.
func (s *stage) play(floors *simulate.Floors, trace *simulate.Trace) ([]totals, error) {
	if _, err := s.Loop.Play(s.Loads, s.from, s.to, floors, trace); err != nil {
		return nil, err
	}
	out := make([]totals, s.days())
	minutes, hours := trace.Step.Minutes(), trace.Step.Hours()
	perDay := int(24 * time.Hour / trace.Step)
	first := int(s.from.Sub(s.Loads[0].Start) / trace.Step)
	perSample, whole := max(1, int(s.Loads[0].Step/trace.Step)), s.Loads[0].Step%trace.Step == 0
	for i, ready := range trace.Ready {
		at := (first + i) / perSample
		if !whole {
			at = s.Loads[0].Index(trace.Start.Add(time.Duration(i) * trace.Step))
		}
		known, short := s.shortAt(at, float64(ready))
		if !known {
			continue
		}
		d := &out[min(i/perDay, len(out)-1)]
		d.minutes += minutes
		d.podHours += float64(trace.Replicas[i]) * hours
		if short {
			d.short += minutes
		}
	}
	return out, nil
}

// shortAt says whether all loads are known at a sample, and whether the ready
// pods do not carry one of them.
func (s *stage) shortAt(sample int, ready float64) (known, short bool) {
	for m := range s.Loads {
		if sample >= len(s.Loads[m].Values) {
			return false, false
		}
		v := s.Loads[m].Values[sample]
		if v != v {
			return false, false
		}
		short = short || v > ready*s.Loop.PerPod[m]
	}
	return true, short
}

// days is how many days the stage has, a started one included.
func (s *stage) days() int { return int((s.to.Sub(s.from) + 24*time.Hour - 1) / (24 * time.Hour)) }

// A scale weighs short minutes against pod-hours.
type scale struct {
	budget float64 // share of minutes that may be short for nothing
	worth  float64 // pod-hours of a short minute beyond
}

// cost returns what a sum of days costs, in pod-hours.
func (s scale) cost(t totals) float64 {
	return t.podHours + s.worth*max(0, t.short-s.budget*t.minutes)
}

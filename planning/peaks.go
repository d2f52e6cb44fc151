package planning

import (
	"time"

	"github.com/highwater-dev/highwater/calendar"
)

// leastDay is how much of a local day the plan has to hold for its peak to count.
const leastDay = 6 * time.Hour

// peaks returns the largest need of each local day.
func (s *scene) peaks() []Peak {
	spec := s.w.Calendar
	if spec == nil {
		spec = &calendar.Spec{}
	}
	loc, n := spec.Location(), len(s.zone)
	mid := s.course(func(v *view) []float64 { return v.mid })
	high := s.course(func(v *view) []float64 { return v.high })
	var list []Peak
	for lo := 0; lo < n; {
		y, m, d := s.at(lo).In(loc).Date()
		hi, next := lo+1, time.Date(y, m, d+1, 0, 0, 0, 0, loc)
		for hi < n && s.at(hi).Before(next) {
			hi++
		}
		if hi-lo == n || time.Duration(hi-lo)*s.tick >= leastDay {
			list = append(list, s.peak(mid, high, lo, hi))
		}
		lo = hi
	}
	return list
}

// peak returns the largest need of ticks lo to hi.
func (s *scene) peak(mid, high course, lo, hi int) Peak {
	top := lo
	for i := lo; i < hi; i++ {
		if s.need(mid, i) > s.need(mid, top) {
			top = i
		}
	}
	need := s.need(mid, top)
	first, last := top, top+1
	for first > lo && s.need(high, first-1) >= need {
		first--
	}
	for last < hi && s.need(high, last) >= need {
		last++
	}
	exceeds := 0.0
	for i := first; i < last; i++ {
		exceeds = max(exceeds, s.exceeds(i))
	}
	v := s.views[s.lead]
	return Peak{
		Workload: s.w.Key(), Time: s.at(top), From: s.at(first), To: s.at(last),
		Load: Number(v.mid[top]), LoadHigh: Number(v.high[top]),
		Pods: float64(pods(need)), PodsHigh: float64(pods(s.need(high, top))),
		Ceiling: s.w.Loop.Spec.Max, Exceeds: exceeds,
	}
}

// exceeds returns the probability that some load is more at tick i than the
// ceiling's pods carry.
func (s *scene) exceeds(i int) float64 {
	most := 0.0
	for m, v := range s.views {
		holds := float64(s.w.Loop.Spec.Max) * s.w.Loop.PerPod[m] / s.zone[i] / v.factor
		most = max(most, v.beyond(s.at(i), holds))
	}
	return most
}

// beyond returns the probability that the load, before its factor, is more than x at t.
func (v *view) beyond(t time.Time, x float64) float64 {
	taus := v.tails.Taus
	below, last := 0.0, -1.0 // the quantile found so far, and its load
	for k, tau := range taus {
		q := between(v.tails, t, tau)
		if q > x {
			if k == 0 {
				return 1
			}
			return 1 - (below + (tau-below)*(x-last)/(q-last))
		}
		below, last = tau, q
	}
	return 0
}

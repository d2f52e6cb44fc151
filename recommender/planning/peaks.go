package planning

import (
	"cmp"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
)

// peaks returns a peak for each local day that the plan touches, the largest
// first. Of a first or last day that the plan does not hold whole it is the
// largest of what the plan holds, however little that is: a plan that is made
// in the evening has that evening's peak.
func (s *simulation) peaks() []Peak {
	spec := s.w.Calendar
	if spec == nil {
		spec = &calendar.Spec{}
	}
	loc, n := spec.Location(), len(s.zone)
	mid := s.paths(func(v *loadForecast) []float64 { return v.mid })
	high := s.paths(func(v *loadForecast) []float64 { return v.high })
	var list []Peak
	for lo, hi := 0, 0; lo < n; lo = hi {
		// Dates are compared, since a clock change may take midnight away, or bring it twice.
		day := dateOf(s.at(lo).In(loc))
		for hi < n && dateOf(s.at(hi).In(loc)) <= day {
			hi++
		}
		list = append(list, s.peak(mid, high, lo, hi))
	}
	slices.SortStableFunc(list, func(a, b Peak) int {
		return cmp.Or(cmp.Compare(b.PodsHigh, a.PodsHigh), cmp.Compare(b.LoadHigh, a.LoadHigh))
	})
	return list
}

// dateOf numbers the dates so that a later one is larger.
func dateOf(t time.Time) int {
	y, m, d := t.Date()
	return (y*100+int(m))*100 + d
}

// peak returns the largest loads and needs of ticks lo to hi.
func (s *simulation) peak(mid, high loadPaths, lo, hi int) Peak {
	top, most := lo, 0.0 // where the high load needs most, and the most that the middle one needs
	v := s.forecasts[s.lead]
	var load, loadHigh float64
	for i := lo; i < hi; i++ {
		if c := cmp.Compare(s.need(high, i), s.need(high, top)); c > 0 || c == 0 && s.need(mid, i) > s.need(mid, top) {
			top = i
		}
		most = max(most, s.need(mid, i))
		load, loadHigh = max(load, v.mid[i]), max(loadHigh, v.high[i])
	}
	first, last := top, top+1
	for first > lo && s.need(high, first-1) >= most {
		first--
	}
	for last < hi && s.need(high, last) >= most {
		last++
	}
	exceeds := 0.0
	for i := first; i < last; i++ {
		exceeds = max(exceeds, s.exceeds(i))
	}
	return Peak{
		Workload: s.w.Key(), Time: s.at(top), From: s.at(first), To: s.at(last),
		Load: Number(load), LoadHigh: Number(loadHigh),
		Pods: float64(pods(most)), PodsHigh: float64(pods(s.need(high, top))),
		Ceiling: s.w.Loop.Spec.Max, Exceeds: exceeds,
	}
}

// exceeds returns the probability that some load is more at tick i than the
// ceiling's pods carry.
func (s *simulation) exceeds(i int) float64 {
	most := 0.0
	for m, v := range s.forecasts {
		holds := float64(s.w.Loop.Spec.Max) * s.w.Loop.PerPod[m] / s.zone[i] / v.factor
		most = max(most, v.beyond(s.at(i), holds))
	}
	return most
}

// beyond returns the probability that the load, before its factor, is more than x at t.
func (v *loadForecast) beyond(t time.Time, x float64) float64 {
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

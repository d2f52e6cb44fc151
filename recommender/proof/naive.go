package proof

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A naiveForecaster foresees yesterday's largest load of the same window, plus the
// quantiles of how far that was off on the days that it knows: the seasonal
// naive forecast with empirical quantiles.
type naiveForecaster struct {
	season time.Duration
	window time.Duration
	past   forecast.Series
	errs   []float64 // sorted
	paths  forecast.Paths
}

// naive returns a forecaster by the value a season ago.
func (s *stage) naive(season time.Duration) forecaster {
	return &naiveForecaster{season: season, window: s.window()}
}

func (n *naiveForecaster) learn(history forecast.Series) error {
	n.past = forecast.Series{Start: history.Start, Step: history.Step, Values: slices.Clone(history.Values)}
	n.errs = n.errs[:0]
	tops := largestWithin(n.past.Values, int(n.window/n.past.Step))
	for i, lag := 0, n.lag(); i+lag < len(tops); i++ {
		if d := tops[i+lag] - tops[i]; !math.IsNaN(d) {
			n.errs = append(n.errs, d)
		}
	}
	if len(n.errs) == 0 {
		return &forecast.NoForecast{Reason: forecast.ReasonTooShort, Detail: "no two known samples lie a season apart"}
	}
	slices.Sort(n.errs)
	return nil
}

func (n *naiveForecaster) lag() int {
	return max(1, int(math.Round(float64(n.season)/float64(n.past.Step))))
}

func (n *naiveForecaster) walk(next forecast.Series, rows int, taus []float64, visit func(time.Time, *forecast.Paths)) error {
	first := len(n.past.Values)
	n.past.Values = append(n.past.Values, next.Values...)
	window, lag := int(n.window/n.past.Step), n.lag()
	for i := first; i < len(n.past.Values); i++ {
		if math.IsNaN(n.past.Values[i]) {
			continue
		}
		n.paths.Start, n.paths.Step, n.paths.Taus = n.past.Time(i+1), n.past.Step, taus
		n.paths.Values = n.paths.Values[:0]
		for h := 1; h <= rows; h++ {
			top := math.NaN()
			for k := h; k <= h+window; k++ {
				// The same time a season ago, or as many seasons ago as it takes to know it.
				for j := i + k - lag*((k+lag-1)/lag); j >= 0; j -= lag {
					if v := n.past.Values[j]; !math.IsNaN(v) {
						if !(v <= top) {
							top = v
						}
						break
					}
				}
			}
			if math.IsNaN(top) {
				top = n.past.Values[i]
			}
			for _, tau := range taus {
				at := tau * float64(len(n.errs)-1)
				lo := int(at)
				hi := min(lo+1, len(n.errs)-1)
				e := n.errs[lo] + (at-float64(lo))*(n.errs[hi]-n.errs[lo])
				n.paths.Values = append(n.paths.Values, max(0, top+e))
			}
		}
		visit(n.past.Time(i), &n.paths)
	}
	return nil
}

// largestWithin returns the largest known of xs[i : i+w+1] for each i; NaN
// where none is known.
func largestWithin(xs []float64, w int) []float64 {
	out := make([]float64, len(xs))
	for i := range xs {
		top := math.NaN()
		for _, x := range xs[i:min(i+w+1, len(xs))] {
			if !math.IsNaN(x) && !(x <= top) {
				top = x
			}
		}
		out[i] = top
	}
	return out
}

// oracle returns the floors of one who knows the load: at each tick what the
// largest load needs that comes before pods raised later could be Ready.
func (s *stage) oracle() []int32 {
	n := int(s.to.Sub(s.from) / s.tick)
	out := make([]int32, n)
	reach := s.Policy.LeadTime + s.tick + cmp.Or(s.Loop.Sync, 15*time.Second)
	for i := range out {
		now := s.from.Add(time.Duration(i) * s.tick)
		need := s.Loop.Spec.Min
		for m, load := range s.Loads {
			lo, hi := max(0, load.Index(now)), min(load.Index(now.Add(reach))+1, load.Len())
			for _, v := range load.Values[lo:hi] {
				if v > 0 {
					need = max(need, int32(min(math.Ceil(v/s.Loop.PerPod[m]-1e-9), float64(s.Loop.Spec.Max))))
				}
			}
		}
		for _, sc := range s.scheduled {
			if !sc.From.After(now.Add(reach)) && sc.To.After(now) {
				need = max(need, min(sc.Min, s.Loop.Spec.Max))
			}
		}
		out[i] = need
	}
	return out
}

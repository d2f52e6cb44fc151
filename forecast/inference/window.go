package inference

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A window is what the model is told of a history: the newest Length means over
// Step, oldest first, all known.
//
// The means are taken over whole steps counted back from the newest sample, so
// that the model's first step begins where the history ends, at whatever time
// of the clock that is.
//
// A step without a known sample is filled with the same time of the day before,
// or of the day before that, and where none of them is known with the straight
// line between its neighbours; at an end, with its neighbour.
//
// The error is a fault: Unfit if the series' step does not divide Step or more
// than half of the window is unknown, TooShort if there are not Length steps.
func (c Config) window(s forecast.Series) ([]float64, error) {
	if s.Step <= 0 || c.Step%s.Step != 0 {
		return nil, faultf(Unfit, "its step is %s, the series' is %s, which does not divide it", c.Step, s.Step)
	}
	x := means(s, int(c.Step/s.Step))
	if len(x) < c.Length {
		return nil, faultf(TooShort, "it takes %d samples of %s, %s in all, and the history has only %d",
			c.Length, c.Step, time.Duration(c.Length)*c.Step, len(x))
	}
	unknown := 0
	for _, v := range x[len(x)-c.Length:] {
		if math.IsNaN(v) {
			unknown++
		}
	}
	if 2*unknown > c.Length {
		return nil, faultf(Unfit, "%d of the newest %d samples of the history are unknown, which is more than half", unknown, c.Length)
	}
	day := 0
	if 24*time.Hour%c.Step == 0 {
		day = int(24 * time.Hour / c.Step)
	}
	fill(x, day)
	return x[len(x)-c.Length:], nil
}

// means returns the means over k samples each, counted back from the newest; the
// oldest samples that do not make a whole step are left out. What cannot be a
// load is unknown. The values of s are not changed.
func means(s forecast.Series, k int) []float64 {
	s.Values = slices.Clone(s.Values)
	for i, v := range s.Values {
		if !(v >= 0 && v <= forecast.MaxLoad) {
			s.Values[i] = math.NaN()
		}
	}
	s.Values = s.Values[len(s.Values)%k:]
	s.Start = time.Time{} // Resample aligns to it, as Truncate does
	return s.Resample(time.Duration(k) * s.Step).Values
}

// fill replaces unknown samples in x, of which at least one has to be known. A
// day of zero means that the days cannot be compared.
func fill(x []float64, day int) {
	for i, v := range x {
		if math.IsNaN(v) && day > 0 && i >= day {
			x[i] = x[i-day]
		}
	}
	last := -1 // newest known sample so far
	for i, v := range x {
		if math.IsNaN(v) {
			continue
		}
		for j := last + 1; j < i; j++ {
			if last < 0 {
				x[j] = v
			} else {
				x[j] = x[last] + (v-x[last])*float64(j-last)/float64(i-last)
			}
		}
		last = i
	}
	for j := last + 1; j < len(x) && last >= 0; j++ {
		x[j] = x[last]
	}
}

// spread returns a path of horizon steps from one whose steps are k times as
// long: each value holds for its whole step, as a mean does.
func spread(path []float64, k, horizon int) []float64 {
	out := make([]float64, horizon)
	for i := range out {
		out[i] = path[i/k]
	}
	return out
}

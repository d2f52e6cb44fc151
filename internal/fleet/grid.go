package fleet

import (
	"math"

	"github.com/highwater-dev/highwater/forecast"
)

// oneGrid lays series of one step onto a grid that has them all.
func oneGrid(list []forecast.Series) {
	first, last := list[0].Start, list[0].End()
	for _, s := range list {
		if s.Start.Before(first) {
			first = s.Start
		}
		if s.End().After(last) {
			last = s.End()
		}
	}
	for k, s := range list {
		whole := forecast.Series{Start: first, Step: s.Step, Values: make([]float64, int(last.Sub(first)/s.Step)+1)}
		for i := range whole.Values {
			whole.Values[i] = math.NaN()
		}
		copy(whole.Values[whole.Index(s.Start):], s.Values)
		list[k] = whole
	}
}

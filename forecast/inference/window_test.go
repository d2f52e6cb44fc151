package inference

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

var nan = math.NaN()

func TestUnknownSamplesAreFilled(t *testing.T) {
	f := func(x []float64, day int, want ...float64) {
		t.Helper()
		in := slices.Clone(x)
		if fill(x, day); !slices.Equal(x, want) {
			t.Errorf("fill(%v, %d) = %v, want %v", in, day, x, want)
		}
	}
	f([]float64{1, 2, 3}, 3, 1, 2, 3)
	f([]float64{1, 2, 3, 4, nan, 6}, 3, 1, 2, 3, 4, 2, 6)                         // the day before
	f([]float64{1, 2, 3, nan, nan, 6, nan, 8, nan}, 3, 1, 2, 3, 1, 2, 6, 1, 8, 6) // the day before that
	f([]float64{1, nan, nan, 4, nan, 6}, 3, 1, 2, 3, 4, 5, 6)                     // not known the day before either
	f([]float64{nan, nan, 3, nan}, 0, 3, 3, 3, 3)                                 // at the ends
	f([]float64{0, nan, nan, nan, 8}, 0, 0, 2, 4, 6, 8)
	f(nil, 3)
}

func TestWindowSeesWhatCannotBeLoadAsUnknown(t *testing.T) {
	c := Config{Length: 4, Step: time.Hour}
	s := forecast.Series{Step: time.Hour, Values: []float64{2, -1, math.Inf(1), 5}}
	got, err := c.window(s)
	if err != nil || !slices.Equal(got, []float64{2, 3, 4, 5}) {
		t.Errorf("%v, %v", got, err)
	}
	if fmt.Sprint(s.Values) != "[2 -1 +Inf 5]" {
		t.Errorf("the series was changed: %v", s.Values)
	}
}

// TestWindowIsKnownWhateverIsMissing holds it to its promise at every number of
// missing samples up to half, at every ratio of steps.
func TestWindowIsKnownWhateverIsMissing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range []int{1, 2, 5, 15} {
		c := Config{Length: 96, Step: 15 * time.Minute}
		for missing := range 49 {
			x := make([]float64, 97*k+r.IntN(k))
			for i := range x {
				x[i] = r.Float64()
			}
			tail := x[len(x)-96*k:]
			for _, i := range r.Perm(96)[:missing] {
				for j := range k {
					tail[i*k+j] = nan
				}
			}
			w, err := c.window(forecast.Series{Start: time.Unix(r.Int64N(1e9), 0), Step: c.Step / time.Duration(k), Values: x})
			if err != nil || len(w) != 96 || slices.ContainsFunc(w, func(v float64) bool { return !(v >= 0 && v <= 1) }) {
				t.Fatalf("%d missing, %d a step: %v, %v", missing, k, w, err)
			}
		}
	}
}

func TestSpreadHoldsEachValue(t *testing.T) {
	if got := spread([]float64{1, 2, 3}, 2, 5); !slices.Equal(got, []float64{1, 1, 2, 2, 3}) {
		t.Error(got)
	}
}

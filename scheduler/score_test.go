package scheduler

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

func TestScoreHoldsForecastsAgainstWhatCame(t *testing.T) {
	t0 := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	p := recommender.DefaultPolicy()
	p.Hold = 5 * time.Minute // a window of 7 minutes at 0.95
	peak := func(at time.Time) *forecast.Paths {
		return &forecast.Paths{Start: at, Step: time.Minute, Taus: []float64{0.5, 0.95}, Values: []float64{100, 120}}
	}
	came := func(top float64) forecast.Series {
		s := forecast.Series{Start: t0, Step: time.Minute, Values: make([]float64, 30)}
		for i := range s.Values {
			s.Values[i] = 50
		}
		s.Values[3] = top
		return s
	}
	tests := []struct {
		name            string
		top             float64
		spoil           func(*forecast.Series)
		matured         int
		coverage, error float64
	}{
		{"covered", 110, nil, 1, 1, 10.0 / 110},
		{"missed", 130, nil, 1, 0, 30.0 / 130},
		{"not over yet", 130, func(s *forecast.Series) { s.Values = s.Values[:7] }, 0, math.NaN(), math.NaN()},
		{"a gap in the window is not judged", 130, func(s *forecast.Series) { s.Values[5] = math.NaN() }, 0, math.NaN(), math.NaN()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c scorer
			c.note(t0, p, peak(t0))
			s := came(tt.top)
			if tt.spoil != nil {
				tt.spoil(&s)
			}
			c.settle(s)
			got := c.score()
			same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-12 }
			if got.Matured != tt.matured || !same(got.Coverage, tt.coverage) || !same(got.Error, tt.error) {
				t.Errorf("%+v, want %d matured, coverage %g, error %g", got, tt.matured, tt.coverage, tt.error)
			}
			want := p.Quantile
			if tt.matured == 0 {
				want = math.NaN()
			}
			if !same(got.Expected, want) {
				t.Errorf("expected coverage %g, want %g", got.Expected, want)
			}
		})
	}
}

package advice

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// TestWhateverTheLoadTheAnswerIsSound holds that numbers are finite, that what
// is proposed differs from what there is, and that it makes an HPA.
func TestWhateverTheLoadTheAnswerIsSound(t *testing.T) {
	r := noise()
	for range 12 {
		level, swing, rough, gaps := 2000*r.Float64(), r.Float64(), r.Float64(), 0.3*r.Float64()
		c := caseOf(0.3+0.8*r.Float64(), of(4+4*r.Float64(), 10*time.Minute, func(at time.Time) float64 {
			if r.Float64() < gaps {
				return math.NaN()
			}
			return math.Max(0, level*(1+swing*math.Sin(2*math.Pi*hour(at)/24)+rough*r.NormFloat64()))
		}))
		l := &c.Loop
		l.Spec.Min = 1 + r.Int32N(15)
		l.Spec.Max = l.Spec.Min + r.Int32N(30)
		l.Start.Fixed = time.Duration(r.IntN(600)) * time.Second
		l.Saturates = r.IntN(2) == 0
		if r.IntN(2) == 0 {
			l.Spec.Metrics[0] = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: 20 + 100*r.Float64()}
		}
		if r.IntN(2) == 0 {
			w := time.Duration(r.IntN(600)) * time.Second
			l.Spec.Behavior = &simulate.Behavior{Down: simulate.Rules{Window: &w}}
		}
		if r.IntN(3) == 0 {
			c.Policy.Risk = recommender.Risk{Budget: 0.05 * r.Float64()}
		}
		sound(t, c.Loop, examine(t, Input{Case: c}))
	}
}

func sound(t *testing.T, l simulate.Loop, got *Report) {
	t.Helper()
	for k, a := range got.Advice {
		if a.Now == a.Better || a.Why == "" || a.Field == "" || a.Confidence == "" {
			t.Errorf("%+v", a)
		}
		numbers := []float64{a.PodHours, a.ShortMinutes, a.Worth}
		for _, f := range a.Evidence {
			numbers = append(numbers, f.Value)
		}
		for _, x := range numbers {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Errorf("%+v", a)
			}
		}
		if k > 0 && got.Advice[k-1].Worth < a.Worth && got.Advice[k-1].Kind != RequestsMeaningless {
			t.Errorf("%s comes before %s", got.Advice[k-1].Kind, a.Kind)
		}
		switch a.Kind {
		case CeilingHit:
			l.Spec.Max = int32(pods(t, a.Better))
		case BaselineNeverNeeded, BaselineTooLow:
			l.Spec.Min = int32(pods(t, a.Better))
		}
	}
	if err := l.Check(); err != nil {
		t.Errorf("taking it all: %v", err)
	}
}

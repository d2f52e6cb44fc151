package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// A regular day with a slow drift is forecast in phase on each of the coming days, also between the horizons that were
// learned, which are whole days there.
func TestEachOfTheComingDaysIsInPhase(t *testing.T) {
	const day = 24
	r := rand.New(rand.NewPCG(1, 2))
	level := func(i int) float64 { return 1000 - 700*math.Cos(2*math.Pi*float64(i)/day) }
	drift := 0.0
	s := Series{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: time.Hour, Values: make([]float64, 21*day)}
	for i := range s.Values {
		drift = 0.98*drift + 3*r.NormFloat64()
		s.Values[i] = level(i) + drift
	}
	m, err := Fit(s, Options{Horizon: 7 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	p := m.Forecast(nil, []float64{0.5})
	for k := range p.Steps() {
		if is, due := p.Row(k)[0], level(s.Len()+k); math.Abs(is-due) > 60 {
			t.Errorf("%d h ahead: %.0f, and %.0f is due", k+1, is, due)
		}
	}
}

// A load that grows has a band around it, also where the forecast is above all that was seen.
func TestABandHasWidthAboveAllThatWasSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const day = 288
	s := Series{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: 5 * time.Minute, Values: make([]float64, 10*day)}
	for i := range s.Values {
		s.Values[i] = 100 * math.Exp(0.17*float64(i)/day) * (1 + 0.3*math.Sin(2*math.Pi*float64(i)/day)) * (1 + 0.03*r.NormFloat64())
	}
	m, err := Fit(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	taus := []float64{0.5, 0.9, 0.95, 0.99}
	for name, p := range map[string]*Paths{"load": m.Forecast(nil, taus), "peaks": m.Peaks(nil, taus)} {
		for k := range p.Steps() {
			if row := p.Row(k); !(row[1] > row[0]*1.005 && row[3] > row[1]*1.002) {
				t.Fatalf("%s, step %d: %.1f", name, k, row)
			}
		}
	}
}

// Around a centre at the bottom no quantile is above the top that was seen, and around one at the top it may be.
func TestFarFromTheTopNoQuantileExceedsIt(t *testing.T) {
	l := learned{bottom: 100, top: 500}
	for _, c := range []struct{ centre, want float64 }{{50, 500}, {100, 500}, {300, 600}, {500, 700}, {800, 1000}} {
		if got := l.believed(c.centre); got != c.want {
			t.Errorf("around %g: %g, want %g", c.centre, got, c.want)
		}
	}
}

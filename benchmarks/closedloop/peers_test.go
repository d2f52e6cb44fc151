package main

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// wave is n days of a load that swings with the day between 20 and 100, with a
// little noise.
func wave(n int, step time.Duration) forecast.Series {
	random := rand.New(rand.NewPCG(3, 4))
	s := forecast.Series{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: step}
	perDay := int(24 * time.Hour / step)
	for i := range n * perDay {
		s.Values = append(s.Values, 60-40*math.Cos(2*math.Pi*float64(i)/float64(perDay))+random.Float64())
	}
	return s
}

// What a peer says of a moment must not change when what comes later does.
func TestNoPeerKnowsTheFuture(t *testing.T) {
	s := wave(12, 5*time.Minute)
	from, to := s.Start.Add(2*24*time.Hour), s.End().Add(s.Step)
	cut := s.Start.Add(9*24*time.Hour + 7*time.Hour + 20*time.Minute)
	other := forecast.Series{Start: s.Start, Step: s.Step, Values: slices.Clone(s.Values)}
	for i := other.Index(cut) + 1; i < other.Len(); i++ {
		other.Values[i] = 500
	}
	for _, peer := range peers {
		a, b := peer.floors(s, from, to)(5, 200), peer.floors(other, from, to)(5, 200)
		known := int(cut.Sub(a.Start)/a.Step) + 1
		if !slices.Equal(a.Values[:known], b.Values[:known]) {
			t.Errorf("%s: floors until %s depend on what comes after", peer.name, cut)
		}
		if slices.Max(a.Values[:known]) == 0 {
			t.Errorf("%s sets no floor at all", peer.name)
		}
	}
	alive := func() error { return nil }
	x, _ := craneMetric(s, from, alive)
	y, _ := craneMetric(other, from, alive)
	if k := s.Index(cut) + 1; !slices.Equal(x.Values[:k], y.Values[:k]) || slices.Max(x.Values[:k]) == 0 {
		t.Error("crane's metric depends on what comes after, or says nothing")
	}
}

func TestCraneAcceptsADayAndNothingElse(t *testing.T) {
	s := wave(10, time.Minute)
	cycle, err := dsp(s.Values, s.Step)
	if err != nil || len(cycle) != 1440 {
		t.Fatalf("%d, %v", len(cycle), err)
	}
	// By hand: the wave's own amplitude, with one of the four margins.
	for _, k := range []int{0, 360, 720} {
		if r := cycle[k] / s.Values[k]; r < 0.98 || r > 1.25 {
			t.Errorf("at %d min %g instead of %g", k, cycle[k], s.Values[k])
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range s.Values {
		s.Values[i] = random.Float64()
	}
	if _, err := dsp(s.Values, s.Step); err == nil {
		t.Error("noise has a period")
	}
	for i := range s.Values {
		s.Values[i] = 2 + math.Sin(2*math.Pi*float64(i)/720)
	}
	if _, err := dsp(s.Values, s.Step); err == nil {
		t.Error("half a day is accepted")
	}
}

func TestHoltWintersRepeatsASeason(t *testing.T) {
	ys := make([]float64, 4*season)
	for i := range ys {
		ys[i] = 10 + float64(i%season)/10
	}
	for _, p := range tweaked {
		from := 2*season + 10
		for i, v := range p.ahead(ys)[from : 4*season-1] {
			if want := ys[from+i+1]; math.Abs(v-want) > 1e-6 {
				t.Fatalf("%+v: %g instead of %g at %d", p, v, want, i)
			}
		}
	}
}

// The reference is statsmodels 0.14: ExponentialSmoothing(y, trend="add",
// seasonal="add", seasonal_periods=24, initialization_method="estimated")
// .fit(α, β, γ, optimized=False).forecast(1).
func TestHoltWintersIsThatOfStatsmodels(t *testing.T) {
	var ys []float64
	for i := range 144 {
		ys = append(ys, math.Ceil(10+5*math.Sin(2*math.Pi*float64(i)/24)+float64(i*i%7)/3))
	}
	for p, want := range map[smoothing]float64{{0.9, 0.9, 0.9}: 18.540545052435682, {0.3, 0.01, 0.3}: 11.426912705302485} {
		var z state
		z.begin(ys, 24)
		for _, y := range ys {
			z.add(p, y)
		}
		if got := z.next(); math.Abs(got-want) > 1e-9 {
			t.Errorf("%+v: %.12g, want %.12g", p, got, want)
		}
	}
}

func TestCronSetsWhatLastWeekNeeded(t *testing.T) {
	s := wave(9, 5*time.Minute)
	for i := range s.Values {
		s.Values[i] = 10
	}
	peak := s.Start.Add(20 * time.Hour) // Monday, 20:00 to 20:05
	s.Values[s.Index(peak)] = 73
	f := cron(s, s.Start, s.End())(7, 200)
	at := func(at time.Time) int32 { return f.Values[int(at.Sub(f.Start)/f.Step)] }
	next := peak.Add(7 * 24 * time.Hour)
	// 1.1 · 73 / 7 = 11.5, 1.1 · 10 / 7 = 1.6
	for when, want := range map[time.Time]int32{next.Add(-15 * time.Minute): 2, next.Add(-10 * time.Minute): 12, next.Add(55 * time.Minute): 12, next.Add(time.Hour): 2} {
		if got := at(when); got != want {
			t.Errorf("at %s: %d, want %d", when, got, want)
		}
	}
}

// The reference is the sum itself.
func TestFourierIsTheSum(t *testing.T) {
	for _, n := range []int{1, 2, 12, 35, 13 * 8} {
		xs := make([]complex128, n)
		for i := range xs {
			xs[i] = complex(math.Sin(float64(i*i)), math.Cos(float64(3*i)))
		}
		f := newTransform(n)
		bins := f.coefficients(xs)
		for k := range bins {
			want := complex(0, 0)
			for j, x := range xs {
				want += x * cmplx.Rect(1, -2*math.Pi*float64(j*k)/float64(n))
			}
			if cmplx.Abs(bins[k]-want) > 1e-9*float64(n) {
				t.Fatalf("n %d, bin %d: %v instead of %v", n, k, bins[k], want)
			}
		}
		for j, x := range f.inverse(bins) {
			if cmplx.Abs(x-xs[j]) > 1e-12*float64(n) {
				t.Fatalf("n %d: the inverse does not give it back", n)
			}
		}
	}
}

func BenchmarkCrane(b *testing.B) {
	s := wave(15, time.Minute)
	for b.Loop() {
		if _, err := dsp(s.Values, s.Step); err != nil {
			b.Fatal(err)
		}
	}
}

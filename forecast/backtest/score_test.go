package backtest_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-12*max(1, math.Abs(want))) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestPinball(t *testing.T) {
	near(t, "three too low at .9", backtest.Pinball(0.9, 7, 10), 2.7)
	near(t, "three too high at .9", backtest.Pinball(0.9, 13, 10), 0.3)
	near(t, "right", backtest.Pinball(0.9, 10, 10), 0)
}

// always forecasts the same quantiles at every step, and as the peak.
func always(qs ...float64) backtest.Forecaster {
	return func(h forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		p := &forecast.Paths{Start: h.End().Add(h.Step), Step: h.Step, Taus: taus}
		for range 24 {
			p.Values = append(p.Values, qs...)
		}
		return p, p, nil
	}
}

var taus = []float64{0.5, 0.9}

// small has one origin, 48 hours into 72 + 1 hourly samples of a load that is
// 10 on the first day, 14 on the second and 20 on the third, and unknown one
// hour after the origin... so that everything can be computed by hand.
func small(t *testing.T, at func(i int) float64) *backtest.Task {
	t.Helper()
	p := backtest.Protocol{Context: 48 * time.Hour, Horizon: 24 * time.Hour, Step: time.Hour, Stride: 1000, MinHistory: 48 * time.Hour, Window: 2 * time.Hour, Taus: taus}
	return task(t, p, series(73, time.Hour, at))
}

func run(t *testing.T, w *backtest.Task, f backtest.Forecaster) *backtest.Forecasts {
	t.Helper()
	out, err := w.Run("method", f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func steps(i int) float64 {
	switch {
	case i == 50: // two hours after the origin
		return math.NaN()
	case i <= 24:
		return 10
	case i <= 48:
		return 14
	}
	return 20
}

// With the forecast 18 and 22 against a load of 20, the losses are .5·2 = 1
// and .1·2 = .2; 23 of 24 targets are known. The history at the origin is
// samples 1 to 48: 24 of 10 and 24 of 14, so the scale is 4 and MASE 2/4.
func TestScoresByHand(t *testing.T) {
	w := small(t, steps)
	s := w.Score(run(t, w, always(18, 22)))
	if s.Targets != [3]int{0, 2, 21} || s.Origins != 1 || s.Total() != 23 {
		t.Fatalf("targets %v, origins %d", s.Targets, s.Origins)
	}
	near(t, "loss within 3 h", s.MeanLoss(backtest.Mid), 0.6)
	near(t, "loss within a day", s.MeanLoss(backtest.Far), 0.6)
	near(t, "sum at .9", s.Loss[backtest.Far][1], 21*0.2)
	near(t, "coverage at .5", s.Coverage(0.5), 0)
	near(t, "coverage at .9", s.Coverage(0.9), 1)
	near(t, "coverage at .7", s.Coverage(0.7), math.NaN())
	near(t, "MASE", s.MASE(), 0.5)
	// The window's second sample is unknown: it may have held the peak.
	if s.Peaks != 0 {
		t.Errorf("%d peaks", s.Peaks)
	}
}

func TestPeaksByHand(t *testing.T) {
	w := small(t, func(i int) float64 {
		if i == 51 { // the last of the window: three hours after the origin
			return 30
		}
		return 20
	})
	a, b := run(t, w, always(18, 22)), run(t, w, always(25, 30))
	s, o := w.Score(a, b), w.Score(b, a)
	if s.Peaks != 1 {
		t.Fatalf("%d peaks", s.Peaks)
	}
	near(t, "loss of 22 against 30 at .9", s.PeakLoss[1], 7.2)
	near(t, "coverage of 22", s.PeakCoverage(0.9), 0)
	near(t, "coverage of 30", o.PeakCoverage(0.9), 1)
	near(t, "ratio at .5", o.PeakRatio(&s, 0.5), 2.5/6)
	near(t, "ratio at .9", o.PeakRatio(&s, 0.9), 0)
}

// What comes is known to this forecaster, by its clock.
func perfect(w *backtest.Task) backtest.Forecaster {
	return func(h forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		load := &forecast.Paths{Start: h.End().Add(h.Step), Step: h.Step, Taus: w.Protocol.Taus}
		peak := &forecast.Paths{Start: load.Start, Step: h.Step, Taus: w.Protocol.Taus}
		o := w.Series.Index(h.End())
		for i := 1; i <= w.Horizon(); i++ {
			for range load.Taus {
				load.Values = append(load.Values, w.Series.Values[o+i])
			}
		}
		for range load.Taus {
			peak.Values = append(peak.Values, slices.Max(w.Series.Values[o+1:o+1+w.Window()]))
		}
		return load, peak, nil
	}
}

func wave(i int) float64 {
	return 50 + 40*math.Sin(float64(i)/46) + 7*math.Sin(float64(i)/3.1) + float64(i%17)
}

func TestAPerfectForecasterScoresZeroAndTheNaiveOne(t *testing.T) {
	w := task(t, backtest.Default(), series(12*288, 5*time.Minute, wave))
	naive, exact := run(t, w, w.Protocol.NaiveDay()), run(t, w, perfect(w))
	same := run(t, w, w.Protocol.NaiveDay())
	base, p, n := w.Score(naive, exact, same), w.Score(exact, naive, same), w.Score(same, naive, exact)
	for _, b := range backtest.Bins {
		if r := p.Ratio(&base, b); r != 0 {
			t.Errorf("%s: the perfect one has %g", b, r)
		}
		if r := n.Ratio(&base, b); r != 1 {
			t.Errorf("%s: the naive one has %g", b, r)
		}
		if base.MeanLoss(b) <= 0 {
			t.Errorf("%s: the base loses %g", b, base.MeanLoss(b))
		}
	}
	if p.PeakRatio(&base, 0.95) != 0 || n.PeakRatio(&base, 0.95) != 1 || p.PeakCoverage(0.95) != 1 || base.Peaks != len(w.Origins) {
		t.Errorf("peaks: %g, %g, %g of %d", p.PeakRatio(&base, 0.95), n.PeakRatio(&base, 0.95), p.PeakCoverage(0.95), base.Peaks)
	}
	if p.MASE() != 0 || p.Coverage(0.5) != 1 {
		t.Errorf("MASE %g, coverage %g", p.MASE(), p.Coverage(0.5))
	}
	again := w.Score(run(t, w, w.Protocol.Model(nil)), naive)
	if r := again.Ratio(&base, backtest.Near); !(r > 0 && r < 1) {
		t.Errorf("the model has %g", r)
	}
}

// A method that gives only the first three hours is compared there and nowhere
// else, and a failed origin counts for neither.
func TestOnlyWhatBothForecastIsCompared(t *testing.T) {
	w := task(t, backtest.Default(), series(12*288, 5*time.Minute, wave))
	n := 0
	half := run(t, w, func(h forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		if n++; n == 2 {
			return nil, nil, &forecast.NoForecast{Reason: forecast.ReasonSparse, Detail: "too few"}
		}
		p := &forecast.Paths{Start: h.End().Add(h.Step), Step: h.Step, Taus: w.Protocol.Taus}
		p.Values = make([]float64, 36*len(p.Taus))
		return p, nil, nil
	})
	naive := run(t, w, w.Protocol.NaiveDay())
	s, base := w.Score(half, naive), w.Score(naive, half)
	origins := len(w.Origins) - 1
	want := [3]int{6 * origins, 30 * origins, 0}
	if s.Targets != want || base.Targets != want || s.Origins != origins || s.Failed != 1 {
		t.Errorf("targets %v and %v, want %v; origins %d, failed %d", s.Targets, base.Targets, want, s.Origins, s.Failed)
	}
	if half.Failed[0].Err.Detail != "too few" || !half.Failed[0].Origin.Equal(w.OriginTime(1)) {
		t.Errorf("failure %+v", half.Failed[0])
	}
	if base.Peaks == 0 {
		t.Error("a method without peaks must not hide those of another")
	}
}

func TestForecastsOffTheGridAreRefused(t *testing.T) {
	w := small(t, steps)
	for name, change := range map[string]func(*forecast.Paths){
		"start": func(p *forecast.Paths) { p.Start = p.Start.Add(time.Minute) },
		"step":  func(p *forecast.Paths) { p.Step *= 2 },
		"taus":  func(p *forecast.Paths) { p.Taus = []float64{0.5, 0.8} },
	} {
		_, err := w.Run("bent", func(h forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
			p, _, err := always(1, 2)(h)
			change(p)
			return p, nil, err
		}, nil)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	stop := errors.New("stop")
	if _, err := w.Run("m", always(1, 2), func(int, int) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("progress cannot stop the run: %v", err)
	}
}

func TestSummary(t *testing.T) {
	score := func(name string, loss float64, covered, targets int) backtest.Score {
		s := backtest.Score{Series: name, Method: "m", Taus: []float64{0.9}, Covered: []int{covered}, PeakLoss: []float64{0}, PeakCovered: []int{0}}
		s.Targets = [3]int{targets, targets, 0}
		for b := range s.Loss {
			s.Loss[b] = []float64{loss}
		}
		return s
	}
	base := []backtest.Score{score("a", 8, 0, 10), score("b", 9, 0, 30)}
	mine := []backtest.Score{score("a", 2, 18, 10), score("b", 9, 60, 30)}
	s := backtest.Summarize(mine, base)
	near(t, "√(¼·1)", s.Ratio[backtest.Near], 0.5)
	near(t, "no far targets", s.Ratio[backtest.Far], math.NaN())
	near(t, "pooled coverage", s.Coverage[0], 78.0/80)
	near(t, "worst coverage", s.Worst[0], 0.9)
	near(t, "no peaks", s.PeakCoverage[0], math.NaN())
	if s.WorstSeries[0] != "a" || s.Compared != [3]int{2, 2, 0} {
		t.Errorf("worst %s, compared %v", s.WorstSeries[0], s.Compared)
	}
	exact, known := backtest.GeometricMean([]float64{0, 1, math.NaN(), math.Inf(1), 1})
	near(t, "none and too much cancel out", exact, 1)
	if known != 4 {
		t.Errorf("%d known", known)
	}
	part, n := backtest.Better(mine, base, backtest.Near)
	near(t, "better on", part, 0.5)
	if n != 2 {
		t.Errorf("%d compared", n)
	}
}

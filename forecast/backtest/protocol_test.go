package backtest_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// series is n values of f, a step apart.
func series(n int, step time.Duration, f func(i int) float64) forecast.Series {
	s := forecast.Series{Start: monday, Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = f(i)
	}
	return s
}

func task(t *testing.T, p backtest.Protocol, s forecast.Series) *backtest.Task {
	t.Helper()
	out, err := p.Task("web", s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func index(i int) float64 { return float64(i) }

// Ten days of 5-minute steps: n = 2880, so that the first origin is at 0.6·n =
// 1728, which is after four days (1152), and the last at most 2880−1−288 = 2591.
// (2591 − 1728)/53 = 16.3, so there are 17.
func TestOriginsLieWhereTheProtocolSays(t *testing.T) {
	w := task(t, backtest.Default(), series(2880, 5*time.Minute, index))
	if len(w.Origins) != 17 || w.Origins[0] != 1728 || w.Origins[1] != 1781 || w.Origins[16] != 1728+16*53 {
		t.Errorf("%d origins %v", len(w.Origins), w.Origins)
	}
	if w.Horizon() != 288 || w.Window() != 7 {
		t.Errorf("horizon %d, window %d steps", w.Horizon(), w.Window())
	}
	if y := w.Target(0, 288); y != 1728+288 {
		t.Errorf("the last target is %g", y)
	}
	if y := w.Peak(0); y != 1728+7 {
		t.Errorf("the largest load of the window is %g", y)
	}
}

// Six days: 0.6·n is 3.6 days, less than the four that are wanted.
func TestTheFirstOriginHasEnoughHistory(t *testing.T) {
	w := task(t, backtest.Default(), series(6*288, 5*time.Minute, index))
	if w.Origins[0] != 4*288 {
		t.Errorf("first origin %d", w.Origins[0])
	}
}

func TestOriginsWithoutALoadArePassedOver(t *testing.T) {
	s := series(2880, 5*time.Minute, index)
	s.Values[1781] = math.NaN()
	w := task(t, backtest.Default(), s)
	if len(w.Origins) != 16 || slices.Contains(w.Origins, 1781) {
		t.Errorf("origins %v", w.Origins)
	}
}

func TestMaxOriginsAreEvenlyChosen(t *testing.T) {
	f := func(n, k int, want ...int) {
		t.Helper()
		xs := make([]int, n)
		for i := range xs {
			xs[i] = i
		}
		if got := backtest.Evenly(xs, k); !slices.Equal(got, want) {
			t.Errorf("%d of %d: %v, want %v", k, n, got, want)
		}
	}
	f(17, 1, 8)
	f(17, 2, 4, 12)
	f(6, 3, 1, 3, 5)
	f(3, 3, 0, 1, 2)
	f(2, 5, 0, 1)
	p := backtest.Default()
	p.MaxOrigins = 2
	if w := task(t, p, series(2880, 5*time.Minute, index)); !slices.Equal(w.Origins, []int{1728 + 4*53, 1728 + 12*53}) {
		t.Errorf("origins %v", w.Origins)
	}
}

func TestSeriesAreAveragedToTheLeastMultipleOfTheirStep(t *testing.T) {
	p := backtest.Default()
	for native, want := range map[time.Duration]time.Duration{
		15 * time.Second: 5 * time.Minute, time.Minute: 5 * time.Minute, 2 * time.Minute: 6 * time.Minute,
		5 * time.Minute: 5 * time.Minute, 7 * time.Minute: 7 * time.Minute, time.Hour: time.Hour,
	} {
		if got := p.StepOf(native); got != want {
			t.Errorf("a step of %s becomes %s, want %s", native, got, want)
		}
	}
	w := task(t, p, series(10*1440, time.Minute, index))
	if w.Series.Step != 5*time.Minute || w.Series.Values[3] != 17 { // the mean of 15 to 19
		t.Errorf("step %s, value %g", w.Series.Step, w.Series.Values[3])
	}
}

// An hourly series has no target within half an hour, and its window is two
// samples: the next, and the one that is half an hour or more after that.
func TestHourlySeries(t *testing.T) {
	w := task(t, backtest.Default(), series(30*24, time.Hour, index))
	if w.Horizon() != 24 || w.Window() != 2 {
		t.Errorf("horizon %d, window %d", w.Horizon(), w.Window())
	}
	naive, err := w.Run("naive", w.Protocol.NaiveDay(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := w.Score(naive)
	if s.Targets != [3]int{0, 3 * s.Origins, 21 * s.Origins} || !math.IsNaN(s.MeanLoss(backtest.Near)) {
		t.Errorf("targets %v, loss %g", s.Targets, s.MeanLoss(backtest.Near))
	}
}

// A forecaster must not be able to see what comes, not even by accident: the
// history ends at the origin and has no room behind it.
func TestHistoryCannotLeak(t *testing.T) {
	p := backtest.Default()
	p.Context = 2 * 24 * time.Hour
	w := task(t, p, series(2880, 5*time.Minute, index))
	n := 0
	_, err := w.Run("spy", func(h forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		origin := w.Origins[n]
		n++
		if h.Len() != 2*288 || cap(h.Values) != len(h.Values) {
			t.Fatalf("%d samples with room for %d", h.Len(), cap(h.Values))
		}
		if !h.End().Equal(w.Series.Time(origin)) || h.Values[h.Len()-1] != float64(origin) {
			t.Fatalf("history ends at %s with %g, the origin is %d", h.End(), h.Values[h.Len()-1], origin)
		}
		_ = append(h.Values, -1) // must not overwrite the next target
		return nil, nil, &forecast.NoForecast{Reason: forecast.ReasonNoData}
	}, nil)
	if err != nil || n != 17 {
		t.Fatalf("%d origins, %v", n, err)
	}
	if y := w.Target(0, 1); y != 1729 {
		t.Errorf("the first target was overwritten by %g", y)
	}
}

func TestShortOrUnknownSeriesAreRefused(t *testing.T) {
	p := backtest.Default()
	for name, s := range map[string]forecast.Series{
		"empty":             {Start: monday, Step: time.Minute},
		"all unknown":       series(2880, 5*time.Minute, func(int) float64 { return math.NaN() }),
		"no room for a day": series(4*288+288, 5*time.Minute, index),
	} {
		if _, err := p.Task(name, s); !errors.Is(err, backtest.ErrNoOrigin) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProtocolProblemsAreNamed(t *testing.T) {
	p := backtest.Protocol{Step: time.Minute, Start: 1, Taus: []float64{0.9, 0.5}}
	err := p.Validate()
	for _, want := range []string{"horizon", "context", "stride", "start", "quantiles"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if err := backtest.Default().Validate(); err != nil {
		t.Error(err)
	}
}

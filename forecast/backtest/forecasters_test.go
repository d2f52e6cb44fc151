package backtest_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

func TestQuantiles(t *testing.T) {
	// R: quantile(c(1, 2, 4, 8), c(.5, .9, .25)) is 3.00 6.80 1.75.
	got := backtest.Quantiles([]float64{8, 1, 4, 2}, []float64{0.5, 0.9, 0.25})
	for i, want := range []float64{3, 6.8, 1.75} {
		near(t, "quantile", got[i], want)
	}
	if backtest.Quantiles(nil, taus) != nil {
		t.Error("quantiles of nothing")
	}
}

// Three days of 10, 13 and 9 (+ hour): the differences are 24 of 3 and 24 of
// −4, so the median is −0.5 and the .9 quantile is 3. Yesterday's value at the
// first hour is 9, and unknown at the second, where the day before had 14.
func TestNaiveByHand(t *testing.T) {
	p := backtest.Protocol{Context: 72 * time.Hour, Horizon: 30 * time.Hour, Step: time.Hour, Stride: 1, Window: time.Hour, Taus: taus}
	day := []float64{10, 13, 9}
	s := series(72, time.Hour, func(i int) float64 { return day[i/24] + float64(i%24) })
	load, peaks, err := p.NaiveDay()(s)
	if err != nil {
		t.Fatal(err)
	}
	if load.Steps() != 30 || !load.Start.Equal(monday.Add(72*time.Hour)) {
		t.Fatalf("%d steps from %s", load.Steps(), load.Start)
	}
	near(t, "median of the first hour", load.Row(0)[0], 9-0.5)
	near(t, ".9 of the first hour", load.Row(0)[1], 9+3)
	near(t, ".9 of the same hour a day later", load.Row(24)[1], 9+3)
	// The window is two samples, of which the second is the larger.
	near(t, ".9 of the largest", peaks.Row(0)[1], 10+3)

	s.Values[49] = math.NaN()
	load, peaks, _ = p.NaiveDay()(s)
	near(t, "where yesterday is not known", load.Row(1)[1], 14+3)
	near(t, "the peak there", peaks.Row(0)[1], 14+3)

	for i := range s.Values {
		s.Values[i] = 40 - float64(i)/2
	}
	load, _, _ = p.NaiveDay()(s)
	near(t, "never below zero", load.Row(23)[0], 0) // 4.5 − 12
}

func TestNaiveWeekFallsBackToTheDay(t *testing.T) {
	p := backtest.Default()
	for days, weekly := range map[int]bool{7: false, 8: true} {
		s := series(days*24, time.Hour, func(i int) float64 { return float64(i / 24) })
		week, _, err := p.NaiveWeek()(s)
		if err != nil {
			t.Fatal(err)
		}
		// The load is the number of the day: a week ago it was 7 less, and the difference is always 7.
		want := float64(days)
		if !weekly {
			want = float64(days-1) + 1
		}
		near(t, "the next day", week.Row(0)[0], want)
	}
	s := series(8*24, time.Hour, func(i int) float64 { return float64((i / 24) % 7) })
	week, _, _ := p.NaiveWeek()(s)
	near(t, "next Tuesday as last", week.Row(0)[0], 1)
}

func TestNaiveNeedsTwoDays(t *testing.T) {
	p := backtest.Default()
	_, _, err := p.NaiveDay()(series(24, time.Hour, index))
	none, ok := errors.AsType[*forecast.NoForecast](err)
	if !ok || none.Reason != forecast.ReasonTooShort {
		t.Errorf("%v", err)
	}
}

package backtest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// Names of the built-in methods.
const (
	MethodModel     = "highwater"
	MethodNaiveDay  = "naive-day"
	MethodNaiveWeek = "naive-week"
)

// Model forecasts as Highwater does: a fit at each origin. The calendar may be
// nil. The Forecaster is not safe for concurrent use.
func (p Protocol) Model(calendar *forecast.Calendar) Forecaster {
	var load, peaks forecast.Paths
	return func(history forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		m, err := forecast.Fit(history, forecast.Options{Horizon: p.Horizon, Window: p.Window, Calendar: calendar})
		if err != nil {
			return nil, nil, err
		}
		return m.Forecast(&load, p.Taus), m.Peaks(&peaks, p.Taus), nil
	}
}

// NaiveDay forecasts yesterday's value at the same time, or that of the
// nearest earlier day on which it is known, plus the quantiles of the
// differences over one day within the history; nothing below zero. The largest
// load of the window is forecast alike, from yesterday's largest. The
// Forecaster is not safe for concurrent use.
func (p Protocol) NaiveDay() Forecaster {
	return func(history forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		return p.naive(history, 24*time.Hour)
	}
}

// NaiveWeek is NaiveDay with weeks in the place of days, where the history
// covers at least eight days; it is NaiveDay below that.
func (p Protocol) NaiveWeek() Forecaster {
	return func(history forecast.Series) (*forecast.Paths, *forecast.Paths, error) {
		if time.Duration(history.Len())*history.Step < 8*24*time.Hour {
			return p.naive(history, 24*time.Hour)
		}
		return p.naive(history, 7*24*time.Hour)
	}
}

func (p Protocol) naive(s forecast.Series, season time.Duration) (load, peaks *forecast.Paths, err error) {
	period := max(1, int(math.Round(float64(season)/float64(s.Step))))
	qs := Quantiles(differences(s.Values, period), p.Taus)
	if qs == nil {
		return nil, nil, &forecast.NoForecast{Reason: forecast.ReasonTooShort,
			Detail: fmt.Sprintf("no two known samples lie %s apart within %s of history", season, s.Span())}
	}
	n, window := ceil(p.Horizon, s.Step), max(1, ceil(p.Window, s.Step))+1
	base := make([]float64, max(n, window))
	for h := range base {
		base[h] = earlier(s.Values, h+1, period)
	}
	load = paths(s, p.Taus, n)
	for i := range n {
		raise(load.Row(i), base[i], qs)
	}
	peaks = paths(s, p.Taus, 1)
	top := largest(base[:window])
	if qs := Quantiles(differences(windowMax(s.Values, window), period), p.Taus); qs != nil {
		raise(peaks.Row(0), top, qs)
	} else {
		raise(peaks.Row(0), math.NaN(), p.Taus)
	}
	return load, peaks, nil
}

func paths(s forecast.Series, taus []float64, rows int) *forecast.Paths {
	return &forecast.Paths{Start: s.End().Add(s.Step), Step: s.Step, Taus: slices.Clone(taus), Values: make([]float64, rows*len(taus))}
}

// raise sets row to base plus each of qs, at least zero; to NaN if base is.
func raise(row []float64, base float64, qs []float64) {
	for k, q := range qs {
		row[k] = max(0, base+q)
	}
}

// earlier returns the value h steps after the last of xs less the fewest whole
// periods at which it is known; NaN if it is at none.
func earlier(xs []float64, h, period int) float64 {
	for i := len(xs) - 1 + h - ceilDiv(h, period)*period; i >= 0; i -= period {
		if !math.IsNaN(xs[i]) {
			return xs[i]
		}
	}
	return math.NaN()
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// differences returns the known xs[i] − xs[i−period].
func differences(xs []float64, period int) []float64 {
	var ds []float64
	for i := period; i < len(xs); i++ {
		if d := xs[i] - xs[i-period]; !math.IsNaN(d) {
			ds = append(ds, d)
		}
	}
	return ds
}

// windowMax returns the largest of xs[i : i+w] for every i where all is given;
// NaN where one of them is.
func windowMax(xs []float64, w int) []float64 {
	if len(xs) < w {
		return nil
	}
	out := make([]float64, len(xs)-w+1)
	for i := range out {
		out[i] = largest(xs[i : i+w])
	}
	return out
}

// Quantiles returns the empirical quantiles of xs, interpolated linearly
// between the order statistics at 0, 1/(n−1), …, 1 (Hyndman and Fan's seventh
// definition, the default of R and NumPy); nil if xs is empty. xs is sorted
// in place and must hold no NaN.
func Quantiles(xs, taus []float64) []float64 {
	if len(xs) == 0 {
		return nil
	}
	slices.Sort(xs)
	out := make([]float64, len(taus))
	for k, tau := range taus {
		at := tau * float64(len(xs)-1)
		lo := int(at)
		hi := min(lo+1, len(xs)-1)
		w := at - float64(lo)
		out[k] = xs[lo] + w*(xs[hi]-xs[lo])
	}
	return out
}

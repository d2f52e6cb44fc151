package backtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A Forecaster forecasts the load after the end of history, in quantiles. load
// has a row for each step from history.End() + history.Step on; rows that it
// lacks are not forecast. peaks, which may be nil, has in its first row the
// quantiles of the largest load of Task.Window. Both may be reused by the next
// call. A *forecast.NoForecast is an outcome and is counted; any other error
// ends the run. history must not be changed or kept.
type Forecaster func(history forecast.Series) (load, peaks *forecast.Paths, err error)

// Forecasts are what one method said of one Task.
type Forecasts struct {
	Method string
	Taus   []float64
	Failed []Failure // origins without a forecast, in order

	horizon int
	load    []float64 // origin × step × tau; NaN: no forecast
	peaks   []float64 // origin × tau; nil: none at all
}

// A Failure is an origin that a method had no forecast for.
type Failure struct {
	Origin time.Time
	Err    *forecast.NoForecast
}

// NewForecasts returns forecasts of t that say nothing yet.
func (t *Task) NewForecasts(method string) *Forecasts {
	f := &Forecasts{Method: method, Taus: slices.Clone(t.Protocol.Taus), horizon: t.horizon}
	f.load = unknown(len(t.Origins) * t.horizon * len(f.Taus))
	return f
}

func unknown(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = math.NaN()
	}
	return xs
}

// Row returns the quantiles of the load h steps after the i-th origin, NaN
// where there is none. It shares f's values.
func (f *Forecasts) Row(i, h int) []float64 {
	k := len(f.Taus)
	at := (i*f.horizon + h - 1) * k
	return f.load[at : at+k : at+k]
}

// Peak returns the quantiles of the largest load of the window after the i-th
// origin, or nil if the method has none. It shares f's values.
func (f *Forecasts) Peak(i int) []float64 {
	if f.peaks == nil {
		return nil
	}
	k := len(f.Taus)
	return f.peaks[i*k : (i+1)*k : (i+1)*k]
}

// Run asks f for a forecast from each origin. progress, which may be nil, is
// told after each how many of how many are done; an error from it ends the
// run and is returned.
func (t *Task) Run(method string, f Forecaster, progress func(done, of int) error) (*Forecasts, error) {
	out := t.NewForecasts(method)
	for i := range t.Origins {
		load, peaks, err := f(t.History(i))
		if err == nil {
			err = t.set(out, i, load, peaks)
		}
		if none, ok := errors.AsType[*forecast.NoForecast](err); ok {
			out.Failed = append(out.Failed, Failure{t.OriginTime(i), none})
		} else if err != nil {
			return nil, fmt.Errorf("%s, %s at %s: %w", t.Name, method, t.OriginTime(i).UTC().Format(time.RFC3339), err)
		}
		if progress != nil {
			if err := progress(i+1, len(t.Origins)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// set stores what was said at the i-th origin.
func (t *Task) set(f *Forecasts, i int, load, peaks *forecast.Paths) error {
	if load == nil {
		return errors.New("neither a forecast nor an error")
	}
	if err := t.fits(load, i); err != nil {
		return err
	}
	for h := 1; h <= min(t.horizon, load.Steps()); h++ {
		copy(f.Row(i, h), load.Row(h-1))
	}
	if peaks == nil {
		return nil
	}
	if err := t.fits(peaks, i); err != nil {
		return fmt.Errorf("peaks: %w", err)
	}
	if peaks.Steps() == 0 {
		return nil
	}
	if f.peaks == nil {
		f.peaks = unknown(len(t.Origins) * len(f.Taus))
	}
	copy(f.Peak(i), peaks.Row(0))
	return nil
}

// fits returns an error if p is not on the grid that is scored.
func (t *Task) fits(p *forecast.Paths, i int) error {
	switch want := t.OriginTime(i).Add(t.Series.Step); {
	case !p.Start.Equal(want):
		return fmt.Errorf("the forecast begins at %s, want %s", p.Start.UTC().Format(time.RFC3339), want.UTC().Format(time.RFC3339))
	case p.Step != t.Series.Step:
		return fmt.Errorf("the forecast has steps of %s, want %s", p.Step, t.Series.Step)
	case !slices.Equal(p.Taus, t.Protocol.Taus):
		return fmt.Errorf("the forecast has quantiles %v, want %v", p.Taus, t.Protocol.Taus)
	}
	return nil
}

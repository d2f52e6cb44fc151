package backtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A Protocol is a rolling origin: where forecasts begin on a series, what they
// may use, and what of them is scored.
type Protocol struct {
	Context    time.Duration // history that a forecast may use, up to its origin
	Horizon    time.Duration // every step up to it is a target
	Step       time.Duration // the series is averaged to it, or to its own step if that is longer
	Stride     int           // steps from one origin to the next; best without a factor in common with a day
	Start      float64       // share of the series before the first origin, within [0, 1)
	MinHistory time.Duration // least time before the first origin
	Window     time.Duration // whose largest load is scored too: see Task.Window
	Taus       []float64     // quantiles, ascending within (0, 1)
	MaxOrigins int           // for each series, evenly chosen; 0 for all
}

// Default is the protocol of the project's own benchmark.
func Default() Protocol {
	return Protocol{
		Context: 28 * 24 * time.Hour, Horizon: 24 * time.Hour, Step: 5 * time.Minute, Stride: 53, Start: 0.6,
		MinHistory: 4 * 24 * time.Hour, Window: 30 * time.Minute, Taus: []float64{0.5, 0.9, 0.95, 0.99},
	}
}

// Validate returns every problem of p, joined.
func (p Protocol) Validate() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(p.Step < time.Second, "step %s: want at least a second", p.Step)
	add(p.Horizon < p.Step, "horizon %s: shorter than a step of %s", p.Horizon, p.Step)
	add(p.Context < p.Step, "context %s: shorter than a step of %s", p.Context, p.Step)
	add(p.MinHistory < 0, "least history %s: negative", p.MinHistory)
	add(p.Window < 0, "window %s: negative", p.Window)
	add(p.Stride < 1, "stride %d: want at least one step", p.Stride)
	add(!(p.Start >= 0 && p.Start < 1), "start %g: want a share of the series from 0 to below 1", p.Start)
	add(p.MaxOrigins < 0, "at most %d origins: negative", p.MaxOrigins)
	add(len(p.Taus) == 0, "no quantiles")
	prev := 0.0
	for _, tau := range p.Taus {
		if !(tau > prev && tau < 1) {
			errs = append(errs, fmt.Errorf("quantiles %v: want them ascending within (0, 1)", p.Taus))
			break
		}
		prev = tau
	}
	return errors.Join(errs...)
}

// StepOf returns the step at which a series of the given own step is scored:
// the least multiple of it that is not shorter than p.Step.
func (p Protocol) StepOf(native time.Duration) time.Duration {
	return (p.Step + native - 1) / native * native
}

// ErrNoOrigin means that a series is too short for a single origin, or that
// the load is known at none.
var ErrNoOrigin = errors.New("no origin to forecast from")

// A Task is one series laid out for a Protocol.
type Task struct {
	Name     string
	Protocol Protocol
	Series   forecast.Series // averaged; begins and ends with a known sample
	Origins  []int           // indices of Series, ascending; the load is known at each

	horizon int // steps
	context int // samples
	window  int // steps
	day     int // steps
}

// Task lays s out: it averages s to p.StepOf(s.Step) and places the origins at
// every p.Stride-th step from ⌈Start·n⌉ on, the first with at least MinHistory
// before it and the last with the whole horizon after it. An origin at which
// the load is not known is passed over, for every forecaster alike. It returns
// an error that is ErrNoOrigin if none is left, and p.Validate's. s is not
// changed, but may be shared.
func (p Protocol) Task(name string, s forecast.Series) (*Task, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if s.Len() == 0 || s.Known() == 0 {
		return nil, fmt.Errorf("%w: nothing is known of the load", ErrNoOrigin)
	}
	s = s.Resample(p.StepOf(s.Step))
	t := &Task{
		Name: name, Protocol: p, Series: s,
		horizon: ceil(p.Horizon, s.Step),
		context: max(1, int(p.Context/s.Step)),
		window:  max(1, ceil(p.Window, s.Step)) + 1,
		day:     max(1, int(math.Round(float64(24*time.Hour)/float64(s.Step)))),
	}
	n := s.Len()
	first := max(int(math.Ceil(p.Start*float64(n))), ceil(p.MinHistory, s.Step))
	for i := first; i+t.horizon < n; i += p.Stride {
		if !math.IsNaN(s.Values[i]) {
			t.Origins = append(t.Origins, i)
		}
	}
	if len(t.Origins) == 0 {
		return nil, fmt.Errorf("%w: %s of history with %d of %d samples known, where %s are wanted before the first origin and %s after it", ErrNoOrigin,
			s.Span(), s.Known(), n, max(time.Duration(first)*s.Step, p.MinHistory), p.Horizon)
	}
	if p.MaxOrigins > 0 {
		t.Origins = Evenly(t.Origins, p.MaxOrigins)
	}
	return t, nil
}

// Evenly returns at most n of xs, evenly spread and in order: the middle one
// of each of n parts.
func Evenly[T any](xs []T, n int) []T {
	if len(xs) <= n {
		return slices.Clone(xs)
	}
	out := make([]T, n)
	for j := range out {
		out[j] = xs[(2*j+1)*len(xs)/(2*n)]
	}
	return out
}

// ceil returns d in whole steps, rounded up.
func ceil(d, step time.Duration) int { return int((d + step - 1) / step) }

// Horizon returns the number of targets after each origin, in steps.
func (t *Task) Horizon() int { return t.horizon }

// Window returns how many steps after the origin the largest load is taken
// over: those from origin + Step up to origin + Step + Protocol.Window, both
// ends included. That is the window of the first row of forecast.Model.Peaks.
func (t *Task) Window() int { return t.window }

// OriginTime returns the time of the i-th origin.
func (t *Task) OriginTime(i int) time.Time { return t.Series.Time(t.Origins[i]) }

// History returns what a forecast from the i-th origin may use: at most the
// context, ending at the origin. It shares the series' values but has no
// capacity beyond them, so that nothing later can be reached.
func (t *Task) History(i int) forecast.Series {
	hi := t.Origins[i] + 1
	lo := max(0, hi-t.context)
	return forecast.Series{Start: t.Series.Time(lo), Step: t.Series.Step, Values: t.Series.Values[lo:hi:hi]}
}

// Target returns the load h steps after the i-th origin; NaN if it is not known.
func (t *Task) Target(i, h int) float64 { return t.Series.Values[t.Origins[i]+h] }

// Peak returns the largest load of the window after the i-th origin; NaN
// unless the load is known at every step of it, since a gap may hide the peak.
func (t *Task) Peak(i int) float64 {
	o := t.Origins[i]
	if o+t.window >= t.Series.Len() {
		return math.NaN()
	}
	return largest(t.Series.Values[o+1 : o+1+t.window])
}

// largest returns the largest of xs; NaN if one is NaN.
func largest(xs []float64) float64 {
	top := math.Inf(-1)
	for _, x := range xs {
		if math.IsNaN(x) {
			return x
		}
		top = max(top, x)
	}
	return top
}

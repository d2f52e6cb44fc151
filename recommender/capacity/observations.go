package capacity

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// Observations are what was seen of one workload. Load and Pods are needed by
// every method that learns; the others may be empty. NaN is unknown, never zero.
//
// The methods take what Align returns. What was not aligned they align
// themselves, and refuse if that cannot be done.
type Observations struct {
	Load      forecast.Series // of the whole workload, in its unit: requests/s
	Pods      forecast.Series // ready pods
	CPU       forecast.Series // cores in use by all pods
	Throttled forecast.Series // share of CPU periods in which a pod was throttled, in [0, 1]
	Latency   forecast.Series // seconds, at the quantile of the objective: p95
}

// Errors of Align, wrapped with the name of the series.
var (
	// ErrStep means that the steps of two series have no common multiple among them.
	ErrStep = errors.New("steps do not fit")
	// ErrOffGrid means that the samples of a series lie between those of another.
	ErrOffGrid = errors.New("off the grid")
	// ErrNoOverlap means that two series were seen at different times.
	ErrNoOverlap = errors.New("no overlap")
)

type named struct {
	name string
	s    *forecast.Series
}

func (o *Observations) all() []named {
	return []named{
		{"load", &o.Load}, {"pods", &o.Pods}, {"cpu", &o.CPU}, {"throttled", &o.Throttled}, {"latency", &o.Latency},
	}
}

// Align brings the series of o onto one grid: the coarsest of their steps,
// over the span of the load. Finer series become means over a step, as by
// Series.Resample; what is missing of the span is unknown. Empty series stay
// empty. o is not changed, but the result may share its values.
//
// It returns ErrStep if a step does not divide the coarsest, ErrOffGrid if a
// series lies between the grid points, and ErrNoOverlap if one has nothing in
// the span of the load. Each error names the series. It costs O(n).
func Align(o Observations) (Observations, error) {
	if o.aligned() {
		return o, nil
	}
	var coarse named
	for _, n := range o.all() {
		if n.s.Len() == 0 {
			*n.s = forecast.Series{}
			continue
		}
		if n.s.Step <= 0 {
			return Observations{}, fmt.Errorf("%s: %w: its step is %s", n.name, ErrStep, n.s.Step)
		}
		if coarse.s == nil || n.s.Step > coarse.s.Step {
			coarse = n
		}
	}
	if coarse.s == nil {
		return o, nil
	}
	step := coarse.s.Step
	for _, n := range o.all() {
		if n.s.Len() == 0 {
			continue
		}
		if step%n.s.Step != 0 {
			return Observations{}, fmt.Errorf("%s: %w: its step of %s does not divide the %s of %s", n.name, ErrStep, n.s.Step, step, coarse.name)
		}
		if n.s.Step < step {
			*n.s = n.s.Resample(step)
		}
	}
	return o.cut(step)
}

// cut brings series of one step onto the span of the load, or of the first that
// is not empty.
func (o Observations) cut(step time.Duration) (Observations, error) {
	var span named
	for _, n := range o.all() {
		if n.s.Len() == 0 {
			continue
		}
		if span.s == nil {
			span = n
			continue
		}
		off := n.s.Start.Sub(span.s.Start)
		if off%step != 0 {
			return Observations{}, fmt.Errorf("%s: %w: it begins at %s, which is no multiple of %s from %s, where %s begins", n.name, ErrOffGrid,
				clock(n.s.Start), step, clock(span.s.Start), span.name)
		}
		shift := int(off / step) // where n begins on the grid
		if shift >= span.s.Len() || shift <= -n.s.Len() {
			return Observations{}, fmt.Errorf("%s: %w: it reaches from %s to %s, but %s from %s to %s", n.name, ErrNoOverlap,
				clock(n.s.Start), clock(n.s.End()), span.name, clock(span.s.Start), clock(span.s.End()))
		}
		*n.s = shifted(*n.s, span.s.Start, shift, span.s.Len())
	}
	return o, nil
}

// shifted returns s on a grid of n points of which its first is at index shift.
func shifted(s forecast.Series, start time.Time, shift, n int) forecast.Series {
	if shift == 0 && s.Len() == n {
		return s
	}
	out := forecast.Series{Start: start, Step: s.Step, Values: make([]float64, n)}
	for i := range out.Values {
		if j := i - shift; j >= 0 && j < s.Len() {
			out.Values[i] = s.Values[j]
		} else {
			out.Values[i] = math.NaN()
		}
	}
	return out
}

// aligned says whether all series that are not empty share a grid.
func (o Observations) aligned() bool {
	var first *forecast.Series
	for _, n := range o.all() {
		switch {
		case n.s.Len() == 0:
		case n.s.Step <= 0:
			return false
		case first == nil:
			first = n.s
		case n.s.Step != first.Step || n.s.Len() != first.Len() || !n.s.Start.Equal(first.Start):
			return false
		}
	}
	return true
}

func clock(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

package api

import (
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast"
)

// Part is the part of a request that says which times the answer covers, and how
// fine. It is exported because huma sets the fields of embedded structs only then.
type Part struct {
	From time.Time `query:"from" doc:"Nothing before this time; as far back as is known if left out"`
	To   time.Time `query:"to" doc:"Nothing after this time; as far ahead as is known if left out"`
	Step string    `query:"step" doc:"Values are reduced to steps of this length, 1s to 24h as in 5m, that begin at its multiples; as fine as they are known if it is left out or shorter" maxLength:"32"`
}

// maxStep bounds what a request may ask for.
const maxStep = 24 * time.Hour

// span returns the part, or says which parameter is wrong.
func (p *Part) span() (span, error) {
	s := span{from: p.From, to: p.To}
	if p.Step != "" {
		step, err := model.ParseDuration(p.Step)
		if s.step = time.Duration(step); err != nil || s.step < time.Second || s.step > maxStep {
			return s, badParameter("step", p.Step, fmt.Sprintf("%q is no length of time from 1s to 24h, as 90s, 5m or 1h", p.Step))
		}
	}
	if !p.From.IsZero() && !p.To.IsZero() && p.To.Before(p.From) {
		return s, badParameter("to", p.To.Format(time.RFC3339), fmt.Sprintf("%s is before from, which is %s", p.To.Format(time.RFC3339), p.From.Format(time.RFC3339)))
	}
	return s, nil
}

// A span is the times that an answer covers, and how fine. Zeros bound nothing.
type span struct {
	from, to time.Time // both included
	step     time.Duration
}

// covered returns which of n ascending times are covered: those from lo, and
// before hi.
func (s span) covered(n int, at func(int) time.Time) (lo, hi int) {
	for lo < n && at(lo).Before(s.from) {
		lo++
	}
	for hi = lo; hi < n && (s.to.IsZero() || !at(hi).After(s.to)); {
		hi++
	}
	return lo, hi
}

// groups yields where groups of n ascending times begin and end: those of one step.
func (s span) groups(n int, at func(int) time.Time) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; i < n; {
			end, j := at(i).Truncate(s.step).Add(s.step), i+1
			for j < n && at(j).Before(end) {
				j++
			}
			if !yield(i, j) {
				return
			}
			i = j
		}
	}
}

// series returns what is covered of a series, with the known samples of each step
// reduced to one.
func (s span) series(in forecast.Series, reduce func(known []float64) float64) forecast.Series {
	lo, hi := s.covered(in.Len(), in.Time)
	in = forecast.Series{Start: in.Time(lo), Step: in.Step, Values: in.Values[lo:hi]}
	if s.step <= in.Step || in.Len() == 0 {
		return in
	}
	out := forecast.Series{Start: in.Start.Truncate(s.step), Step: s.step}
	var known []float64
	for i, j := range s.groups(in.Len(), in.Time) {
		known = known[:0]
		for _, v := range in.Values[i:j] {
			if !math.IsNaN(v) {
				known = append(known, v)
			}
		}
		v := math.NaN()
		if len(known) > 0 {
			v = reduce(known)
		}
		out.Values = append(out.Values, v)
	}
	return out
}

// paths returns what is covered of a forecast, with the largest value of each
// quantile in each step. They stay in order: where one path is never above another,
// neither is its largest value.
func (s span) paths(in *forecast.Paths) *forecast.Paths {
	if in == nil {
		return nil
	}
	lo, hi := s.covered(in.Steps(), in.Time)
	k := len(in.Taus)
	out := &forecast.Paths{Start: in.Time(lo), Step: in.Step, Taus: in.Taus, Values: in.Values[lo*k : hi*k]}
	if s.step <= in.Step || lo == hi {
		return out
	}
	in, out = out, &forecast.Paths{Start: out.Start.Truncate(s.step), Step: s.step, Taus: in.Taus}
	for i, j := range s.groups(in.Steps(), in.Time) {
		at := len(out.Values)
		out.Values = append(out.Values, in.Row(i)...)
		for i++; i < j; i++ {
			for c, v := range in.Row(i) {
				if most := &out.Values[at+c]; math.IsNaN(*most) || v > *most {
					*most = v
				}
			}
		}
	}
	return out
}

// mean returns the mean of values.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A Source is what a Window reads from: a *Reader.
type Source interface {
	Read(ctx context.Context, q Query, from, to time.Time, step time.Duration) (Result, error)
}

const (
	// overlap is how many steps are read again each time, for the newest
	// samples may have been read before all scrapes were in.
	overlap = 3
	// late is how many steps without a sample are asked for again at the end,
	// for a store that lags.
	late = 60
	// again is how long a window without any sample waits before it asks for
	// all of its span again, and not just for what is new.
	again = 10 * time.Minute
)

// A Window keeps the newest span of one load: the first Advance reads all of
// it, later ones what is new and a little before that. It belongs to one
// goroutine; the Series that it gives away belong to everyone.
//
// A Series from a Window never changes, though it shares the Window's memory:
// new samples are written behind it, and a sample that turns out otherwise than
// it was given away makes the Window move to a new slice first. So a tick
// without such a correction allocates nothing for the samples, and a Series
// that is kept keeps its slice alive: at most a quarter more than the span.
//
// What is known is not forgotten because a later reading lacks it.
type Window struct {
	source Source
	query  Query
	found  string // of the query's expressions, the one that selected something; empty if none has
	span   time.Duration
	step   time.Duration

	start   time.Time // of values[0]
	values  []float64 // ends with a known value
	read    time.Time // grid time up to which was read; zero if all is to be read
	full    time.Time // when all was read
	quality forecast.Quality
}

// NewWindow returns a Window of the last span of q's load. It reads nothing yet.
func NewWindow(source Source, q Query, span, step time.Duration) *Window {
	return &Window{source: source, query: q, span: span, step: step}
}

// Ask sets what is read from now on. If the query, the span or the step is
// another one, the window is empty until the next Advance, which reads all.
func (w *Window) Ask(q Query, span, step time.Duration) {
	if q.Expr != w.query.Expr || span != w.span || step != w.step {
		*w = Window{source: w.source, span: span, step: step}
	}
	w.query = q
}

// Series returns the load as it is known, empty if it is not. It may be kept.
func (w *Window) Series() forecast.Series {
	n := len(w.values)
	lo := 0
	for lo < n && math.IsNaN(w.values[lo]) {
		lo++
	}
	return forecast.Series{Start: w.start.Add(time.Duration(lo) * w.step), Step: w.step, Values: w.values[lo:n:n]}
}

// Advance reads what is new until now, drops what is older than the span, and
// returns all that the window holds. The Quality counts the points and gaps of
// the whole window, and the bad samples of what this Advance read.
//
//   - A failure leaves the window as it was; the Result has its Series. The next
//     Advance reads from where the last good one ended.
//   - Nothing new is no failure but a warning, while older samples remain.
//   - If the clock went back, by up to an hour nothing is read and the window
//     stays, with a warning; by more, all is read again. If it went on by more
//     than the span, all is read again too.
func (w *Window) Advance(ctx context.Context, now time.Time) (Result, error) {
	span, err := newGrid(now.Add(-w.span), now, w.step)
	if err != nil {
		return w.result(nil), err
	}
	to := span.end()
	if !w.read.IsZero() && to.Before(w.read) && w.read.Sub(to) <= time.Hour {
		return w.result([]string{fmt.Sprintf("the clock went back from %s to %s; nothing was read", stamp(w.read), stamp(now))}), nil
	}
	from, all := w.from(span)
	q := w.query
	if w.found != "" && !all {
		q.Expr, q.Else = w.found, nil
	}
	res, err := w.source.Read(ctx, q, from, to, w.step)
	if err == nil {
		w.found = cmp.Or(res.Expr, q.Expr)
	}
	nothing := errors.Is(err, ErrNoSeries) || KindOf(err) == NotUsable
	if err != nil && !(nothing && !all) {
		if nothing { // in all of the span: what the window holds is no longer true
			w.replace(span.start, nil, res.Quality, to)
		}
		return w.result(res.Warnings), err
	}
	if all {
		w.replace(res.Series.Start, res.Series.Values, res.Quality, to)
	} else {
		w.drop(span.start)
		w.merge(res.Series)
		w.quality, w.read = res.Quality, to
	}
	out := w.result(res.Warnings)
	if out.Series.Len() == 0 {
		return out, &Error{Kind: NoSeries, Query: w.query.Expr, Err: fmt.Errorf("%sno sample since %s: %s",
			origin(w.query), stamp(span.start), likelyCause(w.query.Expr))}
	}
	if nothing {
		out.Warnings = appendNew(out.Warnings, fmt.Sprintf("no sample since %s", stamp(out.Series.End())))
	}
	return out, nil
}

// from returns where to read from, and whether that is all of the span.
func (w *Window) from(span grid) (time.Time, bool) {
	to := span.end()
	switch {
	case w.read.IsZero(), w.read.Before(span.start), to.Before(w.read):
		return span.start, true
	case len(w.values) == 0 && to.Sub(w.full) >= again:
		return span.start, true
	}
	from := w.read
	if n := len(w.values); n > 0 {
		from = later(w.start.Add(time.Duration(n)*w.step), w.read.Add(-late*w.step))
		from = earlier(from, w.read)
	}
	return later(from.Add(-overlap*w.step), span.start), false
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w *Window) replace(start time.Time, values []float64, q forecast.Quality, read time.Time) {
	w.start, w.quality, w.read, w.full = start, q, read, read
	w.values = nil
	w.extend(values)
}

// merge lays what was read over what is held. Its length is bounded by what
// was asked for: the span.
func (w *Window) merge(s forecast.Series) {
	if s.Len() == 0 {
		return
	}
	if len(w.values) == 0 {
		w.start = s.Start
		w.extend(s.Values)
		return
	}
	at := int(s.Start.Sub(w.start) / w.step)
	if at < 0 { // it begins before what is held
		values := w.values
		w.start, w.values = s.Start, nil
		w.extend(unknown(-at))
		w.extend(values)
		at = 0
	}
	w.extend(unknown(at - len(w.values)))
	held := min(len(w.values)-at, len(s.Values))
	revised := false
	for i, v := range s.Values[:held] {
		if math.IsNaN(v) || v == w.values[at+i] {
			continue
		}
		if !revised { // what was given away must not change
			w.move(len(s.Values) - held)
			revised = true
		}
		w.values[at+i] = v
	}
	w.extend(s.Values[held:])
}

func unknown(n int) []float64 {
	if n <= 0 {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// extend appends values, in a new slice if they do not fit.
func (w *Window) extend(values []float64) {
	if len(w.values)+len(values) > cap(w.values) {
		w.move(len(values))
	}
	w.values = append(w.values, values...)
}

// move copies the values to a new slice, with room for more of them and then
// for a quarter of the span, so that the next move is far away.
func (w *Window) move(more int) {
	n := len(w.values) + more
	values := make([]float64, len(w.values), n+min(n, int(w.span/w.step)/4)+overlap)
	copy(values, w.values)
	w.values = values
}

// drop forgets what is older than oldest, and what follows it while unknown.
func (w *Window) drop(oldest time.Time) {
	i := 0
	if oldest.After(w.start) {
		i = min(int((oldest.Sub(w.start)+w.step-1)/w.step), len(w.values))
	}
	for i < len(w.values) && math.IsNaN(w.values[i]) {
		i++
	}
	w.start = w.start.Add(time.Duration(i) * w.step)
	w.values = w.values[i:]
}

func (w *Window) result(warnings []string) Result {
	r := Result{Expr: cmp.Or(w.found, w.query.Expr), Series: w.Series(), Quality: w.quality, Warnings: warnings}
	r.Quality.Points, r.Quality.Gaps, r.Quality.Missing = 0, 0, 0
	gap := false
	for _, v := range r.Series.Values {
		missing := math.IsNaN(v)
		switch {
		case !missing:
			r.Quality.Points++
		case !gap:
			r.Quality.Gaps++
			fallthrough
		default:
			r.Quality.Missing++
		}
		gap = missing
	}
	return r
}

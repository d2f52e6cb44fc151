package scheduler

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
	"github.com/highwater-dev/highwater/scheduler/learning"
)

// A signal is one load of a workload: its window of history, its model, and
// how its forecasts did.
type signal struct {
	source    workload.Source
	counter   string          // that the query gives by its name; empty if none
	window    *history.Window // of the read alone
	failed    error           // or why not; nil before the first read, too
	asked     bool            // a read of it was begun
	known     bool            // a read of it succeeded
	fails     int             // reads that failed, one after the other
	notBefore time.Time       // it is not read again
	series    forecast.Series // known at the last good reading
	model     *forecast.Model
	options   forecast.Options // that the model was fitted for
	layout    *calendarLayout  // likewise; what options.Calendar is part of
	none      *forecast.NoForecast
	fitted    time.Time
	span      time.Duration // of the history when it was fitted
	quality   forecast.Quality
	notes     []string
	expr      string // of the query, the one that is read; empty if none has been
	newest    time.Time
	value     float64
	score     scorer
	revised   bool // a sample was corrected since the model got it
	requests  externalmodels.LoadRequests
	learned   learning.Learned
	own       ownMemory // of a load of memory
}

// scratch keeps paths between workloads: a day of minutes takes 46 kB, and a
// decision needs them only while it is made.
var scratch = sync.Pool{New: func() any { return new(forecast.Paths) }}

// release gives the paths of a decision's input back.
func release(in recommender.Input) {
	for _, s := range in.Signals {
		if s.Load != nil {
			scratch.Put(s.Load)
			scratch.Put(s.Peak)
		}
	}
}

// match makes st have one signal for each source, keeping those whose query is
// still asked for, and returns them.
func (st *state) match(sources []workload.Source) []*signal {
	st.mu.Lock()
	defer st.mu.Unlock()
	next, old := make([]*signal, 0, len(sources)), slices.Clone(st.signals)
	for _, src := range sources {
		i := slices.IndexFunc(old, func(s *signal) bool { return s != nil && s.source.Query.Expr == src.Query.Expr })
		if i < 0 {
			next = append(next, &signal{source: src, counter: history.BareCounter(src.Query.Expr), value: nan})
			continue
		}
		s := old[i]
		s.source, old[i] = src, nil // two metrics may have one query, with different capacities
		next = append(next, s)
	}
	st.signals = next
	return next
}

// bands are the quantiles that are shown beside the policy's own.
var bands = []float64{0.1, 0.5, 0.9}

// quantiles returns the bands and tau, ascending.
func quantiles(tau float64) []float64 {
	if i, ok := slices.BinarySearch(bands, tau); !ok {
		return slices.Insert(slices.Clone(bands), i, tau)
	}
	return bands
}

// read reads what is new of the load. A counter is refused: as a load it would
// ask for more pods each day.
func (s *signal) read(ctx context.Context, now time.Time, q history.Query, o Options, h History) (history.Result, error) {
	if s.window == nil {
		s.window = history.NewWindow(h, q, o.Span, o.Step)
	}
	res, err := s.window.Advance(ctx, now)
	if err == nil {
		err = history.CheckNamedCounter(s.counter, q.Expr, res.Series)
	}
	return res, err
}

// received takes what a read gave. An error leaves what is known as it was. The
// state's lock is held.
func (s *signal) received(now time.Time, res history.Result, err error, o Options) {
	s.failed = err
	if err != nil {
		s.fails++
		s.notBefore = now.Add(backoff(history.KindOf(err), s.fails, Interval(o.Tick)))
		return
	}
	s.known, s.fails, s.notBefore = true, 0, time.Time{}
	s.revised = s.revised || revised(s.series, res.Series)
	s.series, s.quality, s.notes, s.expr = res.Series, res.Quality, res.Warnings, res.Expr
}

// update fits if that is due, and forecasts, from what was read.
func (s *signal) update(now time.Time, p recommender.Policy, layout *calendarLayout, o Options) (recommender.Signal, SignalResult) {
	switch {
	case s.known && s.failed == nil:
		s.updateModel(now, s.series, p, layout, o)
	case history.KindOf(s.failed) == history.Counter:
		s.model, s.none = nil, &forecast.NoForecast{Reason: forecast.ReasonCounter, Detail: s.failed.Error()}
	case s.failed != nil && s.model == nil:
		s.none = &forecast.NoForecast{Reason: forecast.ReasonQuery, Detail: s.failed.Error()}
	}
	sig := recommender.Signal{Name: s.source.Name, Capacity: s.source.Capacity, Newest: s.newest}
	s.predict(now, p, o, &sig)
	return sig, s.result(sig)
}

// updateModel brings the model up to the series.
func (s *signal) updateModel(now time.Time, series forecast.Series, p recommender.Policy, layout *calendarLayout, o Options) {
	i := series.LastKnown()
	if i >= 0 {
		s.newest, s.value = series.Time(i), series.Values[i]
	}
	s.score.settle(series)
	want := forecast.Options{Horizon: o.Horizon, Window: p.Window(), Calendar: layout.calendar()}
	if s.model != nil && s.suits(want, layout, now) && !series.End().Before(s.model.Origin()) && s.model.Append(series) == nil {
		due := !now.Before(s.refitAt(o)) || series.Span() >= 2*s.span
		if !due {
			return
		}
		// The model holds what it was given, which may be more than is read, but
		// neither corrections nor another layout of the calendar.
		if !s.revised && layout == s.layout && s.model.Refit() == nil {
			s.fitted, s.span = now, series.Span()
			o.Metrics.fitted(true)
			return
		}
	}
	m, err := forecast.Fit(series, want)
	s.fitted, s.options, s.layout, s.span, s.revised = now, want, layout, series.Span(), false
	var none *forecast.NoForecast
	switch {
	case errors.As(err, &none):
		s.model, s.none = nil, none
	case err != nil:
		s.model, s.none = nil, &forecast.NoForecast{Reason: forecast.ReasonNoData, Detail: err.Error()}
	default:
		s.model, s.none = m, nil
	}
	o.Metrics.fitted(s.model != nil)
}

const (
	// revisable is how many of the newest samples of a reading are looked at for
	// corrections; the Window asks for no more of them again.
	revisable = 64
	// A correction by less than this share is left for the model's noise.
	minRevision = 0.05
)

// revised reports whether next has other samples than old where old was known
// to end: of a store that lagged, or one whose past was read anew.
func revised(old, next forecast.Series) bool {
	n := old.Len()
	if n == 0 || next.Len() == 0 {
		return n != next.Len()
	}
	if next.Start.Before(old.Start) {
		return true
	}
	for i := max(0, n-revisable); i < n; i++ {
		was, is, k := old.Values[i], nan, next.Index(old.Time(i))
		if k < 0 {
			continue // too old by now
		}
		if k < next.Len() {
			is = next.Values[k]
		}
		if known := was == was; known != (is == is) || known && math.Abs(is-was) > minRevision*max(is, was) {
			return true
		}
	}
	return false
}

// suits reports whether the model was fitted for what is wanted. A calendar
// that was only laid out anew, for a later while, is taken up at the next fit:
// else a fleet that shares it would be fitted at once.
func (s *signal) suits(want forecast.Options, layout *calendarLayout, now time.Time) bool {
	had := s.options
	had.Calendar = want.Calendar
	return had == want && layout.sameSpec(s.layout) && s.layout.covers(now.Add(want.Horizon+want.Window))
}

// refitAt returns when the next fit is due: the period after the last, give or
// take a quarter by the query's hash, so that signals found together part.
// A signal without a forecast is tried again at each tick.
func (s *signal) refitAt(o Options) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.source.Query.Expr)) // never fails
	share := 0.75 + float64(h.Sum32()%1024)/2048
	return s.fitted.Add(time.Duration(share * float64(o.Refit)))
}

// predict fills in the signal's forecast, or why there is none.
func (s *signal) predict(now time.Time, p recommender.Policy, o Options, sig *recommender.Signal) {
	switch age := now.Sub(s.newest); {
	case !(s.source.Capacity.PerPod > 0):
		sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonCapacity, Detail: "what one pod carries of " + s.source.Name + " is not known"}
	case s.model == nil:
		sig.NoForecast = s.none
		if s.none == nil {
			sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonPending, Detail: "the first fit is still to come"}
		}
	case age > o.Stale:
		sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: fmt.Sprintf(
			"the load was last known at %s, %s ago", s.newest.UTC().Format("15:04:05 UTC"), age.Round(time.Second))}
		if s.failed != nil {
			sig.NoForecast.Detail += ": " + s.failed.Error()
		}
	case age < -o.Stale:
		sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: fmt.Sprintf(
			"the newest sample is of %s, %s ahead of this clock; set the clocks right", s.newest.UTC().Format(time.RFC3339), (-age).Round(time.Second))}
	default:
		taus := quantiles(p.Quantile)
		sig.Load = s.model.Forecast(scratch.Get().(*forecast.Paths), taus)
		sig.Peak = s.model.Peaks(scratch.Get().(*forecast.Paths), taus)
		s.score.note(now, p, sig.Peak)
	}
}

func (s *signal) result(sig recommender.Signal) SignalResult {
	r := SignalResult{
		Source: s.source, Read: s.expr, Newest: s.newest, Value: s.value, NoForecast: sig.NoForecast,
		Quality: s.quality, Warnings: s.notes, Fitted: s.fitted, Score: s.score.score(), Learned: s.learned.Capacity,
	}
	if len(s.learned.Notes) > 0 {
		r.Warnings = append(slices.Clip(r.Warnings), s.learned.Notes...)
	}
	if s.leftOut() {
		r.LeftOut = s.own.why()
		r.Warnings = append(slices.Clip(r.Warnings), r.LeftOut)
	}
	if s.model != nil {
		r.Span, r.Method = s.model.Span(), s.model.Method()
		r.Findings, r.Shares = s.model.Findings(), s.model.Shares()
		r.HistoryStart = s.model.Origin().Add(-r.Span)
	}
	return r
}

// missingSignal stands for a load that no source could be found for, so that
// the decision is in doubt and says why.
func missingSignal(w workload.Workload) recommender.Signal {
	why := &forecast.NoForecast{Reason: forecast.ReasonNoMetric, Detail: "there is no metric to read a load from"}
	for _, p := range w.Problems {
		if p.Fatal {
			why = &forecast.NoForecast{Reason: forecast.Reason(p.Code), Detail: p.Message}
			break
		}
	}
	return recommender.Signal{Name: "load", NoForecast: why}
}

package scheduler

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/workload"
)

// A signal is one load of a workload: its window of history, its model, and
// how its forecasts did.
type signal struct {
	source  workload.Source
	window  *history.Window
	model   *forecast.Model
	options forecast.Options // that the model was fitted for
	none    *forecast.NoForecast
	fitted  time.Time
	span    time.Duration // of the history when it was fitted
	quality forecast.Quality
	notes   []string
	newest  time.Time
	value   float64
	score   scorer

	load, peak forecast.Paths
	taus       []float64
}

// match makes st have one signal for each source, keeping those whose query is
// still asked for.
func (st *state) match(sources []workload.Source) {
	next := make([]*signal, 0, len(sources))
	for _, src := range sources {
		i := slices.IndexFunc(st.signals, func(s *signal) bool { return s.source.Query.Expr == src.Query.Expr })
		if i < 0 {
			next = append(next, &signal{source: src, value: nan})
			continue
		}
		s := st.signals[i]
		s.source = src
		next = append(next, s)
	}
	st.signals = next
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

// update reads what is new of the load, fits if that is due, and forecasts.
// An error is one of reading; what is known already is used all the same.
func (s *signal) update(ctx context.Context, now time.Time, p recommender.Policy, o Options, h History) (recommender.Signal, SignalResult, error) {
	if s.window == nil {
		s.window = history.NewWindow(h, s.source.Query, o.Span, o.Step)
	}
	res, err := s.window.Advance(ctx, now)
	switch {
	case err == nil:
		s.quality, s.notes = res.Quality, res.Warnings
		s.learn(now, res.Series, p, o)
	case s.model == nil:
		s.none = &forecast.NoForecast{Reason: forecast.ReasonQuery, Detail: err.Error()}
	}
	sig := recommender.Signal{Name: s.source.Name, Capacity: s.source.Capacity, Newest: s.newest}
	s.predict(now, p, o, &sig, err)
	return sig, s.result(sig), err
}

// learn brings the model up to the series.
func (s *signal) learn(now time.Time, series forecast.Series, p recommender.Policy, o Options) {
	i := series.LastKnown()
	if i >= 0 {
		s.newest, s.value = series.Time(i), series.Values[i]
	}
	s.score.settle(series)
	want := forecast.Options{Horizon: o.Horizon, Window: p.Window()}
	if s.model != nil && s.options == want && now.Before(s.refitAt(o)) && series.Span() < 2*s.span && s.model.Append(series) == nil {
		return
	}
	m, err := forecast.Fit(series, want)
	s.fitted, s.options, s.span = now, want, series.Span()
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
func (s *signal) predict(now time.Time, p recommender.Policy, o Options, sig *recommender.Signal, readErr error) {
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
		if readErr != nil {
			sig.NoForecast.Detail += ": " + readErr.Error()
		}
	case age < -o.Stale:
		sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: fmt.Sprintf(
			"the newest sample is of %s, %s ahead of this clock; set the clocks right", s.newest.UTC().Format(time.RFC3339), (-age).Round(time.Second))}
	default:
		s.taus = quantiles(p.Quantile)
		sig.Load = s.model.Forecast(&s.load, s.taus)
		sig.Peak = s.model.Peaks(&s.peak, s.taus)
		s.score.note(now, p, sig.Peak)
	}
}

func (s *signal) result(sig recommender.Signal) SignalResult {
	r := SignalResult{
		Source: s.source, Newest: s.newest, Value: s.value, NoForecast: sig.NoForecast,
		Quality: s.quality, Warnings: s.notes, Fitted: s.fitted, Score: s.score.score(),
	}
	if s.model != nil {
		r.Span, r.Method = s.model.Span(), s.model.Method()
		r.HistoryStart = s.model.Origin().Add(-r.Span)
	}
	return r
}

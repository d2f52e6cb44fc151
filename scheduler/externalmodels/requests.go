package externalmodels

import (
	"context"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
)

// A Load is a load that models are asked about. It may be used from any goroutine.
type Load interface {
	// Use calls f, under the load's lock, with the forecasting model that was
	// fitted to it, and when that was; with nil if there is none, or if the load is
	// gone.
	Use(f func(fitted *forecast.Model, at time.Time))
}

// A Fit is the newest fit of a load.
type Fit struct {
	Workload workload.Key
	Metric   string
	Model    *forecast.Model // nil if there is no forecast
	At       time.Time
}

// A State says how an external model stands with a load. One that takes part is
// among the shares of the forecast, though that may be none.
type State struct {
	Name   string
	Note   string // why it does not take part; empty if it does
	Failed bool   // for it failed
}

// LoadRequests are the requests about one load, one for each model. The load's
// lock guards them. The zero value is ready.
type LoadRequests struct{ byModel []*requestState }

// A requestState is what a load knows of its requests to one model.
type requestState struct {
	fit      time.Time // that the model was last to be asked after
	pending  bool      // it waits for its turn, or for answers
	answered time.Time // when there were last answers
	note     string    // why the model does not take part, though nothing is pending
}

// of returns the state for the i-th of n models.
func (l *LoadRequests) of(i, n int) *requestState {
	for len(l.byModel) < n {
		l.byModel = append(l.byModel, new(requestState))
	}
	return l.byModel[i]
}

// Options are what the queues need beside the models.
type Options struct {
	Horizon time.Duration // of forecasts
	Now     func() time.Time
	Go      func(func())                                    // starts what whoever ends this process waits for
	Asked   func(model, outcome string, took time.Duration) // counts requests
}

// Queues are the requests to all models.
type Queues struct {
	opts   Options
	queues []*queue
}

// New returns the queues of the models, with nothing in them.
func New(models []Model, o Options) *Queues {
	q := &Queues{opts: o}
	for _, m := range models {
		q.queues = append(q.queues, &queue{Model: m})
	}
	return q
}

// Enqueue makes a load that was fitted anew wait for the models that are asked
// about it, and returns how each of these stands. The load's lock is held.
func (q *Queues) Enqueue(now time.Time, fit Fit, load Load, requests *LoadRequests) []State {
	var states []State
	for i, m := range q.queues {
		if !m.matches(fit.Workload, fit.Metric) {
			continue
		}
		r := requests.of(i, len(q.queues))
		if fit.Model != nil && !fit.At.Equal(r.fit) {
			m.enqueue(now, fit, load, r)
		}
		states = append(states, m.stateOf(now, fit, r))
	}
	return states
}

// enqueue makes a load that was fitted wait for the model, if that is due.
func (q *queue) enqueue(now time.Time, fit Fit, load Load, r *requestState) {
	r.fit, r.note = fit.At, ""
	if !r.answered.IsZero() && now.Sub(r.answered) < q.Every {
		r.note = fmt.Sprintf("it is asked again at the first fit after %s", clock(r.answered.Add(q.Every)))
		return
	}
	if !r.pending {
		r.pending = true
		q.add(&request{load: load, state: r})
	}
}

// stateOf says how the model stands with a load.
func (q *queue) stateOf(now time.Time, fit Fit, r *requestState) State {
	s := State{Name: q.Name}
	switch pausedTo, lastError := q.health(); {
	case fit.Model == nil:
		s.Note = "there is no forecast that it could take part in"
	case !r.pending:
		s.Note = r.note
	case lastError == nil:
		s.Note = "its answers are awaited"
	default:
		s.Failed, s.Note = true, lastError.Error()
		if now.Before(pausedTo) {
			s.Note += fmt.Sprintf("; it is asked again at %s", clock(pausedTo))
		}
	}
	return s
}

func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// Start starts every request whose turn it is; each that ends starts the next.
// They end with ctx.
func (q *Queues) Start(ctx context.Context) {
	for _, m := range q.queues {
		q.start(ctx, m)
	}
}

// Health calls report with each model and its last failure, nil if it answers.
func (q *Queues) Health(report func(model string, err error)) {
	for _, m := range q.queues {
		_, err := m.health()
		report(m.Name, err)
	}
}

// start starts the requests to one model.
func (q *Queues) start(ctx context.Context, m *queue) {
	if ctx.Err() != nil {
		return
	}
	for r := m.next(q.opts.Now()); r != nil; r = m.next(q.opts.Now()) {
		q.opts.Go(func() {
			q.send(ctx, m, r)
			q.start(ctx, m)
		})
	}
}

// send sends one request, and lets the answers count.
func (q *Queues) send(ctx context.Context, m *queue, r *request) {
	histories, steps, fit := q.histories(m, r)
	if histories == nil {
		m.done(r, q.opts.Now(), noOutcome, nil, false)
		return
	}
	began := time.Now()
	answers, err := m.ask(ctx, histories, steps)
	if ctx.Err() != nil { // this process is asked to end, or to lead no more
		m.done(r, q.opts.Now(), noOutcome, nil, true)
		return
	}
	word, history := "Answered", false
	if err != nil {
		word, history = m.kind(err)
	}
	q.opts.Asked(m.Name, word, time.Since(began))
	switch {
	case err == nil:
		again := q.admit(m, r, fit, histories, answers)
		m.done(r, q.opts.Now(), answered, nil, again)
	case history:
		r.load.Use(func(*forecast.Model, time.Time) { r.state.pending, r.state.note = false, err.Error() })
		m.done(r, q.opts.Now(), noOutcome, nil, false)
	default:
		m.done(r, q.opts.Now(), failed, err, true)
	}
}

// histories writes what a request asks about, and returns the fit that it belongs
// to. The list is nil if there is nothing to ask.
func (q *Queues) histories(m *queue, r *request) (list []forecast.Series, steps int, fit time.Time) {
	r.load.Use(func(fitted *forecast.Model, at time.Time) {
		if fitted == nil {
			r.state.pending = false
			return
		}
		var length int
		length, steps = m.samples(fitted.Step(), q.opts.Horizon)
		if list = fitted.Questions(length); list == nil {
			r.state.pending = false
			r.state.note = fmt.Sprintf("the history is too short to try it on: it is told %s, and that many have to lie before some held-out forecasts", m.History)
		}
		fit = at
	})
	return list, steps, fit
}

// admit lets the answers count, and reports whether the model has to be asked
// again because the load was fitted meanwhile.
func (q *Queues) admit(m *queue, r *request, fit time.Time, histories []forecast.Series, answers [][]float64) (again bool) {
	r.load.Use(func(fitted *forecast.Model, at time.Time) {
		if fitted != nil && !at.Equal(fit) {
			again = true
			return
		}
		r.state.pending, r.state.answered = false, q.opts.Now()
		if fitted == nil {
			return
		}
		if err := fitted.Admit(m.Name, histories, answers); err != nil {
			r.state.note = err.Error()
		}
	})
	return again
}

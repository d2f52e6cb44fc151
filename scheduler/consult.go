package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

// Outside experts are asked after a tick and beside those that follow: a load
// that was fitted joins the queue of each guest that is asked about it; once it
// is its turn, the model's questions are written, and answered without any
// lock; the answers are admitted under the lock of its workload, and count from
// the next tick on. Questions take some hundred kB a load, so they are written
// no earlier.

// An advice is what a load knows of a guest.
type advice struct {
	fit      time.Time // that the guest was last to be asked after
	waiting  bool      // for its turn, or for answers
	answered time.Time // when there were last answers
	note     string    // why the guest does not take part, though it waits for nothing
}

// adviceOf returns what s knows of the i-th of n guests.
func (s *signal) adviceOf(i, n int) *advice {
	for len(s.advice) < n {
		s.advice = append(s.advice, new(advice))
	}
	return s.advice[i]
}

// attend makes the loads that were fitted anew wait for the guests, and tells
// in r how each guest stands.
func (s *Scheduler) attend(now time.Time, st *state, r *Result) {
	if len(s.desks) == 0 {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for i, sig := range st.signals {
		for k, d := range s.desks {
			if !d.wants(r.Workload.Key, sig.source.Name) {
				continue
			}
			a := sig.adviceOf(k, len(s.desks))
			if sig.model != nil && !sig.fitted.Equal(a.fit) {
				s.invite(now, st, sig, d, a, r)
			}
			state := d.stateOf(now, sig, a)
			if sig.model != nil { // answers may have been admitted since the forecast of this tick
				r.Signals[i].Shares = sig.model.Shares()
			}
			r.Signals[i].Experts = append(r.Signals[i].Experts, state)
			if state.Failed {
				r.Decision.Warnings = append(r.Decision.Warnings, recommender.Warning{Code: "ExpertFailed", Message: fmt.Sprintf(
					"the forecast of %s is made without the expert %s: %s", sig.source.Name, d.Name, state.Note)})
			}
		}
	}
}

// invite makes a load that was fitted wait for the guest, if that is due.
func (s *Scheduler) invite(now time.Time, st *state, sig *signal, d *desk, a *advice, r *Result) {
	a.fit, a.note = sig.fitted, ""
	if !a.answered.IsZero() && now.Sub(a.answered) < d.Every {
		a.note = fmt.Sprintf("it is asked again at the first fit after %s", clock(a.answered.Add(d.Every)))
		return
	}
	if !a.waiting {
		a.waiting = true
		d.join(&errand{key: r.Workload.Key, st: st, sig: sig, advice: a})
	}
}

// stateOf says how the guest stands with a load.
func (d *desk) stateOf(now time.Time, sig *signal, a *advice) ExpertState {
	e := ExpertState{Name: d.Name}
	switch rests, trouble := d.standing(); {
	case sig.model == nil:
		e.Note = "there is no forecast that it could take part in"
	case !a.waiting:
		e.Note = a.note
	case trouble == nil:
		e.Note = "its answers are awaited"
	default:
		e.Failed, e.Note = true, trouble.Error()
		if now.Before(rests) {
			e.Note += fmt.Sprintf("; it is asked again at %s", clock(rests))
		}
	}
	return e
}

func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// consult starts every question whose turn it is. They end with ctx.
func (s *Scheduler) consult(ctx context.Context) {
	for _, d := range s.desks {
		s.serve(ctx, d)
	}
}

// serve starts the questions to one guest; each that ends starts the next.
func (s *Scheduler) serve(ctx context.Context, d *desk) {
	if ctx.Err() != nil {
		return
	}
	for e := d.next(s.opts.Now()); e != nil; e = d.next(s.opts.Now()) {
		s.asking.Go(func() {
			s.carryOut(ctx, d, e)
			s.serve(ctx, d)
		})
	}
}

// carryOut does one errand.
func (s *Scheduler) carryOut(ctx context.Context, d *desk, e *errand) {
	questions, steps, fit := s.questions(d, e)
	if questions == nil {
		d.done(e, s.opts.Now(), noOutcome, nil, false)
		return
	}
	began := time.Now()
	answers, err := d.ask(ctx, questions, steps)
	if ctx.Err() != nil { // this process is asked to end, or to lead no more
		d.done(e, s.opts.Now(), noOutcome, nil, true)
		return
	}
	word, history := "Answered", false
	if err != nil {
		word, history = d.kind(err)
	}
	s.opts.Metrics.consulted(d.Name, word, time.Since(began))
	switch {
	case err == nil:
		again := s.admit(d, e, fit, questions, answers)
		d.done(e, s.opts.Now(), answered, nil, again)
	case history:
		e.settle(err.Error())
		d.done(e, s.opts.Now(), noOutcome, nil, false)
	default:
		d.done(e, s.opts.Now(), failed, err, true)
	}
}

// settle ends the wait of the load.
func (e *errand) settle(note string) {
	e.st.mu.Lock()
	defer e.st.mu.Unlock()
	e.advice.waiting, e.advice.note = false, note
}

// questions writes the questions of an errand, and returns the fit that they
// belong to. They are nil if there is nothing to ask.
func (s *Scheduler) questions(d *desk, e *errand) (list []forecast.Series, steps int, fit time.Time) {
	s.mu.RLock()
	known := s.states[e.key] == e.st
	s.mu.RUnlock()
	e.st.mu.Lock()
	defer e.st.mu.Unlock()
	if !known || !slices.Contains(e.st.signals, e.sig) || e.sig.model == nil {
		e.advice.waiting = false
		return nil, 0, time.Time{}
	}
	length, steps := d.samples(e.sig.model.Step(), s.opts.Horizon)
	if list = e.sig.model.Questions(length); list == nil {
		e.advice.waiting = false
		e.advice.note = fmt.Sprintf("the history is too short to try it on: it is told %s, and that many have to lie before some held-out forecasts", d.History)
	}
	return list, steps, e.sig.fitted
}

// admit lets the answers count, and reports whether the questions have to be
// asked anew because the load was fitted meanwhile.
func (s *Scheduler) admit(d *desk, e *errand, fit time.Time, questions []forecast.Series, answers [][]float64) (again bool) {
	e.st.mu.Lock()
	defer e.st.mu.Unlock()
	if e.sig.model != nil && !e.sig.fitted.Equal(fit) {
		return true
	}
	e.advice.waiting, e.advice.answered = false, s.opts.Now()
	if e.sig.model == nil {
		return false
	}
	if err := e.sig.model.Admit(d.Name, questions, answers); err != nil {
		e.advice.note = err.Error()
	}
	return false
}

// tellOfGuests writes into the log when a guest begins to fail, and when it ends.
func (s *Scheduler) tellOfGuests() {
	for _, d := range s.desks {
		_, trouble := d.standing()
		s.transitions.logStep(s.opts.Log, "expert "+d.Name, trouble)
	}
}

// checkGuests returns what is wrong with the first guest that makes no sense.
func checkGuests(list []Guest) error {
	seen := map[string]bool{}
	for _, g := range list {
		if err := g.validate(); err != nil {
			return fmt.Errorf("expert %q: %w", g.Name, err)
		}
		if seen[g.Name] {
			return errors.New("expert " + g.Name + ": there are two of this name")
		}
		seen[g.Name] = true
	}
	return nil
}

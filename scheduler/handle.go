package scheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler/learning"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// A state is what is remembered of one workload between decisions. The decision
// that is made has it alone, but for what mu guards, which is looked at and
// written from outside.
type state struct {
	uid    string
	giving recommender.Memory // of giving a floor back while only observing
	past   []FloorAt

	answered atomic.Pointer[time.Time] // when some load was last read in time
	timeouts atomic.Int32              // reads that ran out of time, one after the other

	mu       sync.Mutex
	signals  []*signal // and all of theirs but the window
	result   *Result
	memory   recommender.Memory
	last     recommender.Input // of the last decision, for a closer look
	policy   recommender.Policy
	proof    proofs.Record
	lead     learning.LeadTime
	sources  learning.CapacitySources
	queue    backlog
	panicked string // what the last read panicked with, until it is told

	pods podsRead
}

// handle decides one workload and applies what was decided. It always returns a
// result; a panic is one too.
func (s *Scheduler) handle(ctx context.Context, now time.Time, w workload.Workload) (r *Result) {
	if s.opts.DryRun {
		w.Policy.Mode = recommender.Observe
	}
	r = &Result{Workload: w, At: now}
	failed := func(what any) {
		r.Err = fmt.Sprintf("internal error: %v", what)
		r.Decision = recommender.Decision{
			Time: now, Floor: w.Floor, Reason: recommender.ReasonNoForecast,
			Message: "the floor stays as it is: " + r.Err,
		}
	}
	defer func() {
		if p := recover(); p != nil {
			s.opts.Metrics.failed("panic")
			s.opts.Log.Error("panic while handling a workload; please report it", "workload", w.Key.String(), "panic", p, "stack", string(debug.Stack()))
			failed(p)
		}
	}()
	if s.Leading() {
		s.actuator.Recall(&w)
	}
	st := s.stateOf(&w)
	if p := st.takePanic(); p != "" {
		failed(p)
		return r
	}
	layout := s.calendars.layout(w.Calendar, now, s.opts)
	st.applyLearned(&w, layout, s.opts)
	r.Workload, r.Calendar, r.Lead = w, layout.calendar(), w.Lead
	signals := st.match(w.Sources)
	in, faults := s.decide(now, st, signals, layout, r)
	defer release(in)
	s.requestForecasts(now, st, r)
	var errs []string
	for _, f := range faults {
		errs = append(errs, f.Message)
	}
	if err := s.apply(ctx, st, in, r, faults); err != nil {
		errs = append(errs, err.Error())
	}
	r.Err = strings.Join(errs, "; ")
	st.remember(now, r)
	return r
}

// takePanic returns what the last read panicked with, once.
func (st *state) takePanic() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.panicked
	st.panicked = ""
	return p
}

// decide forecasts and decides from what was read. It fills in r, and returns
// the input of the decision, and what failed.
func (s *Scheduler) decide(now time.Time, st *state, signals []*signal, layout *calendarLayout, r *Result) (in recommender.Input, faults []workload.Problem) {
	st.mu.Lock()
	defer st.mu.Unlock()
	w, o := &r.Workload, s.opts
	in = recommender.Input{Now: now, Baseline: w.Baseline, Ceiling: w.Ceiling, Floor: w.Floor, Room: w.Room, Memory: st.memory}
	if w.Own.Overwritten && !w.Own.Contested {
		in.Floor = max(w.Floor, w.Own.Holds) // its pods are still there: it is put back whole
	}
	if in.Memory.NeededAt.IsZero() {
		// A floor that an earlier life of this process set counts as needed until
		// now, and its doubt goes on.
		in.Memory.NeededAt = now
		if w.Lease != nil {
			in.Memory.DoubtSince = w.Lease.DoubtSince
		}
	}
	var doubts []recommender.Warning
	for _, sig := range signals {
		rec, res := sig.update(now, w.Policy, layout, o)
		in.Signals, r.Signals = append(in.Signals, rec), append(r.Signals, res)
		doubts = append(doubts, sig.doubts(rec)...)
		if sig.failed != nil {
			code := string(history.KindOf(sig.failed))
			faults = append(faults, workload.Problem{Code: code, Field: sig.source.Query.From, Message: sig.failed.Error()})
		}
	}
	if w.Backlog != nil && len(in.Signals) > 0 {
		in.Signals = append(in.Signals, st.queue.signal(&in.Signals[0], w))
	}
	if len(signals) == 0 {
		rec := missingSignal(*w)
		in.Signals = append(in.Signals, rec)
		r.Signals = append(r.Signals, SignalResult{
			Source: workload.Source{Name: rec.Name}, NoForecast: rec.NoForecast, Value: nan, Score: Score{Coverage: nan, Error: nan}})
	}
	if o.ProofWorkers > 0 {
		s.proofs.Enqueue(now, w, &st.proof, st.loads(), lockedWorkload{s, w.Key, st})
		if doubt := st.proof.Gate(w); doubt != nil {
			doubts = append(doubts, *doubt)
		}
	}
	r.Proof = st.proof.State
	var plan recommender.Plan
	r.Decision, plan = recommender.PlanAhead(w.Policy, in, o.Horizon)
	r.Decision.Warnings = append(r.Decision.Warnings, doubts...)
	r.Plan = plan.Changes()
	st.memory, st.last, st.policy = r.Decision.Memory, in, w.Policy
	st.last.Signals = nil
	return in, faults
}

// apply makes the decision so, if this process leads. What a workload that is
// only observed still carries from before is given back in steps. faults are
// told like the workload's own problems.
func (s *Scheduler) apply(ctx context.Context, st *state, in recommender.Input, r *Result, faults []workload.Problem) error {
	if !s.Leading() {
		r.Applied = workload.Applied{Outcome: "Standby", Message: "another replica leads", Lease: r.Workload.Lease}
		return nil
	}
	d := r.Decision
	if r.Workload.Policy.Mode == recommender.Observe && r.Workload.Raised() {
		p := r.Workload.Policy
		p.Mode, p.Suspend = recommender.Enforce, true
		if w := r.Workload; w.Replicas == 0 && w.Desired == 0 {
			p.StepDown = 1 // there are no pods that could be lost
		}
		in.Memory = st.giving
		d = recommender.Decide(p, in)
		st.giving = d.Memory
	}
	ctx, done := s.acting(ctx)
	defer done()
	var err error
	w := r.Workload
	w.Problems = append(slices.Clip(w.Problems), faults...)
	r.Applied, err = s.actuator.Apply(ctx, w, d)
	s.opts.Metrics.applied(r.Applied.Outcome)
	if err != nil {
		s.opts.Metrics.failed("apply")
		return err
	}
	switch r.Applied.Outcome {
	case workload.OutcomeConflict:
		if whole := s.whole.Load(); whole != nil {
			time.AfterFunc(decideAgain, func() {
				if (*whole).Err() == nil && s.Leading() {
					s.decideSoon(*whole, w.Key, true)
				}
			})
		}
		if r.Applied.Stuck {
			r.Decision.Warnings = append(r.Decision.Warnings, recommender.Warning{Code: "ConflictsRepeat", Message: r.Applied.Message})
		}
	case workload.OutcomeOtherInstallation:
		r.Decision.Warnings = append(r.Decision.Warnings, recommender.Warning{Code: workload.OutcomeOtherInstallation, Message: r.Applied.Message})
	}
	if r.Applied.Changed {
		s.opts.Log.Info("floor", "workload", r.Workload.Key.String(), "from", r.Workload.Floor, "to", d.Floor,
			"outcome", r.Applied.Outcome, "reason", d.Reason, "message", d.Message)
	}
	return nil
}

// pastKept is how long past floors are kept for the page.
const pastKept = 24 * time.Hour

// remember adds what holds now to the past, if it changed, and keeps the result.
func (st *state) remember(now time.Time, r *Result) {
	at := FloorAt{Time: now, Floor: r.Decision.Floor, Replicas: r.Workload.Replicas}
	n := len(st.past)
	if n == 0 || st.past[n-1].Floor != at.Floor || st.past[n-1].Replicas != at.Replicas {
		st.past = append(st.past, at)
	}
	// The newest one before the day is kept: it still held when the day began.
	for len(st.past) > 1 && now.Sub(st.past[1].Time) > pastKept {
		st.past = st.past[1:]
	}
	r.Past = slices.Clone(st.past)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.result = r
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

package scheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
)

// handle is the pipeline of one workload: read, fit, forecast, decide, apply,
// publish. It always returns a result; a panic is one too.
func (s *Scheduler) handle(ctx context.Context, now time.Time, w workload.Workload) (r *Result) {
	if s.opts.DryRun {
		w.Policy.Mode = recommender.Observe
	}
	r = &Result{Workload: w, At: now, Revision: s.revisions.Add(1)}
	defer func() {
		if p := recover(); p != nil {
			s.opts.Metrics.failed("panic")
			s.opts.Log.Error("panic while handling a workload; please report it", "workload", w.Key.String(), "panic", p, "stack", string(debug.Stack()))
			r.fail(w.Floor, p)
		}
	}()
	if s.Leading() {
		s.actuator.Recall(&w)
	}
	st := s.stateOf(&w)
	st.served.recall(&w)
	r.Workload = w
	if p := st.takePanic(); p != "" {
		r.fail(w.Floor, p)
		return r
	}
	layout := s.calendars.layout(w.Calendar, now, s.opts)
	st.applyLearned(&w, layout, s.opts)
	r.Workload, r.Calendar, r.Lead = w, layout.calendar(), w.Lead
	s.nodeHeadroom(st, r)

	// Read: that is done beside this (reads.go), and leaves the samples here.
	signals := st.match(w.Sources)

	// Fit, forecast and decide.
	in, faults := s.decide(now, st, signals, layout, r)
	defer release(in)
	s.requestForecasts(now, st, r) // of external models, for decisions to come

	// Apply.
	var errs []string
	for _, f := range faults {
		errs = append(errs, f.Message)
	}
	if err := s.apply(ctx, st, in, r, faults); err != nil {
		errs = append(errs, err.Error())
	}

	// Publish: act shows the result to readers, and the tick to the policies.
	r.Err = strings.Join(errs, "; ")
	st.remember(now, r)
	return r
}

// fail makes r the result of a workload that could not be handled, whose floor
// stays as it is.
func (r *Result) fail(floor int32, what any) {
	r.Err = fmt.Sprintf("internal error: %v", what)
	r.Decision = recommender.Decision{
		Time: r.At, Floor: floor, Reason: recommender.ReasonNoForecast,
		Message: "the floor stays as it is: " + r.Err,
	}
}

// decide fits and forecasts from what was read, and decides. It fills in r, and
// returns the input of the decision, and what failed.
func (s *Scheduler) decide(now time.Time, st *state, signals []*signal, layout *calendarLayout, r *Result) (in recommender.Input, faults []workload.Problem) {
	st.mu.Lock()
	defer st.mu.Unlock()
	w, o := &r.Workload, s.opts
	in = st.input(now, w)
	in.Scheduled = recommender.LayOut(w.Schedules, layout.calendar(), now, now.Add(o.Horizon+w.Policy.LeadTime))
	r.Scheduled = in.Scheduled
	doubts, faults := st.forecast(now, signals, layout, o, &in, r)
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

// input is what a decision rests on beside the forecasts.
func (st *state) input(now time.Time, w *workload.Workload) recommender.Input {
	in := recommender.Input{Now: now, Baseline: w.Baseline, Ceiling: w.Ceiling, Floor: st.served.holds(w), Room: w.Room, Memory: st.memory}
	if w.Own.Overwritten && !w.Own.Contested {
		in.Floor = max(in.Floor, w.Own.Holds) // its pods are still there: it is put back whole
	}
	if in.Memory.NeededAt.IsZero() {
		// A floor that an earlier life of this process set counts as needed until
		// now, and its doubt goes on.
		in.Memory.NeededAt = now
		if w.Lease != nil {
			in.Memory.DoubtSince = w.Lease.DoubtSince
		}
	}
	return in
}

// forecast fits the models that are due, and adds a forecast of each load to in
// and to r. It returns what makes the loads doubtful, and what failed.
func (st *state) forecast(now time.Time, signals []*signal, layout *calendarLayout, o Options, in *recommender.Input, r *Result) (doubts []recommender.Warning, faults []workload.Problem) {
	w := &r.Workload
	for _, sig := range signals {
		rec, res := sig.update(now, w.Policy, layout, o)
		r.Signals = append(r.Signals, res)
		if sig.leftOut() {
			w.Problems = append(slices.Clip(w.Problems), sig.problem())
		} else {
			in.Signals = append(in.Signals, rec)
			doubts = append(doubts, sig.doubts(rec)...)
		}
		if sig.failed != nil {
			code := string(history.KindOf(sig.failed))
			faults = append(faults, workload.Problem{Code: code, Field: sig.source.Query.From, Message: sig.failed.Error()})
		}
	}
	if w.Backlog != nil && len(in.Signals) > 0 {
		in.Signals = append(in.Signals, st.queue.signal(&in.Signals[0], w))
	}
	if len(signals) > 0 && len(in.Signals) == 0 {
		in.Signals = append(in.Signals, recommender.Signal{Name: signals[0].source.Name, NoForecast: onlyMemory(signals)})
	}
	if len(signals) == 0 {
		rec := missingSignal(*w)
		in.Signals = append(in.Signals, rec)
		r.Signals = append(r.Signals, SignalResult{
			Source: workload.Source{Name: rec.Name}, NoForecast: rec.NoForecast, Value: nan, Score: Score{Coverage: nan, Expected: nan, Error: nan}})
	}
	return doubts, faults
}

// apply makes the decision so, if this process leads. What a workload that is
// only observed still carries from before is given back in steps, and what is
// scheduled is set all the same if only the proof keeps floors from being. faults
// are published like the workload's own problems.
func (s *Scheduler) apply(ctx context.Context, st *state, in recommender.Input, r *Result, faults []workload.Problem) error {
	s.serve(st, in, r)
	if !s.Leading() {
		r.Applied = workload.Applied{Outcome: "Standby", Message: "another replica leads", Lease: r.Workload.Lease}
		return nil
	}
	d := r.Decision
	switch w := &r.Workload; {
	case w.AsMetric && w.Raised():
		in.Floor = w.Floor
		d = s.withoutForecast(r, in, &st.giving, false)
	case !w.AsMetric && w.Policy.Mode == recommender.Observe && (w.Raised() || w.OnlySchedules):
		d = s.withoutForecast(r, in, &st.giving, w.OnlySchedules)
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
	case workload.OutcomeDelayed:
		s.decideIn(decideDelayed, w.Key)
	case workload.OutcomeConflict:
		s.decideIn(decideAgain, w.Key)
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

// withoutForecast is the decision of a workload whose forecasts do not act: what is
// scheduled, or else the way back to the baseline, in steps. giving is what it
// remembers. What is scheduled is planned, too, where nodes are asked for.
func (s *Scheduler) withoutForecast(r *Result, in recommender.Input, giving *recommender.Memory, scheduled bool) recommender.Decision {
	w := &r.Workload
	p := w.Policy
	p.Mode, p.Suspend, p.OnlySchedules = recommender.Enforce, !scheduled, scheduled
	if w.Replicas == 0 && w.Desired == 0 && !scheduled {
		p.StepDown = 1 // there are no pods that could be lost
	}
	if scheduled {
		in.Signals = nil
	}
	in.Memory = *giving
	ahead := time.Duration(0)
	if scheduled && w.NodeHeadroom != nil {
		ahead = s.opts.Horizon
	}
	d, plan := recommender.PlanAhead(p, in, ahead)
	if ahead > 0 {
		r.SetPlan = plan.Changes()
	}
	*giving = d.Memory
	return d
}

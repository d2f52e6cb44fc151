package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
	"github.com/highwater-dev/highwater/scheduler/learning"
)

// Proofs are made beside the ticks, a few at a time: a workload whose proof is
// due joins the queue, and once it is its turn, what a replay needs is copied
// under the lock of the workload, and replayed without any. What comes of it
// counts from the next tick on.

// A claim is one workload that waits for its proof.
type claim struct {
	key workload.Key
	st  *state

	enforce bool      // floors wait for it; guarded by the docket
	last    time.Time // when the last one was made; likewise
}

// A docket is where claims wait. mu is taken last.
type docket struct {
	mu      sync.Mutex
	queue   []*claim
	proving int // under way
}

// file makes a claim wait, or brings it up to date if it does.
func (d *docket) file(c *claim, enforce bool, last time.Time, fresh bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.enforce, c.last = enforce, last
	if fresh {
		d.queue = append(d.queue, c)
	}
}

// next returns the claim whose turn it is, and nil if it is nobody's: those
// that floors wait for go first, then those that are the oldest.
func (d *docket) next(most int) *claim {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.proving >= most || len(d.queue) == 0 {
		return nil
	}
	first := 0
	for i, c := range d.queue {
		f := d.queue[first]
		if c.enforce != f.enforce && c.enforce || c.enforce == f.enforce && c.last.Before(f.last) {
			first = i
		}
	}
	c := d.queue[first]
	d.queue = slices.Delete(d.queue, first, first+1)
	d.proving++
	return c
}

func (d *docket) done() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.proving--
}

// claim files the workload's proof if it is due. The state's lock is held.
func (s *Scheduler) claim(now time.Time, st *state, w *workload.Workload) {
	if s.opts.ProofWorkers == 0 {
		return
	}
	due := st.review(now, w.Key, s.opts)
	p := &st.proof
	fresh := p.claim == nil
	switch {
	case !due && fresh:
		return
	case fresh:
		p.claim = &claim{key: w.Key, st: st}
	}
	s.docket.file(p.claim, w.Policy.Mode == recommender.Enforce && !w.SkipProof, p.state.At, fresh)
}

// prove starts every proof whose turn it is; each that ends starts the next.
// They end with ctx.
func (s *Scheduler) prove(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	for c := s.docket.next(s.opts.ProofWorkers); c != nil; c = s.docket.next(s.opts.ProofWorkers) {
		s.background.Go(func() {
			s.try(ctx, c)
			s.docket.done()
			s.prove(ctx)
		})
	}
}

// try makes one proof.
func (s *Scheduler) try(ctx context.Context, c *claim) {
	s.learnCapacity(ctx, c.key, c.st)
	job, ok := s.prepare(c)
	if !ok {
		return
	}
	began := time.Now()
	proof, err := s.replayed(ctx, c, &job.Case)
	took := time.Since(began)
	now := s.opts.Now()
	st := c.st
	st.mu.Lock()
	defer st.mu.Unlock()
	if ctx.Err() != nil { // this process is asked to end
		st.proof.claim = nil
		return
	}
	was := st.proof.state.Proof
	st.proof.settle(now, job.premise, job.span, took, proof, err)
	if err != nil {
		s.opts.Metrics.proven("none", took)
		s.opts.Log.Debug("no proof", "workload", c.key.String(), "why", err)
		return
	}
	s.opts.Metrics.proven(string(proof.Verdict), took)
	if was == nil || was.Verdict != proof.Verdict {
		level := slog.LevelDebug
		if st.result != nil && floorRequested(st.result) {
			level = slog.LevelInfo
		}
		s.opts.Log.Log(ctx, level, "proof", "workload", c.key.String(), "verdict", proof.Verdict, "detail", proof.Detail, "took", took)
	}
}

// A job is a case to prove and what it was made from.
type job struct {
	proof.Case
	premise premise
	span    time.Duration
}

// prepare copies what a proof needs. It is false if the workload is gone.
func (s *Scheduler) prepare(c *claim) (job, bool) {
	s.mu.RLock()
	known := s.states[c.key] == c.st
	s.mu.RUnlock()
	st := c.st
	st.mu.Lock()
	defer st.mu.Unlock()
	want := st.proof.want
	same := slices.EqualFunc(st.signals, want.queries, func(sig *signal, expr string) bool { return sig.source.Query.Expr == expr })
	if !known || !same || len(want.queries) == 0 {
		st.proof.claim = nil // the tick that runs, or the next, files it again
		return job{}, false
	}
	want.full = slices.Clone(want.full)
	j := job{premise: want}
	for i, sig := range st.signals { // something may have been learned since the tick
		src := learning.Apply(st.sources.Loads[i], want.policy, sig.learned.Capacity)
		want.full[i], j.Capacity = src.Full, append(j.Capacity, src.Capacity.PerPod)
	}
	j.Loop = simulate.Loop{
		Spec:   simulate.Spec{Min: want.min, Max: want.max, Metrics: want.metrics, Behavior: want.behavior},
		PerPod: want.full,
		// The lead time begins with the floor, a start with the pod.
		Start: simulate.Starts{Fixed: max(want.policy.LeadTime-capacity.DefaultSync, 0)},
	}
	j.Policy, j.Calendar, j.Step = want.policy, st.proof.layout.calendar(), s.opts.Step
	if time.Minute%j.Step == 0 {
		j.Step = time.Minute // finer forecasts cost more and say no more of the past
	}
	for _, sig := range st.signals {
		j.Loads = append(j.Loads, sig.series) // its samples never change
	}
	j.span = shared(j.Loads, s.opts.ProofHistory)
	return j, true
}

// shared cuts loads to the time that all of them cover, and to the newest span
// of it. It returns how long that is.
func shared(loads []forecast.Series, span time.Duration) time.Duration {
	from, to := loads[0].Start, loads[0].End()
	for _, l := range loads[1:] {
		if l.Start.After(from) {
			from = l.Start
		}
		if l.End().Before(to) {
			to = l.End()
		}
	}
	if begin := to.Add(-span); begin.After(from) {
		from = begin
	}
	for i := range loads {
		loads[i] = loads[i].Between(from, to)
	}
	return loads[0].Span()
}

// replayed replays a case; a panic is an error.
func (s *Scheduler) replayed(ctx context.Context, c *claim, job *proof.Case) (proof *proof.Proof, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Metrics.failed("panic")
			s.opts.Log.Error("panic while proving floors; please report it", "workload", c.key.String(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return s.proveCase(job, func(float64) error { return ctx.Err() })
}

// proveCase replays a case with all policies.
func proveCase(c *proof.Case, tick proof.Tick) (*proof.Proof, error) { return c.Prove(nil, tick) }

package proofs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler/learning"
)

// run makes one proof.
func (q *Queue) run(ctx context.Context, r *request) {
	r.of.Learn(ctx)
	j, ok := job{}, false
	r.of.Use(func(s Snapshot) { j, ok = q.prepare(s) })
	if !ok {
		return
	}
	began := time.Now()
	made, err := q.replay(ctx, r, &j.Case)
	took := time.Since(began)
	now := q.opts.Now()
	r.of.Use(func(s Snapshot) {
		if ctx.Err() != nil { // this process is asked to end
			s.Record.request = nil
			return
		}
		before := s.Record.Proof
		s.Record.finish(now, j.inputs, j.span, took, made, err)
		if err != nil {
			q.opts.Made("none", took)
			q.opts.Log.Debug("no proof", "workload", r.key.String(), "why", err)
			return
		}
		q.opts.Made(string(made.Verdict), took)
		if before == nil || before.Verdict != made.Verdict {
			level := slog.LevelDebug
			if s.Notable {
				level = slog.LevelInfo
			}
			q.opts.Log.Log(ctx, level, "proof", "workload", r.key.String(), "verdict", made.Verdict, "detail", made.Detail, "took", took)
		}
	})
}

// A job is a case to prove and what it was made from.
type job struct {
	proof.Case
	inputs Inputs
	span   time.Duration
}

// prepare copies what a proof needs. It is false if the workload is gone.
func (q *Queue) prepare(s Snapshot) (job, bool) {
	in := s.Record.want
	same := slices.EqualFunc(s.Loads, in.queries, func(l Load, expr string) bool { return l.Query.Expr == expr })
	if s.Gone || !same || len(in.queries) == 0 {
		s.Record.request = nil // the tick that runs, or the next, enqueues it again
		return job{}, false
	}
	in.full = slices.Clone(in.full)
	j := job{inputs: in}
	replayed := make([]workload.Source, len(s.Loads))
	for i, l := range s.Loads { // something may have been learned since the tick
		src := learning.Apply(l.Declared, in.policy, l.Learned)
		in.full[i], j.Capacity = src.Full, append(j.Capacity, src.Capacity.PerPod)
		replayed[i] = workload.Source{Metric: in.metrics[i], Full: src.Full}
	}
	w := workload.Workload{Baseline: in.min, Ceiling: in.max, Behavior: in.behavior, Policy: in.policy}
	j.Loop = w.Loop(replayed...)
	j.Policy, j.Calendar, j.Step = in.policy, s.Record.calendar, q.opts.Step
	j.Schedules = in.schedules
	if time.Minute%j.Step == 0 {
		j.Step = time.Minute // finer forecasts cost more and say no more of the past
	}
	for _, l := range s.Loads {
		j.Loads = append(j.Loads, l.Series)
	}
	j.span = cutToShared(j.Loads, q.opts.History)
	return j, true
}

// cutToShared cuts loads to the time that all of them cover, and to the newest
// span of it. It returns how long that is.
func cutToShared(loads []forecast.Series, span time.Duration) time.Duration {
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

// replay replays a case; a panic is an error.
func (q *Queue) replay(ctx context.Context, r *request, c *proof.Case) (made *proof.Proof, err error) {
	defer func() {
		if p := recover(); p != nil {
			q.opts.Panicked()
			q.opts.Log.Error("panic while proving floors; please report it", "workload", r.key.String(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return q.opts.Replay(c, func(float64) error { return ctx.Err() })
}

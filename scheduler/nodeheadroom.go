package scheduler

import (
	"context"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// nodePatience is how long asking for nodes may take in one tick.
const nodePatience = time.Minute

// nodeHeadroom notes how long nodes take that are to be asked for, and what keeps
// them from being had.
func (s *Scheduler) nodeHeadroom(st *state, r *Result) {
	w := &r.Workload
	r.NodeLead = st.nodeLead.Of(w)
	if s.opts.Nodes == nil || w.NodeHeadroom == nil {
		return
	}
	if p := s.opts.Nodes.Problem(w); p != nil {
		w.Problems = append(slices.Clip(w.Problems), *p)
	}
}

// askForNodes asks for the room on nodes that the workloads need after a tick,
// beside the next one. What is still being asked for makes this one wait for the
// next tick.
func (s *Scheduler) askForNodes(ctx context.Context, list []workload.Workload) {
	if s.opts.Nodes == nil || s.opts.DryRun || !s.Leading() || !s.ordering.CompareAndSwap(false, true) {
		return
	}
	requests := s.roomRequests(list)
	s.background.Go(func() {
		defer s.ordering.Store(false)
		ctx, done := s.acting(ctx)
		defer done()
		ctx, cancel := context.WithTimeout(ctx, nodePatience)
		defer cancel()
		err := s.opts.Nodes.Keep(ctx, requests)
		if ctx.Err() != nil {
			return
		}
		s.transitions.logStep(s.opts.Log, "node headroom", err)
		if err != nil {
			s.opts.Metrics.failed("nodes")
		}
	})
}

// roomRequests returns a request for every workload whose policy wants room on
// nodes. What is not known of one makes its request doubtful.
func (s *Scheduler) roomRequests(list []workload.Workload) []workload.RoomRequest {
	var requests []workload.RoomRequest
	tick := Interval(s.opts.Tick)
	for i := range list {
		if list[i].NodeHeadroom == nil {
			continue
		}
		r, ok := s.Result(list[i].Key)
		if !ok || r.Workload.UID != list[i].UID || r.Workload.PolicyUID != list[i].PolicyUID {
			requests = append(requests, workload.RoomRequest{Workload: &list[i], Doubt: true})
			continue
		}
		requests = append(requests, roomRequest(r, tick))
	}
	return requests
}

// roomRequest is the room that a workload needs until nodes that are asked for at
// the next tick would be there. Between two points of its plan a floor may rise up
// to a step early.
func roomRequest(r *Result, tick time.Duration) workload.RoomRequest {
	w := &r.Workload
	q := workload.RoomRequest{Workload: w, Lead: r.NodeLead + tick}
	switch r.Applied.Outcome {
	case workload.OutcomeContested, workload.OutcomeBroken, workload.OutcomeOtherInstallation:
		return q // no floor brings the pods
	}
	plan := r.FloorsSet()
	if len(plan.Points) == 0 || w.KeepsOnly {
		return q
	}
	floor := max(w.Floor, w.Served)
	if r.Applied.Changed {
		floor = plan.Points[0].Floor
	}
	q.Lead += plan.Step
	q.Pods = plan.NodeHeadroom(q.Lead, max(floor, w.Replicas, w.Desired))
	q.Doubt = r.Err != "" || r.Decision.Reason == recommender.ReasonBadWorkload ||
		!w.OnlySchedules && !r.Decision.Memory.DoubtSince.IsZero() // the clock is in no doubt
	return q
}

// FloorsSet is the plan of the floors that are set, as far as node headroom needs
// it: empty if none are.
func (r *Result) FloorsSet() recommender.Plan {
	switch p := r.Workload.Policy; {
	case p.Suspend:
	case p.Mode == recommender.Enforce:
		return r.Plan
	case r.Workload.OnlySchedules:
		return r.SetPlan
	}
	return recommender.Plan{}
}

// NodeRoom is what asks for room on nodes for a workload.
func (s *Scheduler) NodeRoom(k workload.Key) workload.Room {
	if s.opts.Nodes == nil {
		return workload.Room{}
	}
	return s.opts.Nodes.Room(k)
}

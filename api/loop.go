package api

import (
	"fmt"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
	"github.com/highwater-dev/highwater/scheduler"
)

// loopOf returns the autoscaler and its pods as a replay plays them, and what
// is not known of them.
func loopOf(r *scheduler.Result) (l simulate.Loop, problems []string) {
	var known []workload.Source
	for i := range r.Signals {
		s := r.Signals[i].Source
		if why := r.Signals[i].LeftOut; why != "" {
			problems = append(problems, s.Name+": "+why)
			continue
		}
		if !s.Replayable() {
			problems = append(problems, fmt.Sprintf("how the autoscaler sees %s, or what a pod carries of it at the most, is not known", s.Name))
			continue
		}
		known = append(known, s)
	}
	l = r.Workload.Loop(known...)
	l.Spec.Min = max(l.Spec.Min, 1)
	return l, problems
}

// plannedOf returns a workload for a plan.
func plannedOf(v scheduler.View) planning.Workload {
	w := v.Workload
	out := planning.Workload{Namespace: w.Namespace, Name: w.Name, Calendar: w.Calendar, Policy: v.Proof.Apply(w.Policy),
		Schedules: w.Schedules, OnlySchedules: w.OnlySchedules, Price: w.Price, NodeLead: v.NodeLead}
	out.Loop, out.Problems = loopOf(v.Result)
	out.Observed = observed(v.Result)
	out.Loads = loadsOf(v)
	for _, s := range v.Signals {
		if out.Unit == "" {
			out.Unit = s.Capacity.Unit
		}
		if m := s.Metric; m.Kind == simulate.Utilization && m.Source == simulate.Resource && s.Capacity.Unit == "cores" {
			out.PodCPU = m.Request
		}
	}
	return out
}

// observed says why no floor is set on a workload; empty if floors are.
func observed(r *scheduler.Result) string {
	if r.Workload.Policy.Mode == recommender.Enforce {
		return ""
	}
	proof := ""
	for _, w := range r.Decision.Warnings {
		if w.Code == workload.ProofPending || w.Code == workload.ProofFailed || w.Code == workload.ProofWithdrawn {
			proof = w.Code
		}
	}
	return workload.Observed(r.Workload.Policy.Mode, proof)
}

// loadsOf returns the histories of the loads that loopOf has metrics for.
func loadsOf(v scheduler.View) (list []forecast.Series) {
	for i, c := range v.Curves {
		if s := &v.Signals[i]; s.LeftOut == "" && s.Replayable() {
			list = append(list, c.History)
		}
	}
	return list
}

// shared cuts loads to the time that all of them cover, as a replay wants them.
func shared(loads []forecast.Series) []forecast.Series {
	if len(loads) == 0 {
		return loads
	}
	from, to := loads[0].Start, loads[0].End()
	for _, l := range loads[1:] {
		if l.Start.After(from) {
			from = l.Start
		}
		if l.End().Before(to) {
			to = l.End()
		}
	}
	for i := range loads {
		loads[i] = loads[i].Between(from, to)
	}
	return loads
}

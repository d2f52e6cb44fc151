package fleet

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// metricDelay is the age of the metrics that an HPA sees.
	metricDelay = 30 * time.Second
	// leadSpare is what a lead time is longer than a pod's start: the tick, and the HPA's sync.
	leadSpare = 30 * time.Second
	// assumedTarget is the share of what a pod carries that a target is taken to
	// be where nothing says what a pod carries.
	assumedTarget = 0.8
)

// plannedOf makes what is planned of a workload, but for its pods and its loads,
// whose queries it returns. A metric of which it is not known what a pod carries
// is left out if there is another.
func plannedOf(w *workload.Workload) (planning.Workload, []history.Query) {
	out := planning.Workload{Namespace: w.Namespace, Name: w.Name, Policy: w.Policy, Calendar: w.Calendar, Replicas: w.Replicas,
		Schedules: w.Schedules, OnlySchedules: w.Policy.Mode == recommender.Enforce, Price: w.Price, NodeLead: w.NodeLead()}
	for _, problem := range w.Problems {
		out.Problems = append(out.Problems, fmt.Sprintf("%s %s: %s", problem.Code, problem.Field, problem.Message))
	}
	var known []workload.Source
	var queries []history.Query
	for _, s := range w.Sources {
		if s = assumed(s); !s.Replayable() {
			out.Problems = append(out.Problems, fmt.Sprintf("%s is left out of the plan: it is not known what a pod carries of it", s.Name))
			continue
		}
		if len(known) == 0 {
			out.Unit = cmp.Or(s.Capacity.Unit, s.Query.Unit)
		}
		known, queries = append(known, s), append(queries, s.Query)
		if s.Assumed != "" {
			out.Problems = append(out.Problems, s.Assumed)
		}
		if s.Metric.Source == simulate.Memory {
			out.Problems = append(out.Problems, s.Name+" is planned as if all of it followed the load; what pods need for themselves would come with each of them")
		}
	}
	out.Loop = w.Loop(known...)
	out.Loop.Start.Fixed, out.Loop.Delay, out.Loop.Saturates = startOf(w), metricDelay, len(known) > 0 && out.Unit == "cores"
	return out, queries
}

// assumed fills in how the HPA sees a source, and what a pod carries at the most,
// where that is not known.
func assumed(s workload.Source) workload.Source {
	if s.Metric.Kind == "" {
		s.Metric = simulate.Metric{Kind: simulate.AverageValue, Target: s.Capacity.PerPod}
	}
	if !(s.Full > 0) && s.Capacity.PerPod > 0 && !math.IsInf(s.Capacity.PerPod, 0) {
		s.Full = s.Capacity.PerPod / assumedTarget
		s.Assumed = fmt.Sprintf("%s: a pod is taken to carry %s at the most, a quarter more than its target", s.Name, explain.Quantity(s.Full, s.Capacity.Unit))
	}
	return s
}

// startOf is how long a pod takes to be Ready: what the lead time leaves.
func startOf(w *workload.Workload) time.Duration { return max(w.Policy.LeadTime-leadSpare, 0) }

package proofs

import (
	"reflect"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// Inputs are what a proof rests on beside the loads. They are not changed once
// made.
type Inputs struct {
	min, max int32
	queries  []string
	metrics  []simulate.Metric
	full     []float64
	behavior *simulate.Behavior
	policy   recommender.Policy
	calendar string // key of its Spec

	schedules []recommender.Schedule
}

// InputsOf says what a proof of w rests on. The mode and the quantile that a
// proof found are no part of it.
func InputsOf(w *workload.Workload) Inputs {
	in := Inputs{min: w.Baseline, max: w.Ceiling, behavior: w.Behavior, policy: w.Policy, schedules: w.Schedules}
	in.policy.Mode, in.policy.Suspend = recommender.Enforce, false
	for _, s := range w.Sources {
		in.queries, in.metrics, in.full = append(in.queries, s.Query.Expr), append(in.metrics, s.Metric), append(in.full, s.Full)
	}
	if w.Calendar != nil && !w.Calendar.IsZero() {
		in.calendar = w.Calendar.Key()
	}
	return in
}

// missing says what a replay needs and does not have; empty if that is nothing.
func (in Inputs) missing() string {
	if len(in.metrics) == 0 {
		return "there is no load to replay"
	}
	for _, full := range in.full {
		if !(full > 0) {
			return "what one pod carries is not known"
		}
	}
	return ""
}

func (in Inputs) equal(other Inputs) bool { return reflect.DeepEqual(in, other) }

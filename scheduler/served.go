package scheduler

import (
	"cmp"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// A servedFloor is the floor of a workload that is served as a metric, and written
// to no object. It is decided as any other: what differs is where it stands.
type servedFloor struct {
	known  bool // this process has decided it; before that, the policy's status tells
	pods   int32
	giving recommender.Memory // of giving it back while only observing
}

// recall completes w.Served. A floor that stood on the object until now is served
// from now on, while the object is given back beside it.
func (f *servedFloor) recall(w *workload.Workload) {
	switch {
	case !w.AsMetric:
		w.Served = 0
	case f.known:
		w.Served = f.pods
	case w.Raised():
		w.Served = max(w.Served, w.Floor)
	}
}

// holds is the floor that holds where one is served, or was until now.
func (f *servedFloor) holds(w *workload.Workload) int32 {
	switch {
	case w.AsMetric:
		return min(max(w.Baseline, w.Served), max(w.Ceiling, w.Baseline))
	case f.known:
		return min(max(w.Floor, f.pods), max(w.Ceiling, w.Floor))
	}
	return w.Floor
}

// serve makes the decision the floor that is served. What a workload that is only
// observed was served before is given back in steps, and what is scheduled is served
// all the same if only the proof keeps floors from being.
func (s *Scheduler) serve(st *state, in recommender.Input, r *Result) {
	w, f := &r.Workload, &st.served
	if !w.AsMetric {
		*f = servedFloor{}
		return
	}
	was, d := w.Served, r.Decision
	floor := d.Floor
	switch {
	case w.Policy.Mode != recommender.Observe:
	case w.OnlySchedules:
		d = s.withoutForecast(r, in, &f.giving, true)
		floor = d.Floor
	case was > w.Baseline:
		d = s.withoutForecast(r, in, &f.giving, false)
		floor = min(d.Floor, was)
	default:
		floor = 0
	}
	if w.KeepsOnly {
		floor = min(floor, was)
	}
	if floor <= w.Baseline {
		floor = 0
	}
	f.known, f.pods, w.Served, r.served = true, floor, floor, d.Message
	if was != floor {
		s.opts.Log.Info("floor", "workload", w.Key.String(), "from", was, "to", floor,
			"outcome", workload.OutcomeServed, "reason", d.Reason, "message", d.Message)
	}
}

// AskedFor is how long a decision asks for pods: a process that decides no more
// says nothing after it, as the lease of a floor runs out.
const AskedFor = 30 * time.Minute

// An Asked is what the metric of a workload's floor says.
type Asked struct {
	Pods int32  // while the floor is more than the baseline, else 0
	Why  string // in a sentence
}

// Asked returns what the metric of the workload's floor says. It asks for no pods
// unless floors are enforced, as a metric. The error says why nothing can be said.
func (r *Result) Asked(now time.Time) (Asked, error) {
	w := &r.Workload
	if age := now.Sub(r.At); age > AskedFor {
		return Asked{}, fmt.Errorf("workload %s was last decided %s ago, which is too long to ask for anything", w.Key, age.Round(time.Second))
	}
	a := Asked{Pods: w.Served, Why: cmp.Or(r.served, r.Decision.Message)}
	if a.Pods > 0 {
		return a, nil
	}
	switch {
	case !w.AsMetric:
		a.Why = "no FloorPolicy that holds here has the actuation Metric"
	case w.Policy.Suspend:
		a.Why = "floors are suspended"
	case w.Policy.Mode != recommender.Enforce:
		a.Why = "floors are only recommended (mode Observe)"
		for _, x := range r.Decision.Warnings {
			switch x.Code {
			case workload.ProofPending, workload.ProofFailed, workload.ProofWithdrawn:
				a.Why = x.Message
			}
		}
	}
	return a, nil
}

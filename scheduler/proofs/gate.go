package proofs

import (
	"fmt"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// Gate lets a workload be only observed unless its proof holds, and says so; what
// is scheduled needs none. A
// floor that was set before stays in force until there is a first proof: a
// restart must not lower it.
func (s State) Gate(w *workload.Workload) *recommender.Warning {
	if w.Policy.Mode != recommender.Enforce || w.Policy.Suspend || w.SkipProof {
		return nil
	}
	defer func() { w.OnlySchedules = w.Policy.Mode == recommender.Observe && len(w.Schedules) > 0 }()
	warn := func(code, format string, args ...any) *recommender.Warning {
		return &recommender.Warning{Code: code, Message: fmt.Sprintf(format, args...)}
	}
	only := "floors are only recommended"
	if len(w.Schedules) > 0 {
		only = "floors are set for what is scheduled and are otherwise only recommended"
	}
	switch {
	case s.Proof == nil && (w.Lease != nil || w.Served > 0):
		return warn(workload.ProofPending, "there is no proof yet: %s. What was set before stays in force until there is one", s.Pending)
	case s.Proof == nil:
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofPending, "%s until there is a proof: %s. To set them without one, set proof: Skip in the policy", only, s.Pending)
	case s.Withdrawn != "":
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofWithdrawn, "%s until there is a new proof: %s", only, s.Withdrawn)
	case !s.Proven():
		w.Policy.Mode = recommender.Observe
		return warn(workload.ProofFailed, "%s, since on the past of this workload they did not serve better (%s): %s. To set them all the same, set proof: Skip in the policy", only, s.Verdict, s.Detail)
	}
	return nil
}

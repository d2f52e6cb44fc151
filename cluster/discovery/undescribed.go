package discovery

import (
	"fmt"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// maxPanic is how much of a panic's text is told, in bytes.
const maxPanic = 200

// undescribed is the workload of an autoscaler that Describe has panicked over.
// It has no load, so that doubt holds what was set; in Observe mode that would
// be given back at once, so a lease keeps it in Enforce. The limits of the
// defaults are left out: they would move a floor that nothing is known of.
func undescribed(in Input, o DescribeOptions, panicked any) workload.Workload {
	w, _ := identify(in) // a broken lease is a field of it
	if len(in.Policies) > 0 {
		w.PolicyName = in.Policies[0].Name
	}
	w.Policy = o.Defaults
	if w.Policy.Mode == "" {
		w.Policy = recommender.DefaultPolicy()
	}
	w.Policy.Min, w.Policy.Max = 0, 0
	if p := in.policy(); w.Raised() || p != nil && p.Spec.Mode == v1alpha1.Enforce {
		w.Policy.Mode = recommender.Enforce
	}
	w.Problems = []workload.Problem{problem(Internal, "",
		"%s %s could not be described, which is a mistake of Highwater's own, so no new floor is set: please report it (panic: %v)",
		w.Kind, w.Key, bounded(fmt.Sprint(panicked), maxPanic))}
	return w
}

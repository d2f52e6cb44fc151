package discovery

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// Observed says why no floor is set on w, as far as its policy and the last status
// of that say; empty if floors are set. See workload.Observed.
func (c *Cluster) Observed(w *workload.Workload) string {
	mode := w.Policy.Mode
	if mode != recommender.Enforce || w.SkipProof {
		return workload.Observed(mode, "")
	}
	var proven *metav1.Condition
	if p := c.floorPolicy(w.Namespace, w.PolicyName); p != nil {
		proven = meta.FindStatusCondition(p.Status.Conditions, v1alpha1.Proven)
	}
	switch pending := proven == nil || proven.Status == metav1.ConditionUnknown; {
	case pending && (w.Lease != nil || w.Served > 0):
		return "" // what was set stays in force until there is a proof
	case pending:
		return workload.Observed(mode, workload.ProofPending)
	case proven.Status == metav1.ConditionTrue:
		return ""
	case proven.Reason == reasonWithdrawn:
		return workload.Observed(mode, workload.ProofWithdrawn)
	}
	return workload.Observed(mode, workload.ProofFailed)
}

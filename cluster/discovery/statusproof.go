package discovery

import (
	"math"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// proofOf is what a status says of the proof; nil if there is none.
func proofOf(in PolicyStatus) *v1alpha1.Proof {
	if in.Proof == nil {
		return nil
	}
	alone, _ := in.Proof.Result(proof.PolicyHPA)
	own, _ := in.Proof.Result(proof.PolicyHighwater)
	return &v1alpha1.Proof{
		Verdict: string(in.Proof.Verdict), Time: metav1.Time{Time: in.ProvenAt.Truncate(time.Second)},
		Minutes: tenths(own.Minutes), ShortMinutes: tenths(own.ShortMinutes), ShortMinutesAlone: tenths(alone.ShortMinutes),
		PodHours: tenths(own.PodHours), PodHoursAlone: tenths(alone.PodHours),
	}
}

func tenths(x float64) float64 { return math.Round(x*10) / 10 }

// provenCondition says whether floors serve better, and by what.
func provenCondition(in PolicyStatus) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.Proven, Status: metav1.ConditionFalse}
	switch {
	case in.Proof == nil:
		c.Status, c.Reason, c.Message = metav1.ConditionUnknown, reasonPending, in.Unproven
	case in.Unproven != "":
		c.Reason, c.Message = reasonWithdrawn, in.Unproven
	default:
		c.Reason, c.Message = string(in.Proof.Verdict), in.Proof.Detail
		if in.Proof.Proven() {
			c.Status = metav1.ConditionTrue
		}
	}
	return c
}

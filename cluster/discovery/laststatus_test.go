package discovery

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

func TestFloorsThatTheLastStatusDoesNotProveAreObserved(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   v1alpha1.Mode
		proof  v1alpha1.ProofMode
		status metav1.ConditionStatus
		reason string
		lease  bool
		want   string
	}{
		{"only observed", v1alpha1.Observe, "", metav1.ConditionTrue, "Proven", false, "mode Observe"},
		{"proven", v1alpha1.Enforce, "", metav1.ConditionTrue, "Proven", false, ""},
		{"not proven", v1alpha1.Enforce, "", metav1.ConditionFalse, "NoGain", false, "not proven"},
		{"withdrawn", v1alpha1.Enforce, "", metav1.ConditionFalse, reasonWithdrawn, false, "proof withdrawn"},
		{"pending", v1alpha1.Enforce, "", metav1.ConditionUnknown, reasonPending, false, "no proof yet"},
		{"pending, with a floor from before", v1alpha1.Enforce, "", metav1.ConditionUnknown, reasonPending, true, ""},
		{"no status yet", v1alpha1.Enforce, "", "", "", false, "no proof yet"},
		{"without a proof", v1alpha1.Enforce, v1alpha1.ProofSkip, metav1.ConditionFalse, "NoGain", false, ""},
	} {
		p := named("p", v1alpha1.FloorPolicySpec{Mode: c.mode, Proof: c.proof})
		if c.status != "" {
			p.Status.Conditions = []metav1.Condition{{Type: v1alpha1.Proven, Status: c.status, Reason: c.reason}}
		}
		known := running(t, fake.NewClientset(hpaIn("shop", "web")), policies(t, p), Options{})
		w := workloads(t, known)[0]
		if c.lease {
			w.Lease = &workload.Lease{}
		}
		if got := known.Observed(&w); got != c.want || w.Policy.Mode != recommender.Mode(c.mode) {
			t.Errorf("%s: %q, in mode %s; want %q", c.name, got, w.Policy.Mode, c.want)
		}
	}
}

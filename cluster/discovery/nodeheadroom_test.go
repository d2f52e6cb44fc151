package discovery

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

func TestNodeHeadroomOfAPolicy(t *testing.T) {
	f := func(name string, h *v1alpha1.NodeHeadroom, off bool, want time.Duration, code, words string) {
		t.Run(name, func(t *testing.T) {
			p := named("p", v1alpha1.FloorPolicySpec{NodeHeadroom: h})
			p.UID = "p-uid"
			w := Describe(Input{HPA: web(podsMetric("requests", "100")), Policies: []*v1alpha1.FloorPolicy{p}}, DescribeOptions{NoNodeHeadroom: off})
			if w.PolicyUID != "p-uid" {
				t.Errorf("the policy's uid is %q", w.PolicyUID)
			}
			if want < 0 != (w.NodeHeadroom == nil) || w.NodeHeadroom != nil && w.NodeHeadroom.Lead != want {
				t.Errorf("node headroom %+v, want a lead of %s", w.NodeHeadroom, want)
			}
			if code == "" && len(w.Problems) > 0 || code != "" && (len(w.Problems) != 1 || w.Problems[0].Code != code || !strings.Contains(w.Problems[0].Field+w.Problems[0].Message, words)) {
				t.Errorf("problems %+v, want %s", w.Problems, code)
			}
		})
	}
	const none = time.Duration(-1)
	f("none", nil, false, none, "", "")
	f("off and none", nil, true, none, "", "")
	f("all left out", &v1alpha1.NodeHeadroom{}, false, 0, "", "")
	f("auto", &v1alpha1.NodeHeadroom{Kind: v1alpha1.CapacityBuffer, LeadTime: v1alpha1.Auto}, false, 0, "", "")
	f("a lead time", &v1alpha1.NodeHeadroom{LeadTime: "7m"}, false, 7*time.Minute, "", "")
	f("off", &v1alpha1.NodeHeadroom{}, true, none, NodeHeadroomOff, "nodeHeadroom.enabled")
	f("too long", &v1alpha1.NodeHeadroom{LeadTime: "7h"}, false, none, BadPolicy, "spec.nodeHeadroom.leadTime")
	f("nonsense", &v1alpha1.NodeHeadroom{LeadTime: "soon"}, false, none, BadPolicy, "spec.nodeHeadroom.leadTime")
	f("another kind", &v1alpha1.NodeHeadroom{Kind: "Balloon"}, false, none, BadPolicy, "spec.nodeHeadroom.kind")
}

package discovery

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// nodeHeadroom resolves what a policy says of room on nodes.
func (d *describer) nodeHeadroom(p *v1alpha1.FloorPolicy) {
	h := p.Spec.NodeHeadroom
	if h == nil {
		return
	}
	if d.o.NoNodeHeadroom {
		d.report(notice(NodeHeadroomOff, ofPolicy(p.Name, "spec.nodeHeadroom"),
			"no nodes are asked for, since Highwater is told not to: set nodeHeadroom.enabled of the chart (--node-headroom), or take it out of the policy"))
		return
	}
	r := resolver{policy: p.Name}
	if h.Kind != "" && h.Kind != v1alpha1.CapacityBuffer {
		r.bad("spec.nodeHeadroom.kind", "%q is not known: it must be CapacityBuffer", h.Kind)
	}
	var n workload.NodeHeadroom
	if h.LeadTime != v1alpha1.Auto {
		r.duration(&n.Lead, "spec.nodeHeadroom.leadTime", string(h.LeadTime), "auto, or more than 0s and at most 6h", func(t time.Duration) bool {
			return t > 0 && t <= maxLeadTime
		})
	}
	d.report(r.problems...)
	if len(r.problems) == 0 {
		d.w.NodeHeadroom = &n
	}
}

package learning

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// DefaultNodeLead is what a node takes where none was seen to come.
const DefaultNodeLead = 5 * time.Minute

// A NodeLeadTime is the learned lead time of nodes that is in use. The zero
// NodeLeadTime is none.
type NodeLeadTime struct{ inUse time.Duration }

// Of returns how long a workload's pods take that wait for a node: what its policy
// says, or else what they were seen to take; 0 if its policy wants no node
// headroom. What was learned is kept while no pod waits: with headroom, none does.
func (t *NodeLeadTime) Of(w *workload.Workload) time.Duration {
	if l := w.Lead; l != nil && l.Slow != nil {
		t.inUse = (l.Slow.P95 + leadGrain - 1).Truncate(leadGrain)
	}
	switch h := w.NodeHeadroom; {
	case h == nil:
		return 0
	case h.Lead > 0:
		return h.Lead
	case t.inUse > 0:
		return t.inUse
	}
	return DefaultNodeLead
}

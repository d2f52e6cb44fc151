package learning

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// A NodeLeadTime is the learned lead time of nodes that is in use. The zero
// NodeLeadTime is none.
type NodeLeadTime struct{ inUse time.Duration }

// Of returns the lead time of nodes that is in force for a workload; 0 if its
// policy wants no node headroom. What was learned is kept while no pod waits for a
// node: with headroom, none does.
func (t *NodeLeadTime) Of(w *workload.Workload) time.Duration {
	if w.Lead != nil && w.Lead.Slow != nil {
		t.inUse = (w.Lead.Slow.P95 + leadGrain - 1).Truncate(leadGrain)
	}
	lead := w.NodeLead()
	if lead > 0 && w.NodeHeadroom.Lead == 0 && t.inUse > 0 {
		return t.inUse
	}
	return lead
}

package workload

import "time"

// A NodeHeadroom is what a policy says of room on nodes ahead of planned pods.
type NodeHeadroom struct {
	Lead time.Duration // of nodes; 0 for what is learned
}

// DefaultNodeLead is what a node takes where none was seen to come.
const DefaultNodeLead = 5 * time.Minute

// NodeLead returns how long pods take that wait for a node: what the policy says,
// or else what they were seen to take; 0 if the policy wants no node headroom.
func (w *Workload) NodeLead() time.Duration {
	switch h := w.NodeHeadroom; {
	case h == nil:
		return 0
	case h.Lead > 0:
		return h.Lead
	case w.Lead != nil && w.Lead.Slow != nil:
		return w.Lead.Slow.P95
	}
	return DefaultNodeLead
}

// A RoomRequest is the room on nodes that a workload needs now.
type RoomRequest struct {
	*Workload
	Pods  int32         // that there is to be room for, beside those that stand
	Lead  time.Duration // of nodes, that Pods are planned within
	Doubt bool          // Pods may be too few: what there is already is not made less
}

// Room is what became of a workload's request; the zero Room is that there is no
// object which asks for any.
type Room struct {
	Object  string    // that asks for it: "CapacityBuffer highwater-web"
	Pods    int32     // that it asks room for
	Expires time.Time // after this anyone may remove it
}

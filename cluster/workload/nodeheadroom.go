package workload

import "time"

// A NodeHeadroom is what a policy says of room on nodes ahead of planned pods.
type NodeHeadroom struct {
	Lead time.Duration // of nodes; 0 for what is learned
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

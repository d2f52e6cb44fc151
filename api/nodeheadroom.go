package api

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/scheduler"
)

// NodeHeadroom is the room on nodes that a workload needs ahead of its pods.
type NodeHeadroom struct {
	LeadSeconds float64      `json:"leadSeconds" doc:"From asking for a node to pods being Ready on it"`
	Object      string       `json:"object" doc:"What asks for the room now; empty if nothing does"`
	Pods        int32        `json:"pods" doc:"That it asks room for"`
	Expires     *time.Time   `json:"expires" doc:"When it ends, should Highwater not renew it; null if there is none"`
	ByHour      []HourlyPods `json:"byHour" doc:"The most that the floors which are set need in each hour of the plan; the first begins now; empty if none are set"`
}

// HourlyPods is a number of pods in the hour that begins at Time.
type HourlyPods struct {
	Time time.Time `json:"time"`
	Pods int32     `json:"pods"`
}

// nodeHeadroomOf says what room a workload needs, and what there is; nil if its
// policy asks for none.
func nodeHeadroomOf(r *scheduler.Result, room workload.Room) *NodeHeadroom {
	if r.NodeLead == 0 {
		return nil
	}
	h := &NodeHeadroom{
		LeadSeconds: r.NodeLead.Seconds(), Object: room.Object, Pods: room.Pods, Expires: whenKnown(room.Expires), ByHour: []HourlyPods{},
	}
	for _, x := range r.FloorsSet().NodeHeadroomByHour(r.NodeLead) {
		h.ByHour = append(h.ByHour, HourlyPods(x))
	}
	return h
}

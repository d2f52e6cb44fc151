package api

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// roomy has a CapacityBuffer for every workload.
type roomy struct{ *scheduler.Scheduler }

func (roomy) NodeRoom(k workload.Key) workload.Room {
	return workload.Room{Object: "CapacityBuffer highwater-" + k.Name, Pods: 7, Expires: now.Add(30 * time.Minute)}
}

func TestNodeHeadroomIsShownByHour(t *testing.T) {
	f := fleet{member("ahead", "12", recommender.Enforce), member("plain", "12", recommender.Enforce)}
	f[0].NodeHeadroom = &workload.NodeHeadroom{Lead: 10 * time.Minute}
	srv := startWith(t, f, func(s *scheduler.Scheduler) Scheduler { return roomy{s} })
	var d Detail
	get(t, srv, "/api/v1/workloads/shop/ahead", &d)
	h := d.NodeHeadroom
	if h == nil || h.LeadSeconds != 600 || h.Object != "CapacityBuffer highwater-ahead" || h.Pods != 7 || !h.Expires.Equal(now.Add(30*time.Minute)) {
		t.Fatalf("node headroom %+v", h)
	}
	// The floor goes to 12 in steps that take minutes, and stays.
	if len(h.ByHour) == 0 || !h.ByHour[0].Time.Equal(now) || h.ByHour[0].Pods != 12-d.Floor || d.Floor >= 12 {
		t.Errorf("at a floor of %d, by hour %+v", d.Floor, h.ByHour)
	}
	for _, x := range h.ByHour[1:] {
		if x.Pods != 0 {
			t.Errorf("at %s room for %d pods is needed though none come", x.Time, x.Pods)
		}
	}
	d = Detail{}
	get(t, srv, "/api/v1/workloads/shop/plain", &d)
	if d.NodeHeadroom != nil {
		t.Errorf("node headroom %+v that nobody asked for", d.NodeHeadroom)
	}
}

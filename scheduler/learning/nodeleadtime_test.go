package learning

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

func TestTheLeadTimeOfNodesOutlivesTheWaitForThem(t *testing.T) {
	var inUse NodeLeadTime
	w := &workload.Workload{}
	f := func(why string, want time.Duration) {
		t.Helper()
		if got := inUse.Of(w); got != want {
			t.Errorf("%s: %s, want %s", why, got, want)
		}
	}
	f("no headroom", 0)
	w.NodeHeadroom = &workload.NodeHeadroom{}
	f("nothing learned", workload.DefaultNodeLead)
	w.Lead = &capacity.Lead{P95: 20 * time.Second}
	f("no pod has waited", workload.DefaultNodeLead)
	w.Lead = &capacity.Lead{Slow: &capacity.Way{P95: 421 * time.Second}}
	f("learned", 425*time.Second)
	w.Lead = &capacity.Lead{P95: 20 * time.Second}
	f("with headroom, no pod waits any more", 425*time.Second)
	w.Lead = &capacity.Lead{Slow: &capacity.Way{P95: 90 * time.Second}}
	f("nodes have become quicker", 90*time.Second)
	w.NodeHeadroom.Lead = 10 * time.Minute
	f("the policy's own", 10*time.Minute)
	w.NodeHeadroom = nil
	f("given up", 0)
}

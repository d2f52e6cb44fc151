package learning

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

func TestALearnedLeadTimeIsUsed(t *testing.T) {
	var inUse LeadTime
	w := &workload.Workload{Policy: recommender.DefaultPolicy(), LeadAuto: true}
	const horizon = 24 * time.Hour
	lead := func(d time.Duration, c capacity.Confidence) time.Duration {
		w.Lead = &capacity.Lead{Time: d, Confidence: c}
		return inUse.Of(w, horizon)
	}
	if got := inUse.Of(w, horizon); got != 2*time.Minute {
		t.Errorf("nothing learned: %s", got)
	}
	for _, tt := range []struct {
		d    time.Duration
		c    capacity.Confidence
		want time.Duration
	}{
		{48 * time.Second, capacity.Weak, 50 * time.Second},
		{55 * time.Second, capacity.Good, 50 * time.Second}, // not worth another fit
		{70 * time.Second, capacity.Good, 70 * time.Second},
		{30 * time.Minute, capacity.Good, 30 * time.Minute},
		{2 * time.Minute, capacity.None, 2 * time.Minute},
	} {
		if got := lead(tt.d, tt.c); got != tt.want {
			t.Errorf("learned %s (%s): %s, want %s", tt.d, tt.c, got, tt.want)
		}
	}
	w.LeadAuto = false
	if got := lead(time.Minute, capacity.Good); got != 2*time.Minute {
		t.Errorf("a lead time of the policy's own: %s", got)
	}
}

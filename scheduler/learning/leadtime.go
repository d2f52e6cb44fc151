package learning

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

const (
	// A learned lead time takes the place of the one in use once it differs by
	// this share: each change makes another forecast, and another proof.
	minLeadChange = 0.25
	// leadGrain is what a learned lead time is rounded up to.
	leadGrain = 5 * time.Second
)

// A LeadTime is the learned lead time that is in use. The zero LeadTime is none.
type LeadTime struct{ inUse time.Duration }

// Of returns the lead time that is in force for a workload, whose forecasts reach
// to the horizon: the learned one where the policy leaves it to be learned, and
// else the policy's.
func (t *LeadTime) Of(w *workload.Workload, horizon time.Duration) time.Duration {
	if l := w.Lead; !w.LeadAuto || l == nil || l.Confidence == capacity.None {
		t.inUse = 0
		return w.Policy.LeadTime
	}
	learned := (w.Lead.Time + leadGrain - 1).Truncate(leadGrain)
	if t.inUse == 0 || (learned-t.inUse).Abs() > time.Duration(minLeadChange*float64(t.inUse)) {
		t.inUse = learned
	}
	return min(t.inUse, max(horizon-w.Policy.Hold, leadGrain))
}

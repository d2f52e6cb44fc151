package actuator

import (
	"context"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// An Observer calls nothing and tells what an Enforcer would do. The zero
// Observer is ready.
type Observer struct {
	TTL time.Duration    // of a lease; 0 is DefaultTTL
	Now func() time.Time // nil is time.Now
}

// Recall has nothing to recall.
func (o Observer) Recall(*workload.Workload) {}

// Forget has nothing to forget.
func (o Observer) Forget() {}

// Apply tells what would be done to the workload's autoscaler.
func (o Observer) Apply(_ context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	opts := Options{TTL: o.TTL, Now: o.Now}.withDefaults()
	if a, done := leaveAlone(w, d); done {
		return a, nil
	}
	floor := d.Floor
	if givesBackOnly(w) {
		floor = min(floor, w.Floor)
	}
	c := Plan(w, floor, opts.Now(), Tenure{TTL: opts.TTL})
	a := workload.Applied{Outcome: workload.OutcomeUnchanged, Message: c.String(), Lease: w.Lease}
	if would, ok := subjunctive[c.Outcome]; ok {
		a.Outcome, a.Message = would, "dry run: "+strings.Replace(c.String(), c.Field, c.Field+" would be", 1)
	}
	return a, nil
}

// subjunctive is what an outcome is called when it is only told of. A renewal
// is not worth telling.
var subjunctive = map[string]string{
	workload.OutcomeRaised:   workload.OutcomeWouldRaise,
	workload.OutcomeLowered:  workload.OutcomeWouldLower,
	workload.OutcomeRestored: workload.OutcomeWouldRestore,
	workload.OutcomeReleased: workload.OutcomeWouldRelease,
}

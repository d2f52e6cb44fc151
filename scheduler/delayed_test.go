package scheduler

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// A delaying actuator keeps the first change waiting.
type delaying struct {
	*fleet
	asked int
}

func (d *delaying) Apply(ctx context.Context, w workload.Workload, to recommender.Decision) (workload.Applied, error) {
	if d.asked++; d.asked == 1 {
		return workload.Applied{Outcome: workload.OutcomeDelayed}, nil
	}
	return d.fleet.Apply(ctx, w, to)
}

// What KEDA has no time for is decided again within seconds, not at the next tick.
func TestADelayedChangeIsTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		s := build(t, quiet(), f, &loads{})
		d := &delaying{fleet: f}
		s.actuator = d
		ctx := t.Context()
		s.whole.Store(&ctx)
		s.Lead()
		s.Tick(ctx)
		if d.asked != 1 || f.set("web") != 0 {
			t.Fatalf("asked %d times, set %d times", d.asked, f.set("web"))
		}
		time.Sleep(decideDelayed)
		synctest.Wait()
		if f.set("web") != 1 {
			t.Errorf("set %d times after %s", f.set("web"), decideDelayed)
		}
	})
}

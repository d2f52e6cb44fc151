package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestAScheduleBringsPodsReadyAsItBegins is what CronJobs and cron triggers are
// for: as many pods as are asked for, Ready as the time comes, and gone after it,
// whatever the load and without a proof.
func TestAScheduleBringsPodsReadyAsItBegins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plane.Options{}, 12*time.Hour)
	start := time.Now().Add(80 * time.Second).Truncate(time.Second)
	end := start.Add(20 * time.Second)
	const asked = 15
	w.Apply(t, policy("Enforce", fmt.Sprintf(`
  schedules:
  - {name: opening, start: %q, end: %q, min: %d}
  - {name: night, start: "0 22 * * *", end: "0 6 * * *", max: 18}
`, start.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339), asked)))
	d := serve(t, w.kubeconfig, w.prom.URL())
	d.ready(t)

	if n := w.floor(t); n != baseline {
		t.Errorf("the floor was %d long before the schedule", n)
	}
	time.Sleep(time.Until(start))
	if r := w.Replicas(t, "shop", "web"); r.Ready < asked {
		t.Errorf("as it begins %d of %d pods are Ready", r.Ready, asked)
	}
	plane.Eventually(t, 10*time.Second, func() error { // the next tick knows that it has begun
		rec, err := d.workload("shop", "web")
		if err != nil {
			return err
		}
		if rec.Lease == nil || rec.Lease.Floor < asked || rec.Reason != "Scheduled" || !strings.Contains(rec.Message, `the schedule "opening" asks for 15 until `) {
			return fmt.Errorf("%s: %s, %+v", rec.Reason, rec.Message, rec.Lease)
		}
		return nil
	})
	for time.Now().Before(end) {
		if n := w.floor(t); n < asked {
			t.Fatalf("the floor is %d %s before the end", n, time.Until(end))
		}
		time.Sleep(time.Second)
	}
	plane.Eventually(t, patience, func() error {
		if h := w.HPA(t, "shop", "web"); *h.Spec.MinReplicas != baseline {
			return fmt.Errorf("the floor is still %d", *h.Spec.MinReplicas)
		}
		return nil
	})
}

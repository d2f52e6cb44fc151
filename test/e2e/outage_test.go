package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// patches lists how the writes of the HPA ended; the HPA controller writes only its status.
func (w *world) patches(t *testing.T) (codes []int) {
	t.Helper()
	for _, e := range w.Audit(t, "") {
		if e.Namespace != "shop" {
			continue
		}
		if e.Rule() == "patch autoscaling/horizontalpodautoscalers" || e.Rule() == "update autoscaling/horizontalpodautoscalers" {
			codes = append(codes, e.Code)
		}
	}
	return codes
}

// TestDoubtHoldsTheFloor takes Prometheus away under a raised floor: for a little while, which changes nothing, and for
// longer than doubt may hold the floor.
func TestDoubtHoldsTheFloor(t *testing.T) {
	t.Parallel()
	const stale, grace = 15 * time.Second, 25 * time.Second
	o := fast()
	o.Audit = true
	w := newBusyWorld(t, o)
	w.Apply(t, policy("Enforce", ""))
	d := serve(t, w.kubeconfig, w.prom.URL(), "--stale", "15s", "--grace", "25s")
	d.ready(t)
	w.raised(t)
	status := func(jsonpath string) string {
		return w.Kubectl(t, "get", "floorpolicy", "web", "-n", "shop", "-o", "jsonpath="+jsonpath)
	}
	forecasting := `{range .status.conditions[?(@.type=="Forecasting")]}{.status} {.reason}{end}`
	d.expect(t, patience, func(r recommendation) error {
		if r.Error != "" || r.Reason != "PredictedPeak" || r.Applied.Outcome != "Unchanged" {
			return fmt.Errorf("not settled")
		}
		return nil
	})

	// A short outage, into the doubt but not out of it.
	before := w.patches(t)
	w.prom.Stop()
	said := false
	for end := time.Now().Add(18 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		if got := w.floor(t); got != spikePods {
			t.Fatalf("the floor is %d in a short outage", got)
		}
		r, err := d.workload("shop", "web")
		if err != nil {
			t.Fatal(err)
		}
		said = said || strings.Contains(r.Error, "connection refused")
	}
	if !said {
		t.Error("the API does not say that Prometheus is away")
	}
	w.prom.Start(t)
	d.expect(t, patience, func(r recommendation) error {
		if r.Error != "" || r.Reason != "PredictedPeak" || len(r.Warnings) != 0 {
			return fmt.Errorf("the outage is not over")
		}
		return nil
	})
	// The beginning of doubt is written into the lease, and taken out.
	if after := w.patches(t); len(after)-len(before) > 2 {
		t.Errorf("the HPA was written too often in a short outage: %v, then %v", before, after)
	}

	// A long one.
	w.prom.Stop()
	var down []int
	var reasons []string
	var newest, lowered time.Time
	deadline := time.Now().Add(2 * time.Minute)
	for {
		got, at := w.floor(t), time.Now()
		if len(down) == 0 || down[len(down)-1] != got {
			down = append(down, got)
		}
		r, err := d.workload("shop", "web")
		if err != nil {
			t.Fatal(err)
		}
		newest = r.Signals[0].Newest
		if n := len(reasons); n == 0 || reasons[n-1] != r.Reason {
			reasons = append(reasons, r.Reason)
			t.Logf("%s after the last sample: floor %d, %s: %s", at.Sub(newest).Round(time.Second), got, r.Reason, r.Message)
			if n > 0 && r.Reason == "DoubtHolds" {
				if len(r.Warnings) != 1 || r.Warnings[0].Code != "Stale" || !strings.Contains(r.Message, "connection refused") {
					t.Errorf("the API does not name the outage: %+v", r)
				}
				plane.Eventually(t, patience, func() error {
					if s := status(`{.status.reason} ` + forecasting + ` {.status.message}`); !strings.HasPrefix(s, "DoubtHolds False DoubtHolds") || !strings.Contains(s, "connection refused") {
						return fmt.Errorf("the policy's status says %q", s)
					}
					return nil
				})
			}
		}
		if got < spikePods && lowered.IsZero() {
			lowered = at
		}
		if got == baseline {
			break
		}
		if at.After(deadline) {
			t.Fatalf("the floor went %v, for %v", down, reasons)
		}
		time.Sleep(500 * time.Millisecond)
	}
	if held := lowered.Sub(newest); held < stale+grace {
		t.Errorf("the floor was lowered %s after the last sample, before %s + %s were over", held, stale, grace)
	}
	if !slices.IsSortedFunc(down, func(a, b int) int { return b - a }) || len(down) < 6 {
		t.Errorf("the floor went %v; want steps", down)
	}
	if i := slices.Index(reasons, "DoubtHolds"); i < 0 || !slices.Contains(reasons[i:], "DoubtExpired") {
		t.Errorf("the reasons were %v", reasons)
	}
	plane.Eventually(t, patience, func() error {
		if s := status(forecasting); !strings.HasPrefix(s, "False") {
			return fmt.Errorf("the policy's status says %q", s)
		}
		return nil
	})
	if h := w.HPA(t, "shop", "web"); len(besidesRecord(h.Annotations)) != 0 {
		t.Errorf("annotations are left: %v", h.Annotations)
	}
	if got := w.Replicas(t, "shop", "web"); got.Ready < spikePods {
		t.Errorf("the HPA, which knows no load either, took pods away: %+v", got)
	}

	// And back, without a restart.
	w.prom.Start(t)
	w.raised(t)
	plane.Eventually(t, patience, func() error {
		if s := status(`{.status.reason} ` + forecasting); s != "PredictedPeak True Forecast" {
			return fmt.Errorf("the policy's status says %q", s)
		}
		return nil
	})
	for _, code := range w.patches(t) {
		if code != 200 && code != 409 {
			t.Errorf("a write of the HPA ended with %d", code)
		}
	}
}

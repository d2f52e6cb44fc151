package actuator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/workload"
)

// enforced is a workload of baseline 2 and ceiling 40 whose floor is at floor,
// under a lease that was renewed at noon unless it is at the baseline.
func enforced(floor int32) workload.Workload {
	w := workload.Workload{
		Key:             workload.Key{Namespace: "shop", Name: "web"},
		UID:             "u1",
		ResourceVersion: "7",
		Kind:            "HorizontalPodAutoscaler",
		PolicyName:      "web",
		Policy:          recommender.Policy{Mode: recommender.Enforce},
		Baseline:        2,
		Floor:           floor,
		Ceiling:         40,
	}
	if floor != w.Baseline {
		w.Lease = &workload.Lease{Baseline: 2, Floor: floor, Renewed: noon, Expires: noon.Add(30 * time.Minute), Holder: "old"}
	}
	return w
}

// overwritten is enforced(9) after somebody else has set minReplicas.
func overwritten(minReplicas int32) workload.Workload {
	w := enforced(9)
	w.Floor, w.Baseline = minReplicas, minReplicas
	return w
}

func TestPlan(t *testing.T) {
	lease := func(baseline, floor string) string {
		return `"{\"baseline\":` + baseline + `,\"floor\":` + floor +
			`,\"renewed\":\"2026-03-02T12:10:00Z\",\"expires\":\"2026-03-02T12:40:00Z\",\"holder\":\"me\"}"`
	}
	patch := func(lease, spec string) string {
		return `{"metadata":{"uid":"u1","resourceVersion":"7","annotations":{"highwater.dev/lease":` + lease + `}}` + spec + `}`
	}
	tests := []struct {
		name    string
		w       workload.Workload
		floor   int32
		after   time.Duration // noon
		outcome string
		patch   string
	}{
		{"nothing to do without a lease", enforced(2), 2, 10 * time.Minute, OutcomeUnchanged, ``},
		{"the first raise takes a lease", enforced(2), 9, 10 * time.Minute, OutcomeRaised, patch(lease("2", "9"), `,"spec":{"minReplicas":9}`)},
		{"a further raise keeps the baseline", enforced(9), 20, 10 * time.Minute, OutcomeRaised, patch(lease("2", "20"), `,"spec":{"minReplicas":20}`)},
		{"equal means no call", enforced(9), 9, 10 * time.Minute, OutcomeUnchanged, ``},
		{"not renewed at half its time", enforced(9), 9, 15 * time.Minute, OutcomeUnchanged, ``},
		{"a step down keeps the lease", enforced(9), 8, 10 * time.Minute, OutcomeLowered, patch(lease("2", "8"), `,"spec":{"minReplicas":8}`)},
		{"the last step removes it, in one patch", enforced(9), 2, 10 * time.Minute, OutcomeRestored, patch(`null`, `,"spec":{"minReplicas":2}`)},
		{"never below the baseline", enforced(9), 1, 10 * time.Minute, OutcomeRestored, patch(`null`, `,"spec":{"minReplicas":2}`)},
		{"never above the ceiling", enforced(9), 99, 10 * time.Minute, OutcomeRaised, patch(lease("2", "40"), `,"spec":{"minReplicas":40}`)},
		{"a stale lease is removed", overwritten(4), 4, 10 * time.Minute, OutcomeReleased, patch(`null`, ``)},
		{"a stale lease is rewritten on the new baseline", overwritten(4), 12, 10 * time.Minute, OutcomeRaised, patch(lease("4", "12"), `,"spec":{"minReplicas":12}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.w
			c := Plan(tt.w, tt.floor, noon.Add(tt.after), Tenure{TTL: 30 * time.Minute, Holder: "me"})
			if c.Outcome != tt.outcome {
				t.Errorf("outcome %s, want %s", c.Outcome, tt.outcome)
			}
			if diff := cmp.Diff(tt.patch, string(c.Patch)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.w); diff != "" {
				t.Errorf("argument changed:\n%s", diff)
			}
		})
	}
}

func TestPlanRenewsWhenLessThanHalfRemains(t *testing.T) {
	c := Plan(enforced(9), 9, noon.Add(15*time.Minute+time.Second), Tenure{TTL: 30 * time.Minute, Holder: "me"})
	if c.Outcome != OutcomeRenewed || c.To != 9 || !c.Lease.Expires.Equal(noon.Add(45*time.Minute+time.Second)) {
		t.Errorf("%+v with %+v", c, c.Lease)
	}
	if want := "minReplicas stays 9; the lease runs until 2026-03-02T12:45:01Z"; c.String() != want {
		t.Errorf("%q, want %q", c, want)
	}
}

// A second plan on what the first one made has nothing to do, and a lease is
// there exactly if the floor is above the baseline.
func TestPlanSettles(t *testing.T) {
	tenure := Tenure{TTL: 30 * time.Minute, Holder: "me"}
	for _, w := range []workload.Workload{enforced(2), enforced(9), overwritten(4), overwritten(30)} {
		for floor := int32(-1); floor <= 45; floor++ {
			c := Plan(w, floor, noon, tenure)
			if (c.Lease != nil) != (c.To > w.Baseline) {
				t.Fatalf("floor %d from %d: minReplicas %d, lease %v", floor, w.Floor, c.To, c.Lease)
			}
			after := w
			after.Floor, after.Lease = c.To, c.Lease
			if again := Plan(after, floor, noon, tenure); again.Patch != nil {
				t.Fatalf("floor %d from %d: %s, then %s", floor, w.Floor, c, again)
			}
		}
	}
}

package actuator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// enforced is a workload of baseline 2 and ceiling 40 whose floor is at floor,
// under a lease that was renewed at noon unless it is at the baseline.
func enforced(floor int32) workload.Workload {
	var lease *workload.Lease
	if floor != 2 {
		lease = &workload.Lease{Baseline: 2, Floor: floor, Renewed: noon, Expires: noon.Add(30 * time.Minute), Holder: "old"}
	}
	return carrying(floor, lease, nil)
}

// overwritten is enforced(9) after field manager "owner" has set minReplicas.
func overwritten(minReplicas int32) workload.Workload {
	w := enforced(9)
	return carrying(minReplicas, w.Lease, w.Record, workload.Writer{Manager: "owner", Time: noon})
}

// carrying is the workload of an object that carries all this, read at noon.
func carrying(floor int32, lease *workload.Lease, record *workload.Record, writers ...workload.Writer) workload.Workload {
	w := workload.Workload{
		Key:        workload.Key{Namespace: "shop", Name: "web"},
		UID:        "u1",
		Kind:       "HorizontalPodAutoscaler",
		PolicyName: "web",
		Policy:     recommender.Policy{Mode: recommender.Enforce},
		Floor:      floor,
		Ceiling:    40,
		Annotated:  true,
		Lease:      lease, Record: record, Writers: writers,
	}
	if lease != nil {
		w.LeaseText = ownership.FormatLease(*lease)
		if record == nil {
			w.Record = &workload.Record{OwnerValue: workload.OwnerValue{MinReplicas: lease.Baseline, By: "kubectl"}, Floors: map[int32]time.Time{lease.Floor: noon}}
		}
	}
	if w.Record != nil {
		w.RecordText = ownership.FormatRecord(*w.Record)
	}
	ownership.Own(&w, noon)
	return w
}

// ops reads a patch without its tests.
func ops(t *testing.T, patch []byte) string {
	t.Helper()
	var list []operation
	if len(patch) > 0 {
		if err := json.Unmarshal(patch, &list); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, o := range list {
		switch {
		case o.Op == "test":
		case o.Value == nil:
			out = append(out, o.Op+" "+o.Path)
		default:
			out = append(out, fmt.Sprintf("%s %s %v", o.Op, o.Path, o.Value))
		}
	}
	return strings.Join(out, "\n")
}

func TestPlan(t *testing.T) {
	const (
		leasePath  = "/metadata/annotations/highwater.dev~1lease"
		recordPath = "/metadata/annotations/highwater.dev~1record"
	)
	lease := func(baseline, floor string) string {
		return "add " + leasePath + ` {"baseline":` + baseline + `,"floor":` + floor + `,"renewed":"2026-03-02T12:10:00Z","expires":"2026-03-02T12:40:00Z","holder":"me"}`
	}
	record := func(owner, floors string) string {
		return "add " + recordPath + ` {"baseline":` + owner + `,"floors":{` + floors + "}}"
	}
	set := func(n string) string { return "replace /spec/minReplicas " + n }
	const nine, also = `"9":"2026-03-02T12:00:00Z"`, `":"2026-03-02T12:10:00Z"`
	tests := []struct {
		name    string
		w       workload.Workload
		floor   int32
		after   time.Duration // noon
		outcome string
		ops     []string
	}{
		{"nothing to do without a lease", enforced(2), 2, 10 * time.Minute, workload.OutcomeUnchanged, nil},
		{"the first raise takes a lease", enforced(2), 9, 10 * time.Minute, workload.OutcomeRaised, []string{lease("2", "9"), record("2", `"9`+also), set("9")}},
		{"a further raise keeps the baseline", enforced(9), 20, 10 * time.Minute, workload.OutcomeRaised, []string{lease("2", "20"), record(`2,"by":"kubectl"`, `"20`+also+`,`+nine), set("20")}},
		{"equal means no call", enforced(9), 9, 10 * time.Minute, workload.OutcomeUnchanged, nil},
		{"not renewed at half its time", enforced(9), 9, 15 * time.Minute, workload.OutcomeUnchanged, nil},
		{"a step down keeps the lease", enforced(9), 8, 10 * time.Minute, workload.OutcomeLowered, []string{lease("2", "8"), record(`2,"by":"kubectl"`, `"8`+also+`,`+nine), set("8")}},
		{"the last step removes it and remembers", enforced(9), 2, 10 * time.Minute, workload.OutcomeRestored, []string{"remove " + leasePath, set("2")}},
		{"never below the baseline", enforced(9), 1, 10 * time.Minute, workload.OutcomeRestored, []string{"remove " + leasePath, set("2")}},
		{"never above the ceiling", enforced(9), 99, 10 * time.Minute, workload.OutcomeRaised, []string{lease("2", "40"), record(`2,"by":"kubectl"`, `"40`+also+`,`+nine), set("40")}},
		{"an owner's value above the floor ends the lease", overwritten(14), 4, 10 * time.Minute, workload.OutcomeReleased,
			[]string{"remove " + leasePath, record(`14,"by":"owner","before":{"baseline":2,"by":"kubectl"}`, nine)}},
		{"a lease is written on the new baseline", overwritten(14), 20, 10 * time.Minute, workload.OutcomeRaised,
			[]string{lease("14", "20"), record(`14,"by":"owner","before":{"baseline":2,"by":"kubectl"}`, `"20`+also+`,`+nine), set("20")}},
		{"nothing is remembered for longer than a fortnight", enforced(9), 2, ownership.Remembered + time.Hour, workload.OutcomeRestored,
			[]string{"remove " + leasePath, "remove " + recordPath, set("2")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ownership.Own(&tt.w, noon.Add(tt.after))
			before := tt.w
			c := Plan(tt.w, tt.floor, noon.Add(tt.after), Tenure{TTL: 30 * time.Minute, Holder: "me"})
			if c.Outcome != tt.outcome {
				t.Errorf("outcome %s, want %s", c.Outcome, tt.outcome)
			}
			if diff := cmp.Diff(strings.Join(tt.ops, "\n"), ops(t, c.Patch)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.w); diff != "" {
				t.Errorf("argument changed:\n%s", diff)
			}
		})
	}
}

// What the decision rests on is tested by the API server, and nothing else: a
// status that somebody writes meanwhile is no conflict.
func TestAPatchTestsWhatItRestsOn(t *testing.T) {
	w := enforced(9)
	c := Plan(w, 12, noon, Tenure{TTL: 30 * time.Minute, Holder: "me"})
	var list []operation
	if err := json.Unmarshal(c.Patch, &list); err != nil {
		t.Fatal(err)
	}
	tested := map[string]any{}
	for _, o := range list {
		if o.Op == "test" {
			tested[o.Path] = o.Value
		}
	}
	want := map[string]any{
		"/metadata/uid": "u1", "/spec/minReplicas": 9.0, "/spec/maxReplicas": 40.0,
		"/metadata/annotations/highwater.dev~1lease": w.LeaseText, "/metadata/annotations/highwater.dev~1record": w.RecordText,
	}
	if diff := cmp.Diff(want, tested); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
	w = enforced(2)
	w.Annotated = false
	if c = Plan(w, 12, noon, Tenure{TTL: time.Hour}); !strings.Contains(string(c.Patch), `{"op":"test","path":"/metadata/annotations"},{"op":"add","path":"/metadata/annotations","value":{}}`) {
		t.Errorf("annotations that somebody adds meanwhile may be lost: %s", c.Patch)
	}
}

// A wrong clock must not keep a floor for ever (S10).
func TestALeaseThatRunsTooLongIsCutShort(t *testing.T) {
	tenure := Tenure{TTL: 30 * time.Minute, Holder: "me"}
	for name, l := range map[string]workload.Lease{
		"a year ahead":             {Renewed: noon.AddDate(1, 0, 0), Expires: noon.AddDate(1, 0, 0).Add(30 * time.Minute)},
		"renewed now, for a year":  {Renewed: noon, Expires: noon.AddDate(1, 0, 0)},
		"renewed in an hour":       {Renewed: noon.Add(time.Hour), Expires: noon.Add(90 * time.Minute)},
		"longer than this process": {Renewed: noon, Expires: noon.Add(2 * time.Hour)},
	} {
		l.Baseline, l.Floor, l.Holder = 2, 9, "me"
		c := Plan(carrying(9, &l, nil), 9, noon, tenure)
		if c.Outcome != workload.OutcomeRenewed || !c.Lease.Expires.Equal(noon.Add(30*time.Minute)) {
			t.Errorf("%s: %s, until %v", name, c.Outcome, c.Lease.Expires)
		}
		if got := ownership.Expired(l, noon); got != (name != "longer than this process") {
			t.Errorf("%s: expired %v", name, got)
		}
	}
}

// The beginning of doubt outlives the process (S14).
func TestDoubtIsWrittenIntoTheLeaseAndTakenOut(t *testing.T) {
	tenure := Tenure{TTL: 30 * time.Minute, Holder: "me", DoubtSince: noon}
	w := enforced(9)
	if c := Plan(w, 9, noon.Add(doubtGrain-time.Second), tenure); c.Patch != nil {
		t.Errorf("doubt of %s is written: %s", doubtGrain-time.Second, c.Patch)
	}
	c := Plan(w, 9, noon.Add(time.Minute), tenure)
	if c.Outcome != workload.OutcomeRenewed || !c.Lease.DoubtSince.Equal(noon) {
		t.Fatalf("%s, %+v", c.Outcome, c.Lease)
	}
	w = carrying(9, c.Lease, c.Record)
	if c = Plan(w, 9, noon.Add(2*time.Minute), tenure); c.Patch != nil {
		t.Errorf("the same doubt is written again: %s", c.Patch)
	}
	tenure.DoubtSince = time.Time{}
	if c = Plan(w, 9, noon.Add(2*time.Minute), tenure); c.Outcome != workload.OutcomeRenewed || !c.Lease.DoubtSince.IsZero() {
		t.Errorf("doubt that is over stays: %s, %+v", c.Outcome, c.Lease)
	}
}

func TestPlanRenewsWhenLessThanHalfRemains(t *testing.T) {
	c := Plan(enforced(9), 9, noon.Add(15*time.Minute+time.Second), Tenure{TTL: 30 * time.Minute, Holder: "me"})
	if c.Outcome != workload.OutcomeRenewed || c.To != 9 || !c.Lease.Expires.Equal(noon.Add(45*time.Minute+time.Second)) {
		t.Errorf("%+v with %+v", c, c.Lease)
	}
	if want := "minReplicas stays 9; the lease runs until 2026-03-02T12:45:01Z"; c.String() != want {
		t.Errorf("%q, want %q", c, want)
	}
}

// A lease that is as short as two ticks must not end between them.
func TestAShortLeaseIsRenewedAtEachTick(t *testing.T) {
	tenure := Tenure{TTL: 2 * time.Minute, Beat: time.Minute, Holder: "me"}
	l := workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon.Add(2 * time.Minute), Holder: "me"}
	if c := Plan(carrying(9, &l, nil), 9, noon.Add(59*time.Second), tenure); c.Outcome != workload.OutcomeRenewed {
		t.Errorf("%s with 61 s left, which the next tick may miss", c.Outcome)
	}
	if c := Plan(carrying(9, &l, nil), 9, noon.Add(10*time.Second), tenure); c.Patch != nil {
		t.Errorf("renewed at once: %s", c.Patch)
	}
	tenure.TTL = 30 * time.Minute
	if got := tenure.least(); got != 15*time.Minute {
		t.Errorf("a lease of half an hour is renewed with %s left", got)
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
			writers := w.Writers
			if c.To != w.Floor {
				writers = nil // as the API server does
			}
			after := carrying(c.To, c.Lease, c.Record, writers...)
			if again := Plan(after, floor, noon, tenure); again.Patch != nil {
				t.Fatalf("floor %d from %d: %s, then %s %s", floor, w.Floor, c, again, again.Patch)
			}
		}
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A policyStatus is the status of a FloorPolicy, as a client without our types
// reads it.
type policyStatus struct {
	ObservedGeneration       int
	Mode, Reason, Message    string
	Floor, Baseline, Ceiling *int
	LastDecisionTime         *time.Time
	PredictedPeak            *struct {
		Pods int
		Load string
		Time time.Time
	}
	Conditions []struct{ Type, Status, Reason, Message string }
}

func (s policyStatus) condition(kind string) string {
	for _, c := range s.Conditions {
		if c.Type == kind {
			return c.Status + " " + c.Reason
		}
	}
	return "none"
}

func (s policyStatus) because(kind string) string {
	for _, c := range s.Conditions {
		if c.Type == kind {
			return c.Message
		}
	}
	return ""
}

// statusIs waits until a policy of shop has the conditions Ready, Forecasting
// and Enforcing as given; an empty one may be anything.
func (f *fleet) statusIs(t *testing.T, name string, ready, forecasting, enforcing string) policyStatus {
	t.Helper()
	var p struct {
		Metadata struct{ Generation int }
		Status   policyStatus
	}
	plane.Eventually(t, patience, func() error {
		p.Status = policyStatus{}
		if err := json.Unmarshal([]byte(f.Kubectl(t, "get", "floorpolicy", name, "-n", "shop", "-o", "json")), &p); err != nil {
			return err
		}
		if p.Status.ObservedGeneration != p.Metadata.Generation {
			return fmt.Errorf("the status of %s is of generation %d, not %d", name, p.Status.ObservedGeneration, p.Metadata.Generation)
		}
		for kind, want := range map[string]string{"Ready": ready, "Forecasting": forecasting, "Enforcing": enforcing} {
			if got := p.Status.condition(kind); want != "" && got != want {
				return fmt.Errorf("%s of %s is %q, not %q: %+v", kind, name, got, want, p.Status)
			}
		}
		return nil
	})
	return p.Status
}

// TestPolicyFromKubectl is the life of a FloorPolicy as its owner lives it.
func TestPolicyFromKubectl(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 760, "api": 800, "cart": 480})
	f.Apply(t, plainHPA("web", 2, 20)+plainHPA("api", 1, 20)+cpuHPA("Deployment", "cart"))
	d := f.serve(t)

	t.Run("refused by the API server", f.refusesPolicies)

	t.Run("Observe", func(t *testing.T) {
		f.Apply(t, floorPolicy("web", "Observe", ""))
		f.Kubectl(t, "wait", "--for=condition=Ready", "floorpolicy/web", "-n", "shop", "--timeout=20s")
		s := f.statusIs(t, "web", "True Usable", "True Forecast", "False Observing")
		if s.Mode != "Observe" || s.Floor == nil || *s.Floor < 8 || *s.Baseline != 2 || *s.Ceiling != 20 || s.Reason == "" || s.Message == "" {
			t.Errorf("status: %+v", s)
		}
		if p := s.PredictedPeak; p == nil || p.Pods != 8 || !regexp.MustCompile(`^7[5-7][0-9](\.[0-9]+)?`).MatchString(p.Load) || p.Time.Before(time.Now().Add(-time.Minute)) {
			t.Errorf("predicted peak: %+v", s.PredictedPeak)
		}
		time.Sleep(3 * time.Second) // some ticks
		h := f.HPA(t, "shop", "web")
		if *h.Spec.MinReplicas != 2 || len(h.Annotations) != 0 {
			t.Errorf("Observe has written minReplicas %d, annotations %v", *h.Spec.MinReplicas, h.Annotations)
		}
		for _, m := range h.ManagedFields {
			if m.Manager == "highwater" {
				t.Errorf("Observe has written %s", m.FieldsV1)
			}
		}
		f.columns(t, "web", []string{"web", "web", "Observe", fmt.Sprint(*s.Floor), "2", "8"}, s.Reason)
	})
	t.Run("Enforce", func(t *testing.T) {
		f.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"mode":"Enforce"}}`)
		f.raised(t, "web", 8)
		s := f.statusIs(t, "web", "True Usable", "True Forecast", "True Enforcing")
		if s.Mode != "Enforce" || *s.Baseline != 2 {
			t.Errorf("status: %+v", s)
		}
		rec, err := d.workload("shop", "web")
		if err != nil || rec.Lease == nil || rec.Lease.Baseline != 2 || rec.Lease.Floor != f.floorOf(t, "web") || rec.Lease.Holder == "" {
			t.Errorf("lease: %+v, %v", rec.Lease, err)
		}
		f.columns(t, "web", []string{"web", "web", "Enforce", fmt.Sprint(f.floorOf(t, "web")), "2", "8"}, s.Reason)
	})
	t.Run("suspend", func(t *testing.T) {
		f.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":true}}`)
		f.givenBack(t, "web", 2)
		s := f.statusIs(t, "web", "True Usable", "", "False Suspended")
		if *s.Floor != 2 || !strings.Contains(s.Message, "suspend") {
			t.Errorf("status: floor %d, %q", *s.Floor, s.Message)
		}
		f.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":null}}`)
		f.raised(t, "web", 8)
	})
	t.Run("two policies on one autoscaler", func(t *testing.T) {
		f.Apply(t, strings.Replace(floorPolicy("web", "Enforce", ""), "{name: web, namespace", "{name: zweite, namespace", 1))
		for _, name := range []string{"web", "zweite"} {
			s := f.statusIs(t, name, "False PolicyConflict", "", "False PolicyConflict")
			if want := "FloorPolicies web, zweite all name HorizontalPodAutoscaler shop/web, so none of them holds: delete all but one"; !strings.Contains(s.because("Ready"), want) {
				t.Errorf("%s: %q", name, s.because("Ready"))
			}
		}
		rec, err := d.workload("shop", "web")
		if err != nil || !slices.ContainsFunc(rec.Problems, func(p struct {
			Code, Field, Message string
			Fatal                bool
		}) bool {
			return p.Code == "PolicyConflict" && p.Fatal
		}) {
			t.Errorf("problems: %+v, %v", rec.Problems, err)
		}
		f.givenBack(t, "web", 2)
		f.Kubectl(t, "delete", "floorpolicy", "zweite", "-n", "shop")
		f.statusIs(t, "web", "True Usable", "", "True Enforcing")
		f.raised(t, "web", 8)
	})
	t.Run("delete", func(t *testing.T) {
		f.Kubectl(t, "delete", "floorpolicy", "web", "-n", "shop")
		f.givenBack(t, "web", 2)
	})
	t.Run("no autoscaler", func(t *testing.T) {
		f.Apply(t, floorPolicy("nothing", "Enforce", ""))
		s := f.statusIs(t, "nothing", "False NoAutoscaler", "", "False NoAutoscaler")
		if want := "FloorPolicy nothing: spec.targetRef.name: there is no HorizontalPodAutoscaler shop/nothing: create it, or name one of this namespace"; s.Message != want && !strings.Contains(s.because("Ready"), want) {
			t.Errorf("status: %+v", s)
		}
		if out := f.Kubectl(t, "get", "fp", "nothing", "-n", "shop"); !strings.Contains(out, "NoAutoscaler") {
			t.Errorf("the columns do not tell:\n%s", out)
		}
	})
	t.Run("a load of its own", func(t *testing.T) {
		query := `sum(requests_per_second{app="cart"})`
		f.Apply(t, floorPolicy("cart", "Enforce", "  load: {query: '"+query+"', perPod: 100}\n  limits: {max: 4}"))
		f.raised(t, "cart", 4)
		f.statusIs(t, "cart", "True Usable", "True Forecast", "True Enforcing")
		if floor := f.floorOf(t, "cart"); floor != 4 {
			t.Errorf("floor %d is above limits.max 4", floor)
		}
		rec, err := d.workload("shop", "cart")
		if err != nil || len(rec.Signals) != 1 || rec.Signals[0].Query != query || rec.Signals[0].QueryFrom != "FloorPolicy cart: spec.load.query" {
			t.Errorf("signals: %+v, %v", rec.Signals, err)
		}
	})
	t.Run("explained", func(t *testing.T) {
		out := f.Kubectl(t, "explain", "floorpolicy.spec")
		for _, want := range []string{"targetRef", "-required-", "mode", "enum: Observe, Enforce", "load", "limits", "leadTime", "suspend", "quantile"} {
			if !strings.Contains(out, want) {
				t.Errorf("kubectl explain floorpolicy.spec lacks %q:\n%s", want, out)
			}
		}
		if out := f.Kubectl(t, "explain", "fp.spec.load.query"); !strings.Contains(out, "PromQL") {
			t.Errorf("kubectl explain fp.spec.load.query:\n%s", out)
		}
	})
}

// columns checks what `kubectl get floorpolicies` shows of one policy.
func (f *fleet) columns(t *testing.T, name string, want []string, reason string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(f.Kubectl(t, "get", "floorpolicies", name, "-n", "shop")), "\n")
	if head := strings.Join(strings.Fields(lines[0]), " "); head != "NAME AUTOSCALER MODE FLOOR BASELINE PEAK PODS PEAK AT REASON PROOF AGE" || len(lines) != 2 {
		t.Fatalf("kubectl get floorpolicies:\n%s", strings.Join(lines, "\n"))
	}
	row := strings.Fields(lines[1])
	if len(row) != len(want)+4 || !slices.Equal(row[:len(want)], want) || row[len(want)+1] != reason {
		t.Errorf("the row is %q; want it to begin with %q and to give the reason %q", row, want, reason)
	}
	if _, err := time.Parse(time.RFC3339, row[len(want)]); err != nil {
		t.Errorf("when the peak is due: %v", err)
	}
}

// refusesPolicies tries policies that cannot be meant.
func (f *fleet) refusesPolicies(t *testing.T) {
	for _, tt := range []struct{ name, spec, field, says string }{
		{"a percent without its sign", "{targetRef: {name: web}, limits: {stepUp: '50'}}", "spec.limits.stepUp", "should match"},
		{"a percent that is none", "{targetRef: {name: web}, quantile: high}", "spec.quantile", "should match"},
		{"a quantile of everything", "{targetRef: {name: web}, quantile: 100%}", "spec.quantile", "should match"},
		{"no step down", "{targetRef: {name: web}, limits: {stepDown: 0%}}", "spec.limits.stepDown", "must be more than 0%"},
		{"too much headroom", "{targetRef: {name: web}, limits: {headroom: 1001%}}", "spec.limits.headroom", "must be at most 1000%"},
		{"a negative limit", "{targetRef: {name: web}, limits: {min: -1}}", "spec.limits.min", "greater than or equal to 1"},
		{"a limit of nothing", "{targetRef: {name: web}, limits: {max: 0}}", "spec.limits.max", "greater than or equal to 1"},
		{"min above max", "{targetRef: {name: web}, limits: {min: 5, max: 4}}", "spec.limits", "min must not be more than max"},
		{"a mode that is none", "{targetRef: {name: web}, mode: Maybe}", "spec.mode", `supported values: "Observe", "Enforce"`},
		{"a Deployment", "{targetRef: {kind: Deployment, name: web}}", "spec.targetRef.kind", "must be HorizontalPodAutoscaler"},
		{"another API group", "{targetRef: {apiVersion: apps/v1, name: web}}", "spec.targetRef.apiVersion", "should match"},
		{"no target", "{mode: Observe}", "spec.targetRef", "Required value"},
		{"a target without a name", "{targetRef: {kind: HorizontalPodAutoscaler}}", "spec.targetRef.name", "Required value"},
		{"a capacity without a load", "{targetRef: {name: web}, load: {perPod: 100}}", "spec.load.query", "Required value"},
		{"a query of nothing", "{targetRef: {name: web}, load: {query: '', perPod: 100}}", "spec.load.query", "at least 1 chars"},
		{"a pod that carries nothing", "{targetRef: {name: web}, load: {query: up, perPod: 0}}", "spec.load", "perPod must be more than 0"},
		{"a pod that carries a word", "{targetRef: {name: web}, load: {query: up, perPod: much}}", "spec.load.perPod", "should match"},
		{"a time without a unit", "{targetRef: {name: web}, leadTime: '90'}", "spec.leadTime", "should match"},
		{"a time that is none", "{targetRef: {name: web}, hold: soon}", "spec.hold", "should match"},
		{"a time too long", "{targetRef: {name: web}, leadTime: 7h}", "spec.leadTime", "at most 6h"},
		{"a step too quick", "{targetRef: {name: web}, limits: {stepEvery: 10ms}}", "spec.limits.stepEvery", "must be from 1s to 1h"},
		{"a quantile and a risk", "{targetRef: {name: web}, quantile: 95%, risk: {budget: 1%}}", "spec", "set either quantile or risk"},
		{"a risk of nothing", "{targetRef: {name: web}, risk: {}}", "spec.risk", "set either budget or costRatio"},
		{"two risks", "{targetRef: {name: web}, risk: {budget: 1%, costRatio: 50}}", "spec.risk", "set either budget or costRatio"},
		{"a budget of everything", "{targetRef: {name: web}, risk: {budget: 100%}}", "spec.risk.budget", "must be less than 100%"},
		{"a budget of zero", "{targetRef: {name: web}, risk: {budget: 0%}}", "spec.risk.budget", "must be more than 0%"},
		{"a negative ratio", "{targetRef: {name: web}, risk: {costRatio: -1}}", "spec.risk.costRatio", "greater than 0"},
		{"a proof that is none", "{targetRef: {name: web}, proof: Maybe}", "spec.proof", `supported values: "Required", "Skip"`},
		{"a day and more of quiet", "{targetRef: {name: web}, quiet: 25h}", "spec.quiet", "must be at most 24h"},
		{"a step of no pods", "{targetRef: {name: web}, limits: {maxStepUp: 0}}", "spec.limits.maxStepUp", "greater than or equal to 1"},
		{"a latency without an objective", "{targetRef: {name: web}, latency: {query: up}}", "spec.latency.objective", "Required value"},
		{"a latency that nobody waits for", "{targetRef: {name: web}, latency: {query: up, objective: 0s}}", "spec.latency.objective", "must be more than 0s"},
		{"a backlog without what arrives", "{targetRef: {name: web}, backlog: {query: up, objective: 5m}}", "spec", "a backlog needs load.query"},
		{"a backlog that may wait for days", "{targetRef: {name: web}, load: {query: up, perPod: 1}, backlog: {query: up, objective: 48h}}", "spec.backlog.objective", "must be from 1s to 24h"},
		{"a region in small letters", "{targetRef: {name: web}, calendar: {holidays: [de]}}", "spec.calendar.holidays[0]", "should match"},
		{"a region twice", "{targetRef: {name: web}, calendar: {holidays: [DE, DE]}}", "spec.calendar.holidays[1]", "Duplicate value"},
		{"an event without a time", "{targetRef: {name: web}, calendar: {events: [{name: a}]}}", "spec.calendar.events[0]", "either start and end, or schedule and duration"},
		{"an event with both times", "{targetRef: {name: web}, calendar: {events: [{name: a, start: '2026-01-01T00:00', end: '2026-01-02T00:00', schedule: '0 9 * * *', duration: 1h}]}}", "spec.calendar.events[0]", "either start and end, or schedule and duration"},
		{"an event that ends too soon", "{targetRef: {name: web}, calendar: {events: [{name: a, start: '2026-01-02T00:00', end: '2026-01-01T00:00'}]}}", "spec.calendar.events[0]", "end must be after start"},
		{"a day for a time", "{targetRef: {name: web}, calendar: {events: [{name: a, start: '2026-01-02', end: '2026-01-03T00:00'}]}}", "spec.calendar.events[0].start", "should match"},
		{"an event of nothing", "{targetRef: {name: web}, calendar: {events: [{name: a, schedule: '0 9 * * *', duration: 1h, multiplier: 0}]}}", "spec.calendar.events[0].multiplier", "greater than 0"},
		{"an event without end", "{targetRef: {name: web}, calendar: {events: [{name: a, schedule: '0 9 * * *', duration: 745h}]}}", "spec.calendar.events[0].duration", "at most 744h"},
		{"a schedule without a bound", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', end: '0 9 * * *'}]}", "spec.schedules[0]", "set min, max or both"},
		{"a schedule of two kinds of times", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', end: '2026-01-01T00:00', min: 2}]}", "spec.schedules[0]", "must be two cron lines, or two times"},
		{"a schedule upside down", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', end: '0 9 * * *', min: 3, max: 2}]}", "spec.schedules[0]", "min must not be more than max"},
		{"a schedule without end", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', min: 3}]}", "spec.schedules[0].end", "Required value"},
		{"a rule for holidays that is none", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', end: '0 9 * * *', min: 3, holidays: Never}]}", "spec.schedules[0].holidays", "supported values"},
		{"a day that is none", "{targetRef: {name: web}, schedules: [{name: a, start: '0 8 * * *', end: '0 9 * * *', min: 3, except: [24.12.]}]}", "spec.schedules[0].except[0]", "should match"},
		{"a field that there is not", "{targetRef: {name: web}, modus: Enforce}", "spec.modus", "unknown field"},
	} {
		_, err := f.TryKubectl("{apiVersion: highwater.dev/v1alpha1, kind: FloorPolicy, metadata: {name: bad, namespace: shop}, spec: "+tt.spec+"}",
			"create", "--validate=strict", "-f", "-")
		if err == nil {
			t.Errorf("%s was accepted: %s", tt.name, tt.spec)
			f.Kubectl(t, "delete", "fp", "bad", "-n", "shop")
		} else if !strings.Contains(err.Error(), tt.field) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: want %q and %q in %v", tt.name, tt.field, tt.says, err)
		}
	}
}

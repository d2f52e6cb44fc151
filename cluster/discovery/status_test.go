package discovery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

func TestStatus(t *testing.T) {
	w := workload.Workload{Key: workload.Key{Namespace: "shop", Name: "web"}, Policy: recommender.Policy{Mode: recommender.Enforce},
		Baseline: 2, Floor: 9, Ceiling: 40, Replicas: 9}
	d := recommender.Decision{Time: noon, Floor: 9, Reason: recommender.ReasonPeak, Message: "a peak", Signal: "cpu",
		Capacity: recommender.Capacity{Unit: "cores"}, Peak: recommender.Peak{Time: noon.Add(time.Hour), Load: 12.3456, Pods: 11}}
	got := statusOf(v1alpha1.FloorPolicyStatus{}, 3, PolicyStatus{Workload: w, Decision: d}, noon)
	at := metav1.Time{Time: noon}
	want := v1alpha1.FloorPolicyStatus{
		ObservedGeneration: 3, Mode: v1alpha1.Enforce, Floor: new(int32(9)), Baseline: new(int32(2)), Ceiling: new(int32(40)), Replicas: new(int32(9)),
		Reason: "PredictedPeak", Message: "a peak", LastDecisionTime: &at,
		PredictedPeak: &v1alpha1.PredictedPeak{Pods: 11, Load: "12.3 cores", Time: metav1.Time{Time: noon.Add(time.Hour)}},
		Conditions: []metav1.Condition{
			{Type: "Ready", Status: "True", ObservedGeneration: 3, LastTransitionTime: at, Reason: "Usable"},
			{Type: "Forecasting", Status: "True", ObservedGeneration: 3, LastTransitionTime: at, Reason: "Forecast"},
			{Type: "Proven", Status: "Unknown", ObservedGeneration: 3, LastTransitionTime: at, Reason: "Pending"},
			{Type: "Enforcing", Status: "True", ObservedGeneration: 3, LastTransitionTime: at, Reason: "Enforcing"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if later := statusOf(got, 3, PolicyStatus{Workload: w, Decision: d}, noon.Add(time.Hour)); worthWriting(got, later) {
		t.Errorf("nothing changed, and yet:\n%s", cmp.Diff(got, later))
	}
}

func TestConditions(t *testing.T) {
	fatal := workload.Problem{Code: "NoMetrics", Field: "spec.metrics", Message: "there are none", Fatal: true}
	note := workload.Problem{Code: "BaselineChanged", Message: "it is 4"}
	enforce := workload.Workload{Policy: recommender.Policy{Mode: recommender.Enforce}}
	suspended := workload.Workload{Policy: recommender.Policy{Mode: recommender.Enforce, Suspend: true}}
	peak := recommender.Decision{Reason: recommender.ReasonPeak, Signal: "cpu"}
	none := recommender.Decision{Reason: recommender.ReasonNoForecast, Message: "too short"}
	unproven := peak
	unproven.Warnings = []recommender.Warning{{Code: "CeilingTooLow"}, {Code: workload.ProofFailed, Message: "no better"}}
	tests := []struct {
		name                          string
		in                            PolicyStatus
		ready, forecasting, enforcing string
	}{
		{"all is well", PolicyStatus{Workload: enforce, Decision: peak}, "True Usable ", "True Forecast ", "True Enforcing "},
		{"a notice", PolicyStatus{Workload: enforce, Decision: peak, Problems: []workload.Problem{note}}, "True Usable it is 4", "True Forecast ", "True Enforcing "},
		{"a patch that is refused", PolicyStatus{Workload: enforce, Decision: peak, Message: "forbidden"}, "True Usable ", "True Forecast ", "False NotApplied forbidden"},
		{"no forecast", PolicyStatus{Workload: enforce, Decision: none}, "True Usable ", "False NoForecast too short", "True Enforcing "},
		{"observing", PolicyStatus{Decision: peak}, "True Usable ", "True Forecast ", "False Observing "},
		{"not proven", PolicyStatus{Decision: unproven}, "True Usable ", "True Forecast ", "False ProofFailed no better"},
		{"suspended", PolicyStatus{Workload: suspended, Decision: peak}, "True Usable ", "True Forecast ", "False Suspended "},
		{"contested", PolicyStatus{Workload: enforce, Decision: peak, Applied: workload.Applied{Outcome: workload.OutcomeContested, Message: "by argocd"}},
			"True Usable ", "True Forecast ", "False Contested by argocd"},
		{"fatal", PolicyStatus{Workload: enforce, Problems: []workload.Problem{note, fatal}},
			"False NoMetrics it is 4\nspec.metrics: there are none", "Unknown NoForecast ", "False NoMetrics it is 4\nspec.metrics: there are none"},
	}
	for _, tt := range tests {
		s := statusOf(v1alpha1.FloorPolicyStatus{}, 1, tt.in, noon)
		for i, want := range []string{tt.ready, tt.forecasting, tt.enforcing} {
			c := s.Conditions[i]
			if i == 2 {
				c = s.Conditions[3] // Proven lies between: see TestStatusOfAProof
			}
			if got := string(c.Status) + " " + c.Reason + " " + c.Message; got != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, c.Type, got, want)
			}
		}
	}
}

func TestStatusOfAProof(t *testing.T) {
	of := func(v proof.Verdict) *proof.Proof {
		return &proof.Proof{Verdict: v, Detail: "numbers", Results: []proof.Result{
			{Policy: proof.PolicyHPA, Outcome: simulate.Outcome{Minutes: 1000, ShortMinutes: 20.04, PodHours: 100}},
			{Policy: proof.PolicyHighwater, Outcome: simulate.Outcome{Minutes: 1000, ShortMinutes: 2, PodHours: 105}},
		}}
	}
	for _, tt := range []struct {
		name string
		in   PolicyStatus
		want string
	}{
		{"none yet", PolicyStatus{Unproven: "too short"}, "Unknown Pending too short"},
		{"proven", PolicyStatus{Proof: of(proof.Proven), ProvenAt: noon}, "True Proven numbers"},
		{"refused", PolicyStatus{Proof: of(proof.NaiveWins), ProvenAt: noon}, "False NaiveWins numbers"},
		{"withdrawn", PolicyStatus{Proof: of(proof.Proven), ProvenAt: noon, Unproven: "another level"}, "False Withdrawn another level"},
	} {
		s := statusOf(v1alpha1.FloorPolicyStatus{}, 1, tt.in, noon)
		c := s.Conditions[2]
		if got := string(c.Status) + " " + c.Reason + " " + c.Message; got != tt.want || c.Type != v1alpha1.Proven {
			t.Errorf("%s: %s is %q, want %q", tt.name, c.Type, got, tt.want)
		}
		if p := s.Proof; (p != nil) != (tt.in.Proof != nil) || p != nil && *p != (v1alpha1.Proof{
			Verdict: string(tt.in.Proof.Verdict), Time: metav1.Time{Time: noon}, Minutes: 1000, ShortMinutes: 2, ShortMinutesAlone: 20, PodHours: 105, PodHoursAlone: 100}) {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
}

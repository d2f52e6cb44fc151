package discovery

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// A PolicyStatus is what there is to tell a policy.
type PolicyStatus struct {
	Namespace  string
	PolicyName string
	Workload   workload.Workload // the zero value for a policy without one
	Decision   recommender.Decision
	Applied    workload.Applied
	Problems   []workload.Problem // of the policy itself, before those of the workload
	Message    string             // instead of the decision's: what failed in this tick
	Proof      *proof.Proof       // of the workload; nil if there is none
	ProvenAt   time.Time          // when it was made
	Unproven   string             // why there is none, or why it holds no more
}

// statusEvery is how often a status is written for what changes all the time.
const statusEvery = 5 * time.Minute

// The reasons of conditions, beside the codes of problems and the reasons of
// decisions.
const (
	reasonUsable     = "Usable"
	reasonForecast   = "Forecast"
	reasonEnforcing  = "Enforcing"
	reasonObserving  = "Observing"
	reasonSuspended  = "Suspended"
	reasonNotApplied = "NotApplied"
	reasonPending    = "Pending"
	reasonWithdrawn  = "Withdrawn"
)

// maxMessage is what the API server takes of a condition's message.
const maxMessage = 32768

// statusOf is the status that in makes of old. Conditions keep the time at
// which they changed.
func statusOf(old v1alpha1.FloorPolicyStatus, generation int64, in PolicyStatus, now time.Time) v1alpha1.FloorPolicyStatus {
	w, d := in.Workload, in.Decision
	s := v1alpha1.FloorPolicyStatus{
		ObservedGeneration: generation,
		Mode:               v1alpha1.Mode(w.Policy.Mode),
		Reason:             string(d.Reason),
		Message:            d.Message,
	}
	if in.Message != "" {
		s.Message = in.Message
	}
	if w.Name != "" {
		s.Baseline, s.Ceiling, s.Replicas = &w.Baseline, &w.Ceiling, &w.Replicas
	}
	if d.Floor > 0 {
		s.Floor = &d.Floor
	}
	if w.Served > 0 {
		s.Served = &w.Served
	}
	if !d.Time.IsZero() {
		s.LastDecisionTime = &metav1.Time{Time: d.Time.Truncate(time.Second)}
	}
	if !d.Peak.Time.IsZero() {
		s.PredictedPeak = &v1alpha1.PredictedPeak{
			Pods: d.Peak.Pods,
			Load: explain.Quantity(d.Peak.Load, d.Capacity.Unit),
			Time: metav1.Time{Time: d.Peak.Time.Truncate(time.Second)},
		}
	}
	s.Proof = proofOf(in)
	ready := readyCondition(append(slices.Clip(in.Problems), w.Problems...))
	if ready.Status == metav1.ConditionFalse && (s.Reason == "" || w.Name == "") {
		s.Reason, s.Message = ready.Reason, ready.Message
	}
	s.Conditions = append(s.Conditions, old.Conditions...)
	s.Message = bounded(s.Message, maxMessage)
	for _, c := range []metav1.Condition{ready, forecastingCondition(d), provenCondition(in), enforcingCondition(in, ready)} {
		c.ObservedGeneration = generation
		c.LastTransitionTime = metav1.Time{Time: now.Truncate(time.Second)}
		c.Message = bounded(c.Message, maxMessage)
		meta.SetStatusCondition(&s.Conditions, c)
	}
	return s
}

// bounded cuts a text to n bytes, between two letters.
func bounded(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

// readyCondition is false with the first fatal problem as its reason.
func readyCondition(problems []workload.Problem) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.Ready, Status: metav1.ConditionTrue, Reason: reasonUsable}
	var text []string
	for _, p := range problems {
		text = append(text, strings.TrimPrefix(p.Field+": "+p.Message, ": "))
		if p.Fatal && c.Status == metav1.ConditionTrue {
			c.Status, c.Reason = metav1.ConditionFalse, p.Code
		}
	}
	c.Message = strings.Join(text, "\n")
	return c
}

func forecastingCondition(d recommender.Decision) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.Forecasting, Status: metav1.ConditionTrue, Reason: reasonForecast}
	switch {
	case d.Reason == "":
		c.Status, c.Reason = metav1.ConditionUnknown, string(recommender.ReasonNoForecast)
	case d.Signal == "":
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, string(d.Reason), d.Message
	}
	return c
}

func enforcingCondition(in PolicyStatus, ready metav1.Condition) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.Enforcing, Status: metav1.ConditionFalse, Message: in.Applied.Message}
	held := slices.IndexFunc(in.Workload.Problems, holdsBack)
	switch {
	case ready.Status == metav1.ConditionFalse:
		c.Reason, c.Message = ready.Reason, ready.Message
	case held >= 0:
		p := in.Workload.Problems[held]
		c.Reason, c.Message = p.Code, p.Field+": "+p.Message
	case in.Workload.Policy.Suspend:
		c.Reason = reasonSuspended
	case in.Workload.Policy.Mode != recommender.Enforce:
		c.Reason = reasonObserving
		for _, w := range in.Decision.Warnings {
			switch w.Code {
			case workload.ProofPending, workload.ProofFailed, workload.ProofWithdrawn:
				c.Reason, c.Message = w.Code, w.Message
			}
		}
	case in.Applied.Outcome == workload.OutcomeContested || in.Applied.Outcome == workload.OutcomeBroken:
		c.Reason = in.Applied.Outcome
	case in.Applied.Outcome == "" && in.Message != "":
		// Nothing came of the decision: the patch was refused, or failed.
		c.Reason, c.Message = reasonNotApplied, in.Message
	default:
		c.Status, c.Reason = metav1.ConditionTrue, reasonEnforcing
	}
	return c
}

// worthWriting reports whether a status tells something new: at once if what a
// user acts on has changed, and after statusEvery for the rest, which changes
// in every tick.
func worthWriting(old, s v1alpha1.FloorPolicyStatus) bool {
	if equality.Semantic.DeepEqual(old, s) {
		return false
	}
	if !equality.Semantic.DeepEqual(material(old), material(s)) {
		return true
	}
	return old.LastDecisionTime == nil || s.LastDecisionTime == nil ||
		s.LastDecisionTime.Sub(old.LastDecisionTime.Time) >= statusEvery
}

// material is what of a status a user acts on.
func material(s v1alpha1.FloorPolicyStatus) v1alpha1.FloorPolicyStatus {
	m := v1alpha1.FloorPolicyStatus{
		ObservedGeneration: s.ObservedGeneration,
		Mode:               s.Mode,
		Floor:              s.Floor,
		Served:             s.Served,
		Baseline:           s.Baseline,
		Ceiling:            s.Ceiling,
		Reason:             s.Reason,
	}
	for _, c := range s.Conditions {
		kept := metav1.Condition{Type: c.Type, Status: c.Status, Reason: c.Reason}
		if c.Type == v1alpha1.Ready {
			kept.Message = c.Message // the problems, with their remedies
		}
		m.Conditions = append(m.Conditions, kept)
	}
	return m
}

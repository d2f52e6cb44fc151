package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The conditions of a FloorPolicy.
const (
	Ready       = "Ready"       // the autoscaler and the policy can be used
	Forecasting = "Forecasting" // there is a forecast of the load
	Proven      = "Proven"      // floors serve better than the autoscaler alone, on the workload's own past
	Enforcing   = "Enforcing"   // floors are being set
)

// FloorPolicyStatus is what Highwater last decided.
type FloorPolicyStatus struct {
	// The generation of the spec that this holds for.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// The mode that is in effect, which may be less than the one asked for.
	// +optional
	Mode Mode `json:"mode,omitempty"`

	// The minReplicas that Highwater asks for.
	// +optional
	Floor *int32 `json:"floor,omitempty"`

	// The pods that are asked for as a metric, with the actuation Metric. Not
	// there while none are.
	// +optional
	Served *int32 `json:"served,omitempty"`

	// The user's own minReplicas, which is restored on the way out.
	// +optional
	Baseline *int32 `json:"baseline,omitempty"`

	// The autoscaler's maxReplicas.
	// +optional
	Ceiling *int32 `json:"ceiling,omitempty"`

	// The pods that run now.
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// Why the floor is what it is, in one word.
	// +optional
	Reason string `json:"reason,omitempty"`

	// Why the floor is what it is, in a sentence.
	// +optional
	Message string `json:"message,omitempty"`

	// The largest need that is coming.
	// +optional
	PredictedPeak *PredictedPeak `json:"predictedPeak,omitempty"`

	// What the workload's own past says of floors. Not there before the first
	// proof.
	// +optional
	Proof *Proof `json:"proof,omitempty"`

	// When the decision above was made.
	// +optional
	LastDecisionTime *metav1.Time `json:"lastDecisionTime,omitempty"`

	// Ready, Forecasting, Proven and Enforcing.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// A PredictedPeak is the largest need that is coming.
type PredictedPeak struct {
	// The pods that it needs, before any limit.
	Pods int32 `json:"pods"`

	// The load, with its unit: "1200 requests/s".
	// +optional
	Load string `json:"load,omitempty"`

	// When it is due.
	Time metav1.Time `json:"time"`
}

// A Proof is a replay of the workload's own past, with floors and without.
type Proof struct {
	// Proven, or why floors are not set, in one word.
	Verdict string `json:"verdict"`

	// When the proof was made.
	Time metav1.Time `json:"time"`

	// The minutes over which outcomes are compared.
	// +optional
	Minutes float64 `json:"minutes,omitempty"`

	// Those with too few pods, with floors.
	ShortMinutes float64 `json:"shortMinutes"`

	// Those with too few pods, by the autoscaler alone.
	ShortMinutesAlone float64 `json:"shortMinutesAlone"`

	// What it costs with floors.
	PodHours float64 `json:"podHours"`

	// What it costs by the autoscaler alone.
	PodHoursAlone float64 `json:"podHoursAlone"`
}

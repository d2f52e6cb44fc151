package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// The kinds of autoscalers that a policy may name.
const (
	HorizontalPodAutoscaler = "HorizontalPodAutoscaler"
	ScaledObject            = "ScaledObject" // of KEDA, which keeps a HorizontalPodAutoscaler for it
)

// A Mode says whether floors are only recommended or also set.
//
// +kubebuilder:validation:Enum=Observe;Enforce
type Mode string

// The modes.
const (
	Observe Mode = "Observe" // recommend only
	Enforce Mode = "Enforce" // set minReplicas
)

// A Percent is a share in per cent, as text: "95%", "12.5%".
//
// +kubebuilder:validation:MaxLength=12
// +kubebuilder:validation:Pattern=`^[0-9]{1,4}(\.[0-9]{1,4})?%$`
type Percent string

// A Duration is a span of time as Go writes it: "90s", "5m", "1h30m".
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
type Duration string

// A LeadTime is a Duration, or "auto" for what Highwater makes of it itself.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^(auto|([0-9]+(\.[0-9]+)?(ms|s|m|h))+)$`
type LeadTime string

// Auto leaves the lead time to Highwater.
const Auto LeadTime = "auto"

// A ProofMode says whether floors wait for their proof.
//
// +kubebuilder:validation:Enum=Required;Skip
type ProofMode string

// The proof modes.
const (
	ProofRequired ProofMode = "Required" // floors are set only while the proof holds
	ProofSkip     ProofMode = "Skip"     // floors are set whatever the proof says
)

// FloorPolicySpec is what a user asks for.
//
// +kubebuilder:validation:XValidation:rule="!has(self.quantile) || !has(self.risk)",message="set either quantile or risk: from a risk, the quantile follows"
// +kubebuilder:validation:XValidation:rule="!has(self.backlog) || has(self.load)",message="a backlog needs load.query: the rate at which its messages arrive"
type FloorPolicySpec struct {
	// The autoscaler that the policy holds for, in the policy's namespace. An
	// autoscaler may have one policy.
	// +required
	TargetRef TargetRef `json:"targetRef"`

	// Observe only recommends floors; Enforce also sets them as minReplicas.
	// +optional
	// +kubebuilder:default=Observe
	Mode Mode `json:"mode,omitempty"`

	// How floors that are enforced take effect. MinReplicas writes them to the
	// autoscaler. Metric writes nothing: floors are served as a metric, for a
	// trigger of a KEDA ScaledObject that asks Highwater.
	// +optional
	// +kubebuilder:default=MinReplicas
	Actuation Actuation `json:"actuation,omitempty"`

	// The load that is forecast. Without it, the autoscaler's own metrics and
	// targets say what the load is and what a pod carries.
	// +optional
	Load *Load `json:"load,omitempty"`

	// What the latency must not exceed. With it, what a pod carries is learned
	// from the workload's own past.
	// +optional
	Latency *Latency `json:"latency,omitempty"`

	// The queue that the pods work off, of which load is what arrives each
	// second: floors are high enough that no message waits for longer.
	// +optional
	Backlog *Backlog `json:"backlog,omitempty"`

	// How short the workload may be. The quantile that serves it is found on
	// the workload's own past. Without it, and without a quantile, what
	// Highwater's own settings say: a cost ratio.
	// +optional
	Risk *Risk `json:"risk,omitempty"`

	// Whether floors wait for a proof that they serve better than the autoscaler
	// alone: a replay of the workload's own past. Required sets floors only while
	// it holds; with Skip the risk is yours. Without it, what Highwater's own
	// settings say: Required.
	// +optional
	Proof ProofMode `json:"proof,omitempty"`

	// The share of the largest loads of the coming minutes that the floor is
	// to carry: from 50% to below 100%. It takes the place of a risk.
	// +optional
	// +kubebuilder:validation:Pattern=`^[5-9][0-9](\.[0-9]{1,4})?%$`
	Quantile Percent `json:"quantile,omitempty"`

	// From raising the floor to the new pods being Ready: a duration of at
	// most 6h, or "auto".
	// +optional
	// +kubebuilder:default=auto
	// +kubebuilder:validation:XValidation:rule="self == 'auto' || (duration(self) > duration('0s') && duration(self) <= duration('6h'))",message="must be auto, or more than 0s and at most 6h"
	LeadTime LeadTime `json:"leadTime,omitempty"`

	// How long a floor stays after its load is due: at most 24h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('24h')",message="must be at most 24h"
	Hold Duration `json:"hold,omitempty"`

	// A floor falls only as far as what is needed within this time allows: at
	// most 24h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('24h')",message="must be at most 24h"
	Quiet Duration `json:"quiet,omitempty"`

	// What floors keep to.
	// +optional
	Limits Limits `json:"limits,omitzero"`

	// What the clock cannot say of the load: the time zone, holidays and
	// events. It replaces the default calendar as a whole; {} is one without
	// anything, in UTC.
	// +optional
	Calendar *Calendar `json:"calendar,omitempty"`

	// What floors keep to at times of the clock, whatever the load. In the mode
	// Enforce a schedule needs no proof.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=50
	Schedules []Schedule `json:"schedules,omitempty"`

	// Room on nodes for the pods that are planned, asked for before they come.
	// Without it, none is asked for. It takes mode Enforce.
	// +optional
	NodeHeadroom *NodeHeadroom `json:"nodeHeadroom,omitempty"`

	// Suspend goes back to the user's own minReplicas, in steps, and stays
	// there, whatever is scheduled.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// A TargetRef names the autoscaler.
//
// +kubebuilder:validation:XValidation:rule="!has(self.apiVersion) || self.apiVersion.startsWith('keda.sh/') == (has(self.kind) && self.kind == 'ScaledObject')",message="apiVersion must be of the kind: autoscaling/v2 of a HorizontalPodAutoscaler, keda.sh/v1alpha1 of a ScaledObject"
type TargetRef struct {
	// The API group and version of the autoscaler. Any version of its group
	// means the same object.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^(autoscaling|keda\.sh)/v[0-9]+[a-z0-9]*$`
	APIVersion string `json:"apiVersion,omitempty"`

	// The kind of the autoscaler: HorizontalPodAutoscaler, or ScaledObject of
	// KEDA. The HorizontalPodAutoscaler that KEDA keeps for a ScaledObject means
	// the ScaledObject.
	// +optional
	// +kubebuilder:default=HorizontalPodAutoscaler
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self == 'HorizontalPodAutoscaler' || self == 'ScaledObject'",message="must be HorizontalPodAutoscaler or ScaledObject: floors are set on autoscalers, name the one that scales your workload"
	Kind string `json:"kind,omitempty"`

	// The name of the autoscaler.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// A Load is a demand and what one pod carries of it.
//
// +kubebuilder:validation:XValidation:rule="!has(self.perPod) || quantity(string(self.perPod)).isGreaterThan(quantity('0'))",message="perPod must be more than 0"
type Load struct {
	// PromQL that gives one series: the load of the whole workload, in a unit
	// that does not depend on how many pods there are.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Query string `json:"query"`

	// The load that one ready pod carries, in the unit of the query: 100,
	// 500m. Needed unless the autoscaler has one metric, with an AverageValue
	// target, in the same unit.
	// +optional
	PerPod *resource.Quantity `json:"perPod,omitempty"`
}

// A Latency is what users wait for, and what it must not exceed.
type Latency struct {
	// PromQL that gives one series: the latency in seconds, at the quantile that
	// the objective is for.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Query string `json:"query"`

	// What it must not exceed: more than 0s and at most 1h.
	// +required
	// +kubebuilder:validation:XValidation:rule="duration(self) > duration('0s') && duration(self) <= duration('1h')",message="must be more than 0s and at most 1h"
	Objective Duration `json:"objective"`
}

// A Backlog is what waits in a queue, and for how long it may.
type Backlog struct {
	// PromQL that gives one series: the messages that wait.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Query string `json:"query"`

	// The longest that a message may wait: from 1s to 24h.
	// +required
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('24h')",message="must be from 1s to 24h"
	Objective Duration `json:"objective"`
}

// A Risk says how short a workload may be.
//
// +kubebuilder:validation:XValidation:rule="has(self.budget) != has(self.costRatio)",message="set either budget or costRatio"
type Risk struct {
	// The share of minutes in which there may be too few pods: "0.5%". More
	// than 0% and less than 100%.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be more than 0%"
	// +kubebuilder:validation:XValidation:rule="double(self.replace('%', '')) < 100.0",message="must be less than 100%"
	Budget Percent `json:"budget,omitempty"`

	// How many minutes of all its pods one minute with too few of them is
	// worth: 50.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:ExclusiveMinimum=true
	// +kubebuilder:validation:Maximum=1000000
	CostRatio float64 `json:"costRatio,omitempty"`
}

// Limits are what floors keep to.
//
// +kubebuilder:validation:XValidation:rule="!has(self.min) || !has(self.max) || self.min <= self.max",message="min must not be more than max"
type Limits struct {
	// Floors are at least this many pods. Without it, the autoscaler's own
	// minReplicas.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Min *int32 `json:"min,omitempty"`

	// Floors are at most this many pods. Without it, the autoscaler's
	// maxReplicas.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Max *int32 `json:"max,omitempty"`

	// What is added to the predicted load: "20%". At most 1000%.
	// +optional
	// +kubebuilder:validation:XValidation:rule="double(self.replace('%', '')) <= 1000.0",message="must be at most 1000%"
	Headroom Percent `json:"headroom,omitempty"`

	// The most that a floor rises in one step, as a share of itself: "50%".
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be more than 0%"
	StepUp Percent `json:"stepUp,omitempty"`

	// The most pods that a floor rises by in one step. Without it, there is no
	// such bound.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxStepUp *int32 `json:"maxStepUp,omitempty"`

	// The most that a floor falls in one step, as a share of itself: "10%". At
	// most 100%.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="must be more than 0%"
	// +kubebuilder:validation:XValidation:rule="double(self.replace('%', '')) <= 100.0",message="must be at most 100%"
	StepDown Percent `json:"stepDown,omitempty"`

	// The time that one step takes: from 1s to 1h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('1h')",message="must be from 1s to 1h"
	StepEvery Duration `json:"stepEvery,omitempty"`
}

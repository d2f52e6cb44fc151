package v1alpha1

// A NodeHeadroomKind is the kind of object that asks for nodes.
//
// +kubebuilder:validation:Enum=CapacityBuffer
type NodeHeadroomKind string

// CapacityBuffer is the kind of autoscaling.x-k8s.io that Cluster Autoscaler, GKE
// and Karpenter know.
const CapacityBuffer NodeHeadroomKind = "CapacityBuffer"

// A NodeHeadroom asks the node autoscaler for room ahead of the pods that are
// planned, so that these need not wait for nodes.
type NodeHeadroom struct {
	// The kind of object that asks for it.
	// +optional
	// +kubebuilder:default=CapacityBuffer
	Kind NodeHeadroomKind `json:"kind,omitempty"`

	// From asking for a node to pods being Ready on it: a duration of at most 6h,
	// or "auto" for what pods were seen to take that waited for a node, and 5m
	// where none was.
	// +optional
	// +kubebuilder:default=auto
	// +kubebuilder:validation:XValidation:rule="self == 'auto' || (duration(self) > duration('0s') && duration(self) <= duration('6h'))",message="must be auto, or more than 0s and at most 6h"
	LeadTime LeadTime `json:"leadTime,omitempty"`
}

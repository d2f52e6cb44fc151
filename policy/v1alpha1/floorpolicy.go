package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A FloorPolicy says how Highwater treats one HorizontalPodAutoscaler, or one
// ScaledObject of KEDA, of its namespace. An autoscaler without one is observed with the defaults.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=fp
// +kubebuilder:printcolumn:name="Autoscaler",type=string,JSONPath=`.spec.targetRef.name`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`
// +kubebuilder:printcolumn:name="Floor",type=integer,JSONPath=`.status.floor`
// +kubebuilder:printcolumn:name="Baseline",type=integer,JSONPath=`.status.baseline`
// +kubebuilder:printcolumn:name="Peak pods",type=integer,JSONPath=`.status.predictedPeak.pods`
// +kubebuilder:printcolumn:name="Peak at",type=string,format=date-time,JSONPath=`.status.predictedPeak.time`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.reason`
// +kubebuilder:printcolumn:name="Proof",type=string,JSONPath=`.status.conditions[?(@.type=="Proven")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type FloorPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What is asked for.
	// +required
	Spec FloorPolicySpec `json:"spec"`

	// What Highwater last decided. It is brought up to date when something
	// changes, and every five minutes at the most for the times alone.
	// +optional
	Status FloorPolicyStatus `json:"status,omitzero"`
}

// FloorPolicyList is a list of FloorPolicies.
//
// +kubebuilder:object:root=true
type FloorPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []FloorPolicy `json:"items"`
}

package v1alpha1

// An Actuation says how a floor takes effect.
//
// +kubebuilder:validation:Enum=MinReplicas;Metric
type Actuation string

// The actuations.
const (
	// ByMinReplicas writes floors to the autoscaler: spec.minReplicas, or a
	// ScaledObject's spec.minReplicaCount.
	ByMinReplicas Actuation = "MinReplicas"

	// ByMetric writes no field. A trigger of the ScaledObject asks Highwater how
	// many pods the floor is, and KEDA scales by the answer.
	ByMetric Actuation = "Metric"
)

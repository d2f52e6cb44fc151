// Package v1alpha1 is the FloorPolicy custom resource: what a user says about
// one HorizontalPodAutoscaler.
//
//	apiVersion: highwater.dev/v1alpha1
//	kind: FloorPolicy
//	metadata: {name: web, namespace: shop}
//	spec:
//	  targetRef: {name: web}
//	  mode: Enforce
//	  limits: {min: 2, max: 40}
//
// The package holds types only and needs no more than apimachinery, so that
// other programs may import it. discovery.ResolvePolicy turns a spec into the
// recommender's Policy.
//
// +kubebuilder:object:generate=true
// +groupName=highwater.dev
package v1alpha1

// A fraction is "dangerous" to controller-gen because languages differ in its
// last digit, which no multiplier of a load depends on.
//
//go:generate go tool -modfile=../../tools/go.mod controller-gen object crd:allowDangerousTypes=true paths=. output:crd:dir=../../charts/highwater/crds

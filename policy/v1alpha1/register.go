package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Where FloorPolicies are found in the API.
var (
	GroupVersion = schema.GroupVersion{Group: "highwater.dev", Version: "v1alpha1"}
	Resource     = GroupVersion.WithResource("floorpolicies")
	Kind         = GroupVersion.WithKind("FloorPolicy")
)

var schemeBuilder = runtime.NewSchemeBuilder(func(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &FloorPolicy{}, &FloorPolicyList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
})

// AddToScheme registers the types of this package.
var AddToScheme = schemeBuilder.AddToScheme

package v1alpha1_test

import (
	"fmt"
	"log"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

func TestSchemeKnowsThePolicies(t *testing.T) {
	s := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(s); err != nil {
		t.Fatal(err)
	}
	obj, err := s.New(v1alpha1.Kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := obj.(*v1alpha1.FloorPolicy); !ok || !s.Recognizes(v1alpha1.GroupVersion.WithKind("FloorPolicyList")) {
		t.Errorf("%T", obj)
	}
}

func Example() {
	var p v1alpha1.FloorPolicy
	if err := yaml.UnmarshalStrict([]byte(`
apiVersion: highwater.dev/v1alpha1
kind: FloorPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {name: web}
  mode: Enforce
  load: {query: 'sum(rate(http_requests_total{app="web"}[2m]))', perPod: 100}
  limits: {min: 2, max: 40, headroom: 20%}
  calendar:
    timeZone: Europe/Berlin
    holidays: [DE]
    events: [{name: sale, start: "2026-11-27T08:00", end: "2026-11-30T24:00", multiplier: 2.5}]
`), &p); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Spec.TargetRef.Name, p.Spec.Mode, p.Spec.Load.PerPod, *p.Spec.Limits.Max, p.Spec.Limits.Headroom)
	fmt.Println(p.Spec.Calendar.TimeZone, p.Spec.Calendar.Holidays, p.Spec.Calendar.Events[0].Multiplier)
	// Output:
	// web Enforce 100 40 20%
	// Europe/Berlin [DE] 2.5
}

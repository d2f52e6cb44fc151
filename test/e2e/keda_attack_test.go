package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestAttacksOnScaledObjectsAreRefused holds the admission policy of ScaledObjects to
// what that of HPAs is held to, and lets all of Highwater's own writes pass.
func TestAttacksOnScaledObjectsAreRefused(t *testing.T) {
	t.Parallel()
	p := newPoliced(t)
	p.InstallKEDA(t)
	objects := p.serve.Resource(scaledObjects).Namespace("shop")
	send := func(name string, kind types.PatchType, patch string, sub ...string) error {
		_, err := objects.Patch(t.Context(), name, kind, []byte(patch), metav1.PatchOptions{FieldManager: "highwater"}, sub...)
		return err
	}
	fresh := func(name, least string) {
		if least != "" {
			least = "minReplicaCount: " + least
		}
		p.Apply(t, fmt.Sprintf(`{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: %s, namespace: shop, annotations: {team: shop}},
spec: {scaleTargetRef: {name: none}, maxReplicaCount: 20, triggers: [{type: cpu, metadata: {value: "50"}}], %s}}`, name, least))
	}
	state := func(name string) string {
		so, err := p.admin.Resource(scaledObjects).Namespace("shop").Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		unstructured.RemoveNestedField(so.Object, "status")
		return fmt.Sprint(so.Object["spec"], so.GetAnnotations(), so.GetLabels())
	}
	with := func(spec, lease string) string {
		return fmt.Sprintf(`{"spec":{%s},"metadata":{"annotations":{"highwater.dev/lease":%q}}}`, spec, lease)
	}
	unsetLease := func(baseline, floor int) string {
		return strings.TrimSuffix(lease(baseline, floor), "}") + `,"unset":true}`
	}
	fresh("canary", "2")
	plane.Eventually(t, patience, func() error {
		if err := send("canary", types.MergePatchType, fmt.Sprintf(`{"metadata":{"labels":{"sung":"%d"}}}`, time.Now().UnixNano())); !refusedByPolicy(err) {
			return fmt.Errorf("the admission policy does not hold yet: %v", err)
		}
		return nil
	})

	n := 0
	for _, attack := range []struct{ least, patch, want string }{
		{"8", `{"spec":{"maxReplicaCount":99}}`, "no field of spec but minReplicaCount"},
		{"8", `{"spec":{"triggers":[{"type":"cron","metadata":{}}]}}`, "no field of spec but minReplicaCount"},
		{"8", `{"spec":{"idleReplicaCount":0}}`, "no field of spec but minReplicaCount"},
		{"8", `{"spec":{"fallback":{"failureThreshold":1,"replicas":1}}}`, "no field of spec but minReplicaCount"},
		{"8", `{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}`, onlyTwo},
		{"8", `{"metadata":{"annotations":{"team":null}}}`, onlyTwo},
		{"8", `{"metadata":{"labels":{"a":"b"}}}`, onlyMetadata},
		{"8", `{"spec":{"minReplicaCount":12}}`, wayBack},
		{"", `{"spec":{"minReplicaCount":1}}`, wayBack},
		{"8", `{"spec":{"minReplicaCount":3}}`, "may not lower minReplicaCount below what its owner wrote"},
		{"8", `{"spec":{"minReplicaCount":null}}`, "may not lower minReplicaCount below what its owner wrote"},
		{"8", with(`"minReplicaCount":12`, lease(2, 12)), "whose baseline is the minReplicaCount of the owner"},
		{"8", with(`"minReplicaCount":12`, lease(8, 11)), atFloor},
		{"8", with(`"minReplicaCount":12`, "?"), form},
		{"", with(`"minReplicaCount":12`, leaseUntil(0, 12, stamp(time.Now()), "9999-12-31T23:59:59Z")), bounded},
		{"8", `{"metadata":{"annotations":{"highwater.dev/record":"{\"baseline\":2}"}}}`, recorded},
	} {
		n++
		name := fmt.Sprint("victim-", n)
		fresh(name, attack.least)
		was := state(name)
		if err := send(name, types.MergePatchType, attack.patch); !refusedByPolicy(err) || !strings.Contains(err.Error(), attack.want) {
			t.Errorf("%s: %v; want %q", attack.patch, err, attack.want)
		}
		if is := state(name); is != was {
			t.Errorf("%s changed\n%s\nto\n%s", attack.patch, was, is)
		}
	}
	if err := send("canary", types.MergePatchType, `{"status":{"hpaName":"web"}}`, "status"); !refusedByPolicy(err) {
		t.Errorf("the status: %v", err)
	}
	if err := objects.Delete(t.Context(), "canary", metav1.DeleteOptions{}); !refusedByPolicy(err) {
		t.Errorf("deleted: %v", err)
	}

	for least, way := range map[string][]string{
		"": {with(`"minReplicaCount":5`, unsetLease(0, 5)), with(`"minReplicaCount":3`, unsetLease(0, 3)),
			`{"spec":{"minReplicaCount":null},"metadata":{"annotations":{"highwater.dev/lease":null}}}`},
		"0": {with(`"minReplicaCount":5`, lease(0, 5)), `{"spec":{"minReplicaCount":0},"metadata":{"annotations":{"highwater.dev/lease":null}}}`},
		"3": {with(`"minReplicaCount":5`, lease(3, 5)),
			fmt.Sprintf(`{"metadata":{"annotations":{"highwater.dev/record":"{\"baseline\":3,\"by\":\"kubectl\",\"floors\":{\"5\":\"%s\"}}"}}}`, stamp(time.Now())),
			`{"spec":{"minReplicaCount":3},"metadata":{"annotations":{"highwater.dev/lease":null}}}`},
	} {
		name := "way-" + least + "x"
		fresh(name, least)
		was := state(name)
		for _, patch := range way {
			if err := send(name, types.MergePatchType, patch); err != nil {
				t.Errorf("from %q: %s: %v", least, patch, err)
			}
			so, err := objects.Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range so.GetManagedFields() {
				if f.Manager != "highwater" {
					continue
				}
				gone := fmt.Sprintf(`[{"op":"test","path":"/metadata/managedFields/%d/manager","value":"highwater"},{"op":"remove","path":"/metadata/managedFields/%[1]d"}]`, i)
				if err := send(name, types.JSONPatchType, gone); err != nil {
					t.Errorf("from %q: the own entry of managedFields: %v", least, err)
				}
			}
		}
		if is := state(name); is != was && least != "3" {
			t.Errorf("from %q:\n%s\nnot\n%s", least, is, was)
		}
	}
}

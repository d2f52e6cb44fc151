package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

var scaledObjects = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}

// A kedaWorld is a fleet that a real KEDA scales: each workload has a ScaledObject of
// its name, with a prometheus trigger of 100 requests/s for each pod.
type kedaWorld struct {
	*fleet
	keda *plane.KEDA
}

// newKEDAWorld makes one of loads that are functions of the time, with so many days of history. It asks for the loads
// once KEDA runs, however long that took.
func newKEDAWorld(t *testing.T, o plane.Options, days int, loads func() map[string]func(time.Time) float64) *kedaWorld {
	t.Helper()
	binary(t)
	f := &fleet{Plane: plane.Start(t, o)}
	k := &kedaWorld{fleet: f, keda: plane.StartKEDA(t, f.Plane)}
	f.kubeconfig = install(t, f.Plane)
	f.exporter = plane.StartExporter(t)
	var history []plane.Series
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	for app, load := range loads() {
		f.exporter.Set("requests_per_second", map[string]string{"app": app}, load)
		history = append(history, plane.Series{
			Name:   "requests_per_second",
			Labels: map[string]string{"app": app, "job": "e2e", "instance": f.exporter.Target()},
			Points: plane.Sample(end.Add(-time.Duration(days)*24*time.Hour), end, 10*time.Second, load),
		})
	}
	f.prom = plane.StartPrometheus(t, plane.PromOptions{Targets: []string{f.exporter.Target(), k.keda.Target()}, History: history})
	return k
}

// scaled is the manifest of a ScaledObject and its Deployment. least is its
// minReplicaCount; empty for none.
func (k *kedaWorld) scaled(name, app, least string) string {
	if least != "" {
		least = "minReplicaCount: " + least
	}
	return fmt.Sprintf(`---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: %[1]s, namespace: shop}
spec:
  scaleTargetRef: {name: %[1]s}
  %[3]s
  maxReplicaCount: 20
  pollingInterval: 2
  cooldownPeriod: 5
  triggers:
  - type: prometheus
    metadata: {serverAddress: %[4]q, query: 'sum(requests_per_second{app="%[2]s"})', threshold: "100"}
`, name, app, least, k.prom.URL())
}

// kedaPolicy enforces floors for a ScaledObject.
func kedaPolicy(name, kind, target string) string {
	return fmt.Sprintf(`---
apiVersion: highwater.dev/v1alpha1
kind: FloorPolicy
metadata: {name: %s, namespace: shop}
spec:
  targetRef: {kind: %s, name: %s}
  mode: Enforce
  proof: Skip
  quantile: 95%%
  leadTime: 25s
  hold: 10s
  quiet: 0s
  limits: {stepEvery: 1s, stepDown: 30%%}
`, name, kind, target)
}

func (k *kedaWorld) read(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	so, err := k.Dynamic().Resource(scaledObjects).Namespace("shop").Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return so
}

// least is what a ScaledObject says of its minimum: a number, or "unset".
func least(so *unstructured.Unstructured) string {
	n, ok, _ := unstructured.NestedFieldNoCopy(so.Object, "spec", "minReplicaCount")
	if !ok {
		return "unset"
	}
	return fmt.Sprint(n)
}

// raisedTo waits until a ScaledObject carries a lease and so many pods at least.
func (k *kedaWorld) raisedTo(t *testing.T, name string, floor int) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		so := k.read(t, name)
		n, _, _ := unstructured.NestedInt64(so.Object, "spec", "minReplicaCount")
		if int(n) < floor || so.GetAnnotations()[leaseAnnotation] == "" {
			return fmt.Errorf("ScaledObject %s has minReplicaCount %s and the lease %q; want a floor of %d", name, least(so), so.GetAnnotations()[leaseAnnotation], floor)
		}
		return nil
	})
}

// carried waits until KEDA's HPA has the minimum of its ScaledObject.
func (k *kedaWorld) carried(t *testing.T, name string) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		want := least(k.read(t, name))
		got, err := k.TryKubectl("", "get", "hpa", "-n", "shop", "keda-hpa-"+name, "-o", "jsonpath={.spec.minReplicas}")
		if err != nil || got != want {
			return fmt.Errorf("minReplicas of KEDA's HPA of %s is %q, not %s: %v", name, got, want, err)
		}
		return nil
	})
}

// tells waits until the API tells of a problem of a workload, in words that hold the given ones.
func (d *daemon) tells(t *testing.T, name, code string, words string) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		rec, err := d.workload("shop", name)
		if err != nil {
			return err
		}
		for _, p := range rec.Problems {
			if p.Code == code && strings.Contains(p.Field+": "+p.Message, words) {
				return nil
			}
		}
		return fmt.Errorf("%s: no %s with %q: %+v", name, code, words, rec.Problems)
	})
}

// untouched fails the test if Highwater has written an autoscaler: all of them are KEDA's.
func (k *kedaWorld) untouched(t *testing.T) {
	t.Helper()
	for _, e := range k.Audit(t, plane.ServiceAccountUser("highwater", serveAccount)) {
		if e.Resource == hpaResource.Resource && e.Verb == "patch" && e.Namespace == "shop" {
			t.Errorf("Highwater wrote KEDA's HPA: %+v", e)
		}
		// A conflict (409, 422) is decided again.
		if e.Resource == scaledObjects.Resource && e.Code == http.StatusForbidden {
			t.Errorf("Highwater was refused: %+v", e)
		}
	}
}

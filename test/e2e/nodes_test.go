package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

const (
	nodeAfter = 12 * time.Second // from Karpenter's order to the node
	leadTime  = 12 * time.Second // from the floor to Ready pods, where there is room
	nodesLead = 22 * time.Second
)

var capacityBuffers = schema.GroupVersionResource{Group: "autoscaling.x-k8s.io", Version: "v1beta1", Resource: "capacitybuffers"}

// pooled is a Deployment whose pods run in the pool of its name only, two on a node.
func pooled(name string, replicas int) string {
	return fmt.Sprintf(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: shop}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      nodeSelector: {pool: %[1]s}
      containers: [{name: app, image: example.org/app, resources: {requests: {cpu: "1900m"}}}]
`, name, replicas)
}

// A crew is the pods of one workload and the nodes of its pool at one moment.
type crew struct{ floor, pods, ready, nodes int }

// crew counts those of a workload.
func (f *fleet) crew(t *testing.T, name string) crew {
	t.Helper()
	r := f.Replicas(t, "shop", name)
	c := crew{floor: f.floorOf(t, name), pods: r.Pods, ready: r.Ready}
	list, err := f.Client().CoreV1().Nodes().List(t.Context(), metav1.ListOptions{LabelSelector: "pool=" + name})
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		for _, cond := range list.Items[i].Status.Conditions {
			if cond.Type == corev1.NodeReady && cond.Status == corev1.ConditionTrue && len(list.Items[i].Spec.Taints) == 0 {
				c.nodes++
			}
		}
	}
	return c
}

// TestNodesAreReadyBeforeThePodsNeedThem is node headroom with a real Karpenter: two workloads of the same load, floors
// and nodes, of which one asks for its nodes ahead. Its pods find them, the other's wait for theirs.
func TestNodesAreReadyBeforeThePodsNeedThem(t *testing.T) {
	t.Parallel()
	binary(t)
	f := &fleet{Plane: plane.Start(t, plane.Options{PodReadyAfter: 3 * time.Second})}
	f.kubeconfig = install(t, f.Plane)
	plane.StartKarpenter(t, f.Plane, nodeAfter, "ahead", "late")
	f.Apply(t, pooled("ahead", 2)+pooled("late", 2))
	spike := time.Now().Add(85 * time.Second)
	load := func(at time.Time) float64 {
		if since := (at.Sub(spike)%(24*time.Hour) + 24*time.Hour) % (24 * time.Hour); since < 2*time.Minute {
			return 1120
		}
		return 150
	}
	f.exporter = plane.StartExporter(t)
	var history []plane.Series
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	for _, app := range []string{"ahead", "late"} {
		f.exporter.Set("requests_per_second", map[string]string{"app": app}, load)
		history = append(history, plane.Series{
			Name: "requests_per_second", Labels: map[string]string{"app": app, "job": "e2e", "instance": f.exporter.Target()},
			Points: plane.Sample(end.Add(-3*24*time.Hour), end, 10*time.Second, load),
		})
	}
	f.prom = plane.StartPrometheus(t, plane.PromOptions{Targets: []string{f.exporter.Target()}, History: history})
	common := fmt.Sprintf("  proof: Skip\n  quantile: 95%%\n  leadTime: %s\n  hold: 10s\n  limits: {stepEvery: 1s, stepUp: 1000%%}\n", leadTime)
	f.Apply(t, plainHPA("ahead", 2, 20)+plainHPA("late", 2, 20)+
		floorPolicy("ahead", "Enforce", common+fmt.Sprintf("  nodeHeadroom: {leadTime: %s}\n", nodesLead))+floorPolicy("late", "Enforce", common))
	d := serve(t, f.kubeconfig, f.prom.URL(), "--node-headroom")
	d.ready(t)

	// When each workload had its floor, its nodes and its pods.
	type times struct{ raised, nodes, ready time.Time }
	const needed = 12 // pods: six nodes
	seen := map[string]*times{"ahead": {}, "late": {}}
	var story strings.Builder
	last := map[string]crew{}
	note := func(at *time.Time, is bool) {
		if is && at.IsZero() {
			*at = time.Now()
		}
	}
	for until := spike.Add(50 * time.Second); time.Now().Before(until); time.Sleep(250 * time.Millisecond) {
		done := true
		for _, name := range []string{"ahead", "late"} {
			c, at := f.crew(t, name), seen[name]
			if c != last[name] {
				fmt.Fprintf(&story, "%6.1f s %s %+v\n", time.Since(spike).Seconds(), name, c)
				last[name] = c
			}
			note(&at.raised, c.floor >= needed)
			note(&at.nodes, c.nodes >= needed/2)
			note(&at.ready, c.ready >= needed)
			done = done && !at.ready.IsZero()
		}
		if done {
			break
		}
	}
	t.Logf("seconds from the spike:\n%s", story.String())
	for name, at := range seen {
		if at.raised.IsZero() || at.nodes.IsZero() || at.ready.IsZero() {
			t.Fatalf("%s never had a floor, nodes and pods for %d: %+v", name, needed, at)
		}
	}
	ahead, late := seen["ahead"], seen["late"]
	if ahead.nodes.After(ahead.raised) {
		t.Errorf("with headroom the nodes were there %.1f s after the floor rose", ahead.nodes.Sub(ahead.raised).Seconds())
	}
	if late.nodes.Before(late.raised) {
		t.Errorf("without headroom the nodes were there before the floor rose: the test shows nothing")
	}
	if ahead.ready.After(spike) {
		t.Errorf("with headroom the pods were Ready %.1f s after the spike", ahead.ready.Sub(spike).Seconds())
	}
	with, without := ahead.ready.Sub(ahead.raised), late.ready.Sub(late.raised)
	if without-with < nodeAfter/2 {
		t.Errorf("from floor to Ready pods: %.1f s with headroom and %.1f s without; nodes take %s", with.Seconds(), without.Seconds(), nodeAfter)
	}
	t.Logf("from floor to %d Ready pods: %.1f s with node headroom, %.1f s without; nodes take %s", needed, with.Seconds(), without.Seconds(), nodeAfter)
}

// buffer reads the CapacityBuffer of web, and what it asks for; 0 if there is none.
func (f *fleet) buffer(t *testing.T) (b *unstructured.Unstructured, pods int) {
	t.Helper()
	b, err := f.Dynamic().Resource(capacityBuffers).Namespace("shop").Get(t.Context(), "highwater-web", metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, 0
	}
	if err != nil {
		t.Fatal(err)
	}
	n, _, _ := unstructured.NestedInt64(b.Object, "spec", "replicas")
	return b, int(n)
}

// buffered waits until web has its buffer: for the pods that its floor is short of what it needs.
func (f *fleet) buffered(t *testing.T, needed int) (b *unstructured.Unstructured) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		var pods int
		if b, pods = f.buffer(t); pods == 0 || pods != needed-f.floorOf(t, "web") {
			return fmt.Errorf("the buffer asks for %d pods; %d are needed and the floor is %d", pods, needed, f.floorOf(t, "web"))
		}
		return nil
	})
	return b
}

// unbuffered waits until web has no buffer.
func (f *fleet) unbuffered(t *testing.T) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		if b, pods := f.buffer(t); b != nil {
			return fmt.Errorf("there is still a buffer for %d pods", pods)
		}
		return nil
	})
}

// TestBuffersComeAndGoWithTheirPolicy is the life of a CapacityBuffer where no autoscaler looks at it: without its
// resource, beside one of the same name, given up, outlived by Highwater, and deleted with the policy.
func TestBuffersComeAndGoWithTheirPolicy(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 3480})
	// A step is an hour, so that more pods are planned for long.
	const needed = 35
	f.Apply(t, plainHPA("web", 2, 40)+floorPolicy("web", "Enforce", "  limits: {stepEvery: 1h}\n  nodeHeadroom: {leadTime: 6h}\n"))
	d := f.serve(t, "--node-headroom")
	f.raised(t, "web", 6)
	d.tells(t, "web", "NodeHeadroomUnavailable", "not installed")
	plane.Eventually(t, patience, func() error {
		ready := f.Kubectl(t, "get", "fp", "web", "-n", "shop", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].message}`)
		events := f.Kubectl(t, "get", "events", "-n", "shop", "--field-selector=reason=NodeHeadroomUnavailable")
		if !strings.Contains(ready, "CapacityBuffers") || !strings.Contains(events, "CapacityBuffers") {
			return fmt.Errorf("neither the status nor an event tells that there are no CapacityBuffers:\n%s\n%s", ready, events)
		}
		return nil
	})
	if n := strings.Count(d.log.String(), "no room on nodes can be asked for"); n != 1 {
		t.Errorf("the log tells %d times that there are no CapacityBuffers", n)
	}

	f.InstallKarpenter(t) // its resources only
	const foreign = `{apiVersion: autoscaling.x-k8s.io/v1beta1, kind: CapacityBuffer, metadata: {name: highwater-web, namespace: shop},
  spec: {replicas: 1, scalableRef: {apiGroup: apps, kind: Deployment, name: web}}}`
	f.Apply(t, foreign)
	f.Kubectl(t, "delete", "capacitybuffer", "highwater-web", "-n", "shop") // it may have been there before
	f.buffered(t, needed)
	f.Kubectl(t, "patch", "fp", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":true}}`)
	f.unbuffered(t)
	f.Apply(t, foreign)
	f.Kubectl(t, "patch", "fp", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":false}}`)
	d.tells(t, "web", "BufferNotOurs", "highwater-web")
	if _, pods := f.buffer(t); pods != 1 {
		t.Errorf("somebody's buffer of 1 pod now asks for %d", pods)
	}
	f.Kubectl(t, "delete", "capacitybuffer", "highwater-web", "-n", "shop")
	b := f.buffered(t, needed)
	owner := b.GetOwnerReferences()
	if len(owner) != 1 || owner[0].Kind != "FloorPolicy" || owner[0].Name != "web" {
		t.Errorf("owners of the buffer: %+v", owner)
	}
	if ref, _, _ := unstructured.NestedStringMap(b.Object, "spec", "scalableRef"); ref["kind"] != "Deployment" || ref["name"] != "web" || ref["apiGroup"] != "apps" {
		t.Errorf("the buffer is of %v", ref)
	}

	// A process that dies leaves the buffer, until its lease runs out or somebody restores.
	d.kill()
	account := f.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
	if out, problem, code := run(t, "restore", "--kubeconfig", account, "--expired"); code != 0 || strings.Contains(out, "CapacityBuffer") {
		t.Errorf("restore --expired: %d: %s%s", code, out, problem)
	}
	f.Kubectl(t, "annotate", "--overwrite", "capacitybuffer", "highwater-web", "-n", "shop", "highwater.dev/expires=2026-01-01T00:00:00Z")
	if out, problem, code := run(t, "restore", "--kubeconfig", account, "--expired"); code != 0 || !strings.Contains(out, "CapacityBuffer") || !strings.Contains(out, "Removed") {
		t.Errorf("restore --expired of a buffer that has run out: %d: %s%s", code, out, problem)
	}
	f.unbuffered(t)

	d = f.serve(t, "--node-headroom")
	f.buffered(t, needed)
	d.kill()
	f.Kubectl(t, "delete", "fp", "web", "-n", "shop")
	f.unbuffered(t) // by Kubernetes' own garbage collector
}

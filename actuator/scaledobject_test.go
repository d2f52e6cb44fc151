package actuator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// rawScaled is ScaledObject shop/name with a minReplicaCount, unless it is nil, as the
// API server has it.
func rawScaled(name string, minimum any, annotations map[string]any) *unstructured.Unstructured {
	spec := map[string]any{"scaleTargetRef": map[string]any{"name": "web"}, "maxReplicaCount": int64(40)}
	if minimum != nil {
		spec["minReplicaCount"] = minimum
	}
	meta := map[string]any{"namespace": "shop", "name": name, "uid": "u-" + name, "resourceVersion": "1"}
	if annotations != nil {
		meta["annotations"] = annotations
	}
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": meta, "spec": spec}}
}

func kedaClient(objs ...runtime.Object) *dynamicfake.FakeDynamicClient {
	return dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{keda.Resource: "ScaledObjectList"}, objs...)
}

// lookScaled reads a ScaledObject as discovery does.
func lookScaled(t *testing.T, c *dynamicfake.FakeDynamicClient, name string, now time.Time) (workload.Workload, *unstructured.Unstructured) {
	t.Helper()
	u, err := c.Resource(keda.Resource).Namespace("shop").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	so, err := keda.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	w, err := ownership.ReadScaledObject(so, now)
	if err != nil {
		t.Fatal(err)
	}
	w.Policy.Mode = recommender.Enforce
	return w, u
}

// minimumOf is what a ScaledObject says of it, nil for nothing.
func minimumOf(u *unstructured.Unstructured) any {
	n, ok, _ := unstructured.NestedFieldNoCopy(u.Object, "spec", "minReplicaCount")
	if !ok {
		return nil
	}
	return n
}

func TestAScaledObjectIsRestoredExactly(t *testing.T) {
	for _, before := range []any{nil, int64(0), int64(3)} {
		for _, way := range []string{"in steps", "restore", "expired"} {
			t.Run(fmt.Sprint(before, " ", way), func(t *testing.T) {
				c := kedaClient(rawScaled("web", before, nil))
				clients := Clients{Kubernetes: fake.NewClientset(), Dynamic: c}
				now := noon
				events := record.NewFakeRecorder(10)
				e := NewEnforcer(clients, Options{Holder: "me", Events: events, Now: func() time.Time { return now }})
				for _, floor := range []int32{6, 9, 5} {
					now = now.Add(time.Minute)
					w, _ := lookScaled(t, c, "web", now)
					a, err := e.Apply(t.Context(), w, decision(floor))
					if err != nil || !a.Changed || !strings.HasPrefix(a.Message, "minReplicaCount ") {
						t.Fatalf("%+v, %v", a, err)
					}
					if _, u := lookScaled(t, c, "web", now); minimumOf(u) != int64(floor) {
						t.Fatalf("minReplicaCount %v, want %d", minimumOf(u), floor)
					}
				}
				now = now.Add(time.Minute)
				w, _ := lookScaled(t, c, "web", now)
				if w.BaselineUnset != (before == nil) || before != nil && int64(w.Baseline) != before {
					t.Fatalf("baseline %d, unset %t", w.Baseline, w.BaselineUnset)
				}
				want := "unset"
				if before != nil {
					want = fmt.Sprint(before)
				}
				switch way {
				case "in steps":
					a, err := e.Apply(t.Context(), w, decision(w.Baseline))
					if err != nil || a.Outcome != workload.OutcomeRestored || a.Message != "minReplicaCount lowered from 5 to the baseline "+want {
						t.Fatalf("%+v, %v", a, err)
					}
				default:
					o := RestoreOptions{Now: now}
					if way == "expired" {
						o.Expired = true
						if r, err := Restore(t.Context(), clients, o); err != nil || len(r) > 0 {
							t.Fatalf("before it has run out: %v, %v", r, err)
						}
						o.Now = now.Add(time.Hour)
					}
					r, err := Restore(t.Context(), clients, o)
					if err != nil || len(r) != 1 || r[0].String() != "shop/web: Restored, minReplicaCount 5 → "+want {
						t.Fatalf("%v, %v", r, err)
					}
				}
				w, u := lookScaled(t, c, "web", now)
				if minimumOf(u) != before || w.LeaseText != "" {
					t.Errorf("minReplicaCount %v, lease %q", minimumOf(u), w.LeaseText)
				}
				if way != "in steps" && len(u.GetAnnotations()) > 0 {
					t.Errorf("annotations %v", u.GetAnnotations())
				}
				if event := <-events.Events; !strings.Contains(event, "Normal") {
					t.Errorf("%s", event)
				}
			})
		}
	}
}

// The patch is refused if what it rests on has changed, whatever is unset.
func TestAPatchOfAScaledObjectTestsWhatItRestsOn(t *testing.T) {
	w := workload.Workload{Kind: workload.ScaledObject, Key: workload.Key{Namespace: "shop", Name: "web"}, UID: "u", Unset: true, Ceiling: 100, CeilingUnset: true}
	ownership.Own(&w, noon)
	c := Plan(w, 4, noon, Tenure{TTL: time.Hour})
	for _, want := range []string{`{"op":"test","path":"/metadata/uid","value":"u"}`, `{"op":"test","path":"/spec/minReplicaCount"}`,
		`{"op":"test","path":"/spec/maxReplicaCount"}`, `{"op":"add","path":"/spec/minReplicaCount","value":4}`, `\"baseline\":0,\"floor\":4`, `\"unset\":true`} {
		if !strings.Contains(string(c.Patch), want) {
			t.Errorf("%s lacks %s", c.Patch, want)
		}
	}
	if c.String() != "minReplicaCount raised from unset to 4" {
		t.Error(c)
	}
	client := kedaClient(rawScaled("web", int64(2), nil))
	w.UID = "u-web"
	w.CeilingUnset, w.Ceiling = false, 40
	c = Plan(w, 4, noon, Tenure{TTL: time.Hour})
	if _, err := (Clients{Dynamic: client}).patch(t.Context(), w.Kind, w.Key, c.Patch); err == nil {
		t.Error("somebody has set minReplicaCount to 2 meanwhile")
	}
}

// KEDA writes the status some times a minute; an owner who writes meanwhile wins.
func TestAConflictOnAScaledObjectIsDecidedAgain(t *testing.T) {
	c := kedaClient(rawScaled("web", int64(2), nil))
	w, u := lookScaled(t, c, "web", noon)
	_ = unstructured.SetNestedField(u.Object, "now", "status", "lastActiveTime")
	u.SetResourceVersion("2")
	if _, err := c.Resource(keda.Resource).Namespace("shop").Update(t.Context(), u, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	e := NewEnforcer(Clients{Dynamic: c}, Options{Now: func() time.Time { return noon }})
	if a, err := e.Apply(t.Context(), w, decision(5)); err != nil || a.Outcome != workload.OutcomeRaised {
		t.Errorf("KEDA's status: %+v, %v", a, err)
	}
	c.PrependReactor("patch", "scaledobjects", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewConflict(keda.Resource.GroupResource(), "web", nil)
	})
	w, _ = lookScaled(t, c, "web", noon)
	if a, err := e.Apply(t.Context(), w, decision(7)); err != nil || a.Outcome != workload.OutcomeConflict || !strings.Contains(a.Message, "minReplicaCount, maxReplicaCount") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAPausedScaledObjectIsNotRaised(t *testing.T) {
	c := kedaClient(rawScaled("web", nil, nil))
	now := noon
	e := NewEnforcer(Clients{Dynamic: c}, Options{Now: func() time.Time { return now }})
	step := func(floor int32, keeps bool) (workload.Applied, any) {
		t.Helper()
		now = now.Add(time.Minute)
		w, _ := lookScaled(t, c, "web", now)
		w.KeepsOnly = keeps
		a, err := e.Apply(t.Context(), w, decision(floor))
		if err != nil {
			t.Fatal(err)
		}
		_, u := lookScaled(t, c, "web", now)
		return a, minimumOf(u)
	}
	if a, n := step(5, true); a.Changed || n != nil {
		t.Errorf("raised: %+v, %v", a, n)
	}
	step(5, false)
	if a, n := step(9, true); a.Changed || n != int64(5) || a.Lease == nil {
		t.Errorf("raised further, or not kept: %+v, %v", a, n)
	}
	if a, n := step(4, true); a.Outcome != workload.OutcomeLowered || n != int64(4) {
		t.Errorf("not lowered: %+v, %v", a, n)
	}
}

func TestScaledObjectsAreChangedAtAPace(t *testing.T) {
	var objs []runtime.Object
	for i := range 12 {
		objs = append(objs, rawScaled(fmt.Sprint("so-", i), int64(1), nil))
	}
	c := kedaClient(objs...)
	now := noon
	e := NewEnforcer(Clients{Dynamic: c}, Options{Now: func() time.Time { return now }})
	raised := func() (n int) {
		for i := range objs {
			w, _ := lookScaled(t, c, fmt.Sprint("so-", i), now)
			a, err := e.Apply(t.Context(), w, decision(8))
			switch {
			case err != nil:
				t.Fatal(err)
			case a.Changed:
				n++
			case a.Outcome != workload.OutcomeUnchanged && (a.Outcome != workload.OutcomeDelayed || !strings.Contains(a.Message, "stays 1 for a moment")):
				t.Errorf("%+v", a)
			}
		}
		return n
	}
	if n := raised(); n != 4 {
		t.Errorf("%d at once", n)
	}
	now = now.Add(2 * time.Second)
	if n := raised(); n != 4 {
		t.Errorf("%d two seconds later", n)
	}
	now = now.Add(10 * time.Second)
	if n := raised(); n != 4 {
		t.Errorf("%d in the end", n)
	}
}

func TestRestoreWithKEDA(t *testing.T) {
	lease := ownership.FormatLease(workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon.Add(30 * time.Minute)})
	carries := map[string]any{ownership.LeaseAnnotation: lease}
	kept := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "keda-hpa-web", UID: "h",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: "web", UID: "u-web"}},
		Annotations:     map[string]string{ownership.LeaseAnnotation: lease}}}
	kept.Spec.MinReplicas, kept.Spec.MaxReplicas = new(int32(9)), 40
	own := objectOf(named(enforced(9), "own"))
	fresh := func() (Clients, *fake.Clientset, *dynamicfake.FakeDynamicClient) {
		k, d := fake.NewClientset(kept.DeepCopy(), own.DeepCopy()), kedaClient(rawScaled("web", int64(9), carries), rawScaled("plain", nil, nil))
		return Clients{Kubernetes: k, Dynamic: d}, k, d
	}
	list := func(rs []Restored) string {
		var text []string
		for _, r := range rs {
			text = append(text, r.String())
		}
		return strings.Join(text, "; ")
	}
	const both = "shop/own: Restored, minReplicas 9 → 2; shop/web: Restored, minReplicaCount 9 → 2"
	clients, k, _ := fresh()
	got, err := Restore(t.Context(), clients, RestoreOptions{Now: noon})
	if err != nil || list(got) != both {
		t.Errorf("%s, %v", list(got), err)
	}
	for _, a := range k.Actions() {
		if p, ok := a.(clienttesting.PatchAction); ok && p.GetName() == "keda-hpa-web" {
			t.Errorf("KEDA's HPA was written: %s", p.GetPatch())
		}
	}
	for _, name := range []string{"web", "keda-hpa-web"} {
		clients, _, _ := fresh()
		if got, err := Restore(t.Context(), clients, RestoreOptions{Now: noon, Namespace: "shop", Name: name}); err != nil || list(got) != "shop/web: Restored, minReplicaCount 9 → 2" {
			t.Errorf("%s: %s, %v", name, list(got), err)
		}
	}
	clients, _, d := fresh()
	refuse := func(err error) {
		d.PrependReactor("*", "scaledobjects", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, err })
	}
	refuse(apierrors.NewNotFound(keda.Resource.GroupResource(), ""))
	if got, err := Restore(t.Context(), clients, RestoreOptions{Now: noon}); err != nil || list(got) != "shop/own: Restored, minReplicas 9 → 2" {
		t.Errorf("without KEDA: %s, %v", list(got), err)
	}
	clients, _, d = fresh()
	refuse(apierrors.NewForbidden(keda.Resource.GroupResource(), "", nil))
	if got, err := Restore(t.Context(), clients, RestoreOptions{Now: noon}); err == nil || !strings.Contains(err.Error(), "--keda=false") || len(got) != 1 {
		t.Errorf("not allowed: %s, %v", list(got), err)
	}
	clients.Dynamic = nil
	if _, err := Restore(t.Context(), clients, RestoreOptions{Now: noon}); err != nil {
		t.Error(err)
	}
}

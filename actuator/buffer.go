package actuator

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// What a CapacityBuffer of Highwater's carries. Only objects with this label are
// ever looked at, and of these only those of the same installation are written.
const (
	managedLabel           = "app.kubernetes.io/managed-by"
	managedSelector        = managedLabel + "=" + ownership.FieldManager
	workloadAnnotation     = "highwater.dev/workload"
	expiresAnnotation      = "highwater.dev/expires"
	installationAnnotation = "highwater.dev/installation"
)

const (
	bufferKind = "CapacityBuffer"
	// What owns a buffer, so that it is deleted with it.
	policyVersion, policyKind = "highwater.dev/v1alpha1", "FloorPolicy"
)

// maxBufferName is the longest name that is a label's value, too, which node
// autoscalers make of it.
const maxBufferName = 63

// bufferName names the buffer of a workload. Workloads of one namespace have names
// of their own, and so do their buffers.
func bufferName(k workload.Key) string {
	name := "highwater-" + k.Name
	if len(name) <= maxBufferName {
		return name
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(k.Name)) // never fails
	return fmt.Sprintf("%s-%016x", strings.TrimRight(name[:maxBufferName-17], "-."), h.Sum64())
}

// A buffer is what is read of a CapacityBuffer.
type buffer struct {
	key          workload.Key // of itself
	uid          types.UID
	owners       []metav1.OwnerReference
	created      time.Time
	expires      time.Time // zero if it does not say
	installation string
	of           string // name of its workload
	replicas     int32  // -1 if it does not say
	target       workload.Ref
	ready        *metav1.Condition // of the node autoscaler; nil if it has said nothing
}

// readyForProvisioning is the condition by which a node autoscaler takes a buffer up.
const readyForProvisioning = "ReadyForProvisioning"

func readBuffer(u *unstructured.Unstructured) buffer {
	a := u.GetAnnotations()
	b := buffer{
		key: workload.Key{Namespace: u.GetNamespace(), Name: u.GetName()}, uid: u.GetUID(), owners: u.GetOwnerReferences(),
		created: u.GetCreationTimestamp().Time, installation: a[installationAnnotation], of: a[workloadAnnotation], replicas: -1,
	}
	b.expires, _ = time.Parse(time.RFC3339, a[expiresAnnotation]) // the zero time has passed
	if n, ok, err := unstructured.NestedInt64(u.Object, "spec", "replicas"); ok && err == nil {
		b.replicas = int32(min(max(n, 0), 1<<30))
	}
	ref, _, _ := unstructured.NestedStringMap(u.Object, "spec", "scalableRef")
	b.target = workload.Ref{APIVersion: ref["apiGroup"], Kind: ref["kind"], Name: ref["name"]}
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range list {
		if m, ok := c.(map[string]any); ok && m["type"] == readyForProvisioning {
			text := func(field string) string { s, _ := m[field].(string); return s }
			b.ready = &metav1.Condition{Type: readyForProvisioning, Status: metav1.ConditionStatus(text("status")), Reason: text("reason"), Message: text("message")}
		}
	}
	return b
}

// expired reports whether the buffer has outlived its lease. One that says nothing,
// or runs for longer than any may, has.
func (b buffer) expired(now time.Time) bool {
	return !now.Before(b.expires) || b.expires.After(now.Add(ownership.MaxTTL+ownership.MaxSkew))
}

// scalableRef is what the buffer of a workload is of: the group, without a version.
func scalableRef(w *workload.Workload) workload.Ref {
	group := ""
	if gv, err := schema.ParseGroupVersion(w.Target.APIVersion); err == nil {
		group = gv.Group
	}
	return workload.Ref{APIVersion: group, Kind: w.Target.Kind, Name: w.Target.Name}
}

// owned reports whether the buffer goes with the policy of w.
func (b buffer) owned(w *workload.Workload) bool {
	return slices.ContainsFunc(b.owners, func(o metav1.OwnerReference) bool { return string(o.UID) == w.PolicyUID })
}

// newBuffer is the object that asks for the room of a request.
func newBuffer(version string, r workload.RoomRequest, installation string, expires time.Time) *unstructured.Unstructured {
	ref := scalableRef(r.Workload)
	u := &unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{
			"scalableRef": map[string]any{"apiGroup": ref.APIVersion, "kind": ref.Kind, "name": ref.Name},
			"replicas":    int64(r.Pods),
		},
	}}
	u.SetAPIVersion(bufferGroup + "/" + version)
	u.SetKind(bufferKind)
	u.SetNamespace(r.Namespace)
	u.SetName(bufferName(r.Key))
	u.SetLabels(map[string]string{managedLabel: ownership.FieldManager})
	u.SetAnnotations(map[string]string{
		workloadAnnotation: r.Name, installationAnnotation: installation, expiresAnnotation: stamp(expires),
	})
	u.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: policyVersion, Kind: policyKind, Name: r.PolicyName, UID: types.UID(r.PolicyUID),
	}})
	return u
}

// bufferPatch is the merge patch that brings a buffer to so many pods of a target,
// and renews it. It fails on another object of the same name.
func bufferPatch(b buffer, pods int32, target workload.Ref, expires time.Time) []byte {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": b.uid, "annotations": map[string]string{expiresAnnotation: stamp(expires)}},
		"spec": map[string]any{
			"replicas":    pods,
			"scalableRef": map[string]string{"apiGroup": target.APIVersion, "kind": target.Kind, "name": target.Name},
		},
	})
	if err != nil { // strings and numbers only
		panic(fmt.Sprintf("actuator: patch of a buffer: %v", err))
	}
	return patch
}

// stamp is a time as annotations hold it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

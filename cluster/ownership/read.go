package ownership

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// Read takes from an autoscaler all that says whose its minReplicas is, and
// finds that out: see Own. The error is that of a lease which cannot be read;
// what else is known is returned with it.
//
// The annotations of an HPA that KEDA keeps are copies of its ScaledObject's and
// say nothing of the HPA: see ReadScaledObject.
func Read(hpa *autoscalingv2.HorizontalPodAutoscaler, now time.Time) (workload.Workload, error) {
	w := workload.Workload{
		Kind:    workload.HorizontalPodAutoscaler,
		Floor:   1, // what the API server makes of none
		Ceiling: hpa.Spec.MaxReplicas,
	}
	if hpa.Spec.MinReplicas != nil {
		w.Floor = *hpa.Spec.MinReplicas
	}
	if keda.Owner(hpa) != nil {
		bare := hpa.ObjectMeta
		bare.Annotations = nil
		return read(w, &bare, now)
	}
	return read(w, &hpa.ObjectMeta, now)
}

// ReadScaledObject does the same for a ScaledObject, whose minReplicaCount may be
// unset: that counts as 0, and is restored as unset.
func ReadScaledObject(so *keda.ScaledObject, now time.Time) (workload.Workload, error) {
	w := workload.Workload{Kind: workload.ScaledObject, Ceiling: so.Max(), CeilingUnset: so.Spec.MaxReplicaCount == nil, Unset: so.Spec.MinReplicaCount == nil}
	if !w.Unset {
		w.Floor = *so.Spec.MinReplicaCount
	}
	return read(w, &so.ObjectMeta, now)
}

func read(w workload.Workload, o *metav1.ObjectMeta, now time.Time) (workload.Workload, error) {
	w.Key = workload.Key{Namespace: o.Namespace, Name: o.Name}
	w.UID, w.ResourceVersion = string(o.UID), o.ResourceVersion
	w.Writers, w.Declared, w.Annotated = writers(o.ManagedFields), Declared(o), o.Annotations != nil
	w.LeaseText, w.RecordText = o.Annotations[LeaseAnnotation], o.Annotations[RecordAnnotation]
	w.Record = ParseRecord(o.Annotations)
	var err error
	w.Lease, err = ParseLease(o.Annotations)
	w.LeaseBroken = err != nil
	Own(&w, now)
	return w, err
}

// FieldManager is the name that Highwater's writes carry in managedFields.
const FieldManager = "highwater"

// OwnsFloor reports whether an entry of managed fields is of an owner of
// minReplicas other than Highwater.
func OwnsFloor(f metav1.ManagedFieldsEntry) bool {
	return f.Manager != FieldManager && f.Subresource == "" && OwnsMinReplicas(f)
}

// OwnsMinReplicas reports whether an entry of managed fields is of an owner of
// minReplicas, or of a ScaledObject's minReplicaCount.
func OwnsMinReplicas(f metav1.ManagedFieldsEntry) bool {
	if f.FieldsV1 == nil {
		return false
	}
	fields := f.FieldsV1.GetRawString()
	return strings.Contains(fields, `"f:minReplicas"`) || strings.Contains(fields, `"f:minReplicaCount"`)
}

// copies reports whether an entry of managed fields is Argo CD's, of a client-side apply.
func copies(f metav1.ManagedFieldsEntry) bool {
	return GitOps(f.Manager) == ArgoCD && f.FieldsV1 != nil && strings.Contains(f.FieldsV1.GetRawString(), `"f:`+corev1.LastAppliedConfigAnnotation+`"`)
}

// writers lists the field managers that own minReplicas, the newest first.
func writers(fields []metav1.ManagedFieldsEntry) (list []workload.Writer) {
	for _, f := range fields {
		if !OwnsFloor(f) {
			continue
		}
		w := workload.Writer{Manager: f.Manager, Apply: f.Operation == metav1.ManagedFieldsOperationApply}
		if f.Time != nil {
			w.Time = f.Time.Time
		}
		list = append(list, w)
	}
	slices.SortStableFunc(list, func(a, b workload.Writer) int {
		return cmp.Or(b.Time.Compare(a.Time), apply(b)-apply(a), strings.Compare(a.Manager, b.Manager))
	})
	return list
}

func apply(w workload.Writer) int {
	if w.Apply {
		return 1
	}
	return 0
}

// DeclaredAnnotation holds minReplicas of the owner's last client-side apply on
// objects of which the rest of that apply was dropped, to save memory. It is on no
// object of the cluster.
const DeclaredAnnotation = "highwater.dev/declared"

// Declared returns the minReplicas, or minReplicaCount, that the owner last applied with kubectl's
// client-side apply; nil if there was none, or it said nothing of minReplicas, or
// it was made of an object that Highwater had written to, as Argo CD's is with
// RespectIgnoreDifferences.
func Declared(o *metav1.ObjectMeta) *int32 {
	text := o.Annotations[corev1.LastAppliedConfigAnnotation]
	if text == "" {
		text = o.Annotations[DeclaredAnnotation]
	}
	if text == "" || strings.Contains(text, LeaseAnnotation) || slices.ContainsFunc(o.ManagedFields, copies) {
		return nil
	}
	var applied struct {
		Spec struct {
			MinReplicas     *int32 `json:"minReplicas"`
			MinReplicaCount *int32 `json:"minReplicaCount"`
		} `json:"spec"`
	}
	if json.Unmarshal([]byte(text), &applied) != nil {
		return nil
	}
	return cmp.Or(applied.Spec.MinReplicas, applied.Spec.MinReplicaCount)
}

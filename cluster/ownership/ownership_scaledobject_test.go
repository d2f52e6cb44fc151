package ownership_test

import (
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// withLease is a ScaledObject with a minimum, nil for none, and a lease.
func withLease(minimum *int32, l *workload.Lease) *keda.ScaledObject {
	so := &keda.ScaledObject{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "s1"}}
	so.Spec.MinReplicaCount = minimum
	if l != nil {
		so.Annotations = map[string]string{ownership.LeaseAnnotation: ownership.FormatLease(*l)}
	}
	return so
}

func TestABaselineThatIsNotSet(t *testing.T) {
	lease := func(baseline int32, unset bool) *workload.Lease {
		return &workload.Lease{Baseline: baseline, Unset: unset, Floor: 7, Renewed: noon, Expires: noon.Add(time.Hour)}
	}
	for _, tt := range []struct {
		name     string
		minimum  *int32
		lease    *workload.Lease
		baseline int32
		unset    bool
		ours     bool
	}{
		{"not set, nothing raised", nil, nil, 0, true, false},
		{"0, nothing raised", new(int32(0)), nil, 0, false, false},
		{"3, nothing raised", new(int32(3)), nil, 3, false, false},
		{"raised from not set", new(int32(7)), lease(0, true), 0, true, true},
		{"raised from 0", new(int32(7)), lease(0, false), 0, false, true},
		{"raised from 3", new(int32(7)), lease(3, false), 3, false, true},
		{"the owner set 0 since", new(int32(0)), lease(0, true), 0, false, false},
		{"the owner took it away since", nil, lease(3, false), 0, true, false},
		{"the owner took it away since, from 0", nil, lease(0, false), 0, true, false},
		{"the owner set 4 since", new(int32(4)), lease(0, true), 4, false, false},
	} {
		so := withLease(tt.minimum, tt.lease)
		w, err := ownership.ReadScaledObject(so, noon)
		if err != nil || w.Baseline != tt.baseline || w.BaselineUnset != tt.unset || w.Own.Ours != tt.ours || w.Kind != workload.ScaledObject || w.Ceiling != 100 {
			t.Errorf("%s: baseline %d, unset %t, ours %t, %v", tt.name, w.Baseline, w.BaselineUnset, w.Own.Ours, err)
		}
	}
	w, _ := ownership.ReadScaledObject(withLease(nil, lease(3, false)), noon)
	if !w.Own.Overwritten || w.Own.Holds != 7 {
		t.Errorf("what is taken away has no writer, and is overwritten all the same: %+v", w.Own)
	}
}

// An owner who goes from not set to 0 or back has said something, though nothing
// is raised by it.
func TestTheRecordTellsNotSetFrom0(t *testing.T) {
	so := withLease(new(int32(0)), nil)
	so.Annotations = map[string]string{ownership.RecordAnnotation: ownership.FormatRecord(workload.Record{
		OwnerValue: workload.OwnerValue{Unset: true}, Floors: map[int32]time.Time{7: noon}})}
	if w, err := ownership.ReadScaledObject(so, noon); err != nil || w.BaselineUnset || w.Own.Record.Unset {
		t.Errorf("%+v, %v", w.Own, err)
	}
	so.Spec.MinReplicaCount = new(int32(7)) // a tool puts a floor back
	if w, err := ownership.ReadScaledObject(so, noon); err != nil || !w.BaselineUnset || !w.Own.Ours {
		t.Errorf("%+v, %v", w.Own, err)
	}
}

func TestALeaseThatIsUnsetAndHasABaseline(t *testing.T) {
	text := `{"baseline":2,"floor":7,"renewed":"2026-03-02T12:00:00Z","expires":"2026-03-02T13:00:00Z","unset":true}`
	if _, err := ownership.ParseLease(map[string]string{ownership.LeaseAnnotation: text}); err == nil {
		t.Error("which of them holds?")
	}
}

// KEDA copies annotations to the HPA that it keeps (E5).
func TestALeaseOnAnHPAThatKEDAKeepsIsIgnored(t *testing.T) {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "keda-hpa-web", OwnerReferences: []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: "web"}},
		Annotations: map[string]string{ownership.LeaseAnnotation: "broken", ownership.RecordAnnotation: `{"baseline":2}`}}}
	hpa.Spec.MinReplicas = new(int32(5))
	w, err := ownership.Read(hpa, noon)
	if err != nil || w.LeaseBroken || w.LeaseText != "" || w.RecordText != "" || w.Raised() || w.Baseline != 5 || hpa.Annotations[ownership.LeaseAnnotation] != "broken" {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestWhoWroteMinReplicaCount(t *testing.T) {
	so := withLease(new(int32(4)), &workload.Lease{Floor: 7, Unset: true, Renewed: noon, Expires: noon.Add(time.Hour)})
	entry := func(manager, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, Operation: "Update", FieldsV1: metav1.NewFieldsV1(fields)}
	}
	so.ManagedFields = []metav1.ManagedFieldsEntry{
		entry("keda", "status", `{"f:status":{}}`), entry("keda", "", `{"f:metadata":{"f:finalizers":{}}}`),
		entry("helm", "", `{"f:spec":{"f:minReplicaCount":{}}}`), entry("highwater", "", `{"f:spec":{"f:minReplicaCount":{}}}`)}
	so.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = `{"spec":{"minReplicaCount":4}}`
	w, err := ownership.ReadScaledObject(so, noon)
	if err != nil || len(w.Writers) != 1 || w.Writers[0].Manager != "helm" || w.Declared == nil || *w.Declared != 4 || !w.Own.Overwritten {
		t.Errorf("%+v, %v", w, err)
	}
}

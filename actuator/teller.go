package actuator

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// Recorder returns a recorder of Events that writes through client until ctx
// ends. client-go's correlator joins what repeats and limits what one object
// may tell: 25 events at once, then one every five minutes.
func Recorder(ctx context.Context, client kubernetes.Interface, instance string) record.EventRecorder {
	b := record.NewBroadcaster(record.WithContext(ctx))
	b.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	return b.NewRecorder(runtime.NewScheme(), corev1.EventSource{Component: ownership.FieldManager, Host: instance})
}

// teller writes Events on autoscalers. Without a recorder it is silent.
type teller struct{ events record.EventRecorder }

// floor tells of a floor that has changed.
func (t teller) floor(w workload.Workload, d recommender.Decision) {
	if t.events != nil {
		t.events.Event(reference(w), corev1.EventTypeNormal, string(d.Reason), d.Message)
	}
}

// baselineChanged is the reason of baseline's Event and the code of the problem
// that discovery makes of the same.
const baselineChanged = "BaselineChanged"

// floorReturned is the reason of the Event about a floor that somebody wrote back.
const floorReturned = "FloorReturned"

// baseline tells what became of the baseline with a write of ours.
func (t teller) baseline(w workload.Workload) {
	if t.events == nil || w.Lease == nil && w.Record == nil {
		return
	}
	by := w.Own.By
	if by == "" {
		by = "not known"
	}
	was := w.Own.Record.MinReplicas
	if w.Record != nil {
		was = w.Record.MinReplicas
	}
	if w.Lease != nil {
		was = w.Lease.Baseline
	}
	switch r := w.Own.Record.Returned; {
	case w.Own.Ours && r != nil && (w.Record == nil || w.Record.Returned == nil || *w.Record.Returned != *r):
		t.events.Eventf(reference(w), corev1.EventTypeNormal, floorReturned,
			"field manager %q wrote %d, which was a floor that Highwater set: the baseline is %d. To make %d the baseline, write it once more, or apply it",
			by, w.Floor, w.Baseline, w.Floor)
	case w.Baseline != was:
		t.events.Eventf(reference(w), corev1.EventTypeNormal, baselineChanged,
			"field manager %q wrote %s since Highwater did, so %d is the new baseline; it was %d", by, w.FloorField(), w.Baseline, was)
	}
}

// worthAnEvent reports whether to warn of a problem: of any if a policy asks
// for the workload, and of a fatal one also if a floor is set. Nobody asked
// about the others. Of a new baseline the teller has told already.
func worthAnEvent(w workload.Workload, p workload.Problem) bool {
	switch {
	case p.Code == baselineChanged:
		return false
	case w.PolicyName != "":
		return true
	}
	return p.Fatal && (w.Raised() || w.LeaseBroken)
}

func (t teller) warn(w workload.Workload, reason, message string) {
	if t.events != nil {
		t.events.Event(reference(w), corev1.EventTypeWarning, reason, message)
	}
}

func problemText(p workload.Problem) string {
	if p.Field == "" {
		return p.Message
	}
	return p.Field + ": " + p.Message
}

func reference(w workload.Workload) *corev1.ObjectReference {
	version := "autoscaling/v2"
	if w.Kind == workload.ScaledObject {
		version = keda.Resource.GroupVersion().String()
	}
	return &corev1.ObjectReference{
		APIVersion:      version,
		Kind:            w.Kind,
		Namespace:       w.Namespace,
		Name:            w.Name,
		UID:             types.UID(w.UID),
		ResourceVersion: w.ResourceVersion,
	}
}

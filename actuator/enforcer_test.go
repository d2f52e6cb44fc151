package actuator

import (
	"errors"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

var hpaResource = autoscalingv2.SchemeGroupVersion.WithResource("horizontalpodautoscalers")

// object is the autoscaler of a workload, as the API server would hold it.
func objectOf(w workload.Workload) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name, UID: "u1", Annotations: map[string]string{"team": "shop"}},
		Spec:       autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: &w.Floor, MaxReplicas: w.Ceiling},
	}
	for key, text := range map[string]string{ownership.LeaseAnnotation: w.LeaseText, ownership.RecordAnnotation: w.RecordText} {
		if text != "" {
			hpa.Annotations[key] = text
		}
	}
	for _, writer := range w.Writers {
		hpa.ManagedFields = append(hpa.ManagedFields, owning(writer.Manager, writer.Apply, writer.Time))
	}
	return hpa
}

// owning is the entry of a field manager that owns minReplicas.
func owning(manager string, apply bool, at time.Time) metav1.ManagedFieldsEntry {
	f := metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, Time: &metav1.Time{Time: at},
		FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReplicas":{}}}`)}
	if apply {
		f.Operation = metav1.ManagedFieldsOperationApply
	}
	return f
}

// stored reads the object back; the fake tracker applies the merge patch.
func stored(t *testing.T, c *fake.Clientset, w workload.Workload) (minReplicas int32, lease *workload.Lease) {
	t.Helper()
	hpa, err := c.AutoscalingV2().HorizontalPodAutoscalers(w.Namespace).Get(t.Context(), w.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if lease, err = ownership.ParseLease(hpa.Annotations); err != nil {
		t.Fatal(err)
	}
	if hpa.Annotations["team"] != "shop" || hpa.Spec.MaxReplicas != w.Ceiling {
		t.Errorf("something else was changed: %+v", hpa)
	}
	return *hpa.Spec.MinReplicas, lease
}

// read is w as the API server holds it now.
func read(t *testing.T, c *fake.Clientset, w workload.Workload) workload.Workload {
	t.Helper()
	hpa, err := c.AutoscalingV2().HorizontalPodAutoscalers(w.Namespace).Get(t.Context(), w.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now, err := ownership.Read(hpa, noon)
	if err != nil {
		t.Fatal(err)
	}
	now.Kind, now.PolicyName, now.Policy = w.Kind, w.PolicyName, w.Policy
	return now
}

func decision(floor int32) recommender.Decision {
	return recommender.Decision{Floor: floor, Reason: recommender.ReasonPeak, Message: "a peak is due at 12:30"}
}

func patches(c *fake.Clientset) (managers []string) {
	for _, a := range c.Actions() {
		if p, ok := a.(clienttesting.PatchActionImpl); ok {
			managers = append(managers, p.PatchOptions.FieldManager)
		}
	}
	return managers
}

func TestEnforcerSetsTheFloorAndGivesItBack(t *testing.T) {
	w := enforced(2)
	c := fake.NewClientset(objectOf(w))
	events := record.NewFakeRecorder(10)
	e := NewEnforcer(Clients{Kubernetes: c}, Options{Holder: "me", Events: events, Now: func() time.Time { return noon }})

	a, err := e.Apply(t.Context(), w, decision(9))
	if err != nil || !a.Changed || a.Outcome != workload.OutcomeRaised || a.Message != "minReplicas raised from 2 to 9" {
		t.Fatalf("%+v, %v", a, err)
	}
	if floor, lease := stored(t, c, w); floor != 9 || lease == nil || *lease != *a.Lease || lease.Baseline != 2 {
		t.Fatalf("minReplicas %d, lease %+v", floor, lease)
	}
	w = read(t, c, w)
	if a, err = e.Apply(t.Context(), w, decision(9)); err != nil || a.Changed || a.Outcome != workload.OutcomeUnchanged {
		t.Fatalf("again: %+v, %v", a, err)
	}
	if a, err = e.Apply(t.Context(), w, decision(2)); err != nil || a.Outcome != workload.OutcomeRestored || a.Lease != nil {
		t.Fatalf("back: %+v, %v", a, err)
	}
	if floor, lease := stored(t, c, w); floor != 2 || lease != nil {
		t.Fatalf("minReplicas %d, lease %+v", floor, lease)
	}
	if got := strings.Join(patches(c), " "); got != "highwater highwater" {
		t.Errorf("field managers of the patches: %q", got)
	}
	for range 2 {
		if got, want := <-events.Events, "Normal PredictedPeak a peak is due at 12:30"; got != want {
			t.Errorf("event %q, want %q", got, want)
		}
	}
	if n := len(events.Events); n != 0 {
		t.Errorf("%d events more than changes", n)
	}
}

func TestEnforcerLeavesAlone(t *testing.T) {
	observe := func(w workload.Workload) workload.Workload {
		w.Policy.Mode = recommender.Observe
		return w
	}
	broken := enforced(9)
	broken.Lease, broken.LeaseBroken, broken.LeaseText, broken.Baseline = nil, true, "?", 9
	tests := []struct {
		name    string
		w       workload.Workload
		floor   int32
		outcome string
		message string
	}{
		{"observe", observe(enforced(2)), 9, workload.OutcomeObserved, "minReplicas stays 2: the mode is Observe"},
		{"observe does not raise what it still carries", observe(enforced(9)), 20, workload.OutcomeUnchanged, "minReplicas stays 9"},
		{"a broken lease", broken, 20, workload.OutcomeBroken,
			"minReplicas stays 9: the annotation highwater.dev/lease cannot be read, so the baseline is not known"},
		{"no decision lowers nothing", enforced(9), 0, workload.OutcomeUnchanged, "minReplicas stays 9: there is no decision"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fake.NewClientset(objectOf(tt.w))
			e := NewEnforcer(Clients{Kubernetes: c}, Options{Now: func() time.Time { return noon }})
			a, err := e.Apply(t.Context(), tt.w, decision(tt.floor))
			if err != nil || a.Changed || a.Outcome != tt.outcome || a.Message != tt.message {
				t.Errorf("%+v, %v", a, err)
			}
			if len(c.Actions()) != 0 {
				t.Errorf("calls: %v", c.Actions())
			}
		})
	}
}

// What is scheduled is set where only the proof keeps floors from being.
func TestWhatIsScheduledIsSetWithoutAProof(t *testing.T) {
	w := enforced(2)
	w.Policy.Mode, w.OnlySchedules = recommender.Observe, true
	c := fake.NewClientset(objectOf(w))
	e := NewEnforcer(Clients{Kubernetes: c}, Options{Now: func() time.Time { return noon }})
	if a, err := e.Apply(t.Context(), w, decision(9)); err != nil || !a.Changed || a.Outcome != workload.OutcomeRaised {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := (Observer{Now: func() time.Time { return noon }}).Apply(t.Context(), w, decision(9)); err != nil || a.Outcome != workload.OutcomeWouldRaise {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestObserveGivesBackInSteps(t *testing.T) {
	w := enforced(9)
	w.Policy.Mode = recommender.Observe
	c := fake.NewClientset(objectOf(w))
	a, err := NewEnforcer(Clients{Kubernetes: c}, Options{Now: func() time.Time { return noon }}).Apply(t.Context(), w, decision(8))
	if floor, lease := stored(t, c, w); err != nil || a.Outcome != workload.OutcomeLowered || floor != 8 || lease.Baseline != 2 {
		t.Errorf("%+v, %v: minReplicas %d, lease %+v", a, err, floor, lease)
	}
}

// The fake tracker does not compare versions, so the faults are put in.
func TestEnforcerFaults(t *testing.T) {
	gr := hpaResource.GroupResource()
	tests := []struct {
		err     error
		outcome string
		wantErr string
	}{
		{apierrors.NewConflict(gr, "web", errors.New("modified")), workload.OutcomeConflict, ""},
		{apierrors.NewNotFound(gr, "web"), workload.OutcomeGone, ""},
		{apierrors.NewForbidden(gr, "web", errors.New("no rule")), "",
			`set minReplicas of shop/web to 9: horizontalpodautoscalers.autoscaling "web" is forbidden: no rule`},
	}
	for _, tt := range tests {
		c := fake.NewClientset()
		c.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, tt.err })
		events := record.NewFakeRecorder(1)
		a, err := NewEnforcer(Clients{Kubernetes: c}, Options{Events: events}).Apply(t.Context(), enforced(2), decision(9))
		if a.Changed || a.Outcome != tt.outcome || len(events.Events) != 0 {
			t.Errorf("%v: %+v, %d events", tt.err, a, len(events.Events))
		}
		if got := message(err); got != tt.wantErr || err != nil && !errors.Is(err, tt.err) {
			t.Errorf("error %q, want %q", got, tt.wantErr)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestMemoryForgetsWhatIsGone(t *testing.T) {
	var m memory
	for _, uid := range []string{"a", "b", "c"} {
		m.last(uid, noon)
	}
	m.last("d", noon.Add(3*time.Hour))
	if len(m.objects) != 1 {
		t.Errorf("%d objects kept, want 1", len(m.objects))
	}
}

func TestProblemsAreToldOnceToThoseWhoAsked(t *testing.T) {
	events := record.NewFakeRecorder(10)
	e := NewEnforcer(Clients{Kubernetes: fake.NewClientset()}, Options{Events: events})
	w := enforced(2)
	w.Problems = []workload.Problem{
		{Code: "NoMetrics", Field: "spec.metrics", Message: "there are none", Fatal: true},
		{Code: "OwnedByKEDA", Message: "only a notice"},
		{Code: "BaselineChanged", Message: "told of elsewhere"},
	}
	for range 3 {
		_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	}
	w.Problems[1].Message = "another notice" // and the fatal one still there
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	w.Problems = nil
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	w.Problems = []workload.Problem{{Code: "NoMetrics", Message: "again", Fatal: true}, {Code: "LimitOutOfRange", Message: "low"}}
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	w.UID, w.PolicyName = "u2", ""
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	if n := len(events.Events); n != 5 {
		t.Errorf("%d events; nobody asked for u2", n)
	}
	w.Lease = &workload.Lease{Baseline: 2, Floor: 2} // the policy is gone, its floor is not
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	w.PolicyName, w.Lease = "late", nil // as most policies are: the autoscaler was there before
	_, _ = e.Apply(t.Context(), w, recommender.Decision{})
	for _, want := range []string{
		"Warning NoMetrics spec.metrics: there are none", "Warning OwnedByKEDA only a notice", "Warning OwnedByKEDA another notice",
		"Warning NoMetrics again", "Warning LimitOutOfRange low",
		"Warning NoMetrics again", "Warning LimitOutOfRange low",
	} {
		if got := <-events.Events; got != want {
			t.Errorf("event %q, want %q", got, want)
		}
	}
	if len(events.Events) != 0 {
		t.Errorf("told too often: %q", <-events.Events)
	}
}

func TestObserverOnlyTells(t *testing.T) {
	observe := enforced(2)
	observe.Policy.Mode = recommender.Observe
	tests := []struct {
		w                workload.Workload
		floor            int32
		outcome, message string
	}{
		{enforced(2), 9, workload.OutcomeWouldRaise, "dry run: minReplicas would be raised from 2 to 9"},
		{enforced(9), 8, workload.OutcomeWouldLower, "dry run: minReplicas would be lowered from 9 to 8"},
		{enforced(9), 2, workload.OutcomeWouldRestore, "dry run: minReplicas would be lowered from 9 to the baseline 2"},
		{enforced(9), 9, workload.OutcomeUnchanged, "minReplicas stays 9"},
		{observe, 9, workload.OutcomeObserved, "minReplicas stays 2: the mode is Observe"},
	}
	for _, tt := range tests {
		a, err := Observer{Now: func() time.Time { return noon }}.Apply(t.Context(), tt.w, decision(tt.floor))
		if err != nil || a.Changed || a.Outcome != tt.outcome || a.Message != tt.message {
			t.Errorf("floor %d from %d: %+v, %v", tt.floor, tt.w.Floor, a, err)
		}
	}
}

package actuator

import (
	"testing"
	"time"

	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// A floor that is served is told of, and nothing is written for it.
func TestNothingIsWrittenForAServedFloor(t *testing.T) {
	c := kedaClient(rawScaled("web", int64(2), nil))
	events := record.NewFakeRecorder(10)
	e := NewEnforcer(Clients{Kubernetes: fake.NewClientset(), Dynamic: c}, Options{Events: events, Now: func() time.Time { return noon }})
	for _, tt := range []struct {
		served int32
		says   string
		events int
	}{
		{0, "no pods are asked for as a metric; minReplicaCount stays 2", 0},
		{9, "9 pods are asked for as a metric; minReplicaCount stays 2", 1},
		{9, "9 pods are asked for as a metric; minReplicaCount stays 2", 0},
		{1, "1 pod is asked for as a metric; minReplicaCount stays 2", 1},
	} {
		w, _ := lookScaled(t, c, "web", noon)
		w.AsMetric, w.Served = true, tt.served
		a, err := e.Apply(t.Context(), w, decision(9))
		if err != nil || a.Outcome != workload.OutcomeServed || a.Changed || a.Message != tt.says {
			t.Errorf("%+v, %v", a, err)
		}
		if n := len(events.Events); n != tt.events {
			t.Errorf("%d events, want %d", n, tt.events)
		}
		for range len(events.Events) {
			<-events.Events
		}
	}
	for _, a := range c.Actions() {
		if a.GetVerb() != "get" {
			t.Errorf("%+v", a)
		}
	}
}

// What was written before the policy served it is given back, and never raised.
func TestAServedFloorGivesBackWhatWasWritten(t *testing.T) {
	c := kedaClient(rawScaled("web", int64(2), nil))
	e := NewEnforcer(Clients{Kubernetes: fake.NewClientset(), Dynamic: c}, Options{Now: func() time.Time { return noon }})
	w, _ := lookScaled(t, c, "web", noon)
	if _, err := e.Apply(t.Context(), w, decision(9)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		floor, want int32
		outcome     string
	}{{12, 9, workload.OutcomeServed}, {8, 8, workload.OutcomeLowered}, {2, 2, workload.OutcomeRestored}, {12, 2, workload.OutcomeServed}} {
		w, _ := lookScaled(t, c, "web", noon)
		w.AsMetric, w.Served = true, 12
		a, err := e.Apply(t.Context(), w, decision(tt.floor))
		after, u := lookScaled(t, c, "web", noon)
		if err != nil || a.Outcome != tt.outcome || after.Floor != tt.want || (after.Lease != nil) != (tt.want > 2) {
			t.Errorf("a decision of %d: %+v, %v; minReplicaCount %v", tt.floor, a, err, minimumOf(u))
		}
	}
	if _, u := lookScaled(t, c, "web", noon); u.GetAnnotations()[ownership.LeaseAnnotation] != "" {
		t.Errorf("%v", u.GetAnnotations())
	}
}

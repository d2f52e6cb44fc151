package actuator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// A script is an object with Highwater and its owners writing in turn, a minute
// apart. It keeps the managed fields as the API server does: who changes
// minReplicas takes it from all others.
type script struct {
	t      *testing.T
	c      *fake.Clientset
	e      *Enforcer
	now    time.Time
	events *record.FakeRecorder
}

func newScript(t *testing.T) *script {
	s := &script{t: t, now: noon, events: record.NewFakeRecorder(10000)}
	// The other client keeps managed fields of its own.
	s.c = fake.NewSimpleClientset(objectOf(carrying(2, nil, nil, workload.Writer{Manager: "helm", Apply: true, Time: noon})))
	s.start()
	return s
}

// start starts Highwater anew, without a memory.
func (s *script) start() {
	s.e = NewEnforcer(Clients{Kubernetes: s.c}, Options{Holder: "me", Events: s.events, Now: func() time.Time { return s.now }})
}

// write has somebody write the object: minReplicas, and his name into the managed
// fields as an Update or an Apply. Annotations named with "-" are taken off.
func (s *script) write(manager string, apply bool, n int32, also ...string) {
	s.t.Helper()
	s.now = s.now.Add(time.Minute)
	hpas := s.c.AutoscalingV2().HorizontalPodAutoscalers("shop")
	hpa, err := hpas.Get(s.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	if *hpa.Spec.MinReplicas != n {
		hpa.ManagedFields = slices.DeleteFunc(hpa.ManagedFields, ownership.OwnsMinReplicas)
	}
	if *hpa.Spec.MinReplicas != n || apply {
		hpa.ManagedFields = append(hpa.ManagedFields, owning(manager, apply, s.now))
	}
	hpa.Spec.MinReplicas = &n
	for _, a := range also {
		if key, off := strings.CutPrefix(a, "-"); off {
			delete(hpa.Annotations, key)
		} else {
			hpa.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = a
			hpa.ManagedFields = append(hpa.ManagedFields, metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate,
				FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/last-applied-configuration":{}}}}`)})
		}
	}
	if _, err := hpas.Update(s.t.Context(), hpa, metav1.UpdateOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// floor has Highwater decide a floor, and returns what became of it.
func (s *script) floor(n int32) workload.Applied {
	s.t.Helper()
	s.now = s.now.Add(time.Second)
	w := s.look()
	a, err := s.e.Apply(s.t.Context(), w, decision(n))
	if err != nil {
		s.t.Fatal(err)
	}
	if after := s.look(); after.Floor != w.Floor { // the API server takes the field from the others
		hpas := s.c.AutoscalingV2().HorizontalPodAutoscalers("shop")
		hpa, _ := hpas.Get(s.t.Context(), "web", metav1.GetOptions{})
		hpa.ManagedFields = slices.DeleteFunc(hpa.ManagedFields, ownership.OwnsMinReplicas)
		if _, err := hpas.Update(s.t.Context(), hpa, metav1.UpdateOptions{}); err != nil {
			s.t.Fatal(err)
		}
	}
	return a
}

// look is the workload as Highwater sees it.
func (s *script) look() workload.Workload {
	s.t.Helper()
	hpa, err := s.c.AutoscalingV2().HorizontalPodAutoscalers("shop").Get(s.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := ownership.Read(hpa, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	like := enforced(2)
	w.Kind, w.PolicyName, w.Policy = like.Kind, like.PolicyName, like.Policy
	s.e.Recall(&w)
	return w
}

// ends checks what is the owner's in the end: what restore leaves behind.
func (s *script) ends(want int32) {
	s.t.Helper()
	if _, err := Restore(s.t.Context(), Clients{Kubernetes: s.c}, RestoreOptions{Now: s.now}); err != nil {
		s.t.Fatal(err)
	}
	hpa, err := s.c.AutoscalingV2().HorizontalPodAutoscalers("shop").Get(s.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	if got := *hpa.Spec.MinReplicas; got != want {
		s.t.Errorf("minReplicas ends at %d, and the owner wants %d", got, want)
	}
	for key := range hpa.Annotations {
		if strings.HasPrefix(key, "highwater.dev/") {
			s.t.Errorf("annotation %s is left", key)
		}
	}
}

func lastApplied(n int32) string {
	return fmt.Sprintf(`{"spec":{"minReplicas":%d,"maxReplicas":40}}`, n)
}

func TestWhoseMinReplicasIs(t *testing.T) {
	const patches, applies = false, true
	tests := map[string]struct {
		play func(s *script)
		want int32
	}{
		"nobody writes":                            {func(*script) {}, 2},
		"the owner applies what he did before":     {func(s *script) { s.write("helm", applies, 2) }, 2},
		"the owner applies another value":          {func(s *script) { s.write("helm", applies, 4) }, 4},
		"the owner applies just what the floor is": {func(s *script) { s.write("helm", applies, 12) }, 12},
		"the owner patches another value":          {func(s *script) { s.write("kubectl-edit", patches, 6) }, 6},
		"the owner patches more than the floor":    {func(s *script) { s.write("kubectl-edit", patches, 15) }, 15},
		"the owner applies with the client":        {func(s *script) { s.write("kubectl-client-side-apply", patches, 4, lastApplied(4)) }, 4},
		"with the client, just what the floor is": {func(s *script) {
			s.write("kubectl-client-side-apply", patches, 12, lastApplied(12))
		}, 12},
		"a backup that has our annotations is applied": {func(s *script) {
			s.write("kubectl-client-side-apply", patches, 12, strings.Replace(lastApplied(12), "{", `{"metadata":{"annotations":{"highwater.dev/lease":"?"}},`, 1))
		}, 2},
		"the object is replaced with all annotations": {func(s *script) {
			s.write("kubectl-replace", patches, 3, "-"+ownership.LeaseAnnotation, "-"+ownership.RecordAnnotation)
			if w := s.look(); !w.Own.Overwritten || w.Own.Holds != 12 {
				s.t.Errorf("it is not put back whole: %+v", w.Own)
			}
		}, 3},
		"only the annotations are taken off": {func(s *script) {
			s.write("kubectl-annotate", patches, 12, "-"+ownership.LeaseAnnotation, "-"+ownership.RecordAnnotation)
		}, 2},
		"a downscaler's night": {func(s *script) {
			s.write("kube-downscaler", patches, 1)
			s.floor(12)
			s.write("kube-downscaler", patches, 1)
			s.floor(1)
			s.write("kube-downscaler", patches, 12)
		}, 2},
		"a downscaler's night through which Highwater is restarted": {func(s *script) {
			s.write("kube-downscaler", patches, 1)
			s.floor(1)
			s.start()
			s.floor(1)
			s.write("kube-downscaler", patches, 12)
			s.floor(12)
			s.start()
			s.floor(8)
		}, 2},
		"a downscaler's week": {func(s *script) {
			for range 7 {
				s.write("kube-downscaler", patches, 1)
				s.floor(1)
				s.write("kube-downscaler", patches, 12)
				s.floor(12)
				s.floor(9)
				s.floor(12)
			}
		}, 2},
		"somebody writes a floor of ours twice": {func(s *script) {
			s.floor(2)
			s.write("kubectl-edit", patches, 12)
			s.floor(2)
			s.write("kubectl-edit", patches, 12)
		}, 12},
		"somebody else's value comes between": {func(s *script) {
			s.floor(2)
			s.write("kubectl-edit", patches, 12)
			s.floor(2)
			s.write("kubectl-edit", patches, 3)
			s.floor(3)
			s.write("kubectl-edit", patches, 12)
		}, 2},
		"Argo CD applies the floor, which it was told to ignore": {func(s *script) {
			s.write("argocd-controller", applies, 12)
			s.floor(12)
			s.floor(8)
			s.write("argocd-controller", applies, 8)
			s.floor(8)
			s.write("argocd-controller", applies, 12) // what it had read just before
		}, 2},
		"Argo CD's client does": {func(s *script) {
			s.write("argocd-controller", patches, 12, lastApplied(12))
			s.floor(8)
			s.write("argocd-controller", patches, 8, lastApplied(8))
		}, 2},
		"a floor of ours is written after a fortnight": {func(s *script) {
			s.floor(2)
			s.now = s.now.Add(15 * 24 * time.Hour)
			s.write("kubectl-edit", patches, 12)
		}, 12},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScript(t)
			s.floor(12)
			tt.play(s)
			s.floor(12) // as it will be, before the owner looks
			s.ends(tt.want)
		})
	}
}

// A deploy that writes its own minReplicas back is put right whole, as long as
// the lease runs; a value that stays is the baseline.
func TestAFloorIsPutBackWhole(t *testing.T) {
	s := newScript(t)
	s.floor(12)
	s.write("deploy", false, 2)
	w := s.look()
	if !w.Own.Overwritten || w.Own.Was != 12 || w.Own.Holds != 12 || w.Baseline != 2 || w.Own.Ours {
		t.Errorf("%+v", w.Own)
	}
	if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
		t.Errorf("%+v", a)
	}
	s.write("deploy", false, 2)
	s.now = s.now.Add(time.Hour)
	if w = s.look(); w.Own.Holds != 2 {
		t.Errorf("the lease has run out and its pods are gone, but %d holds", w.Own.Holds)
	}
}

func TestOverwritingAgainAndAgainIsAContest(t *testing.T) {
	f := func(name string, every time.Duration, most int) {
		t.Run(name, func(t *testing.T) {
			s := newScript(t)
			n := 0
			for s.floor(12).Outcome != workload.OutcomeContested {
				if n++; n > most {
					t.Fatalf("%d overwrites, and no contest", n)
				}
				s.now = s.now.Add(every - time.Minute)
				s.write("terraform", false, 2)
			}
			if n < most {
				t.Errorf("contested after %d overwrites; a few deploys are no contest", n)
			}
			w := s.look()
			if w.Floor != 2 || w.Lease != nil {
				t.Errorf("it is not left alone: %d, %+v", w.Floor, w.Lease)
			}
			s.start() // a restart forgets nothing
			if a := s.floor(12); a.Outcome != workload.OutcomeContested || a.Changed || !strings.Contains(a.Message, "terraform") {
				t.Errorf("after a restart: %+v", a)
			}
			s.now = s.now.Add(ownership.ContestPause)
			if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
				t.Errorf("after the pause: %+v", a)
			}
			warnings := 0
			for len(s.events.Events) > 0 {
				if strings.HasPrefix(<-s.events.Events, "Warning Contested") {
					warnings++
				}
			}
			if warnings != 2 { // one of each life
				t.Errorf("%d warnings", warnings)
			}
		})
	}
	f("every minute", time.Minute, ownership.ContestCount)
	f("every 16 minutes", 16*time.Minute, ownership.ContestDaily)
}

// A tool that applies a manifest again and again is known after the second time. The
// contest ends with the manifest's change, or with its time.
func TestAnApplierIsKnownAfterTwoOverwrites(t *testing.T) {
	const applies = true
	begin := func(t *testing.T, manager string, apply bool) *script {
		s := newScript(t)
		n := 0
		for s.floor(12).Outcome != workload.OutcomeContested {
			if n++; n > 2 {
				t.Fatalf("%d overwrites, and no contest", n)
			}
			s.write(manager, apply, 2)
		}
		if w := s.look(); w.Floor != 2 || w.Lease != nil {
			t.Fatalf("it is not left alone: %d, %+v", w.Floor, w.Lease)
		}
		return s
	}
	t.Run("its field is gone from the manifest", func(t *testing.T) {
		s := begin(t, "kustomize-controller", applies)
		if a := s.floor(12); a.Outcome != workload.OutcomeContested || !strings.Contains(a.Message, "or until what it applies has changed: leave minReplicas out of the manifest in the repository") {
			t.Errorf("%+v", a)
		}
		s.write("platform", false, 1) // the API server's default, once nobody applies it
		if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
			t.Errorf("%+v", a)
		}
		s.ends(1)
	})
	t.Run("its manifest has another value", func(t *testing.T) {
		s := begin(t, "helm", applies)
		s.write("helm", applies, 3)
		if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
			t.Errorf("%+v", a)
		}
		s.ends(3)
	})
	t.Run("Argo CD without server-side apply", func(t *testing.T) {
		s := begin(t, "argocd-controller", false)
		const want = "in the Application, add {group: autoscaling, kind: HorizontalPodAutoscaler, jsonPointers: [/spec/minReplicas]} to spec.ignoreDifferences"
		if a := s.floor(12); a.Outcome != workload.OutcomeContested || !strings.Contains(a.Message, want) {
			t.Errorf("%+v", a)
		}
		s.now = s.now.Add(ownership.ContestPause)
		if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
			t.Errorf("after the pause: %+v", a)
		}
	})
	t.Run("two upgrades ten minutes apart are none", func(t *testing.T) {
		s := newScript(t)
		for range 5 {
			if a := s.floor(12); a.Outcome != workload.OutcomeRaised {
				t.Fatalf("%+v", a)
			}
			s.now = s.now.Add(9 * time.Minute)
			s.write("helm", applies, 2)
		}
	})
}

func TestContestsGrowLonger(t *testing.T) {
	s := newScript(t)
	var pauses []time.Duration
	for range 7 {
		for s.floor(12).Outcome != workload.OutcomeContested {
			s.write("terraform", false, 2)
		}
		until := s.look().Own.Record.ContestedUntil
		pauses = append(pauses, until.Sub(s.now).Round(time.Hour))
		s.now = until
	}
	if got := fmt.Sprint(pauses); got != "[1h0m0s 2h0m0s 4h0m0s 8h0m0s 16h0m0s 24h0m0s 24h0m0s]" {
		t.Errorf("pauses %s", got)
	}
}

func TestAnotherInstallationsFloorIsLeftAlone(t *testing.T) {
	l := workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon.Add(30 * time.Minute), Holder: "pod", Installation: "other/highwater"}
	now := noon
	e := NewEnforcer(Clients{Kubernetes: fake.NewClientset(objectOf(carrying(9, &l, nil)))}, Options{Installation: "mine/highwater", Now: func() time.Time { return now }})
	for _, n := range []int32{2, 9, 20} {
		a, err := e.Apply(t.Context(), carrying(9, &l, nil), decision(n))
		if err != nil || a.Changed || a.Outcome != workload.OutcomeOtherInstallation || !strings.Contains(a.Message, "other/highwater (pod)") {
			t.Errorf("floor %d: %+v, %v", n, a, err)
		}
	}
	now = noon.Add(31 * time.Minute)
	if a, err := e.Apply(t.Context(), carrying(9, &l, nil), decision(20)); err != nil || a.Outcome != workload.OutcomeRaised || a.Lease.Installation != "mine/highwater" {
		t.Errorf("after the lease has run out: %+v, %v", a, err)
	}
}

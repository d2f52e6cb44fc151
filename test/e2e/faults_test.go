package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// fast are the options of a plane whose pods need no time: where only floors matter.
func fast() plane.Options { return plane.Options{PodReadyAfter: time.Second} }

// raised waits until the floor of web carries the spike.
func (w *world) raised(t *testing.T) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		if got := w.floor(t); got != spikePods {
			return fmt.Errorf("the floor is %d, not %d", got, spikePods)
		}
		return nil
	})
}

// expect waits until the API says of web what check asks for.
func (d *daemon) expect(t *testing.T, within time.Duration, check func(recommendation) error) {
	t.Helper()
	plane.Eventually(t, within, func() error {
		r, err := d.workload("shop", "web")
		if err != nil {
			return err
		}
		if err := check(r); err != nil {
			return fmt.Errorf("%w\n%+v", err, r)
		}
		return nil
	})
}

// metric returns the value of a line of /metrics; zero if there is none.
func (d *daemon) metric(t *testing.T, line string) (v float64) {
	t.Helper()
	_, body, err := d.get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(body, "\n") {
		if value, ok := strings.CutPrefix(l, line+" "); ok {
			if _, err := fmt.Sscan(value, &v); err != nil {
				t.Fatalf("%q: %v", l, err)
			}
		}
	}
	return v
}

// limit sets limits.max of the policy.
func (w *world) limit(t *testing.T, most int) {
	t.Helper()
	w.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", fmt.Sprintf(`{"spec": {"limits": {"max": %d}}}`, most))
}

// events returns the events of web of one reason, as "type message" lines.
func (w *world) events(t *testing.T, reason string) string {
	t.Helper()
	return w.Kubectl(t, "get", "events", "-n", "shop", "--field-selector=involvedObject.name=web,reason="+reason,
		"-o", `jsonpath={range .items[*]}{.type} {.message}{"\n"}{end}`)
}

// write sets minReplicas of web as another field manager.
func (w *world) write(t *testing.T, manager string, minReplicas int) {
	t.Helper()
	w.Kubectl(t, "patch", "hpa", "web", "-n", "shop", "--field-manager="+manager, "--type=merge",
		"-p", fmt.Sprintf(`{"spec": {"minReplicas": %d}}`, minReplicas))
}

// TestNothingIsLostWhenKubeAPIServerRestarts takes the kube-apiserver away while a floor is raised.
func TestNothingIsLostWhenKubeAPIServerRestarts(t *testing.T) {
	t.Parallel()
	w, d := newRaisedWorld(t, fast())
	lease := w.HPA(t, "shop", "web").Annotations["highwater.dev/lease"]

	same := func(when string) {
		t.Helper()
		h := w.HPA(t, "shop", "web")
		if *h.Spec.MinReplicas != spikePods || h.Annotations["highwater.dev/lease"] != lease {
			t.Errorf("%s: the floor is %d, the lease %s, not %s", when, *h.Spec.MinReplicas, h.Annotations["highwater.dev/lease"], lease)
		}
	}
	for i, away := range []time.Duration{0, 3 * time.Second, 0} {
		w.StopAPIServer(t)
		time.Sleep(away)
		w.StartAPIServer(t)
		for range 5 { // the ticks while its caches and those of highwater fill anew
			same(fmt.Sprintf("after restart %d", i+1))
			time.Sleep(time.Second)
		}
	}
	w.limit(t, 8)
	plane.Eventually(t, patience, func() error {
		if got := w.floor(t); got != 8 {
			return fmt.Errorf("the floor is %d, not 8", got)
		}
		return nil
	})
	d.expect(t, patience, func(r recommendation) error {
		if r.Baseline != baseline || r.Mode != "Enforce" || r.Error != "" || r.Lease == nil || r.Lease.Floor != 8 {
			return fmt.Errorf("the API does not tell of the floor")
		}
		return nil
	})
}

// TestConflictsLoseNothing has somebody else write the HPA all the time.
func TestConflictsLoseNothing(t *testing.T) {
	t.Parallel()
	o := fast()
	o.Audit = true
	w, d := newRaisedWorld(t, o)

	stop, done, labels := make(chan struct{}), make(chan struct{}), 0
	go func() {
		defer close(done)
		hpas := w.Client().AutoscalingV2().HorizontalPodAutoscalers("shop")
		for ; ; labels++ {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			patch := fmt.Sprintf(`{"metadata": {"labels": {"n%d": "x"}}}`, labels)
			if _, err := hpas.Patch(t.Context(), "web", types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "labeller"}); err != nil {
				t.Errorf("label %d: %v", labels, err)
				return
			}
		}
	}()
	var seen []int
	conflicts := func() float64 { return d.metric(t, `highwater_applied_total{outcome="Conflict"}`) }
	for round := range 6 {
		goal := []int{8, spikePods}[round%2]
		w.limit(t, goal)
		plane.Eventually(t, 2*patience, func() error {
			if got := w.floor(t); len(seen) == 0 || seen[len(seen)-1] != got {
				seen = append(seen, got)
			}
			if got := w.floor(t); got != goal {
				return fmt.Errorf("the floor is %d, not %d", got, goal)
			}
			return nil
		})
	}
	close(stop)
	<-done
	if n := conflicts(); n > 0 { // only what a decision rests on is tested: no label is
		t.Errorf("%v conflicts", n)
	}
	t.Logf("%d labels, %v conflicts, floors %v", labels, conflicts(), seen)
	h := w.HPA(t, "shop", "web")
	if len(h.Labels) != labels {
		t.Errorf("%d of %d labels are left", len(h.Labels), labels)
	}
	d.expect(t, patience, func(r recommendation) error {
		if r.Baseline != baseline || r.Error != "" || r.Applied.Outcome != "Unchanged" {
			return fmt.Errorf("not settled")
		}
		return nil
	})
	if failed := d.metric(t, `highwater_failures_total{reason="apply"}`); failed != 0 {
		t.Errorf("%v conflicts were taken for failures", failed)
	}
}

// TestADeletedHPAIsForgottenAndANewOneFound deletes the HPA under a raised floor.
func TestADeletedHPAIsForgottenAndANewOneFound(t *testing.T) {
	t.Parallel()
	w, d := newRaisedWorld(t, fast())
	old := w.HPA(t, "shop", "web")
	for round, fresh := range []int{3, 4} { // the second time with a new one at once
		w.Kubectl(t, "delete", "hpa", "web", "-n", "shop")
		if round == 0 {
			plane.Eventually(t, patience, func() error {
				if code, body, err := d.get("/api/v1/workloads/shop/web"); err != nil || code != 404 {
					return fmt.Errorf("the workload is still there: %d %s %v", code, body, err)
				}
				return nil
			})
		}
		w.CreateHPA(t, plane.HPA{Namespace: "shop", Name: "web", Min: fresh, Max: ceiling, Metrics: old.Spec.Metrics, Behavior: quick})
		w.raised(t)
		d.expect(t, patience, func(r recommendation) error {
			if r.Baseline != fresh || r.Lease == nil || r.Lease.Baseline != fresh || r.Error != "" {
				return fmt.Errorf("the baseline is not that of the new HPA, %d", fresh)
			}
			return nil
		})
	}
	if got := w.events(t, "Contested") + w.events(t, "BaselineChanged"); got != "" {
		t.Errorf("a new HPA was taken for an overwritten floor:\n%s", got)
	}
}

// TestAnEditedMinReplicasIsTheNewBaseline has the user change minReplicas under a raised floor.
func TestAnEditedMinReplicasIsTheNewBaseline(t *testing.T) {
	t.Parallel()
	w, d := newRaisedWorld(t, fast())

	const edited = 5
	w.write(t, "kubectl-edit", edited)
	d.expect(t, patience, func(r recommendation) error {
		if r.Baseline != edited {
			return fmt.Errorf("the baseline is %d, not %d", r.Baseline, edited)
		}
		return nil
	})
	w.raised(t)
	d.expect(t, patience, func(r recommendation) error {
		if r.Baseline != edited || r.Lease == nil || r.Lease.Baseline != edited || r.Lease.Floor != spikePods {
			return fmt.Errorf("the floor does not go on from the new baseline")
		}
		return nil
	})
	want := fmt.Sprintf("field manager \"kubectl-edit\" wrote minReplicas since Highwater did, so %d is the new baseline; it was %d", edited, baseline)
	plane.Eventually(t, patience, func() error {
		if got := w.events(t, "BaselineChanged"); strings.Count(got, want) != 1 || strings.Count(got, "\n") != 1 {
			return fmt.Errorf("events %q", got)
		}
		return nil
	})

	// On the way out it is the edited value that is given back.
	w.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", `{"spec": {"suspend": true}}`)
	plane.Eventually(t, patience, func() error {
		if h := w.HPA(t, "shop", "web"); *h.Spec.MinReplicas != edited || len(besidesRecord(h.Annotations)) != 0 {
			return fmt.Errorf("the floor is %d, the annotations %v", *h.Spec.MinReplicas, h.Annotations)
		}
		return nil
	})
	if got := w.events(t, "Contested"); got != "" {
		t.Errorf("one edit is no fight:\n%s", got)
	}
}

// TestAGitOpsToolIsNotFought has a tool set minReplicas back whenever it differs.
func TestAGitOpsToolIsNotFought(t *testing.T) {
	t.Parallel()
	w := newBusyWorld(t, fast())
	w.Apply(t, policy("Enforce", ""))
	d := serve(t, w.kubeconfig, w.prom.URL())
	d.ready(t)

	var seen []int
	writes := 0
	sync := func() {
		got := w.floor(t)
		seen = append(seen, got)
		if got != baseline {
			w.write(t, "argocd-controller", baseline)
			writes++
		}
	}
	deadline := time.Now().Add(patience)
	for {
		sync()
		r, err := d.workload("shop", "web")
		if err == nil && r.Applied.Outcome == "Contested" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not contested after %d writes; the floor went %v; %+v %v", writes, seen, r, err)
		}
		time.Sleep(time.Second)
	}
	if writes < 2 || writes > 3 { // one write is no fight, and a tool that is known needs no more than two
		t.Errorf("it took %d overwrites: %v", writes, seen)
	}
	quiet := len(seen)
	for range 12 {
		sync()
		time.Sleep(time.Second)
	}
	if slices.Max(seen[quiet:]) != baseline {
		t.Errorf("it went on: %v", seen[quiet:])
	}
	if a := besidesRecord(w.HPA(t, "shop", "web").Annotations); len(a) != 0 {
		t.Errorf("a lease is left on what is left alone: %v", a)
	}
	plane.Eventually(t, patience, func() error {
		got := w.events(t, "Contested")
		if strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "Warning") || !strings.Contains(got, `"argocd-controller"`) {
			return fmt.Errorf("events %q", got)
		}
		condition := w.Kubectl(t, "get", "floorpolicy", "web", "-n", "shop",
			"-o", `jsonpath={range .status.conditions[?(@.type=="Enforcing")]}{.status} {.reason} {.message}{end}`)
		if !strings.HasPrefix(condition, "False Contested") || !strings.Contains(condition, "argocd-controller") {
			return fmt.Errorf("the policy says %q", condition)
		}
		return nil
	})
}

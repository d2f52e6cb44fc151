package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// once a day comes a spike from a calm load.
func spikes(at time.Time, width time.Duration, calm, load float64) func(time.Time) float64 {
	return func(now time.Time) float64 {
		if since := ((now.Sub(at) % (24 * time.Hour)) + 24*time.Hour) % (24 * time.Hour); since < width {
			return load
		}
		return calm
	}
}

// A kedaSighting is a ScaledObject at one moment.
type kedaSighting struct {
	at      time.Time
	least   string // of the ScaledObject
	carried int    // minReplicas of KEDA's HPA
	pods    plane.Replicas
}

// TestKEDAKeepsTheFloor is the main job where KEDA scales: the floor is in the
// ScaledObject ahead of the spike, KEDA carries it to its HPA and from 0 replicas, the
// pods are Ready when the load arrives, and afterwards the ScaledObjects say
// what they said before: nothing, 0 and 2.
func TestKEDAKeepsTheFloor(t *testing.T) {
	t.Parallel()
	const width = 25 * time.Second
	var spike time.Time
	k := newKEDAWorld(t, plane.Options{PodReadyAfter: 8 * time.Second, Audit: true}, 3, func() map[string]func(time.Time) float64 {
		spike = time.Now().Add(85 * time.Second).Truncate(10 * time.Second)
		return map[string]func(time.Time) float64{
			"web":  spikes(spike, width, 150, 860),
			"work": spikes(spike, width, 0, 560), // nothing but the spike
		}
	})
	before := map[string]string{"web": "2", "unset": "unset", "nought": "0"}
	pods := map[string]int{"web": 9, "unset": 6, "nought": 6}
	k.CreateNamespace(t, "shop")
	for name, least := range before {
		app := "work"
		if name == "web" {
			app = name
		}
		k.CreateDeployment(t, "shop", name, 1, "100m")
		k.Apply(t, k.scaled(name, app, strings.TrimPrefix(least, "unset")))
	}
	// The name of KEDA's HPA means its ScaledObject, too.
	k.Apply(t, kedaPolicy("web", "HorizontalPodAutoscaler", "keda-hpa-web")+kedaPolicy("unset", "ScaledObject", "unset")+kedaPolicy("nought", "ScaledObject", "nought"))
	d := k.serve(t, "--history", "3d")

	seen := map[string][]kedaSighting{}
	watch := func(until time.Time) {
		for time.Now().Before(until) {
			for name := range before {
				s := kedaSighting{at: time.Now(), least: least(k.read(t, name)), pods: k.Replicas(t, "shop", name)}
				if out, err := k.TryKubectl("", "get", "hpa", "-n", "shop", "keda-hpa-"+name, "-o", "jsonpath={.spec.minReplicas}"); err == nil {
					_, _ = fmt.Sscan(out, &s.carried)
				}
				seen[name] = append(seen[name], s)
			}
			time.Sleep(time.Second)
		}
	}
	story := func(name string) string {
		var b strings.Builder
		for i, s := range seen[name] {
			if i == 0 || s.least != seen[name][i-1].least || s.pods != seen[name][i-1].pods {
				fmt.Fprintf(&b, "%s %s: minReplicaCount %s, HPA %d, %+v\n", name, s.at.Format("15:04:05"), s.least, s.carried, s.pods)
			}
		}
		return b.String()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the spike came at %s", spike.Format("15:04:05"))
			for name := range before {
				t.Log(story(name))
			}
		}
	})
	watch(spike.Add(-time.Second))
	for name, want := range pods {
		if first := seen[name][0]; first.least != before[name] {
			t.Errorf("%s had minReplicaCount %s long before the spike; the test has to see it rise", name, first.least)
		}
		last := seen[name][len(seen[name])-1]
		if n, _ := strconv.Atoi(last.least); n < want || last.carried < want || last.pods.Ready < want {
			t.Errorf("%s a second before the load: %+v; %d pods have to be Ready", name, last, want)
		}
	}
	if rec, err := d.workload("shop", "unset"); err != nil || rec.Baseline != 0 || rec.Lease == nil || rec.Ceiling != 20 || rec.Signals[0].Query != `sum(requests_per_second{app="work"})` {
		t.Errorf("%+v, %v", rec, err)
	}
	watch(spike.Add(width))
	home := func() bool {
		for name, want := range before {
			if so := k.read(t, name); least(so) != want || so.GetAnnotations()[leaseAnnotation] != "" {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(70 * time.Second); time.Now().Before(deadline) && !home(); {
		watch(time.Now().Add(time.Second))
	}
	for name, want := range before {
		so := k.read(t, name)
		if least(so) != want || so.GetAnnotations()[leaseAnnotation] != "" {
			t.Errorf("%s ends with minReplicaCount %s and the lease %q; it was %s", name, least(so), so.GetAnnotations()[leaseAnnotation], want)
		}
		// Who fights over an HPA changes it more often than the ScaledObject was.
		asked, carried := 0, 0
		for i, s := range seen[name][1:] {
			if s.least != seen[name][i].least {
				asked++
			}
			if s.carried != seen[name][i].carried {
				carried++
			}
		}
		if carried > asked+1 { // one when it was made
			t.Errorf("minReplicas of KEDA's HPA of %s changed %d times for %d changes of minReplicaCount", name, carried, asked)
		}
		t.Log(story(name))
	}
	// KEDA decides when to go to 0.
	plane.Eventually(t, patience, func() error {
		for _, name := range []string{"unset", "nought"} {
			if r := k.Replicas(t, "shop", name); r.Wanted != 0 {
				return fmt.Errorf("%s is at %+v", name, r)
			}
		}
		return nil
	})
	k.untouched(t)
}

// TestKEDAInTrouble: KEDA is down, its HPA is deleted, its owner pauses it, or deletes
// and makes the ScaledObject anew, all while a floor is raised.
func TestKEDAInTrouble(t *testing.T) {
	t.Parallel()
	k := newKEDAWorld(t, plane.Options{PodReadyAfter: time.Second, Audit: true}, 1, func() map[string]func(time.Time) float64 {
		return map[string]func(time.Time) float64{"web": func(time.Time) float64 { return 760 }}
	})
	k.CreateDeployment(t, "shop", "web", 1, "100m")
	manifest := k.scaled("web", "web", "2")
	k.Apply(t, manifest+kedaPolicy("web", "ScaledObject", "web"))
	// A load that only KEDA knows, from what its operator exports.
	k.CreateDeployment(t, "shop", "queue", 1, "100m")
	k.Apply(t, `{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: queue, namespace: shop},
spec: {scaleTargetRef: {name: queue}, minReplicaCount: 1, pollingInterval: 2, triggers: [{type: kubernetes-workload, metadata: {podSelector: app=web, value: "3"}}]}}`)
	d := k.serve(t)
	k.raisedTo(t, "web", 8)
	k.carried(t, "web")
	plane.Eventually(t, patience, func() error {
		rec, err := d.workload("shop", "queue")
		if err != nil || len(rec.Signals) != 1 || time.Since(rec.Signals[0].Newest) > time.Minute || !strings.Contains(rec.Signals[0].Query, "keda_scaler_metrics_value") {
			return fmt.Errorf("what KEDA exports of a queue is not read: %+v, %v", rec, err)
		}
		return nil
	})
	floor := least(k.read(t, "web"))
	if events := k.Kubectl(t, "get", "events", "-n", "shop", "--field-selector=involvedObject.kind=ScaledObject,source=highwater"); !strings.Contains(events, "floor") {
		t.Errorf("no event on the ScaledObject:\n%s", events)
	}
	k.Kubectl(t, "wait", "--for=condition=Enforcing", "fp/web", "-n", "shop", "--timeout=20s")

	kept := func(when string) {
		t.Helper()
		if so := k.read(t, "web"); least(so) != floor || so.GetAnnotations()[leaseAnnotation] == "" {
			t.Errorf("%s: minReplicaCount %s, want %s, and the lease %q", when, least(so), floor, so.GetAnnotations()[leaseAnnotation])
		}
	}

	k.keda.Stop()
	k.Kubectl(t, "delete", "hpa", "keda-hpa-web", "-n", "shop")
	d.tells(t, "web", "NotCarried", "KEDA keeps no HorizontalPodAutoscaler for it")
	kept("KEDA is down and its HPA gone")
	k.keda.Start(t)
	k.carried(t, "web")
	kept("KEDA is back")

	k.Kubectl(t, "annotate", "scaledobject", "web", "-n", "shop", "autoscaling.keda.sh/paused=true")
	d.tells(t, "web", "Paused", "remove autoscaling.keda.sh/paused")
	plane.Eventually(t, patience, func() error {
		if out, err := k.TryKubectl("", "get", "hpa", "keda-hpa-web", "-n", "shop", "--ignore-not-found", "-o", "name"); err != nil || out != "" {
			return fmt.Errorf("KEDA has not paused yet: %s, %v", out, err)
		}
		return nil
	})
	time.Sleep(3 * time.Second) // some ticks
	kept("paused")
	k.Kubectl(t, "annotate", "scaledobject", "web", "-n", "shop", "autoscaling.keda.sh/paused-")
	k.carried(t, "web")
	kept("no longer paused")

	// The floor gives way to an owner who lowers the maximum below it.
	k.Kubectl(t, "patch", "scaledobject", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"maxReplicaCount":5}}`)
	plane.Eventually(t, patience, func() error {
		if so := k.read(t, "web"); least(so) != "5" || !strings.Contains(so.GetAnnotations()[leaseAnnotation], `"baseline":2`) {
			return fmt.Errorf("minReplicaCount %s with the lease %q; want 5 over 2", least(so), so.GetAnnotations()[leaseAnnotation])
		}
		return nil
	})
	k.Kubectl(t, "patch", "scaledobject", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"maxReplicaCount":20}}`)
	k.raisedTo(t, "web", 8)

	k.Kubectl(t, "delete", "scaledobject", "web", "-n", "shop")
	k.Apply(t, manifest)
	k.raisedTo(t, "web", 8)
	k.carried(t, "web")
	if rec, err := d.workload("shop", "web"); err != nil || rec.Baseline != 2 {
		t.Errorf("made anew: %+v, %v", rec, err)
	}
	k.untouched(t)

	// A process that dies leaves the way back on the ScaledObject.
	d.kill()
	out, problem, code := run(t, "restore", "--kubeconfig", k.ServiceAccountKubeconfig(t, "highwater", restoreAccount), "--all")
	if row := restoredRows(t, out)["web"]; code != 0 || row != (restoredRow{8, 2, "Restored"}) || !strings.Contains(out, "ScaledObject") {
		t.Errorf("restore --all: %d: %s%s", code, out, problem)
	}
	if so := k.read(t, "web"); least(so) != "2" || so.GetAnnotations()[leaseAnnotation] != "" {
		t.Errorf("minReplicaCount %s, annotations %v", least(so), so.GetAnnotations())
	}
	k.carried(t, "web")
}

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// fallback is what KEDA scales to while a trigger fails. It does nothing for an
// external scaler that is down, of which KEDA cannot learn the metric then.
const fallback = "\n  fallback: {failureThreshold: 20, replicas: 7}"

// asking is the manifest of a ScaledObject that asks Highwater for its floor, beside
// its own trigger, by a trigger in YAML. Its HPA scales as fast as it is asked to.
func (k *kedaWorld) asking(name, app, least, trigger string) string {
	return k.scaled(name, app, least) + "  - " + trigger + `
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 100, periodSeconds: 15}]}
        scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 100, periodSeconds: 15}]}
`
}

func (k *kedaWorld) servedPolicy(name string) string {
	return strings.Replace(kedaPolicy(name, "ScaledObject", name), "mode: Enforce", "mode: Enforce\n  actuation: Metric", 1)
}

// TestKEDAScalesOnTheServedFloor: real KEDA asks Highwater for floors, over gRPC with
// and without push and over HTTP, and brings the pods ahead of the spike, from 2,
// from zero and from idle, and back. Nothing is written to the ScaledObjects or to KEDA's HPAs.
func TestKEDAScalesOnTheServedFloor(t *testing.T) {
	t.Parallel()
	const width = 25 * time.Second
	var spike time.Time
	k := newKEDAWorld(t, plane.Options{PodReadyAfter: 8 * time.Second, Audit: true}, 3, func() map[string]func(time.Time) float64 {
		spike = time.Now().Add(95 * time.Second).Truncate(10 * time.Second)
		return map[string]func(time.Time) float64{
			"web":  spikes(spike, width, 150, 860),
			"work": spikes(spike, width, 0, 560), // nothing but the spike
		}
	})
	scaler := freeAddr(t)
	args := []string{"--history", "3d", "--scaler-listen", scaler, "--listen", freeAddr(t)}
	d := k.serve(t, args...)
	before := map[string]string{"push": "2", "nought": "0", "poll": "2", "http": "2", "idle": "2"}
	rest := map[string]int{"push": 2, "nought": 0, "poll": 2, "http": 2, "idle": 0}
	pods := map[string]int{"push": 9, "nought": 6, "poll": 9, "http": 9, "idle": 6}
	k.CreateNamespace(t, "shop")
	for name, least := range before {
		app, trigger := "web", fmt.Sprintf("{type: external-push, metadata: {scalerAddress: %q}}", scaler)
		switch name {
		case "nought":
			app = "work"
		case "idle": // at idleReplicaCount a floor in minReplicaCount would have no effect
			app, trigger = "work", trigger+"\n  idleReplicaCount: 0"
		case "poll":
			trigger = fmt.Sprintf("{type: external, metadata: {scalerAddress: %q}}", scaler)
		case "http":
			trigger = fmt.Sprintf(`{type: metrics-api, metadata: {url: "%s/api/v1/workloads/shop/http/metric", valueLocation: value, targetValue: "1"}}`, d.URL) + fallback
		}
		k.CreateDeployment(t, "shop", name, 1, "100m")
		k.Apply(t, k.asking(name, app, least, trigger)+k.servedPolicy(name))
	}

	seen := map[string][]kedaSighting{}
	watch := func(until time.Time) {
		for time.Now().Before(until) {
			for name := range before {
				seen[name] = append(seen[name], kedaSighting{at: time.Now(), least: least(k.read(t, name)), pods: k.Replicas(t, "shop", name)})
			}
			time.Sleep(time.Second)
		}
	}
	story := func(name string) string {
		var b strings.Builder
		for i, s := range seen[name] {
			if i == 0 || s.least != seen[name][i-1].least || s.pods != seen[name][i-1].pods {
				fmt.Fprintf(&b, "%s %s (%+.0f s): minReplicaCount %s, %+v\n", name, s.at.Format("15:04:05"), s.at.Sub(spike).Seconds(), s.least, s.pods)
			}
		}
		return b.String()
	}
	t.Cleanup(func() {
		for name := range before {
			t.Log(story(name))
		}
	})
	// A restart lowers nothing.
	watch(spike.Add(-25 * time.Second))
	d.kill()
	restarted := time.Now()
	d = k.serve(t, args...)
	watch(spike.Add(-time.Second))
	for name, want := range pods {
		if !slices.ContainsFunc(seen[name], func(s kedaSighting) bool { return s.pods.Wanted == rest[name] }) {
			t.Errorf("%s was never seen at rest", name)
		}
		if last := seen[name][len(seen[name])-1]; last.pods.Ready < want {
			t.Errorf("%s a second before the load: %+v; %d pods have to be Ready", name, last, want)
		}
		for _, s := range seen[name] {
			if s.at.After(restarted) && s.pods.Wanted < want {
				t.Errorf("%s after a restart of Highwater at %s: %+v", name, restarted.Format("15:04:05"), s)
				break
			}
		}
		rec, err := d.workload("shop", name)
		if err != nil || len(rec.Signals) != 1 || rec.Lease != nil || rec.Applied.Outcome != "Served" || len(rec.Problems) != 0 {
			t.Errorf("%s: its own floor is no load, and nothing is written: %+v, %v", name, rec, err)
		}
		if out := k.Kubectl(t, "get", "fp", name, "-n", "shop", "-o", "jsonpath={.status.served}"); out == "" {
			t.Errorf("%s: its policy does not say what is served", name)
		}
	}
	watch(spike.Add(width))
	home := func() bool {
		for name, want := range rest {
			if r := k.Replicas(t, "shop", name); r.Wanted != want {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(80 * time.Second); time.Now().Before(deadline) && !home(); {
		watch(time.Now().Add(time.Second))
	}
	for name, want := range before {
		if r := k.Replicas(t, "shop", name); r.Wanted != rest[name] {
			t.Errorf("%s ends at %+v; it was at %d", name, r, rest[name])
		}
		for _, s := range seen[name] {
			if s.least != want {
				t.Errorf("%s has minReplicaCount %s, want %s all the time", name, s.least, want)
				break
			}
		}
	}
	// Highwater is down: pods stay as they are, unless KEDA has a number for it.
	d.kill()
	plane.Eventually(t, patience, func() error {
		if r := k.Replicas(t, "shop", "http"); r.Wanted != 7 {
			return fmt.Errorf("%+v, and KEDA's fallback is 7", r)
		}
		return nil
	})
	for _, name := range []string{"push", "poll"} {
		if r := k.Replicas(t, "shop", name); r.Wanted != 2 {
			t.Errorf("%s is at %+v while Highwater is down", name, r)
		}
	}
	// KEDA makes its HPA without the metric while it cannot ask for it, and mends that
	// once Highwater is back, if it is told of it.
	metrics := func() string {
		return k.Kubectl(t, "get", "hpa", "keda-hpa-push", "-n", "shop", "-o", "jsonpath={.spec.metrics[*].external.metric.name}")
	}
	k.keda.Stop()
	k.keda.Start(t)
	plane.Eventually(t, patience, func() error {
		if names := metrics(); strings.Contains(names, "highwater-floor") {
			return fmt.Errorf("KEDA has not looked yet: its HPA has %s", names)
		}
		return nil
	})
	k.serve(t, args...)
	plane.Eventually(t, patience, func() error {
		if names := metrics(); !strings.Contains(names, "s1-highwater-floor") {
			return fmt.Errorf("KEDA's HPA has %s", names)
		}
		return nil
	})
	for _, e := range k.Audit(t, plane.ServiceAccountUser("highwater", serveAccount)) {
		if e.Namespace == "shop" && e.Verb == "patch" && (e.Resource == hpaResource.Resource || e.Resource == scaledObjects.Resource) {
			t.Errorf("Highwater wrote what it only serves: %+v", e)
		}
	}
}

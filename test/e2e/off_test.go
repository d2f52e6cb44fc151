package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// says waits until the HPA controller says so of an autoscaler of shop.
func says(t *testing.T, p *plane.Plane, name string, kind autoscalingv2.HorizontalPodAutoscalerConditionType, status corev1.ConditionStatus, reason string) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		conditions := p.HPA(t, "shop", name).Status.Conditions
		for _, c := range conditions {
			if c.Type == kind && c.Status == status && (reason == "" || c.Reason == reason) {
				return nil
			}
		}
		return fmt.Errorf("hpa %s does not say %s=%s %s: %+v", name, kind, status, reason, conditions)
	})
}

// heldBack waits until the API and the status of the policy tell why no floor is
// set for a workload of shop, in words that hold each of the given ones.
func (f *fleet) heldBack(t *testing.T, d *daemon, name, ready, code string, words ...string) {
	t.Helper()
	s := f.statusIs(t, name, ready, "", "False "+code)
	rec, err := d.workload("shop", name)
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, p := range rec.Problems {
		if p.Code == code {
			told = p.Field + ": " + p.Message
		}
	}
	for _, want := range words {
		for where, text := range map[string]string{"problems of the API": told, "condition Ready": s.because("Ready"), "condition Enforcing": s.because("Enforcing")} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s of %s lack %q: %q", where, name, want, text)
			}
		}
	}
	t.Logf("%s: %s", name, told)
}

// restored waits until the floor of a workload of shop is given back. It goes in
// steps, and may be on its way already.
func (f *fleet) restored(t *testing.T, name string, baseline int) {
	t.Helper()
	plane.Eventually(t, patience, func() error {
		h := f.HPA(t, "shop", name)
		if lease := h.Annotations[leaseAnnotation]; int(*h.Spec.MinReplicas) != baseline || lease != "" {
			return fmt.Errorf("hpa %s has minReplicas %d and the lease %q; want the baseline %d and none", name, *h.Spec.MinReplicas, lease, baseline)
		}
		return nil
	})
}

// stays watches for some ticks that the floor of a workload of shop is the baseline.
func (f *fleet) stays(t *testing.T, name string, baseline int) {
	t.Helper()
	for range 8 {
		if got := f.floorOf(t, name); got != baseline {
			t.Fatalf("minReplicas of %s is %d; want it left at %d", name, got, baseline)
		}
		time.Sleep(time.Second)
	}
}

// TestOffWhileScaledToZeroByHand turns a workload off with `kubectl scale` under
// a raised floor, and on again.
func TestOffWhileScaledToZeroByHand(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 760})
	f.Apply(t, plainHPA("web", 2, 20)+floorPolicy("web", "Enforce", ""))
	d := f.serve(t)
	f.raised(t, "web", 8) // though the metrics of the HPA fail: there is no metrics API
	says(t, f.Plane, "web", autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetExternalMetric")
	f.statusIs(t, "web", "True Usable", "", "True Enforcing")

	f.Kubectl(t, "scale", "deployment", "web", "-n", "shop", "--replicas=0")
	says(t, f.Plane, "web", autoscalingv2.ScalingActive, corev1.ConditionFalse, "ScalingDisabled")
	f.restored(t, "web", 2)
	f.heldBack(t, d, "web", "True Usable", "ScalingDisabled", "status.conditions[ScalingActive]",
		"scaling is disabled since the replica count of the target is zero", "scale Deployment web to 1 replica or more")
	f.stays(t, "web", 2)
	if r := f.Replicas(t, "shop", "web"); r.Wanted != 0 {
		t.Errorf("the Deployment that was scaled to zero: %+v", r)
	}

	f.Kubectl(t, "scale", "deployment", "web", "-n", "shop", "--replicas=2")
	f.raised(t, "web", 8)
	f.statusIs(t, "web", "True Usable", "True Forecast", "True Enforcing")
}

// TestOffWhileTwoAutoscalersSelectThePods has a second HPA come to the target of
// a raised floor, and go again.
func TestOffWhileTwoAutoscalersSelectThePods(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 760})
	f.Apply(t, plainHPA("web", 2, 20)+floorPolicy("web", "Enforce", ""))
	d := f.serve(t)
	f.raised(t, "web", 8)

	f.Apply(t, strings.Replace(plainHPA("web", 2, 20), "metadata: {name: web,", "metadata: {name: web-queue,", 1))
	for _, name := range []string{"web", "web-queue"} {
		says(t, f.Plane, name, autoscalingv2.ScalingActive, corev1.ConditionFalse, "AmbiguousSelector")
	}
	f.Apply(t, floorPolicy("web-queue", "Enforce", ""))
	f.restored(t, "web", 2)
	for _, name := range []string{"web", "web-queue"} {
		f.heldBack(t, d, name, "False AmbiguousSelector", "AmbiguousSelector", "status.conditions[ScalingActive]",
			"controlled by multiple HPAs: [shop/web shop/web-queue]", "delete all of these autoscalers but one")
		f.stays(t, name, 2)
	}

	f.Kubectl(t, "delete", "fp,hpa", "web-queue", "-n", "shop")
	f.raised(t, "web", 8)
	f.statusIs(t, "web", "True Usable", "True Forecast", "True Enforcing")
}

// TestOffNotWhenScaledToZeroByTheController has a worker rest at no pods, where
// the HPA controller brought it, and a floor bring them ahead of the load.
func TestOffNotWhenScaledToZeroByTheController(t *testing.T) {
	t.Parallel()
	gate := []string{"--feature-gates=HPAScaleToZero=true"}
	w := &world{width: spikeWidth, Plane: plane.Start(t, plane.Options{PodReadyAfter: 20 * time.Second, APIServerArgs: gate, ControllerManagerArgs: gate})}
	w.install(t)
	w.spike = time.Now().Add(110 * time.Second).Truncate(10 * time.Second)
	queue := func(at time.Time) float64 {
		if since := (at.Sub(w.spike)%(24*time.Hour) + 24*time.Hour) % (24 * time.Hour); since < w.width {
			return spikeLoad
		}
		return 0
	}
	exporter := plane.StartExporter(t)
	exporter.Set("queue_depth", map[string]string{"queue": "mail"}, queue)
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	w.prom = plane.StartPrometheus(t, plane.PromOptions{
		Targets: []string{exporter.Target()},
		History: []plane.Series{{
			Name:   "queue_depth",
			Labels: map[string]string{"queue": "mail", "job": "e2e", "instance": exporter.Target()},
			Points: plane.Sample(end.Add(-3*24*time.Hour), end, 10*time.Second, queue),
		}},
	})
	plane.ServeMetricsAPI(t, w.Plane, plane.MetricsSource{
		External: func(ctx context.Context, _, metric string, _ labels.Selector) ([]plane.ExternalValue, error) {
			return w.prom.Query(ctx, metric)
		},
	})
	w.CreateDeployment(t, "shop", "worker", 1, "100m")
	metric := plane.ExternalAverage("queue_depth", "100")
	metric.External.Metric.Selector = selector("queue", "mail")
	w.CreateHPA(t, plane.HPA{Namespace: "shop", Name: "worker", Min: 0, Max: ceiling, Behavior: quick, Metrics: []autoscalingv2.MetricSpec{metric}})
	w.Apply(t, strings.ReplaceAll(policy("Enforce", "  proof: Skip"), "name: web", "name: worker"))
	d := serve(t, w.kubeconfig, w.prom.URL())
	d.ready(t)
	says(t, w.Plane, "worker", autoscalingv2.ScaledToZero, corev1.ConditionTrue, "")

	var seen []sighting
	watch := func(until func() bool) {
		t.Helper()
		for !until() {
			r := w.Replicas(t, "shop", "worker")
			s := sighting{time.Now(), int(*w.HPA(t, "shop", "worker").Spec.MinReplicas), r.Ready, r.Pods}
			if n := len(seen); n == 0 || s.floor != seen[n-1].floor || s.pods != seen[n-1].pods || s.ready != seen[n-1].ready {
				t.Log(s)
			}
			seen = append(seen, s)
			time.Sleep(time.Second)
		}
	}
	watch(func() bool { return time.Now().After(w.spike.Add(-time.Second)) })
	if !slices.ContainsFunc(seen, func(s sighting) bool { return s.floor == 0 && s.pods == 0 }) {
		t.Errorf("the worker was never seen at rest")
	}
	if last := seen[len(seen)-1]; last.floor < spikePods || last.ready < spikePods {
		rec, err := d.workload("shop", "worker")
		t.Fatalf("a second before the load: %s; %d pods have to be Ready\n%+v %v", last, spikePods, rec, err)
	}
	before := len(seen)
	rested := func() bool { s := seen[len(seen)-1]; return s.floor == 0 && s.pods == 0 }
	watch(func() bool {
		return len(seen) > before && rested() || time.Now().After(w.spike.Add(w.width+2*time.Minute))
	})
	if !rested() {
		t.Errorf("it did not come back to rest: %s", seen[len(seen)-1])
	}
	says(t, w.Plane, "worker", autoscalingv2.ScaledToZero, corev1.ConditionTrue, "")
	if lease := w.HPA(t, "shop", "worker").Annotations[leaseAnnotation]; lease != "" {
		t.Errorf("the lease %s is left", lease)
	}
	rec, err := d.workload("shop", "worker")
	if err != nil || slices.ContainsFunc(rec.Problems, func(p struct {
		Code, Field, Message string
		Fatal                bool
	}) bool {
		return p.Code != "BaselineChanged"
	}) || rec.Mode != "Enforce" {
		t.Errorf("at rest: %+v, %v", rec, err)
	}
}

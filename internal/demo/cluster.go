package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/embedded"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A Cluster is the simulated cluster of the demo. It belongs to one goroutine.
type Cluster struct {
	Client  kubernetes.Interface
	Dynamic dynamic.Interface
	Engine  *embedded.Engine

	plays  []play
	actors []acting
	from   time.Time
	done   int // minutes played
}

// An acting is a workload while it runs.
type acting struct {
	hpa     *simulate.Controller
	pods    *simulate.ReplicaSet
	counter float64 // of CPU seconds

	wanted, ready []forecast.Point // replicas that were not told yet
}

// New makes the cluster and loads the history of each workload, up to from.
// Close frees it.
func New(from time.Time) (*Cluster, error) {
	engine, err := embedded.NewDB("", embedded.Options{})
	if err != nil {
		return nil, err
	}
	c := &Cluster{Engine: engine, from: from}
	var objects, policies []runtime.Object
	for _, a := range cast() {
		p, err := stage(a)
		if err != nil {
			return nil, c.abandon(err)
		}
		hpa, err := simulate.NewController(simulate.Spec{Min: baseline, Max: p.ceiling, Metrics: []simulate.Metric{p.rule()}})
		if err != nil {
			return nil, c.abandon(fmt.Errorf("demo: workload %s: %w", p.name, err))
		}
		c.plays = append(c.plays, p)
		c.actors = append(c.actors, acting{
			hpa:  hpa,
			pods: simulate.NewReplicaSet(int32(math.Ceil(p.at(-24*60)/p.perPod())), simulate.Starts{Fixed: p.start}),
		})
		objects = append(objects, p.deployment(), p.autoscaler())
		if p.enforce {
			policies = append(policies, p.policy())
		}
	}
	for i := range c.plays {
		if err := errors.Join(c.remember(i), c.rehearse(i)); err != nil {
			return nil, c.abandon(err)
		}
	}
	c.Client = fake.NewClientset(objects...)
	scheme := runtime.NewScheme()
	c.Dynamic = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(scheme,
		map[schema.GroupVersionResource]string{v1alpha1.Resource: "FloorPolicyList"}, policies...)
	return c, nil
}

func (c *Cluster) abandon(err error) error {
	_ = c.Engine.Close() // the first error is the one to tell
	return err
}

// Close frees the cluster.
func (c *Cluster) Close() error { return c.Engine.Close() }

// remember loads what the trace has before the start of the demo.
func (c *Cluster) remember(i int) error {
	p, points := &c.plays[i], []forecast.Point(nil)
	for k := range p.now + 1 {
		points = append(points, c.sample(i, k-p.now, p.load.Values[k])...)
	}
	return c.write(p.seriesName(), points)
}

// sample returns the point of the metric behind the load at a minute.
func (c *Cluster) sample(i, minute int, load float64) []forecast.Point {
	if math.IsNaN(load) {
		return nil
	}
	at := c.from.Add(time.Duration(minute) * time.Minute)
	if c.plays[i].metric == cpu {
		c.actors[i].counter += load * 60
		load = c.actors[i].counter
	}
	return []forecast.Point{{Time: at, Value: load}}
}

func (c *Cluster) write(series string, points []forecast.Point) error {
	labels, err := embedded.ParseSeries(series)
	if err != nil {
		return err
	}
	return c.Engine.Append(labels, points)
}

// Play brings loads, autoscalers and pods up to now, in the 15-second steps of
// the HPA's controller.
func (c *Cluster) Play(ctx context.Context, now time.Time) error {
	for i := range c.plays {
		hpa, err := c.autoscalers(i).Get(ctx, c.plays[i].name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		c.actors[i].hpa.SetMin(*hpa.Spec.MinReplicas)
	}
	for ; !c.from.Add(time.Duration(c.done+1) * time.Minute).After(now); c.done++ {
		for i := range c.plays {
			load := c.plays[i].at(c.done + 1)
			if err := c.write(c.plays[i].seriesName(), c.sample(i, c.done+1, load)); err != nil {
				return err
			}
			at := c.from.Add(time.Duration(c.done) * time.Minute)
			c.actors[i].sync(at, load)
			c.actors[i].note(at.Add(time.Minute))
		}
	}
	for i := range c.plays {
		if err := errors.Join(c.tell(i), c.show(ctx, i)); err != nil {
			return err
		}
	}
	return nil
}

// rehearse lets the autoscaler act on the day before the start, on its own, so
// that there is a past to look at.
func (c *Cluster) rehearse(i int) error {
	for m := -24 * 60; m <= 0; m++ {
		at := c.from.Add(time.Duration(m) * time.Minute)
		c.actors[i].sync(at.Add(-time.Minute), c.plays[i].at(m))
		c.actors[i].note(at)
	}
	return c.tell(i)
}

// note keeps how many pods there are at a time, until it is told.
func (a *acting) note(at time.Time) {
	a.wanted = append(a.wanted, forecast.Point{Time: at, Value: float64(a.pods.Count())})
	a.ready = append(a.ready, forecast.Point{Time: at, Value: float64(a.pods.Ready(at))})
}

// tell writes what was noted, as kube-state-metrics does.
func (c *Cluster) tell(i int) error {
	p, a := &c.plays[i], &c.actors[i]
	name := fmt.Sprintf("{namespace=%q,deployment=%q}", p.namespace, p.name)
	err := errors.Join(
		c.write("kube_deployment_spec_replicas"+name, a.wanted),
		c.write("kube_deployment_status_replicas_ready"+name, a.ready))
	a.wanted, a.ready = a.wanted[:0], a.ready[:0]
	return err
}

// sync lets the autoscaler act for a minute.
func (a *acting) sync(from time.Time, load float64) {
	for t := from; t.Before(from.Add(time.Minute)); t = t.Add(15 * time.Second) {
		ready, n := a.pods.Ready(t), a.pods.Count()
		n, _ = a.hpa.Sync(t, simulate.State{
			Replicas: n, Status: n, Values: []float64{load},
			Classes: []simulate.Class{
				{Count: ready, Age: time.Hour, Since: time.Hour, Values: []float64{load / float64(ready)}},
				{Count: n - ready, Phase: simulate.Pending},
			},
		})
		a.pods.Scale(t, n)
	}
}

// show writes how many pods there are into the autoscaler's status.
func (c *Cluster) show(ctx context.Context, i int) error {
	n := c.actors[i].pods.Count()
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"currentReplicas": n, "desiredReplicas": n}})
	if err != nil {
		return err
	}
	_, err = c.autoscalers(i).Patch(ctx, c.plays[i].name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

func (c *Cluster) autoscalers(i int) autoscalingclient.HorizontalPodAutoscalerInterface {
	return c.Client.AutoscalingV2().HorizontalPodAutoscalers(c.plays[i].namespace)
}

// perPod returns the load of one pod at the HPA's target.
func (p *play) perPod() float64 { return p.mean / basePods }

// rule returns the HPA's metric, as the simulated controller reads it.
func (p *play) rule() simulate.Metric {
	switch p.metric {
	case cpu:
		return simulate.Metric{Kind: simulate.Utilization, Target: target, Request: p.perPod() / target}
	case pods:
		return simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: p.perPod()}
	}
	return simulate.Metric{Kind: simulate.AverageValue, Source: simulate.External, Target: p.perPod()}
}

// seriesName returns the series that the trace drives, as PromQL writes it.
func (p *play) seriesName() string {
	switch p.metric {
	case cpu:
		return fmt.Sprintf(`container_cpu_usage_seconds_total{namespace=%q,pod="%s-7c9f8b6d5-x2k4j",container="app"}`, p.namespace, p.name)
	case pods:
		return fmt.Sprintf(`%s{namespace=%q,pod="%s-7c9f8b6d5-x2k4j"}`, p.series, p.namespace, p.name)
	}
	return fmt.Sprintf(`%s{app=%q}`, p.series, p.name)
}

func (p *play) meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: p.namespace, Name: p.name, UID: types.UID(p.namespace + "-" + p.name), ResourceVersion: "1"}
}

func (p *play) deployment() *appsv1.Deployment {
	app := corev1.Container{Name: "app"}
	if p.metric == cpu {
		app.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: quantity(p.perPod() / target)}
	}
	d := &appsv1.Deployment{ObjectMeta: p.meta()}
	d.Spec.Template.Spec.Containers = []corev1.Container{app}
	return d
}

func (p *play) autoscaler() *autoscalingv2.HorizontalPodAutoscaler {
	low := int32(baseline)
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: p.meta()}
	h.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: p.name},
		MinReplicas:    &low, MaxReplicas: p.ceiling,
	}
	average := quantity(p.perPod())
	m := autoscalingv2.MetricSpec{}
	switch p.metric {
	case cpu:
		percent := int32(target * 100)
		m.Type = autoscalingv2.ResourceMetricSourceType
		m.Resource = &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU,
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}}
	case pods:
		m.Type = autoscalingv2.PodsMetricSourceType
		m.Pods = &autoscalingv2.PodsMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: p.series},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &average}}
	case external:
		m.Type = autoscalingv2.ExternalMetricSourceType
		m.External = &autoscalingv2.ExternalMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: p.series, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": p.name}}},
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &average}}
	}
	h.Spec.Metrics = []autoscalingv2.MetricSpec{m}
	return h
}

func (p *play) policy() *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "FloorPolicy",
		"spec": map[string]any{
			"targetRef": map[string]any{"kind": v1alpha1.HorizontalPodAutoscaler, "name": p.name},
			"mode":      string(v1alpha1.Enforce),
			"leadTime":  (p.start + 30*time.Second).String(),
		},
	}}
	u.SetNamespace(p.namespace)
	u.SetName(p.name)
	u.SetUID(types.UID("policy-" + p.namespace + "-" + p.name))
	return u
}

// quantity writes a number as Kubernetes does, to three digits after the point.
func quantity(x float64) resource.Quantity {
	return *resource.NewMilliQuantity(int64(math.Round(x*1000)), resource.DecimalSI)
}

// Size returns how many workloads there are.
func (c *Cluster) Size() int { return len(c.plays) }

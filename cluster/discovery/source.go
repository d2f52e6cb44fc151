package discovery

import (
	"errors"
	"fmt"
	"math"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// metricSource is the load behind one metric, or the problem with it. Where only the
// capacity is in question there are both, and the capacity is zero: the load is
// still read, and what it needs is in doubt. Without a query there is no source.
// The caller decides whether the problem is fatal.
func metricSource(i int, m autoscalingv2.MetricSpec, in Input, o DescribeOptions) (workload.Source, *workload.Problem) {
	field := fmt.Sprintf("spec.metrics[%d]", i)
	t := targetOf(m)
	if t == nil {
		p := notice(UnusableMetric, field, "type %q is not known, or its part of the metric is missing", m.Type)
		return workload.Source{}, &p
	}
	metric := metricOf(i, m, in.HPA.Namespace)
	ref := in.HPA.Spec.ScaleTargetRef
	q, err := history.Derive(metric, history.Target{Namespace: in.HPA.Namespace, Kind: ref.Kind, Name: ref.Name},
		history.DeriveOptions{RateWindow: o.RateWindow})
	if err != nil {
		p := notice(UnusableMetric, field, "%v", err)
		return workload.Source{}, &p
	}
	c, p := capacityOf(field, metric, t, in)
	if p != nil {
		c = recommender.Capacity{}
	}
	c.Unit = q.Unit
	name := metric.Name
	if metric.Container != "" {
		name += " of " + metric.Container
	}
	s := workload.Source{Name: name, Query: q, Capacity: c}
	view(&s, metric, t)
	return s, p
}

// targetOf is the target of a metric; nil if it has none of its type.
func targetOf(m autoscalingv2.MetricSpec) *autoscalingv2.MetricTarget {
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
		return &m.Resource.Target
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
		return &m.ContainerResource.Target
	case m.Type == autoscalingv2.PodsMetricSourceType && m.Pods != nil:
		return &m.Pods.Target
	case m.Type == autoscalingv2.ObjectMetricSourceType && m.Object != nil:
		return &m.Object.Target
	case m.Type == autoscalingv2.ExternalMetricSourceType && m.External != nil:
		return &m.External.Target
	}
	return nil
}

// metricOf says a metric that has a target in history's words.
func metricOf(i int, m autoscalingv2.MetricSpec, namespace string) history.Metric {
	h := history.Metric{Index: i, Kind: history.MetricKind(m.Type), TargetType: history.TargetType(targetOf(m).Type)}
	named := func(id autoscalingv2.MetricIdentifier) {
		h.Name = id.Name
		h.MatchLabels, h.Match = selectorOf(id.Selector)
	}
	switch m.Type {
	case autoscalingv2.ResourceMetricSourceType:
		h.Name = string(m.Resource.Name)
	case autoscalingv2.ContainerResourceMetricSourceType:
		h.Name, h.Container = string(m.ContainerResource.Name), m.ContainerResource.Container
	case autoscalingv2.PodsMetricSourceType:
		named(m.Pods.Metric)
	case autoscalingv2.ObjectMetricSourceType:
		named(m.Object.Metric)
		h.Object = history.Target{Namespace: namespace, Kind: m.Object.DescribedObject.Kind, Name: m.Object.DescribedObject.Name}
	case autoscalingv2.ExternalMetricSourceType:
		named(m.External.Metric)
	}
	return h
}

func selectorOf(s *metav1.LabelSelector) (map[string]string, []history.Requirement) {
	if s == nil {
		return nil, nil
	}
	var match []history.Requirement
	for _, e := range s.MatchExpressions {
		match = append(match, history.Requirement{Label: e.Key, Operator: string(e.Operator), Values: e.Values})
	}
	return s.MatchLabels, match
}

// capacityOf is what one pod carries when it is at the metric's target.
func capacityOf(field string, m history.Metric, t *autoscalingv2.MetricTarget, in Input) (recommender.Capacity, *workload.Problem) {
	field += targetField[m.Kind]
	switch t.Type {
	case autoscalingv2.UtilizationMetricType:
		return utilization(field, m, t.AverageUtilization, in)
	case autoscalingv2.AverageValueMetricType:
		return ofQuantity(UnusableMetric, field+".averageValue", t.AverageValue, "%s, the average per pod that the autoscaler aims at")
	case autoscalingv2.ValueMetricType:
		return ofQuantity(UnusableMetric, field+".value", t.Value, "%s, the value that the autoscaler aims at, for each ready pod")
	}
	p := notice(UnusableMetric, field+".type", "%q is not known: it must be Utilization, AverageValue or Value", t.Type)
	return recommender.Capacity{}, &p
}

var targetField = map[history.MetricKind]string{
	history.Resource:          ".resource.target",
	history.ContainerResource: ".containerResource.target",
	history.Pods:              ".pods.target",
	history.Object:            ".object.target",
	history.External:          ".external.target",
}

// utilization takes the target's share of what a pod requests.
func utilization(field string, m history.Metric, percent *int32, in Input) (recommender.Capacity, *workload.Problem) {
	if percent == nil || *percent <= 0 {
		p := notice(UnusableMetric, field+".averageUtilization", "it is missing or not positive: set a percentage of the request, such as 70")
		return recommender.Capacity{}, &p
	}
	if in.PodErr != nil {
		p := podProblem(in)
		return recommender.Capacity{}, &p
	}
	q, err := in.Pod.request(corev1.ResourceName(m.Name), m.Container)
	if err != nil {
		p := notice(MissingRequest, field, "%v", err)
		return recommender.Capacity{}, &p
	}
	of := "a pod"
	if m.Container != "" {
		of = "container " + m.Container
	}
	c, p := ofQuantity(MissingRequest, field, &q, fmt.Sprintf("%d%%%% of the %%s %s that %s requests", *percent, noun(m.Name), of))
	c.PerPod *= float64(*percent) / 100
	return c, p
}

func noun(resource string) string {
	if resource == "cpu" {
		return "CPU"
	}
	return resource
}

// podProblem says why it is not known what a pod requests.
func podProblem(in Input) workload.Problem {
	t := in.HPA.Spec.ScaleTargetRef
	if apierrors.IsNotFound(in.PodErr) {
		return notice(TargetMissing, "spec.scaleTargetRef", "%s %s/%s does not exist: create it, or name one that does", t.Kind, in.HPA.Namespace, t.Name)
	}
	remedy := "it is tried again"
	if apierrors.IsForbidden(in.PodErr) {
		remedy = "allow Highwater's service account to read it"
	}
	if errors.Is(in.PodErr, errNoPods) {
		remedy = "it is tried again once there are pods"
	}
	return notice(UnknownRequests, "spec.scaleTargetRef", "what a pod of %s %s/%s requests is not known: %v; %s", t.Kind, in.HPA.Namespace, t.Name, in.PodErr, remedy)
}

// capacityOfPolicy is what the policy says that a pod carries, or else the
// autoscaler's own target, if it has one and it is an average per pod.
func capacityOfPolicy(p *v1alpha1.FloorPolicy, in Input) (recommender.Capacity, *workload.Problem) {
	if q := p.Spec.Load.PerPod; q != nil {
		return fatal(ofQuantity(BadPolicy, ofPolicy(p.Name, "spec.load.perPod"), q, "%s, as FloorPolicy "+p.Name+" says"))
	}
	if metrics := in.metrics(); len(metrics) == 1 && !in.partly() {
		m := metrics[0]
		if t := targetOf(m.MetricSpec); t != nil && t.Type == autoscalingv2.AverageValueMetricType {
			field := fmt.Sprintf("spec.metrics[%d]%s.averageValue", m.i, targetField[history.MetricKind(m.Type)])
			return fatal(ofQuantity(NoCapacity, field, t.AverageValue, "%s, the average per pod that the autoscaler aims at"))
		}
	}
	prob := problem(NoCapacity, ofPolicy(p.Name, "spec.load.perPod"),
		"it is missing, and %s has no single metric with an averageValue to take it from: "+
			"set it to the load that one ready pod carries, in the unit of the query", in.targets()[0])
	return recommender.Capacity{}, &prob
}

func fatal(c recommender.Capacity, p *workload.Problem) (recommender.Capacity, *workload.Problem) {
	if p != nil {
		p.Fatal = true
	}
	return c, p
}

// ofQuantity makes a capacity of a quantity that has to be positive. The phrase
// has one %s, for it.
func ofQuantity(code, field string, q *resource.Quantity, phrase string) (recommender.Capacity, *workload.Problem) {
	if q == nil {
		p := notice(code, field, "it is missing: set it to what one pod carries")
		return recommender.Capacity{}, &p
	}
	own := q.DeepCopy() // to write a Quantity is to write into it, and it is the informer's
	q = &own
	v := q.AsApproximateFloat64()
	if !(v > 0) || math.IsInf(v, 0) {
		p := notice(code, field, "%s is no load that a pod could carry: it must be more than 0", q)
		return recommender.Capacity{}, &p
	}
	text := q.String()
	if len(text) > len("100Mi") { // such as 15273243m
		text = explain.Number(v)
	}
	return recommender.Capacity{PerPod: v, Source: fmt.Sprintf(phrase, text)}, nil
}

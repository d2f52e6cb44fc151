package hpa

import (
	"fmt"
	"math"
	"strconv"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// hpaObject writes a spec as the HPA that it stands for, with the API server's
// defaults filled in.
func hpaObject(s simulate.Spec) *autoscalingv2.HorizontalPodAutoscaler {
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: "web"}}
	h.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
		MaxReplicas:    s.Max,
	}
	if s.Min != 0 {
		h.Spec.MinReplicas = &s.Min
	}
	for i, m := range s.Metrics {
		h.Spec.Metrics = append(h.Spec.Metrics, metric(i, m))
	}
	if s.Behavior != nil {
		h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: rules(s.Behavior.Up), ScaleDown: rules(s.Behavior.Down)}
	}
	defaults.SetDefaults_HorizontalPodAutoscaler(h)
	return h
}

// metricName names metric i of the spec.
func metricName(i int) string { return fmt.Sprintf("m%d", i) }

func metric(i int, m simulate.Metric) autoscalingv2.MetricSpec {
	id := autoscalingv2.MetricIdentifier{Name: metricName(i)}
	target := autoscalingv2.MetricTarget{Type: autoscalingv2.MetricTargetType(m.Kind)}
	q := quantity(m.Target)
	switch m.Kind {
	case simulate.Utilization:
		percent := int32(math.Round(m.Target * 100))
		target.AverageUtilization = &percent
	case simulate.AverageValue:
		target.AverageValue = &q
	case simulate.Value:
		target.Value = &q
	}
	switch source(m) {
	case simulate.Resource:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU, Target: target}}
	case simulate.Memory:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType,
			Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceMemory, Target: target}}
	case simulate.Pods:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType,
			Pods: &autoscalingv2.PodsMetricSource{Metric: id, Target: target}}
	case simulate.Object:
		return autoscalingv2.MetricSpec{Type: autoscalingv2.ObjectMetricSourceType,
			Object: &autoscalingv2.ObjectMetricSource{Metric: id, Target: target, DescribedObject: autoscalingv2.CrossVersionObjectReference{Kind: "Service", Name: name}}}
	}
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType,
		External: &autoscalingv2.ExternalMetricSource{Metric: id, Target: target}}
}

// source returns where a metric comes from, when the spec leaves it open too.
func source(m simulate.Metric) simulate.Source {
	switch {
	case m.Source != "":
		return m.Source
	case m.Kind == simulate.Utilization:
		return simulate.Resource
	}
	return simulate.External
}

func rules(r simulate.Rules) *autoscalingv2.HPAScalingRules {
	out := &autoscalingv2.HPAScalingRules{}
	if r.Window != nil {
		s := int32(*r.Window / time.Second)
		out.StabilizationWindowSeconds = &s
	}
	if r.Tolerance != nil {
		q := resource.MustParse(strconv.FormatFloat(*r.Tolerance, 'f', -1, 64))
		out.Tolerance = &q
	}
	if r.Select != "" {
		p := autoscalingv2.ScalingPolicySelect(r.Select)
		out.SelectPolicy = &p
	}
	for _, p := range r.Policies {
		out.Policies = append(out.Policies, autoscalingv2.HPAScalingPolicy{
			Type: autoscalingv2.HPAScalingPolicyType(p.Kind), Value: p.Value, PeriodSeconds: int32(p.Period / time.Second),
		})
	}
	return out
}

// quantity writes a number that is whole in thousandths.
func quantity(x float64) resource.Quantity {
	return *resource.NewMilliQuantity(int64(math.Round(x*1000)), resource.DecimalSI)
}

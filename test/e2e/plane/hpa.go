package plane

import (
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// An HPA describes a HorizontalPodAutoscaler of a Deployment.
type HPA struct {
	Namespace, Name string
	Target          string // the Deployment; empty means Name
	Min, Max        int
	// Metrics are what it scales on; none means half of the CPU that the pods ask for.
	Metrics []autoscalingv2.MetricSpec
	// Behavior bounds how fast it scales; nil means the defaults of Kubernetes.
	Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior
}

// CreateHPA creates the HorizontalPodAutoscaler.
func (p *Plane) CreateHPA(t testing.TB, h HPA) *autoscalingv2.HorizontalPodAutoscaler {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	made, err := p.client.AutoscalingV2().HorizontalPodAutoscalers(h.Namespace).Create(ctx, h.object(), metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create hpa %s/%s: %v", h.Namespace, h.Name, err)
	}
	return made
}

// HPA reads a HorizontalPodAutoscaler.
func (p *Plane) HPA(t testing.TB, namespace, name string) *autoscalingv2.HorizontalPodAutoscaler {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	h, err := p.client.AutoscalingV2().HorizontalPodAutoscalers(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("get hpa %s/%s: %v", namespace, name, err)
	}
	return h
}

// PatchHPA changes a HorizontalPodAutoscaler as the administrator, by a JSON merge patch.
func (p *Plane) PatchHPA(t testing.TB, namespace, name, patch string) {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	_, err := p.client.AutoscalingV2().HorizontalPodAutoscalers(namespace).
		Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Fatalf("patch hpa %s/%s: %v", namespace, name, err)
	}
}

func (h HPA) object() *autoscalingv2.HorizontalPodAutoscaler {
	target, metrics, least := h.Target, h.Metrics, int32(h.Min)
	if target == "" {
		target = h.Name
	}
	if metrics == nil {
		metrics = []autoscalingv2.MetricSpec{CPUUtilization(50)}
	}
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: h.Namespace, Name: h.Name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: target},
			MinReplicas:    &least,
			MaxReplicas:    int32(h.Max),
			Metrics:        metrics,
			Behavior:       h.Behavior,
		},
	}
}

// CPUUtilization scales on the CPU in use, in percent of what the pods ask for.
func CPUUtilization(percent int) autoscalingv2.MetricSpec {
	target := int32(percent)
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.ResourceMetricSourceType,
		Resource: &autoscalingv2.ResourceMetricSource{
			Name:   corev1.ResourceCPU,
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &target},
		},
	}
}

// ExternalAverage scales on an External metric: its sum, divided by perPod.
func ExternalAverage(metric, perPod string) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.ExternalMetricSourceType,
		External: &autoscalingv2.ExternalMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: metric},
			Target: averageValue(perPod),
		},
	}
}

// PodsAverage scales on a Pods metric: its average over the pods, against perPod.
func PodsAverage(metric, perPod string) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{
		Type: autoscalingv2.PodsMetricSourceType,
		Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: metric},
			Target: averageValue(perPod),
		},
	}
}

func averageValue(perPod string) autoscalingv2.MetricTarget {
	q := resource.MustParse(perPod)
	return autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &q}
}

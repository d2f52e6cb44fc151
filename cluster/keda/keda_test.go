package keda_test

import (
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/cluster/keda"
)

func parse(t *testing.T, text string) (*keda.ScaledObject, error) {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return keda.Parse(u)
}

func TestParse(t *testing.T) {
	so, err := parse(t, `
metadata:
  name: web
  namespace: shop
  annotations: {autoscaling.keda.sh/paused: "yes", autoscaling.keda.sh/paused-scale-in: "false", autoscaling.keda.sh/paused-replicas: "0"}
spec:
  scaleTargetRef: {name: web}
  minReplicaCount: 0
  advanced: {horizontalPodAutoscalerConfig: {name: web}, scalingModifiers: {formula: a + b, target: "2"}}
  triggers: [{type: prometheus, name: orders, metricType: Value, metadata: {threshold: "100"}}]
status:
  hpaName: keda-hpa-web
  conditions: [{type: Active, status: "False"}, {type: Fallback, status: "True", reason: FallbackExists}]
`)
	if err != nil {
		t.Fatal(err)
	}
	if so.Max() != 100 || so.HPAMin() != 1 || *so.Spec.MinReplicaCount != 0 {
		t.Errorf("max %d, HPA's min %d", so.Max(), so.HPAMin())
	}
	if !so.Set(keda.Paused) || so.Set(keda.PausedScaleIn) || so.Set(keda.PausedScaleOut) || !so.Set(keda.PausedReplicas) {
		t.Errorf("annotations %v", so.Annotations)
	}
	if !so.Is(keda.Fallback, "True") || !so.Is(keda.Active, "False") || so.Is("Ready", "False") {
		t.Errorf("conditions %+v", so.Status.Conditions)
	}
	if tr := so.Spec.Triggers[0]; tr.Name != "orders" || tr.MetricType != autoscalingv2.ValueMetricType || tr.Metadata["threshold"] != "100" {
		t.Errorf("trigger %+v", tr)
	}
	hpa := keda.Autoscaler(so)
	if ref := hpa.Spec.ScaleTargetRef; ref.Kind != "Deployment" || ref.APIVersion != "apps/v1" || ref.Name != "web" || *hpa.Spec.MinReplicas != 1 || hpa.Spec.MaxReplicas != 100 ||
		len(hpa.Spec.Metrics) != 1 || hpa.Spec.Metrics[0].External.Metric.Name != "s0-prometheus" || hpa.Spec.Metrics[0].External.Target.Value.String() != "100" {
		t.Errorf("%+v", hpa.Spec)
	}
	if _, err := parse(t, `{metadata: {name: web, namespace: shop}, spec: {minReplicaCount: many}}`); err == nil || !strings.Contains(err.Error(), "shop/web") {
		t.Errorf("%v", err)
	}
}

func TestOwner(t *testing.T) {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{}
	if keda.Owner(hpa) != nil {
		t.Error("nobody owns it")
	}
	hpa.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment"}, {APIVersion: "other.io/v1", Kind: "ScaledObject"},
		{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: "web", UID: "s1"}}
	if o := keda.Owner(hpa); o == nil || o.Name != "web" || o.UID != "s1" {
		t.Errorf("%+v", o)
	}
}

func TestTriggerOf(t *testing.T) {
	for name, want := range map[string]int{"s0-prometheus": 0, "s12-kafka-orders": 12, "composite-metric": -1, "s-x": -1, "sum": -1, "s1": -1, "s+1-x": -1} {
		if i, ok := keda.TriggerOf(name); ok != (want >= 0) || ok && i != want {
			t.Errorf("%s: %d, %t", name, i, ok)
		}
	}
}

package fleet

import (
	"context"
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
)

// emptyEngine knows no series.
type emptyEngine struct{}

func (emptyEngine) QueryRange(context.Context, string, v1.Range) (model.Matrix, []string, error) {
	return nil, nil, nil
}

// The fleet of a cluster has the autoscalers, their pods, quotas and nodes, and
// nothing is changed there.
func TestTheFleetOfAClusterIsOnlyRead(t *testing.T) {
	two, seventy := int32(2), int32(70)
	requests := corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("500m"), "memory": resource.MustParse("1Gi")}}
	client := fake.NewClientset(
		&autoscalingv2.HorizontalPodAutoscaler{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Labels: map[string]string{"tier": "front"}},
			Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
				MinReplicas: &two, MaxReplicas: 100, ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
				Metrics: []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
					Name: "cpu", Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &seventy}}}},
			},
			Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: 4},
		},
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Resources: requests}}}}}},
		&corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "all"},
			Spec:   corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("50")}},
			Status: corev1.ResourceQuotaStatus{Used: corev1.ResourceList{"pods": resource.MustParse("14")}}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "one"}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{"cpu": resource.MustParse("32"), "memory": resource.MustParse("64Gi")}}},
	)
	dyn := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Group: "highwater.dev", Version: "v1alpha1", Resource: "floorpolicies"}: "FloorPolicyList",
	})
	c := config.Default()
	read := func(name string) (Fleet, error) {
		to := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
		source := &Source{Reader: history.NewReader(emptyEngine{}, history.ReaderOptions{}), From: to.Add(-24 * time.Hour), To: to, Step: time.Minute}
		r := Reader{Config: &c, Names: []string{name}, Begin: func(int) func() { return func() {} }}
		return r.survey(t.Context(), cluster{client: client, dynamic: dyn}, source)
	}
	f, err := read("shop/*")
	if err != nil {
		t.Fatal(err)
	}
	w := f.Workloads[0]
	if len(f.Workloads) != 1 || w.Key() != "shop/web" || w.Labels["tier"] != "front" || w.PodCPU != 0.5 || w.PodMemory != 1<<30 || w.Replicas != 4 || w.Observed != "mode Observe" ||
		w.Loop.Spec.Max != 100 || len(w.Loop.PerPod) != 1 || !(w.Loop.PerPod[0] > 0.3) {
		t.Errorf("%+v", w)
	}
	if f.Limits.Quotas["shop"].Pods != 40 || f.Limits.Nodes.CPU != 32 || f.Limits.Nodes.Memory != 64<<30 {
		t.Errorf("%+v", f.Limits)
	}
	for _, a := range client.Actions() {
		if v := a.GetVerb(); v != "get" && v != "list" && v != "watch" {
			t.Errorf("%s %s", v, a.GetResource().Resource)
		}
	}
	if _, err := read("other"); err == nil || !strings.Contains(err.Error(), "none of 1 autoscalers is other") {
		t.Errorf("%v", err)
	}
}

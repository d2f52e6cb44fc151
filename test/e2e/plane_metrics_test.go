package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// quick lets an HPA go down as fast as its metric does.
var quick = &autoscalingv2.HorizontalPodAutoscalerBehavior{
	ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32)},
}

// TestHPAFollowsMetrics closes the loop on real parts: exporter, Prometheus, aggregation layer, HPA controller,
// Deployment, scheduler.
func TestHPAFollowsMetrics(t *testing.T) {
	t.Parallel()
	p := plane.Start(t, plane.Options{})
	exporter := plane.StartExporter(t)
	prom := plane.StartPrometheus(t, plane.PromOptions{Targets: []string{exporter.Target()}})

	var load, cores, inFlight atomic.Int64
	var broken atomic.Bool
	exporter.Set("requests_per_second", map[string]string{"app": "web"}, func(time.Time) float64 {
		return float64(load.Load())
	})
	plane.ServeMetricsAPI(t, p, plane.MetricsSource{
		External: func(ctx context.Context, namespace, metric string, _ labels.Selector) ([]plane.ExternalValue, error) {
			if broken.Load() {
				return nil, errors.New("the metrics are broken")
			}
			return prom.Query(ctx, fmt.Sprintf("%s{app=%q}", metric, "web"))
		},
		PodCPU: func(_ context.Context, pod *corev1.Pod) (float64, bool, error) {
			return float64(cores.Load()) / 1000, true, nil
		},
		PodMetric: func(_ context.Context, pod *corev1.Pod, metric string) (float64, bool, error) {
			return float64(inFlight.Load()), metric == "requests_in_flight", nil
		},
	})

	follows := func(name string, load *atomic.Int64, low, high int64, up int, metric autoscalingv2.MetricSpec) {
		t.Run(name, func(t *testing.T) {
			load.Store(low)
			p.CreateDeployment(t, "shop", name, 2, "100m")
			p.CreateHPA(t, plane.HPA{
				Namespace: "shop", Name: name, Min: 2, Max: 6,
				Metrics: []autoscalingv2.MetricSpec{metric}, Behavior: quick,
			})
			replicas := func(n int) func() error {
				return func() error {
					return p.Replicas(t, "shop", name).Expect(plane.Replicas{Wanted: n, Pods: n, Ready: n})
				}
			}
			plane.Eventually(t, patience, replicas(2))
			load.Store(high)
			plane.Eventually(t, patience, replicas(up))
			load.Store(low)
			plane.Eventually(t, patience, replicas(2))
		})
	}
	follows("external", &load, 100, 500, 5, plane.ExternalAverage("requests_per_second", "100")) // 500/100
	follows("cpu", &cores, 10, 200, 6, plane.CPUUtilization(50))                                 // ever 4 times too much: the maximum
	follows("pods", &inFlight, 1, 40, 6, plane.PodsAverage("requests_in_flight", "10"))          // likewise

	t.Run("broken", func(t *testing.T) {
		broken.Store(true)
		plane.Eventually(t, patience, func() error {
			for _, c := range p.HPA(t, "shop", "external").Status.Conditions {
				if c.Type == autoscalingv2.ScalingActive && c.Status == corev1.ConditionFalse &&
					strings.Contains(c.Message, "the metrics are broken") {
					return nil
				}
			}
			return errors.New("the hpa does not know that its metrics are broken")
		})
	})
}

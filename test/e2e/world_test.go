package e2e

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A world is a real control plane with one workload, web, whose load a real
// Prometheus, or a store in its place, scrapes and has three days of history of.
type world struct {
	*plane.Plane
	prom  *plane.Prometheus // nil with another store
	store store
	spike time.Time // when the load rises today; it does at the same time each day
	width time.Duration

	kubeconfig string // of Highwater's service account
}

// A store answers highwater and, through the metrics API, the HPA.
type store interface {
	URL() string
	Query(ctx context.Context, promQL string) ([]plane.ExternalValue, error)
}

const (
	perPod     = 100.0 // requests/s, the HPA's target
	calm       = 150.0 // requests/s: two pods
	spikeLoad  = 1120.0
	spikePods  = 12
	spikeWidth = time.Minute
	baseline   = 2
	ceiling    = 20
)

// load is the demand at a time: calm with a little ripple, and one sharp spike a day.
func (w *world) load(at time.Time) float64 {
	ripple := 5 * math.Sin(float64(at.Unix())/7)
	since := at.Sub(w.spike) % (24 * time.Hour)
	if since < 0 {
		since += 24 * time.Hour
	}
	if since < w.width {
		return spikeLoad + ripple
	}
	return calm + ripple
}

// newWorld makes a world whose spike comes the given time after everything is
// up. Pods become Ready 30 s after they were created.
func newWorld(t *testing.T, o plane.Options, spikeIn time.Duration) *world {
	t.Helper()
	return newWorldOf(t, o, spikeIn, spikeWidth)
}

// newBusyWorld makes a world in the middle of a spike that outlasts the test,
// so that the floor is raised at once and stays.
func newBusyWorld(t *testing.T, o plane.Options) *world {
	t.Helper()
	return newWorldOf(t, o, -20*time.Minute, time.Hour)
}

// newRaisedWorld makes a busy world with highwater serving it, and waits until
// the floor is raised.
func newRaisedWorld(t *testing.T, o plane.Options) (*world, *daemon) {
	t.Helper()
	w := newBusyWorld(t, o)
	w.Apply(t, policy("Enforce", ""))
	d := serve(t, w.kubeconfig, w.prom.URL())
	d.ready(t)
	w.raised(t)
	return w, d
}

func newWorldOf(t *testing.T, o plane.Options, spikeIn, width time.Duration) *world {
	t.Helper()
	var prom *plane.Prometheus
	w := newWorldOn(t, o, spikeIn, width, func(target string, history []plane.Series) store {
		prom = plane.StartPrometheus(t, plane.PromOptions{Targets: []string{target}, History: history})
		return prom
	})
	w.prom = prom
	return w
}

// newWorldOn makes a world on a store, which start runs: it scrapes the target
// and has the history.
func newWorldOn(t *testing.T, o plane.Options, spikeIn, width time.Duration, start func(target string, history []plane.Series) store) *world {
	t.Helper()
	binary(t)
	if o.PodReadyAfter == 0 {
		o.PodReadyAfter = 30 * time.Second
	}
	w := &world{Plane: plane.Start(t, o), width: width}
	w.install(t)
	w.spike = time.Now().Add(spikeIn).Truncate(10 * time.Second)

	exporter := plane.StartExporter(t)
	exporter.Set("requests_per_second", map[string]string{"app": "web"}, w.load)
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	w.store = start(exporter.Target(), []plane.Series{{
		Name:   "requests_per_second",
		Labels: map[string]string{"app": "web", "job": "e2e", "instance": exporter.Target()},
		Points: plane.Sample(end.Add(-3*24*time.Hour), end, 10*time.Second, w.load),
	}})
	plane.ServeMetricsAPI(t, w.Plane, plane.MetricsSource{
		External: func(ctx context.Context, _, metric string, _ labels.Selector) ([]plane.ExternalValue, error) {
			return w.store.Query(ctx, metric)
		},
	})
	w.CreateDeployment(t, "shop", "web", baseline, "100m")
	w.CreateHPA(t, plane.HPA{
		Namespace: "shop", Name: "web", Min: baseline, Max: ceiling, Behavior: quick,
		Metrics: []autoscalingv2.MetricSpec{withSelector(plane.ExternalAverage("requests_per_second", fmt.Sprint(perPod)))},
	})
	return w
}

func withSelector(m autoscalingv2.MetricSpec) autoscalingv2.MetricSpec {
	m.External.Metric.Selector = selector("app", "web")
	return m
}

// policy makes the FloorPolicy that enforces floors for web. extra is YAML in
// the spec.
func policy(mode, extra string) string {
	return fmt.Sprintf(`
apiVersion: highwater.dev/v1alpha1
kind: FloorPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {kind: HorizontalPodAutoscaler, name: web}
  mode: %s
  quantile: 95%%
  leadTime: 40s
  hold: 20s
  limits: {stepEvery: 2s}
%s`, mode, extra)
}

// floor returns the minReplicas of web.
func (w *world) floor(t *testing.T) int { return int(*w.HPA(t, "shop", "web").Spec.MinReplicas) }

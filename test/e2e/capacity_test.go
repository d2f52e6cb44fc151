package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestWhatAPodCarriesIsLearned has an autoscaler that aims at 100 requests/s a
// pod, and pods whose latency leaves the objective at 60: floors go by what the
// pods carry.
func TestWhatAPodCarriesIsLearned(t *testing.T) {
	t.Parallel()
	binary(t)
	const knee, most = 60.0, 0.5
	p := plane.Start(t, plane.Options{})
	kubeconfig := install(t, p)
	// The load comes and goes each day; what each of the four pods gets lies
	// between 20 and 90.
	load := func(at time.Time) float64 {
		hour := float64(at.Unix()%86400) / 3600
		return 220 + 140*math.Sin(2*math.Pi*hour/24) + 3*math.Sin(float64(at.Unix())/11)
	}
	noise := rand.New(rand.NewPCG(3, 1)) // the exporter is asked by one Prometheus, once a second
	latency := func(at time.Time) float64 {
		return (0.1 + (most-0.1)*math.Pow(load(at)/4/knee, 4)) * (1 + 0.05*noise.NormFloat64())
	}
	four := func(time.Time) float64 { return 4 }
	exporter := plane.StartExporter(t)
	var history []plane.Series
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	for name, of := range map[string]struct {
		labels map[string]string
		value  func(time.Time) float64
	}{
		"requests_per_second":                   {map[string]string{"app": "web"}, load},
		"latency_seconds":                       {map[string]string{"app": "web"}, latency},
		"kube_deployment_spec_replicas":         {map[string]string{"namespace": "shop", "deployment": "web"}, four},
		"kube_deployment_status_replicas_ready": {map[string]string{"namespace": "shop", "deployment": "web"}, four},
	} {
		labels := map[string]string{"job": "e2e", "instance": exporter.Target()}
		for k, v := range of.labels {
			labels[k] = v
		}
		history = append(history, plane.Series{Name: name, Labels: labels, Points: plane.Sample(end.Add(-3*24*time.Hour), end, time.Minute, of.value)})
	}
	for name, value := range map[string]func(time.Time) float64{"requests_per_second": load, "latency_seconds": latency} {
		exporter.Set(name, map[string]string{"app": "web"}, value)
	}
	for _, name := range []string{"kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready"} {
		exporter.Set(name, map[string]string{"namespace": "shop", "deployment": "web"}, four)
	}
	prom := plane.StartPrometheus(t, plane.PromOptions{Targets: []string{exporter.Target()}, History: history})
	p.CreateDeployment(t, "shop", "web", 4, "100m")
	p.CreateHPA(t, plane.HPA{
		Namespace: "shop", Name: "web", Min: 2, Max: 30, Behavior: quick,
		Metrics: []autoscalingv2.MetricSpec{withSelector(plane.ExternalAverage("requests_per_second", "100"))},
	})
	p.Apply(t, floorPolicy("web", "Observe", fmt.Sprintf("  quantile: 95%%\n  latency: {query: 'max(latency_seconds{app=\"web\"})', objective: %gs}\n", most)))

	d := serve(t, kubeconfig, prom.URL(), "--step", "1m")
	d.ready(t)
	var rec struct {
		Needed  int // before the rate at which a floor may rise
		Signals []struct {
			Value    float64
			Capacity struct {
				PerPod float64
				Source string
			}
			Learned *struct {
				PerPod                  float64
				Method, Confidence, Why string
			}
		}
	}
	plane.Eventually(t, patience, func() error {
		code, body, err := d.get("/api/v1/workloads/shop/web")
		if err != nil || code != 200 {
			return fmt.Errorf("%d %s %w", code, body, err)
		}
		if err := json.Unmarshal([]byte(body), &rec); err != nil {
			return err
		}
		if len(rec.Signals) != 1 || rec.Signals[0].Learned == nil || rec.Signals[0].Capacity.PerPod >= 100 {
			return fmt.Errorf("nothing is learned yet: %s", body)
		}
		return nil
	})
	s := rec.Signals[0]
	t.Logf("learned %+v, in force %+v, %d needed for %.0f", *s.Learned, s.Capacity, rec.Needed, s.Value)
	if got := s.Capacity.PerPod; got < 0.85*knee || got > 1.05*knee {
		t.Errorf("a pod is taken to carry %g, not about %g", got, knee)
	}
	if want := int(math.Ceil(s.Value / s.Capacity.PerPod)); rec.Needed < want || rec.Needed > want+2 {
		t.Errorf("%d pods are needed; %.0f requests/s take %d", rec.Needed, s.Value, want)
	}
	out, problem, code := run(t, "explain", "shop/web", "--url", d.URL)
	if code != 0 || !strings.Contains(out, "latency") {
		t.Errorf("exit %d: %s\n%s", code, problem, out)
	}
}

// TestABacklogRaisesTheFloor has workers of a queue: what waits has to be done
// within a minute, and once it is, the floor follows what arrives.
func TestABacklogRaisesTheFloor(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 280, "waiting": 30_000})
	f.Apply(t, plainHPA("web", 2, 30)+floorPolicy("web", "Enforce", `  load: {query: 'sum(requests_per_second{app="web"})', perPod: 100}
  backlog: {query: 'sum(requests_per_second{app="waiting"})', objective: 1m}
`))
	f.serve(t)
	f.raised(t, "web", 5) // 500 a second do away with what waits; what comes meanwhile has its own minute
	if floor := f.floorOf(t, "web"); floor > 6 {
		t.Errorf("the floor is %d", floor)
	}
	f.exporter.Set("requests_per_second", map[string]string{"app": "waiting"}, func(time.Time) float64 { return 0 })
	plane.Eventually(t, patience, func() error {
		if floor := f.floorOf(t, "web"); floor != 3 {
			return fmt.Errorf("the floor is %d", floor)
		}
		return nil
	})
}

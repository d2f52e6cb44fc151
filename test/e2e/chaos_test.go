package e2e

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// The chaos tests break what Highwater stands on, a slow store, a tenant whose queries hang, a leader that sleeps, and
// hold what happens to figures. Most take minutes: `make chaos` runs them, and ends with the figures.

// chaos skips a test that takes longer than a minute unless it is asked for.
func chaos(t *testing.T) {
	t.Helper()
	if !chaosWanted() {
		t.Skip("takes long; make chaos runs it")
	}
}

func chaosWanted() bool { return os.Getenv("HIGHWATER_CHAOS") == "1" }

// bar tells a figure and what it has to be, and fails the test where it is not. scripts/chaos.sh gathers these lines.
func bar(t *testing.T, met bool, format string, args ...any) {
	t.Helper()
	if met {
		t.Logf("bar met: "+format, args...)
	} else {
		t.Errorf("bar MISSED: "+format, args...)
	}
}

// A demand is a load that changes over time, with a Deployment and an HPA of 100 requests/s a pod that follow it.
type demand struct {
	namespace, app string
	metric         string // empty means requests_per_second
	min, max       int    // of the HPA
	load           func(time.Time) float64
	seen           func(time.Time) float64 // by the HPA controller; nil means load
}

func (d demand) name() string { return cmp.Or(d.metric, "requests_per_second") }

func (d demand) labels() map[string]string {
	return map[string]string{"app": d.app, "namespace": d.namespace}
}

// newChaosFleet makes a fleet whose loads move, read by the HPA controller, too: so it writes the status of each HPA at
// each of its syncs, as in a real cluster. The history of the loads is as long as span. Highwater is to read through
// the proxy.
func newChaosFleet(t *testing.T, o plane.Options, span time.Duration, demands []demand) (*fleet, *plane.Proxy) {
	t.Helper()
	binary(t)
	f := &fleet{Plane: plane.Start(t, o), exporter: plane.StartExporter(t)}
	f.kubeconfig = install(t, f.Plane)
	loads := map[string]func(time.Time) float64{}
	var history []plane.Series
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	for _, d := range demands {
		loads[d.namespace+d.name()+d.app] = d.load
		if d.seen != nil {
			loads[d.namespace+d.name()+d.app] = d.seen
		}
		f.exporter.Set(d.name(), d.labels(), d.load)
		s := plane.Series{Name: d.name(), Labels: d.labels(), Points: plane.Sample(end.Add(-span), end, 30*time.Second, d.load)}
		s.Labels["job"], s.Labels["instance"] = "e2e", f.exporter.Target()
		history = append(history, s)
	}
	f.prom = plane.StartPrometheus(t, plane.PromOptions{Targets: []string{f.exporter.Target()}, History: history})
	plane.ServeMetricsAPI(t, f.Plane, plane.MetricsSource{
		External: func(_ context.Context, namespace, metric string, s labels.Selector) ([]plane.ExternalValue, error) {
			app, _ := s.RequiresExactMatch("app")
			if load := loads[namespace+metric+app]; load != nil {
				return []plane.ExternalValue{{Labels: map[string]string{"app": app}, Value: load(time.Now())}}, nil
			}
			return nil, nil
		},
	})
	for _, d := range demands {
		f.CreateDeployment(t, d.namespace, d.app, d.min, "100m")
		metric := plane.ExternalAverage(d.name(), "100")
		metric.External.Metric.Selector = selector("app", d.app)
		f.CreateHPA(t, plane.HPA{Namespace: d.namespace, Name: d.app, Min: d.min, Max: d.max, Metrics: []autoscalingv2.MetricSpec{metric}})
	}
	return f, plane.StartProxy(t, f.prom.URL())
}

// ownDefaults undoes the quick flags of serve: these are the values that hold where a user says nothing, read from the
// binary itself.
func ownDefaults(t *testing.T) (args []string) {
	t.Helper()
	help, problem, code := run(t, "serve", "--help")
	if code != 0 {
		t.Fatalf("serve --help: %d: %s", code, problem)
	}
	for _, flag := range []string{"tick", "step", "history", "prometheus-timeout"} {
		line := regexp.MustCompile(`(?m)^ +--` + flag + ` .*\(default "?(.+?)"?\)$`).FindStringSubmatch(help)
		if line == nil {
			t.Fatalf("serve --help tells no default of --%s:\n%s", flag, help)
		}
		args = append(args, "--"+flag, line[1])
	}
	return args
}

// launch starts Highwater with the service account of the chart and its own defaults, but for args.
func (f *fleet) launch(t *testing.T, prometheus string, args ...string) *daemon {
	t.Helper()
	return serve(t, f.kubeconfig, prometheus, append(ownDefaults(t), args...)...)
}

// readyWithin waits until the daemon says that it is ready, and returns how long that took.
func (d *daemon) readyWithin(t *testing.T, within time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	plane.Eventually(t, within, func() error {
		code, body, err := d.get("/readyz")
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("readyz: %d %s", code, body)
		}
		return err
	})
	return time.Since(began)
}

// hang accepts requests in whose path, query or body the word is, and never answers them. The empty word is in all.
func hang(word string) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return false // who asked is gone
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if !strings.Contains(r.URL.String()+string(body), word) {
			return true
		}
		<-r.Context().Done()
		return false
	}
}

// ripple is a load that never stands still: level, give or take 2 %.
func ripple(level float64) func(time.Time) float64 {
	return func(at time.Time) float64 { return level * (1 + 0.02*float64(at.Unix()*7%11-5)/5) }
}

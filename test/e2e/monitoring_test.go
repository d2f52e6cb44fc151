package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

const (
	alertRules    = "../../charts/highwater/files/alerts.yaml"
	dashboardFile = "../../charts/highwater/files/dashboard.json"
)

// TestMonitoringOfTheChart holds that the chart makes no object of the Prometheus
// operator by itself, and its rules unchanged if it is asked to.
func TestMonitoringOfTheChart(t *testing.T) {
	plane.Require(t)
	of := func(objects []*unstructured.Unstructured, kind string) *unstructured.Unstructured {
		i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == kind })
		if i < 0 {
			return nil
		}
		return objects[i]
	}
	objects, err := chart()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"PrometheusRule", "ServiceMonitor"} {
		if of(objects, kind) != nil {
			t.Errorf("by default there is a %s, which a cluster without the operator refuses", kind)
		}
	}
	objects, err = template("--set", "image.repository=registry.example/highwater,prometheus.url=http://prometheus:9090,"+
		"serviceMonitor.enabled=true,serviceMonitor.labels.release=kps,prometheusRule.enabled=true,prometheusRule.labels.release=kps,dashboard.enabled=true")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(alertRules)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := yaml.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	rule, monitor := of(objects, "PrometheusRule"), of(objects, "ServiceMonitor")
	if rule == nil || monitor == nil {
		t.Fatalf("rule %v, monitor %v", rule, monitor)
	}
	if !reflect.DeepEqual(rule.Object["spec"], any(want)) {
		t.Errorf("the spec is not the rules file:\n%v", rule.Object["spec"])
	}
	for _, o := range []*unstructured.Unstructured{rule, monitor} {
		if o.GetAPIVersion() != "monitoring.coreos.com/v1" || o.GetLabels()["release"] != "kps" || o.GetNamespace() != "highwater" {
			t.Errorf("%s %s in %s, labels %v", o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetLabels())
		}
	}
	board := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetLabels()["grafana_dashboard"] == "1" })
	if board < 0 {
		t.Fatal("there is no ConfigMap that Grafana's sidecar finds")
	}
	made, _, _ := unstructured.NestedString(objects[board].Object, "data", "highwater.json")
	file, err := os.ReadFile(dashboardFile)
	if err != nil || strings.TrimSpace(made) != strings.TrimSpace(string(file)) {
		t.Errorf("the ConfigMap has not the dashboard, %v:\n%s", err, made)
	}
	ports := of(objects, "Service").Object["spec"].(map[string]any)["ports"].([]any)
	if endpoint := monitor.Object["spec"].(map[string]any)["endpoints"].([]any)[0].(map[string]any); endpoint["port"] != ports[0].(map[string]any)["name"] || endpoint["honorLabels"] != true {
		t.Errorf("the endpoint %v is not the Service's %v", endpoint, ports)
	}
}

// TestAlertsOnARealHighwater has a real Prometheus scrape a real Highwater and
// evaluate the rules of the chart on it.
func TestAlertsOnARealHighwater(t *testing.T) {
	_, d := newRaisedWorld(t, fast())
	rules, err := filepath.Abs(alertRules)
	if err != nil {
		t.Fatal(err)
	}
	prom := plane.StartPrometheus(t, plane.PromOptions{Config: fmt.Sprintf(
		"scrape_configs: [{job_name: highwater, honor_labels: true, static_configs: [{targets: ['%s'], labels: {namespace: highwater}}]}]\nrule_files: ['%s']\n",
		strings.TrimPrefix(d.URL, "http://"), rules)})

	value := func(expr string) (float64, error) {
		v, err := prom.Query(t.Context(), expr)
		if err == nil && len(v) != 1 {
			err = fmt.Errorf("%s: %d series, not one", expr, len(v))
		}
		if err != nil {
			return 0, err
		}
		return v[0].Value, nil
	}
	// What the rules compare is there, and says what is so. A forecast counts once its
	// window of a minute is over.
	for expr, holds := range map[string]func(float64) bool{
		`highwater_leading{namespace="highwater", job="highwater"}`:                                                    func(v float64) bool { return v == 1 },
		`time() - highwater_last_tick_timestamp_seconds`:                                                               func(v float64) bool { return v < 30 },
		`max by (namespace, name) (highwater_floor{mode="Enforce"} and on (cluster, job, instance) highwater_leading)`: func(v float64) bool { return v == spikePods },
		`highwater_ceiling{namespace="shop", name="web"}`:                                                              func(v float64) bool { return v == ceiling },
		`highwater_lease_expiry_timestamp_seconds - highwater_lease_renewed_timestamp_seconds`:                         func(v float64) bool { return v == (30 * time.Minute).Seconds() },
		`highwater_lease_expiry_timestamp_seconds{namespace="shop", name="web"} - time()`:                              func(v float64) bool { return v > 60 && v <= (30*time.Minute).Seconds() },
		`sum(highwater_query_duration_seconds_count)`:                                                                  func(v float64) bool { return v > 0 },
		`highwater_failures_total{reason="panic"}`:                                                                     func(v float64) bool { return v == 0 },
		`highwater_forecast_expected_coverage_ratio`:                                                                   func(v float64) bool { return math.Abs(v-0.95) < 1e-9 },
		`highwater_forecast_coverage_ratio`:                                                                            func(v float64) bool { return v >= 0 && v <= 1 },
	} {
		plane.Eventually(t, 3*patience, func() error {
			v, err := value(expr)
			if err == nil && !holds(v) {
				err = fmt.Errorf("%s is %g", expr, v)
			}
			return err
		})
	}

	// Every rule is evaluated, and none complains; but for what a slow machine, or a
	// forecast that has only just begun, may give reason for.
	excused := []string{"HighwaterTicksOverrun", "HighwaterCoverageLost"}
	plane.Eventually(t, patience, func() error {
		result, err := prom.API(t).Rules(t.Context(), nil)
		if err != nil {
			return err
		}
		n := 0
		for _, g := range result.Groups {
			for _, r := range g.Rules {
				a, ok := r.(promv1.AlertingRule)
				if !ok {
					return fmt.Errorf("%T is not an alert", r)
				}
				if a.Health != promv1.RuleHealthGood {
					return fmt.Errorf("%s is %s: %s", a.Name, a.Health, a.LastError)
				}
				if len(a.Alerts) > 0 && !slices.Contains(excused, a.Name) {
					text, _ := json.Marshal(a.Alerts)
					return fmt.Errorf("%s complains of a healthy Highwater: %s", a.Name, text)
				}
				n++
			}
		}
		if n == 0 {
			return fmt.Errorf("there are no rules")
		}
		return nil
	})

	documented(t, prom)
	drawn(t, prom)
	d.kill()
	plane.Eventually(t, patience, func() error {
		_, err := value(`ALERTS{alertname="HighwaterDown", alertstate="pending"}`)
		return err
	})
}

// drawn holds that each query of the dashboard gives data, but for those of what a
// healthy Highwater has not.
func drawn(t *testing.T, prom *plane.Prometheus) {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	empty := []string{"Shortages ahead", "Floors that are not set, and why", "Short minutes in the proof", "Reads that failed", "Failures"}
	asked := 0
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			asked++
			expr := strings.NewReplacer("$__rate_interval", "30s", "$namespace", "shop", "$name", "web").Replace(q.Expr)
			plane.Eventually(t, patience, func() error {
				v, err := prom.Query(t.Context(), expr)
				if err == nil && len(v) == 0 && !slices.Contains(empty, p.Title) {
					err = fmt.Errorf("%s: no data for %s", p.Title, expr)
				}
				return err
			})
		}
	}
	if asked < 20 {
		t.Errorf("the dashboard has %d queries", asked)
	}
}

// documented holds that docs/metrics.md has every metric that Prometheus has
// scraped.
func documented(t *testing.T, prom *plane.Prometheus) {
	t.Helper()
	docs, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names, _, _, err := prom.API(t).LabelValues(t.Context(), "__name__", []string{`{__name__=~"highwater_.*"}`}, time.Now().Add(-time.Hour), time.Now())
	if err != nil || len(names) < 20 {
		t.Fatalf("%d names of metrics, %v", len(names), err)
	}
	for _, name := range names {
		base := string(name)
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			base = strings.TrimSuffix(base, part)
		}
		if !strings.Contains(string(docs), "| `"+base+"` |") {
			t.Errorf("docs/metrics.md lacks %s", base)
		}
	}
}

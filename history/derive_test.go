package history_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/highwater-dev/highwater/history"
)

var web = history.Target{Namespace: "shop", Kind: "Deployment", Name: "web"}

func TestDerivedQueries(t *testing.T) {
	const (
		letters = "[bcdfghjklmnpqrstvwxz2456789]"
		pods    = `namespace="shop",pod=~"web-` + letters + `{1,10}-` + letters + `{5}"`
		ready   = `max(kube_deployment_status_replicas_ready{deployment="web",namespace="shop"})`
	)
	set := func(kind string) history.Target { t := web; t.Kind = kind; return t }
	f := func(m history.Metric, on history.Target, unit string, want ...string) {
		t.Helper()
		q, err := history.Derive(m, on, history.DeriveOptions{})
		if err != nil {
			t.Errorf("%v: %v", m, err)
			return
		}
		got := append([]string{q.Expr}, q.Else...)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || same(t, got[i]) != same(t, want[i]) {
				t.Fatalf("%s %s:\n got %s\nwant %s", m.Kind, m.Name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		}
		if q.Unit != unit {
			t.Errorf("%s: unit %q, want %q", q.Expr, q.Unit, unit)
		}
		if want := fmt.Sprintf("spec.metrics[%d] (%s %s)", m.Index, m.Kind, m.Name); q.From != want {
			t.Errorf("from %q, want %q", q.From, want)
		}
	}
	each := func(expr string) string { return "sum(max by (pod, container) (" + expr + "))" }
	const rule = "node_namespace_pod_container:"
	cpu := func(on string) []string {
		return []string{
			each("rate(container_cpu_usage_seconds_total{" + on + "}[2m])"),
			each(rule + "container_cpu_usage_seconds_total:sum_rate5m{" + on + "}"), each(rule + "container_cpu_usage_seconds_total:sum_irate{" + on + "}"),
		}
	}
	memory := func(on string) []string {
		return []string{each("container_memory_working_set_bytes{" + on + "}"), each(rule + "container_memory_working_set_bytes{" + on + "}")}
	}
	pod := func(expr string) string {
		return "sum(max by (pod) (sum by (pod, job, prometheus_replica) (" + expr + ")))"
	}
	all := func(expr string) string { return "sum(max without (prometheus_replica) (" + expr + "))" }
	f(history.Metric{Kind: history.Resource, Name: "cpu", TargetType: history.Utilization}, web, "cores",
		cpu(pods+`,container!="",container!="POD"`)...)
	f(history.Metric{Kind: history.ContainerResource, Name: "cpu", Container: "app", Index: 1}, web, "cores",
		cpu(pods+`,container="app"`)...)
	f(history.Metric{Kind: history.Resource, Name: "memory"}, set("StatefulSet"), "bytes",
		memory(`namespace="shop",pod=~"web-[0-9]+",container!="",container!="POD"`)...)
	f(history.Metric{Kind: history.Resource, Name: "memory"}, set("ReplicaSet"), "bytes",
		memory(`namespace="shop",pod=~"web-`+letters+`{5}",container!="",container!="POD"`)...)
	f(history.Metric{Kind: history.Resource, Name: "memory"}, set("Rollout"), "bytes",
		memory(pods+`,container!="",container!="POD"`)...)
	f(history.Metric{Kind: history.Pods, Name: "queue", TargetType: history.AverageValue, MatchLabels: map[string]string{"b": "2", "a": `"1"`}}, web, "",
		pod(`queue{`+pods+`,a="\"1\"",b="2"}`), pod(`rate(queue_total{`+pods+`,a="\"1\"",b="2"}[2m])`), pod(`rate(queue_seconds_total{`+pods+`,a="\"1\"",b="2"}[2m])`))
	f(history.Metric{Kind: history.Pods, Name: "http_requests_per_second", TargetType: history.AverageValue}, web, "requests/s",
		pod(`http_requests_per_second{`+pods+`}`), pod(`rate(http_requests_total{`+pods+`}[2m])`),
		pod(`rate(http_requests_per_second_total{`+pods+`}[2m])`), pod(`rate(http_requests_per_second_seconds_total{`+pods+`}[2m])`))
	f(history.Metric{Kind: history.Pods, Name: "http_requests_total", TargetType: history.AverageValue}, web, "",
		pod(`rate(http_requests_total{`+pods+`}[2m])`))
	f(history.Metric{Kind: history.External, Name: "took_seconds_count", TargetType: history.AverageValue}, web, "",
		all(`rate(took_seconds_count{namespace=~"shop|"}[2m])`)+` and on () count(took_seconds_sum{namespace=~"shop|"})`,
		all(`took_seconds_count{namespace=~"shop|"}`)+` unless on () count(took_seconds_sum{namespace=~"shop|"})`,
		all(`histogram_count(rate(took_seconds{namespace=~"shop|"}[2m]))`))
	f(history.Metric{Kind: history.External, Name: "mails_total", TargetType: history.AverageValue}, web, "", all(`rate(mails_total{namespace=~"shop|"}[2m])`))
	f(history.Metric{Kind: history.External, Name: "mails_total", TargetType: history.AverageValue, MatchLabels: map[string]string{"namespace": "post"}}, web, "",
		all(`rate(mails_total{namespace="post"}[2m])`))
	const of = `queue="mail",env=~"a\\.b|c",x!="y",z!="",w="",namespace=~"shop|"`
	f(history.Metric{Kind: history.External, Name: "queue_depth", TargetType: history.AverageValue, MatchLabels: map[string]string{"queue": "mail"},
		Match: []history.Requirement{{"env", "In", []string{"a.b", "c"}}, {"x", "NotIn", []string{"y"}}, {"z", "Exists", nil}, {"w", "DoesNotExist", nil}}}, web, "",
		all(`queue_depth{`+of+`}`), all(`rate(queue_depth_total{`+of+`}[2m])`), all(`rate(queue_depth_seconds_total{`+of+`}[2m])`))
	f(history.Metric{Kind: history.External, Name: "queue_total", TargetType: history.Value}, web, "", `(`+all(`rate(queue_total{namespace=~"shop|"}[2m])`)+`) * `+ready)
	f(history.Metric{Kind: history.External, Name: "http.server.requests_total", TargetType: history.AverageValue}, web, "",
		all(`rate({__name__="http.server.requests_total",namespace=~"shop|"}[2m])`), all(`rate(http_server_requests_total{namespace=~"shop|"}[2m])`))
	f(history.Metric{Kind: history.Object, Name: "rps_total", TargetType: history.AverageValue, Object: history.Target{Kind: "Ingress", Name: "front"}}, web, "",
		all(`rate(rps_total{namespace="shop",ingress="front"}[2m])`))
	f(history.Metric{Kind: history.Object, Name: "rps_total", TargetType: history.Value, Object: history.Target{Kind: "Service", Name: "front"}}, web, "",
		`(`+all(`rate(rps_total{namespace="shop",service="front"}[2m])`)+`) * `+ready)
	f(history.Metric{Kind: history.Object, Name: "rps_total", TargetType: history.AverageValue, Object: history.Target{Kind: "Namespace", Name: "shop"}}, web, "",
		all(`rate(rps_total{namespace="shop"}[2m])`))
}

// same is how the parser prints expr.
func same(t *testing.T, expr string) string {
	t.Helper()
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	s := tree.String()
	// The order of matchers is of no account.
	return regexp.MustCompile(`\{[^{}]*(\{[0-9,]+\}[^{}]*)*\}`).ReplaceAllStringFunc(s, func(m string) string {
		parts := strings.Split(strings.Trim(m, "{}"), `",`)
		for i := range parts {
			parts[i] = strings.TrimSuffix(parts[i], `"`)
		}
		sortStrings(parts)
		return "{" + strings.Join(parts, "|") + "}"
	})
}

func TestMetricsWithoutAQueryNameTheRemedy(t *testing.T) {
	f := func(m history.Metric, on history.Target, want string) {
		t.Helper()
		q, err := history.Derive(m, on, history.DeriveOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "spec.load.query") || !strings.Contains(err.Error(), "spec.metrics[2]") {
			t.Errorf("%v: got %q, %v; want %q", m, q.Expr, err, want)
		}
	}
	f(history.Metric{Index: 2, Kind: history.Resource, Name: "nvidia.com/gpu"}, web, `the use of "nvidia.com/gpu"`)
	f(history.Metric{Index: 2, Kind: history.External, Name: "s0-prometheus"}, web, "KEDA's own name")
	f(history.Metric{Index: 2, Kind: history.External, Name: "s12-kafka-orders"}, web, "KEDA's own name")
	f(history.Metric{Index: 2, Kind: history.External, Name: "\xff"}, web, "not the name of a Prometheus metric")
	f(history.Metric{Index: 2, Kind: history.Object, Name: "q"}, web, "describes no object")
	f(history.Metric{Index: 2, Kind: "Custom", Name: "q"}, web, `kind "Custom" is not known`)
	f(history.Metric{Index: 2, Kind: history.Pods, Name: "q", Match: []history.Requirement{{"a", "Near", []string{"b"}}}}, web, `operator "Near"`)
	f(history.Metric{Index: 2, Kind: history.Pods, Name: "q", Match: []history.Requirement{{"a", "In", nil}}}, web, "no values for a In")
}

func TestPodsOfOneWorkloadOnly(t *testing.T) {
	long := func(n int) string { return strings.Repeat("l", n) }
	type row struct {
		kind, name, pod string
		want            bool
	}
	var rows []row
	f := func(kind, name, pod string, want bool) { rows = append(rows, row{kind, name, pod, want}) }
	f("Deployment", "web", "web-7f9c8d5b6-x2k4z", true)
	f("Deployment", "web", "web-6-x2k4z", true)
	f("Deployment", "web", "web-api-7f9c8d5b6-x2k4z", false)
	f("Deployment", "web", "web-x2k4z", false)
	f("Deployment", "web", "web-0", false)
	f("Deployment", "web", "other-web-7f9c8d5b6-x2k4z", false)
	f("Deployment", "web.v1", "web.v1-7f9c8d5b6-x2k4z", true)
	f("Deployment", "web.v1", "web-v1-7f9c8d5b6-x2k4z", false)
	f("ReplicaSet", "web", "web-x2k4z", true)
	f("ReplicaSet", "web", "web-7f9c8d5b6-x2k4z", false)
	f("StatefulSet", "web", "web-12", true)
	f("StatefulSet", "web", "web-api-12", false)
	f("StatefulSet", "web", "web-x2k4z", false)
	f("Rollout", "web", "web-7f9c8d5b6-x2k4z", true)
	f("Rollout", "web", "web-worker-7f9c8d5b6-x2k4z", false)
	f("Rollout", "web", "website", false)
	f("GameServerSet", "web", "web-7f9c8d5b6-x2k4z", true)
	f("GameServerSet", "web", "web-x2k4z", true)
	f("GameServerSet", "web", "web-3", true)
	f("GameServerSet", "web", "web-worker-3", false)
	f("GameServerSet", "web", "web-worker-x2k4z", false)
	f("GameServerSet", "web", "web-worker-7f9c8d5b6-x2k4z", false)
	// Kubernetes cuts name-hash- to 58 letters and appends five.
	for n := 40; n <= 62; n++ {
		for _, hash := range []string{"4", "7f9c8d5b6", "7f9c8d5b64"} {
			base := long(n) + "-" + hash + "-"
			f("Deployment", long(n), base[:min(58, len(base))]+"x2k4z", true)
		}
		base := long(n) + "-"
		f("ReplicaSet", long(n), base[:min(58, len(base))]+"x2k4z", true)
	}

	load := "load 1m\n"
	seen := map[string]bool{}
	for _, r := range rows {
		if !seen[r.pod] {
			load += fmt.Sprintf("  container_memory_working_set_bytes{namespace=\"shop\",pod=%q,container=\"app\"} 1x3\n", r.pod)
		}
		seen[r.pod] = true
	}
	e := script(t, load)
	for _, r := range rows {
		q, err := history.Derive(history.Metric{Kind: history.Resource, Name: "memory"}, history.Target{Namespace: "shop", Kind: r.kind, Name: r.name}, history.DeriveOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, s := range ask(t, e, strings.Replace(q.Expr, "sum(max by (pod, container)", "sum by (pod) (max by (pod, container)", 1), epoch, 1) {
			got = got || string(s.Metric["pod"]) == r.pod
		}
		if got != r.want {
			t.Errorf("%s %s and pod %s: %v, want %v\n%s", r.kind, r.name, r.pod, got, r.want, q.Expr)
		}
	}
}

func TestDerivedQueriesMeasureTheLoad(t *testing.T) {
	// web burns 0.5 + 0.25 cores; its second pod's container restarts at 5m and its counter with it.
	// The pod's own cgroup, the pause container and web-api do not count.
	e := script(t, `
load 30s
  container_cpu_usage_seconds_total{namespace="shop",pod="web-7f9c8d5b6-x2k4z",container="app"}      0+12x40
  container_cpu_usage_seconds_total{namespace="shop",pod="web-7f9c8d5b6-x2k4z",container="proxy"}    0+3x40
  container_cpu_usage_seconds_total{namespace="shop",pod="web-7f9c8d5b6-x2k4z",container="POD"}      0+1x40
  container_cpu_usage_seconds_total{namespace="shop",pod="web-7f9c8d5b6-x2k4z"}                      0+16x40
  container_cpu_usage_seconds_total{namespace="shop",pod="web-7f9c8d5b6-bbbbb",container="app"}      0+7.5x9 0+7.5x30
  container_cpu_usage_seconds_total{namespace="shop",pod="web-api-7f9c8d5b6-x2k4z",container="app"}  0+90x40
  container_cpu_usage_seconds_total{namespace="test",pod="web-7f9c8d5b6-x2k4z",container="app"}      0+90x40
  http_requests_total{namespace="shop",pod="web-7f9c8d5b6-x2k4z"}                                    0+300x40
  queue_depth{queue="mail"}                                                                          8x40
  queue_depth{queue="print"}                                                                         4x40
  kube_deployment_status_replicas_ready{namespace="shop",deployment="web"}                           2x20 4x20
`)
	f := func(m history.Metric, at time.Duration, want float64) {
		t.Helper()
		q, err := history.Derive(m, web, history.DeriveOptions{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := history.NewReader(e, history.ReaderOptions{}).Read(t.Context(), q, epoch.Add(at), epoch.Add(at), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Series.Values[0]; got < want*0.999 || got > want*1.001 {
			t.Errorf("%s: %v, want %v", q.Expr, got, want)
		}
	}
	cpu := history.Metric{Kind: history.Resource, Name: "cpu"}
	f(cpu, 4*time.Minute, 0.75)
	// At the reset the counter starts from 0 at 5m: rate sees an increase of 0 in those 30 s, three steps of
	// 7.5 in the window of 2m, (3·7.5)/(4·30 s) · extrapolation. What matters: it is not negative and not huge.
	f(cpu, 8*time.Minute, 0.75)
	f(history.Metric{Kind: history.ContainerResource, Name: "cpu", Container: "proxy"}, 4*time.Minute, 0.1)
	f(history.Metric{Kind: history.Pods, Name: "http_requests_per_second"}, 4*time.Minute, 10)
	f(history.Metric{Kind: history.External, Name: "queue_depth", TargetType: history.AverageValue}, 4*time.Minute, 12)
	f(history.Metric{Kind: history.External, Name: "queue_depth", TargetType: history.Value, MatchLabels: map[string]string{"queue": "mail"}}, 4*time.Minute, 16)
	f(history.Metric{Kind: history.External, Name: "queue_depth", TargetType: history.Value}, 15*time.Minute, 48)

	q, _ := history.Derive(cpu, web, history.DeriveOptions{})
	res, err := history.NewReader(e, history.ReaderOptions{}).Read(t.Context(), q, epoch.Add(2*time.Minute), epoch.Add(15*time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range res.Series.Values {
		if v < 0.6 || v > 0.76 {
			t.Errorf("at %s, over the counter's reset: %v cores", res.Series.Time(i).Sub(epoch), v)
		}
	}
}

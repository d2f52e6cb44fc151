package history_test

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/history"
)

// Each script is what a cluster's Prometheus holds, and what the load behind an HPA's metric is there, as
// kubelets and the Prometheus adapter's default rules give it to the HPA.
func TestLoadsAsTheyAre(t *testing.T) {
	cpu, memory := history.Metric{Kind: history.Resource, Name: "cpu"}, history.Metric{Kind: history.Resource, Name: "memory"}
	pods := func(name string) history.Metric {
		return history.Metric{Kind: history.Pods, Name: name, TargetType: history.AverageValue}
	}
	external := func(name string) history.Metric {
		return history.Metric{Kind: history.External, Name: name, TargetType: history.AverageValue}
	}
	const (
		a = `namespace="shop",pod="web-7c5998fdd-ktnw5"`
		b = `namespace="shop",pod="web-7c5998fdd-jtnw5"`
	)
	for name, c := range map[string]struct {
		load   string
		metric history.Metric
		target history.Target
		want   float64
		read   int // index of the expression that is read; 0 is the first
	}{
		"a Rollout's pods are not those of one whose name begins alike": {`
  container_cpu_usage_seconds_total{container="app",` + a + `} 0+30x60
  container_cpu_usage_seconds_total{container="app",namespace="shop",pod="web-worker-5d4f8c7b9-x2k4m"} 0+300x60`,
			cpu, history.Target{Namespace: "shop", Kind: "Rollout", Name: "web"}, 1, 0},
		"a restarted container counts once": {`
  container_memory_working_set_bytes{container="app",id="/a",` + a + `} 100x20
  container_memory_working_set_bytes{container="app",id="/b",` + a + `} _x19 100x40`, memory, web, 100, 0},
		"a kubelet that two jobs scrape counts once": {`
  container_cpu_usage_seconds_total{container="app",job="kubelet",` + a + `} 0+30x60
  container_cpu_usage_seconds_total{container="app",job="kubernetes-nodes-cadvisor",` + a + `} 0+30x60
  container_cpu_usage_seconds_total{container="proxy",job="kubelet",` + a + `} 0+15x60`, cpu, web, 1.5, 0},
		"kube-prometheus-stack, with its labels and its rules": {`
  container_cpu_usage_seconds_total{container="app",cpu="total",endpoint="https-metrics",id="/kubepods/a",image="web",instance="10.0.0.1:10250",job="kubelet",metrics_path="/metrics/cadvisor",name="a",node="n1",service="kube-prometheus-stack-kubelet",` + a + `} 0+30x60
  container_cpu_usage_seconds_total{cpu="total",endpoint="https-metrics",id="/kubepods",instance="10.0.0.1:10250",job="kubelet",metrics_path="/metrics/cadvisor",node="n1",service="kube-prometheus-stack-kubelet",` + a + `} 0+31x60
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m{cluster="",container="app",node="n1",` + a + `} 0.4x60
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate{cluster="",container="app",node="n1",` + a + `} 0.7x60`, cpu, web, 1, 0},
		"a store that keeps only its rules": {`
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m{cluster="",container="app",node="n1",` + a + `} 0.4x60
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m{cluster="",container="proxy",node="n1",` + a + `} 0.1x60
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate{cluster="",container="app",node="n1",` + a + `} 0.7x60`, cpu, web, 0.5, 1},
		"a store that keeps only its older rules": {`
  node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate{cluster="",container="app",` + a + `} 0.7x60`, cpu, web, 0.7, 2},
		"a store that keeps only its rules of memory": {`
  node_namespace_pod_container:container_memory_working_set_bytes{cluster="",container="app",metrics_path="/metrics/cadvisor",node="n1",` + a + `} 100x60
  node_namespace_pod_container:container_memory_working_set_bytes{cluster="",container="app",metrics_path="/metrics/cadvisor",node="n2",` + a + `} 100x60`, memory, web, 100, 1},
		"pods that two Prometheus servers or two jobs scrape count once, with all their series": {`
  rps{job="a",prometheus_replica="0",path="/",` + a + `} 3x60
  rps{job="a",prometheus_replica="0",path="/x",` + a + `} 4x60
  rps{job="a",prometheus_replica="1",path="/",` + a + `} 3x60
  rps{job="a",prometheus_replica="1",path="/x",` + a + `} 4x60
  rps{job="b",path="/",` + b + `} 5x60
  rps{job="c",path="/",` + b + `} 5x60`, pods("rps"), web, 12, 0},
		"the adapter's name for a counter's rate": {`
  http_requests_total{` + a + `} 0+300x60`, pods("http_requests"), web, 10, 1},
		"the adapter's name for a rate of seconds": {`
  busy_seconds_total{` + a + `} 0+15x60`, pods("busy"), web, 0.5, 2},
		"the name in the adapter's documentation": {`
  http_requests_total{` + a + `} 0+300x60`, pods("http_requests_per_second"), web, 10, 1},
		"likewise of an External metric": {`
  http_requests_total{namespace="shop"} 0+300x60`, external("http_requests_per_second"), web, 10, 1},
		"a Pods metric that keeps its counter's name": {`
  http_server_requests_seconds_count{` + a + `} 0+3000x60
  http_server_requests_seconds_sum{` + a + `} 0+30x60`, pods("http_server_requests_seconds_count"), web, 100, 0},
		"a gauge that is named like a count": {`
  connections_count{` + a + `} 7x60
  connections_count{` + b + `} 8x60`, pods("connections_count"), web, 15, 1},
		"the count of a native histogram": {`
  took_seconds{` + a + `} {{schema:0 sum:1 count:3 buckets:[1 2]}}+{{schema:0 sum:30 count:90 buckets:[30 60]}}x60`,
			pods("took_seconds_count"), web, 3, 2},
		"an External metric of its namespace only": {`
  queue_depth{namespace="shop",queue="mail"} 10x60
  queue_depth{namespace="staging",queue="mail"} 900x60`, external("queue_depth"), web, 10, 0},
		"an External metric of no namespace": {`
  queue_depth{queue="mail"} 10x60`, external("queue_depth"), web, 10, 0},
		"OpenTelemetry's name, as Prometheus 3 keeps it": {`
  {__name__="http.server.active_requests",` + a + `} 6x60`, pods("http.server.active_requests"), web, 6, 0},
		"OpenTelemetry's name, with underscores": {`
  http_server_active_requests{` + a + `} 6x60`, pods("http.server.active_requests"), web, 6, 3},
	} {
		t.Run(name, func(t *testing.T) {
			e := script(t, "load 30s"+c.load+"\n")
			q, err := history.Derive(c.metric, c.target, history.DeriveOptions{})
			if err != nil {
				t.Fatal(err)
			}
			list := append([]string{q.Expr}, q.Else...)
			w := history.NewWindow(history.NewReader(e, history.ReaderOptions{}), q, 5*time.Minute, time.Minute)
			for _, at := range []time.Duration{10 * time.Minute, 11 * time.Minute} { // all of the span, and then what is new
				res, err := w.Advance(t.Context(), epoch.Add(at))
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range res.Series.Values {
					if v < c.want*0.999 || v > c.want*1.001 {
						t.Errorf("%g at %s, want %g", v, res.Series.Time(i).Sub(epoch), c.want)
					}
				}
				if res.Expr != list[c.read] || res.Series.Len() < 6 {
					t.Errorf("%s was read, %d samples; want %s", res.Expr, res.Series.Len(), list[c.read])
				}
			}
		})
	}
}

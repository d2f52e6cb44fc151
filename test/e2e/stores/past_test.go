package stores

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A past is three days of a cluster, a sample a minute, as exporters and kube-state-metrics give them: the Deployment web
// of two pods, one of which restarted, scraped by two Prometheus servers that are told apart by prometheus_replica.
type past struct {
	from, to time.Time
	gap      [2]time.Time // in which nothing was scraped
	ended    time.Time    // when the series "ended" did
}

func newPast() past {
	to := time.Now().Truncate(time.Minute).Add(-10 * time.Minute)
	return past{
		from:  to.Add(-3 * 24 * time.Hour),
		to:    to,
		gap:   [2]time.Time{to.Add(-30 * time.Hour), to.Add(-28 * time.Hour)},
		ended: to.Add(-12 * time.Hour),
	}
}

// web is the load at a time.
func (p past) web(at time.Time) float64 {
	return 400 + 300*math.Sin(2*math.Pi*at.Sub(p.from).Hours()/24)
}

// count is the integral of web since the beginning.
func (p past) count(at time.Time) float64 {
	day := 24 * 3600.0
	s := at.Sub(p.from).Seconds()
	return 400*s + 300*day/(2*math.Pi)*(1-math.Cos(2*math.Pi*s/day))
}

func (p past) series() []plane.Series {
	restarted := p.from.Add(50 * time.Hour)
	scaled := func(share float64, f func(time.Time) float64) func(time.Time) float64 {
		return func(at time.Time) float64 { return share * f(at) }
	}
	flat := func(v float64) func(time.Time) float64 { return func(time.Time) float64 { return v } }
	restarting := func(at time.Time) float64 {
		if at.Before(restarted) {
			return p.count(at) / 2
		}
		return (p.count(at) - p.count(restarted)) / 2
	}
	var all []plane.Series
	add := func(name string, labels map[string]string, f func(time.Time) float64) {
		var points []plane.Point
		for _, point := range plane.Sample(p.from, p.to.Add(time.Minute), time.Minute, f) {
			if point.At.Before(p.gap[0]) || !point.At.Before(p.gap[1]) {
				points = append(points, point)
			}
		}
		all = append(all, plane.Series{Name: name, Labels: labels, Points: points})
	}
	on := func(more ...string) map[string]string {
		labels := map[string]string{"namespace": "shop"}
		for i := 0; i < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		return labels
	}
	for _, replica := range []string{"a", "b"} {
		for pod, f := range map[string]func(time.Time) float64{"web-7d4b9c6f5-x2b4c": scaled(0.5, p.count), "web-7d4b9c6f5-z9k8j": restarting} {
			add("http_requests_total", on("pod", pod, "job", "web", "prometheus_replica", replica), f)
			add("latency_seconds_count", on("pod", pod, "job", "web", "prometheus_replica", replica), f)
			add("latency_seconds_sum", on("pod", pod, "job", "web", "prometheus_replica", replica), scaled(0.1, f))
			add("container_cpu_usage_seconds_total", on("pod", pod, "container", "web", "prometheus_replica", replica), scaled(0.01, f))
			add("container_cpu_usage_seconds_total", on("pod", pod, "container", "", "prometheus_replica", replica), scaled(0.02, f))
			add("container_memory_working_set_bytes", on("pod", pod, "container", "web", "prometheus_replica", replica), flat(1<<28))
		}
		add("queue_depth", on("queue", "jobs", "prometheus_replica", replica), p.web)
		add("http.server.active_requests", on("service", "web", "prometheus_replica", replica), p.web)
		add("ingress_latency", on("ingress", "web", "prometheus_replica", replica), p.web)
	}
	add("kube_deployment_spec_replicas", on("deployment", "web"), flat(2))
	add("kube_deployment_status_replicas_ready", on("deployment", "web"), flat(2))
	add("up", map[string]string{"job": "kubelet", "metrics_path": "/metrics/cadvisor"}, flat(1))
	ended := plane.Sample(p.from, p.ended, time.Minute, p.web)
	return append(all, plane.Series{Name: "ended", Labels: on(), Points: ended})
}

// queries are those derived from an HPA's metrics, one of each kind, and what a user may ask.
func queries() map[string]history.Query {
	target := history.Target{Namespace: "shop", Kind: "Deployment", Name: "web"}
	of := func(m history.Metric) history.Query {
		q, err := history.Derive(m, target, history.DeriveOptions{})
		if err != nil {
			panic(err)
		}
		return q
	}
	return map[string]history.Query{
		"Resource cpu":          of(history.Metric{Kind: history.Resource, Name: "cpu", TargetType: history.Utilization}),
		"Resource memory":       of(history.Metric{Kind: history.Resource, Name: "memory", TargetType: history.AverageValue}),
		"ContainerResource cpu": of(history.Metric{Kind: history.ContainerResource, Name: "cpu", Container: "web", TargetType: history.Utilization}),
		"Pods":                  of(history.Metric{Kind: history.Pods, Name: "http_requests", TargetType: history.AverageValue}),
		"Pods, a histogram":     of(history.Metric{Kind: history.Pods, Name: "latency_seconds_count", TargetType: history.AverageValue}),
		"External": of(history.Metric{Kind: history.External, Name: "queue_depth", TargetType: history.AverageValue,
			Match: []history.Requirement{{Label: "queue", Operator: "In", Values: []string{"jobs", "mail"}}, {Label: "gone", Operator: "DoesNotExist"}}}),
		"External, UTF-8": of(history.Metric{Kind: history.External, Name: "http.server.active_requests", TargetType: history.AverageValue}),
		"Object": of(history.Metric{Kind: history.Object, Name: "ingress_latency", TargetType: history.Value,
			Object: history.Target{Namespace: "shop", Kind: "Ingress", Name: "web"}}),
		"a series that ended": {Expr: "sum(ended)"},
		"the week before":     {Expr: "sum(queue_depth offset 1d)"},
		"a subquery":          {Expr: "max_over_time(sum(queue_depth)[10m:1m])"},
		"nothing of a kind":   of(history.Metric{Kind: history.External, Name: "nothing_count", TargetType: history.AverageValue}),
		"nothing":             {Expr: "sum(nothing)"},
		"no PromQL":           {Expr: "sum("},
	}
}

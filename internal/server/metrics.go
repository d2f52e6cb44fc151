package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/highwater-dev/highwater/history"
)

// NewRegistry returns a registry with the metrics of the process itself, which
// runs that version.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	RegisterProcess(r, version)
	return r
}

// RegisterProcess registers the metrics of the process itself, which runs that
// version.
func RegisterProcess(r prometheus.Registerer, version string) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "highwater_build_info", Help: "1, with the version that runs.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	r.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// ReadMetrics count and time the queries to Prometheus.
type ReadMetrics struct {
	took   *prometheus.HistogramVec
	failed *prometheus.CounterVec
}

// NewReadMetrics registers the metrics.
func NewReadMetrics(r prometheus.Registerer) ReadMetrics {
	m := ReadMetrics{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "highwater_query_duration_seconds", Help: "How long reads of history took, retries included.",
			Buckets: prometheus.ExponentialBuckets(0.002, 3, 10),
		}, []string{"op"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_query_failures_total", Help: "Reads of history that failed, by reason.",
		}, []string{"op", "reason"}),
	}
	r.MustRegister(m.took, m.failed)
	return m
}

// Observe counts one read.
func (m ReadMetrics) Observe(op string, took time.Duration, err error) {
	m.took.WithLabelValues(op).Observe(took.Seconds())
	if err != nil {
		m.failed.WithLabelValues(op, string(history.KindOf(err))).Inc()
	}
}

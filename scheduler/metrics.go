package scheduler

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what the scheduler tells of itself. A nil *Metrics keeps none.
type Metrics struct {
	tick        prometheus.Histogram
	lastTick    prometheus.Gauge
	skipped     prometheus.Counter
	failures    *prometheus.CounterVec
	outcomes    *prometheus.CounterVec
	fits        *prometheus.CounterVec
	requests    *prometheus.CounterVec
	requestTook *prometheus.HistogramVec
	proofs      *prometheus.CounterVec
	proofTook   prometheus.Histogram
}

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		tick: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "highwater_tick_duration_seconds", Help: "How long ticks took.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 12),
		}),
		lastTick: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "highwater_last_tick_timestamp_seconds", Help: "When the last tick ended, in unix time.",
		}),
		skipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "highwater_ticks_skipped_total", Help: "Ticks skipped because the one before still ran.",
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_failures_total", Help: "Failures while handling workloads, by reason.",
		}, []string{"reason"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_applied_total", Help: "What became of decisions, by outcome.",
		}, []string{"outcome"}),
		fits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_fits_total", Help: "Fits of models, by whether a forecast came of it.",
		}, []string{"forecast"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_expert_requests_total", Help: "Loads that external models were asked about, by what came of it.",
		}, []string{"expert", "outcome"}),
		requestTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "highwater_expert_seconds", Help: "How long external models took to answer about one load, failures included.",
			Buckets: prometheus.ExponentialBuckets(0.005, 3, 10),
		}, []string{"expert"}),
		proofs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "highwater_proofs_total", Help: "Proofs that were tried, by verdict; none if the history does not do.",
		}, []string{"verdict"}),
		proofTook: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "highwater_proof_seconds", Help: "How long proofs took.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2.5, 10),
		}),
	}
	for _, reason := range failureReasons {
		m.failures.WithLabelValues(reason)
	}
	reg.MustRegister(m.tick, m.lastTick, m.skipped, m.failures, m.outcomes, m.fits, m.requests, m.requestTook, m.proofs, m.proofTook)
	return m
}

// failureReasons are the reasons of failures, beside the kinds of failed reads.
// They are exported from the start, since a rate does not see a counter's first
// value.
var failureReasons = []string{"apply", "deadline", "hung", "list", "nodes", "panic", "publish"}

func (m *Metrics) ticked(t TickSummary) {
	if m != nil {
		m.tick.Observe(t.Duration.Seconds())
		m.lastTick.Set(float64(time.Now().UnixMilli()) / 1000)
	}
}

func (m *Metrics) tickSkipped() {
	if m != nil {
		m.skipped.Inc()
	}
}

func (m *Metrics) failed(reason string) {
	if m != nil {
		m.failures.WithLabelValues(reason).Inc()
	}
}

func (m *Metrics) applied(outcome string) {
	if m != nil && outcome != "" {
		m.outcomes.WithLabelValues(outcome).Inc()
	}
}

func (m *Metrics) fitted(ok bool) {
	if m == nil {
		return
	}
	if ok {
		m.fits.WithLabelValues("yes").Inc()
	} else {
		m.fits.WithLabelValues("no").Inc()
	}
}

func (m *Metrics) externalModelAsked(model, outcome string, took time.Duration) {
	if m != nil {
		m.requests.WithLabelValues(model, outcome).Inc()
		m.requestTook.WithLabelValues(model).Observe(took.Seconds())
	}
}

func (m *Metrics) proofMade(verdict string, took time.Duration) {
	if m != nil {
		m.proofs.WithLabelValues(verdict).Inc()
		m.proofTook.Observe(took.Seconds())
	}
}

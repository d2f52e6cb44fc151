package plane

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// An Exporter exposes metrics that are functions of the time, for a Prometheus to scrape.
type Exporter struct {
	target string
	server *http.Server
	served chan struct{}

	mu     sync.Mutex
	series map[string]exported // by name and labels
}

type exported struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(now time.Time) float64
}

// StartExporter serves /metrics on loopback until the test ends.
func StartExporter(t testing.TB) *Exporter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start an exporter: %v", err)
	}
	e := &Exporter{target: l.Addr().String(), series: map[string]exported{}, served: make(chan struct{})}
	registry := prometheus.NewRegistry()
	registry.MustRegister(e)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(e.served)
		_ = e.server.Serve(l) // ends by Close
	}()
	t.Cleanup(e.Close)
	return e
}

// Target is where the exporter listens, as PromOptions.Targets takes it.
func (e *Exporter) Target() string { return e.target }

// Close stops serving: the next scrape fails, and up becomes 0.
func (e *Exporter) Close() {
	_ = e.server.Close()
	<-e.served
}

// Set exposes a series whose value at a scrape is that of the function. A name that ends in _total, _sum, _count or
// _bucket is a counter, and its function must not decrease; any other is a gauge. Setting a series again replaces it.
func (e *Exporter) Set(name string, labels map[string]string, value func(now time.Time) float64) {
	kind := prometheus.GaugeValue
	for _, suffix := range []string{"_total", "_sum", "_count", "_bucket"} {
		if strings.HasSuffix(name, suffix) {
			kind = prometheus.CounterValue
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.series[seriesKey(name, labels)] = exported{
		desc:  prometheus.NewDesc(name, "Set by an end-to-end test.", nil, labels),
		kind:  kind,
		value: value,
	}
}

// Delete takes a series away: Prometheus marks it stale at the next scrape.
func (e *Exporter) Delete(name string, labels map[string]string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.series, seriesKey(name, labels))
}

// Describe implements prometheus.Collector. It describes nothing, which is how a collector says that its metrics change.
func (e *Exporter) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (e *Exporter) Collect(into chan<- prometheus.Metric) {
	e.mu.Lock()
	all := slices.Collect(maps.Values(e.series))
	e.mu.Unlock()
	now := time.Now() // one for all, so that series which add up do so
	for _, s := range all {
		into <- prometheus.MustNewConstMetric(s.desc, s.kind, s.value(now))
	}
}

func seriesKey(name string, labels map[string]string) string {
	return fmt.Sprintf("%s %q", name, labels) // maps print sorted
}

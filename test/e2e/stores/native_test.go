package stores

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// scrapeNativeHistogram serves the native histogram latency_seconds, of two observations a second, and returns what makes
// a Prometheus scrape it.
func scrapeNativeHistogram(t *testing.T) (config string, begin time.Time) {
	t.Helper()
	registry := prometheus.NewRegistry()
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "latency_seconds", NativeHistogramBucketFactor: 1.1})
	registry.MustRegister(histogram)
	begin = time.Now()
	var mu sync.Mutex
	observed := 0
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		for ; observed < int(2*time.Since(begin).Seconds()); observed++ {
			histogram.Observe(0.1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(target.Close)
	return fmt.Sprintf("scrape_configs: [{job_name: web, scrape_native_histograms: true, static_configs: [{targets: ['%s']}]}]\n",
		strings.TrimPrefix(target.URL, "http://")), begin
}

// readNativeHistogram reads the load of an HPA's External metric latency_seconds_count, for which there is a query for each
// way to keep it.
func readNativeHistogram(t *testing.T, what string, reader *history.Reader, begin time.Time, by string) {
	t.Helper()
	q, err := history.Derive(history.Metric{Kind: history.External, Name: "latency_seconds_count", TargetType: history.AverageValue},
		history.Target{Namespace: "shop"}, history.DeriveOptions{RateWindow: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	plane.Eventually(t, 20*time.Second, func() error {
		res, err := reader.Read(t.Context(), q, begin, time.Now(), time.Second)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if v := res.Series.Values[res.Series.LastKnown()]; math.Abs(v-2) > 0.5 {
			return fmt.Errorf("%s: %v observations a second, want 2", what, v)
		}
		if !strings.Contains(res.Expr, by) {
			t.Errorf("%s: answered by %s, want one with %s", what, res.Expr, by)
		}
		return nil
	})
}

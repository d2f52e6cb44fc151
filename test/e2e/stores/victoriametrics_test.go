package stores

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

func TestVictoriaMetricsAgreesWithPrometheus(t *testing.T) {
	t.Parallel()
	p := newPast()
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{History: p.series()})
	prom := startPrometheus(t, p)
	agree(t, p, newReader(t, vm.URL()), newReader(t, prom.URL()), difference{values: 0.01, edges: 3, shorter: 5 * time.Minute})
}

// TestVictoriaMetricsLimits reads three days through limits that allow some hours at a time.
func TestVictoriaMetricsLimits(t *testing.T) {
	t.Parallel()
	p := newPast()
	// Samples are counted in blocks of up to 8192.
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{History: p.series(), Args: []string{
		"-search.maxPointsPerTimeseries=1000", "-search.maxSamplesPerQuery=20000"}})
	client := newClient(t, vm.URL())
	all := v1.Range{Start: p.from, End: p.to, Step: time.Minute}

	_, _, err := client.QueryRange(t.Context(), "sum(queue_depth)", all)
	expectError(t, "points", err, history.TooLarge, "too many points", "-search.maxPointsPerTimeseries")
	// The server repeats the query before it says what is wrong with it.
	long := "sum(queue_depth) + 0 * sum(" + strings.Repeat("queue_depth + ", 100) + "queue_depth)"
	_, _, err = client.QueryRange(t.Context(), long, all)
	expectError(t, "points of a long query", err, history.TooLarge, "too many points", "-search.maxPointsPerTimeseries")
	_, _, err = client.QueryRange(t.Context(), `sum({namespace="shop"})`, v1.Range{Start: p.to.Add(-900 * time.Minute), End: p.to, Step: time.Minute})
	expectError(t, "samples", err, history.TooLarge, "-search.maxSamplesPerQuery=20000", "--history")

	reader := newReader(t, vm.URL())
	_, err = reader.Read(t.Context(), history.Query{Expr: `sum({namespace="shop"})`}, p.from, p.to, time.Minute)
	expectError(t, "samples, in pieces as small as they get", err, history.TooLarge, "-search.maxSamplesPerQuery=20000")
	for _, expr := range []string{"sum(queue_depth)", "sum(rate(http_requests_total[2m]))"} {
		res, err := reader.Read(t.Context(), history.Query{Expr: expr}, p.from.Add(2*time.Minute), p.to, time.Minute)
		if err != nil {
			t.Errorf("%s in pieces: %v", expr, err)
			continue
		}
		if q := res.Quality; q.Gaps != 1 || q.Missing < 110 || q.Missing > 121 || res.Series.Span() != p.to.Sub(p.from)-2*time.Minute {
			t.Errorf("%s in pieces: %+v, over %s", expr, q, res.Series.Span())
		}
	}
}

func TestVictoriaMetricsRefusals(t *testing.T) {
	t.Parallel()
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{})
	below := plane.StartVictoriaMetrics(t, plane.VMOptions{Path: "/vm", Args: []string{"-http.pathPrefix=/vm", "-httpAuth.username=highwater", "-httpAuth.password=s3cret"}})
	now := v1.Range{Start: time.Now().Add(-time.Hour), End: time.Now(), Step: time.Minute}
	ask := func(expr string) error {
		_, _, err := newClient(t, vm.URL()).QueryRange(t.Context(), expr, now)
		return err
	}
	expectError(t, "syntax", ask("sum("), history.BadQuery, `query "sum("`, "unexpected token")
	expectError(t, "function", ask("histogram_count(x)"), history.BadQuery, `unsupported function "histogram_count"`)
	if err := newClient(t, vm.URL()+"/prometheus").Check(t.Context()); err != nil {
		t.Errorf("below /prometheus: %v", err)
	}
	wrong := newClient(t, vm.URL()+"/select/0/prometheus").Check(t.Context())
	expectError(t, "the path of the cluster version", wrong, history.NotPrometheus, "unsupported path requested", "/select/0/prometheus/api/v1/query", "without /api/v1", "--prometheus-url")

	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	withUser := func(o *history.ClientOptions) { o.Username, o.PasswordFile = "highwater", password }
	if err := newClient(t, below.URL(), withUser).Check(t.Context()); err != nil {
		t.Errorf("below /vm: %v", err)
	}
	root := strings.TrimSuffix(below.URL(), "/vm")
	expectError(t, "without the prefix", newClient(t, root, withUser).Check(t.Context()), history.NotPrometheus, "missing -http.pathPrefix=")
	expectError(t, "without a user", newClient(t, below.URL()).Check(t.Context()), history.Unauthorized, "answers 401", "no credential is set")
}

// TestVictoriaMetricsIsBusy holds the only place with queries that take long.
func TestVictoriaMetricsIsBusy(t *testing.T) {
	t.Parallel()
	p := newPast()
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{History: p.series(), Args: []string{"-search.maxConcurrentRequests=1", "-search.maxQueueDuration=1ms"}})
	const slow = "sum(quantile_over_time(0.5, queue_depth[6h]))"
	all := v1.Range{Start: p.from, End: p.to, Step: 10 * time.Second}
	const readers = 6
	failures := make(chan error, readers)
	for range readers {
		go func() {
			_, _, err := newClient(t, vm.URL(), func(o *history.ClientOptions) { o.MaxAttempts = 1 }).QueryRange(t.Context(), slow, all)
			failures <- err
		}()
	}
	refused := 0
	for range readers {
		if err := <-failures; err != nil {
			refused++
			expectError(t, "beside others", err, history.Overloaded, "answers 429", "-search.maxConcurrentRequests=1", "--prometheus-concurrency")
		}
	}
	if refused == 0 {
		t.Error("no query was refused")
	}
	_, _, err := newClient(t, vm.URL(), func(o *history.ClientOptions) { o.Timeout, o.MaxAttempts = 100*time.Millisecond, 1 }).QueryRange(t.Context(), "sum(quantile_over_time(0.9, queue_depth[1d]))", all)
	expectError(t, "in too little time", err, history.Timeout)
}

// TestVictoriaMetricsInventsNoLoad kills what writes a counter and a gauge, and starts it again: what is missing is not zero.
func TestVictoriaMetricsInventsNoLoad(t *testing.T) {
	t.Parallel()
	exporter := plane.StartExporter(t)
	begin := time.Now()
	exporter.Set("requests_total", nil, func(now time.Time) float64 { return 100 * now.Sub(begin).Seconds() })
	exporter.Set("queue_depth", nil, func(time.Time) float64 { return 7 })
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{Args: []string{"-search.latencyOffset=1s"}})
	writer := plane.StartPrometheus(t, plane.PromOptions{Targets: []string{exporter.Target()},
		Config: fmt.Sprintf("remote_write: [{url: '%s/api/v1/write', queue_config: {batch_send_deadline: 200ms}}]\n", vm.URL())})
	reader := newReader(t, vm.URL())
	read := func(expr string) history.Result {
		t.Helper()
		res, err := reader.Read(t.Context(), history.Query{Expr: expr}, begin.Add(2*time.Second), time.Now(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range res.Series.Values {
			if v < 6.9 { // NaN is not
				t.Errorf("%s is %v at %s", expr, v, res.Series.Time(i).Sub(begin))
			}
		}
		return res
	}
	const rate, depth = "sum(rate(requests_total[8s]))", "sum(queue_depth)"
	plane.Eventually(t, 30*time.Second, func() error {
		res, err := reader.Read(t.Context(), history.Query{Expr: rate}, begin, time.Now(), time.Second)
		if err == nil && res.Series.Known() < 4 {
			err = fmt.Errorf("%d values of %s", res.Series.Known(), rate)
		}
		return err
	})
	writer.Kill()
	ended := time.Now()
	for ; time.Since(ended) < 15*time.Second; time.Sleep(500 * time.Millisecond) {
		for _, expr := range []string{rate, depth} {
			if late := read(expr).Series.End().Sub(ended); late > 10*time.Second {
				t.Errorf("%s is known until %s after the last sample", expr, late)
			}
		}
	}
	writer.Start(t)
	plane.Eventually(t, 20*time.Second, func() error {
		res := read(rate)
		if res.Quality.Gaps == 0 {
			return fmt.Errorf("no gap of %s yet: %+v", rate, res.Quality)
		}
		return nil
	})
	if res := read(depth); res.Quality.Gaps == 0 {
		t.Errorf("%s: %+v, want a gap", depth, res.Quality)
	}
	zeros, err := vm.Query(t.Context(), "count_over_time(("+rate+" == 0)[40s:1s])")
	if err != nil || len(zeros) != 1 {
		t.Errorf("VictoriaMetrics itself has no zero before the gap: there is nothing to take out (%v, %v)", zeros, err)
	}
}

// TestVictoriaMetricsKeepsNativeHistogramsAsItsOwn writes a native histogram to both: the load that is derived from its
// count is there by another name.
func TestVictoriaMetricsKeepsNativeHistogramsAsItsOwn(t *testing.T) {
	t.Parallel()
	vm := plane.StartVictoriaMetrics(t, plane.VMOptions{Args: []string{"-search.latencyOffset=1s"}})
	config, begin := scrapeNativeHistogram(t)
	prom := plane.StartPrometheus(t, plane.PromOptions{Config: config + fmt.Sprintf(
		"remote_write: [{url: '%s/api/v1/write', send_native_histograms: true, queue_config: {batch_send_deadline: 500ms}}]\n", vm.URL())})
	readNativeHistogram(t, "Prometheus", newReader(t, prom.URL()), begin, "histogram_count(rate(latency_seconds{")
	readNativeHistogram(t, "VictoriaMetrics", newReader(t, vm.URL()), begin, "rate(latency_seconds_count{")
}

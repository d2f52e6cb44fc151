package stores

import (
	"fmt"
	"math"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// shard is a Prometheus with all of the past, told from others by its zone and its replica.
func (p past) shard(zone, replica string) plane.PromOptions {
	return plane.PromOptions{ExternalLabels: map[string]string{"zone": zone, "replica": replica}, History: p.series()}
}

// depth is the last value of a query whose result is 400 a zone, on reading it anew as after a restart.
func (p past) depth(t *testing.T, url string, change ...func(*history.ClientOptions)) (float64, error) {
	t.Helper()
	res, err := newReader(t, url, change...).Read(t.Context(),
		history.Query{Expr: "sum(max without (prometheus_replica) (queue_depth))"}, p.to.Add(-time.Hour), p.to, time.Minute)
	if err != nil {
		return math.NaN(), err
	}
	return math.Round(res.Series.Values[res.Series.LastKnown()]), nil
}

func params(kv ...string) func(*history.ClientOptions) {
	return func(o *history.ClientOptions) {
		o.Params = map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			o.Params[kv[i]] = kv[i+1]
		}
	}
}

// TestThanosAgreesWithPrometheus reads two replicas through Thanos, which makes one of them, also while one is away.
func TestThanosAgreesWithPrometheus(t *testing.T) {
	t.Parallel()
	p := newPast()
	th := plane.StartThanos(t, plane.ThanosOptions{Prometheus: []plane.PromOptions{p.shard("a", "0"), p.shard("a", "1")}})
	prom := newReader(t, th.Prometheus[0].URL())
	agree(t, p, newReader(t, th.URL()), prom, difference{values: 1e-9, edges: 3})

	if both, err := p.depth(t, th.URL(), params("dedup", "false")); err != nil || both != 800 {
		t.Errorf("with dedup=false: %v, %v; want 400 of each replica", both, err)
	}
	th.StopSidecar(1)
	_, err := p.depth(t, th.URL())
	expectError(t, "a replica has just gone", err, history.Partial, `zone="a"`)
	plane.Eventually(t, 30*time.Second, func() error { // until Thanos leaves it out
		_, err := p.depth(t, th.URL())
		return err
	})
	agree(t, p, newReader(t, th.URL()), prom, difference{values: 1e-9, edges: 3})
}

// TestThanosWithoutAShardIsDoubt stops one of two halves: half of the load is no answer as long as Thanos knows of it, which
// with --endpoint-strict it does until the half is back.
func TestThanosWithoutAShardIsDoubt(t *testing.T) {
	t.Parallel()
	p := newPast()
	th := plane.StartThanos(t, plane.ThanosOptions{Strict: true, Prometheus: []plane.PromOptions{p.shard("a", "0"), p.shard("b", "0")}})
	whole, err := p.depth(t, th.URL())
	if err != nil || whole != 800 {
		t.Fatalf("%v, %v; want 400 of each zone", whole, err)
	}
	th.StopSidecar(1)
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		_, err := p.depth(t, th.URL())
		expectError(t, "a warning", err, history.Partial, `zone="b"`, "would look like less load", "--prometheus-allow-partial", "2 attempts")
		_, err = p.depth(t, th.URL(), params("partial_response", "false"))
		expectError(t, "partial_response=false", err, history.Partial, `zone="b"`, "refuses to answer without a part", "2 attempts")
	}
	half, err := p.depth(t, th.URL(), func(o *history.ClientOptions) { o.AllowPartial = true })
	if err != nil || half != 400 {
		t.Errorf("where it is allowed: %v, %v; want 400 of one zone", half, err)
	}
	th.StartSidecar(t, 1)
	plane.Eventually(t, 30*time.Second, func() error {
		again, err := p.depth(t, th.URL())
		if err == nil && again != whole {
			t.Fatalf("%v once the half is back, want %v", again, whole)
		}
		return err
	})
}

// TestThanosForgetsAShard shows what --endpoint-strict is for: without it half of the load becomes a whole answer.
func TestThanosForgetsAShard(t *testing.T) {
	t.Parallel()
	p := newPast()
	th := plane.StartThanos(t, plane.ThanosOptions{Prometheus: []plane.PromOptions{p.shard("a", "0"), p.shard("b", "0")}})
	th.StopSidecar(1)
	_, err := p.depth(t, th.URL())
	expectError(t, "a warning", err, history.Partial, `zone="b"`)
	plane.Eventually(t, 30*time.Second, func() error {
		half, err := p.depth(t, th.URL(), params("partial_response", "false"))
		if err == nil && half != 400 {
			err = fmt.Errorf("%v, want 400 of one zone", half)
		}
		return err
	})
}

func TestThanosRefusals(t *testing.T) {
	t.Parallel()
	p := newPast()
	th := plane.StartThanos(t, plane.ThanosOptions{Path: "/thanos", Prometheus: []plane.PromOptions{p.shard("a", "0")},
		Args: []string{"--web.external-prefix=/thanos", "--query.timeout=10s"}})
	client := newClient(t, th.URL())
	if err := client.Check(t.Context()); err != nil {
		t.Errorf("below /thanos: %v", err)
	}
	root := th.URL()[:len(th.URL())-len("/thanos")]
	expectError(t, "without the prefix", newClient(t, root).Check(t.Context()), history.NotPrometheus, "answers 404", "below a path, such as /prometheus", "--prometheus-url")

	ask := func(expr string, points int) error {
		_, _, err := client.QueryRange(t.Context(), expr, v1.Range{Start: p.to.Add(-time.Duration(points-1) * time.Minute), End: p.to, Step: time.Minute})
		return err
	}
	expectError(t, "syntax", ask("sum(", 2), history.BadQuery, `query "sum("`, "unclosed left parenthesis")
	expectError(t, "points", ask("queue_depth", 12_000), history.TooLarge, "maximum resolution of 11,000 points", "--history")
	if err := ask("sum(queue_depth)", 11_001); err != nil {
		t.Errorf("11,000 steps: %v", err)
	}
	expectError(t, "many series", ask("queue_depth", 2), history.ManySeries, `prometheus_replica="a"`)
	res, err := newReader(t, th.URL()).Read(t.Context(), history.Query{Expr: "sum(rate(queue_depth[5m]))"}, p.to, p.to, time.Minute)
	if err != nil || len(res.Warnings) != 1 {
		t.Errorf("what PromQL warns of is told, and no doubt: %q, %v", res.Warnings, err)
	}
}

func TestThanosPassesOnNativeHistograms(t *testing.T) {
	t.Parallel()
	config, begin := scrapeNativeHistogram(t)
	th := plane.StartThanos(t, plane.ThanosOptions{Prometheus: []plane.PromOptions{{ExternalLabels: map[string]string{"replica": "0"}, Config: config}}})
	readNativeHistogram(t, "Thanos", newReader(t, th.URL()), begin, "histogram_count(rate(latency_seconds{")
	_, _, err := newClient(t, th.URL()).QueryRange(t.Context(), "sum(latency_seconds)", v1.Range{Start: begin, End: time.Now(), Step: time.Second})
	if err == nil {
		_, err = newReader(t, th.URL()).Read(t.Context(), history.Query{Expr: "sum(latency_seconds)"}, begin, time.Now(), time.Second)
	}
	expectError(t, "the histogram itself", err, history.NotUsable, "histogram_count(...)")
}

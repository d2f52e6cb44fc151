package stores

import (
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

func tenant(name string) func(*history.ClientOptions) {
	return func(o *history.ClientOptions) { o.Headers = map[string]string{"X-Scope-OrgID": name} }
}

func TestMimirAgreesWithPrometheus(t *testing.T) {
	t.Parallel()
	p := newPast()
	m := plane.StartMimir(t, "name_validation_scheme: utf8")
	m.Import(t, "shop", p.series())
	prom := startPrometheus(t, p)
	agree(t, p, newReader(t, m.URL(), tenant("shop")), newReader(t, prom.URL()), difference{values: 1e-9})
}

func TestMimirKeepsTenantsApart(t *testing.T) {
	t.Parallel()
	p := newPast()
	m := plane.StartMimir(t)
	depth := func(value float64) []plane.Series {
		return []plane.Series{{Name: "queue_depth", Points: plane.Sample(p.to.Add(-time.Hour), p.to.Add(time.Minute), time.Minute, func(time.Time) float64 { return value })}}
	}
	m.Import(t, "shop", depth(400))
	m.Import(t, "bank", depth(700))
	for name, want := range map[string]float64{"shop": 400, "bank": 700} {
		if got, err := p.depth(t, m.URL(), tenant(name)); err != nil || got != want {
			t.Errorf("tenant %s: %v, %v; want %v", name, got, err, want)
		}
	}
	ask := func(change ...func(*history.ClientOptions)) error {
		_, err := p.depth(t, m.URL(), change...)
		return err
	}
	expectError(t, "no tenant", ask(), history.Unauthorized, "answers 401 (no org id)", "--prometheus-header X-Scope-OrgID=")
	expectError(t, "a tenant without data", ask(tenant("shpo")), history.NoSeries, `does tenant "shpo" (X-Scope-OrgID) have it`)
	expectError(t, "two tenants", ask(tenant("shop|bank")), history.Unauthorized, "too many tenant IDs", "check the tenant")
	expectError(t, "no name of a tenant", ask(tenant("shop/web")), history.Unauthorized, "unsupported character", "check the tenant")
}

func TestMimirLimits(t *testing.T) {
	t.Parallel()
	p := newPast()
	m := plane.StartMimir(t, "name_validation_scheme: utf8", "max_total_query_length: 30h", "max_fetched_chunks_per_query: 100")
	m.Import(t, "shop", p.series())
	client := newClient(t, m.URL(), tenant("shop"))
	ask := func(expr string, points int) error {
		_, _, err := client.QueryRange(t.Context(), expr, v1.Range{Start: p.to.Add(-time.Duration(points-1) * time.Minute), End: p.to, Step: time.Minute})
		return err
	}
	expectError(t, "length", ask("sum(queue_depth)", 40*60), history.TooLarge, "query length: 39h59m0s, limit: 30h0m0s", "--history")
	expectError(t, "points", ask("sum(queue_depth)", 12_000), history.TooLarge, "maximum resolution of 11,000 points")
	expectError(t, "chunks", ask(`sum({namespace="shop"})`, 28*60), history.TooLarge, "maximum number of chunks")
	expectError(t, "syntax", ask("sum(", 2), history.BadQuery, `query "sum("`, "unclosed left parenthesis")
	expectError(t, "without /prometheus", newClient(t, strings.TrimSuffix(m.URL(), "/prometheus"), tenant("shop")).Check(t.Context()),
		history.NotPrometheus, "answers 404", "below a path, such as /prometheus", "--prometheus-url")

	res, err := newReader(t, m.URL(), tenant("shop")).Read(t.Context(), history.Query{Expr: "sum(queue_depth)"}, p.from, p.to, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if q := res.Quality; q.Gaps != 1 || res.Series.Span() != p.to.Sub(p.from) {
		t.Errorf("in pieces: %+v over %s", q, res.Series.Span())
	}
}

// TestMimirIsAskedForLessThan32Days reads 40 days where 32 are allowed, which are few points.
func TestMimirIsAskedForLessThan32Days(t *testing.T) {
	t.Parallel()
	m := plane.StartMimir(t, "max_total_query_length: 32d")
	to := time.Now().Truncate(time.Hour)
	from := to.Add(-40 * 24 * time.Hour)
	m.Import(t, "shop", []plane.Series{{Name: "queue_depth", Points: plane.Sample(from, to.Add(time.Minute), 5*time.Minute, func(time.Time) float64 { return 7 })}})
	proxy := plane.StartProxy(t, strings.TrimSuffix(m.URL(), "/prometheus"))
	res, err := newReader(t, proxy.URL()+"/prometheus", tenant("shop")).Read(t.Context(), history.Query{Expr: "sum(queue_depth)"}, from, to, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if res.Series.Known() != 40*24+1 {
		t.Errorf("%d hours are known, want all of 40 days", res.Series.Known())
	}
	if n := len(proxy.Seen()); n != 2 {
		t.Errorf("%d requests; two are enough, and none should be refused", n)
	}
}

func TestMimirPassesOnNativeHistograms(t *testing.T) {
	t.Parallel()
	m := plane.StartMimir(t, "native_histograms_ingestion_enabled: true")
	config, begin := scrapeNativeHistogram(t)
	plane.StartPrometheus(t, plane.PromOptions{Config: config + fmt.Sprintf(
		"remote_write: [{url: '%s', headers: {X-Scope-OrgID: shop}, send_native_histograms: true, queue_config: {batch_send_deadline: 500ms}}]\n", m.WriteURL())})
	readNativeHistogram(t, "Mimir", newReader(t, m.URL(), tenant("shop")), begin, "histogram_count(rate(latency_seconds{")
}

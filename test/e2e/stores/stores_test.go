package stores

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// newClient returns the client that highwater itself reads with.
func newClient(t *testing.T, url string, change ...func(*history.ClientOptions)) *history.Client {
	t.Helper()
	o := history.ClientOptions{URL: url, MaxAttempts: 2, Backoff: 10 * time.Millisecond}
	for _, f := range change {
		f(&o)
	}
	c, err := history.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func newReader(t *testing.T, url string, change ...func(*history.ClientOptions)) *history.Reader {
	t.Helper()
	return history.NewReader(newClient(t, url, change...), history.ReaderOptions{})
}

// expectError checks the kind of a failure, and words of its message.
func expectError(t *testing.T, what string, err error, kind history.Kind, words ...string) {
	t.Helper()
	if history.KindOf(err) != kind {
		t.Errorf("%s: %q (%v), want %q", what, history.KindOf(err), err, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %q lacks %q", what, err, w)
		}
	}
}

// A difference from Prometheus that a store is known for.
type difference struct {
	// values is by which share of the largest value a value may differ.
	values float64
	// edges is how many values of a rate may differ by more, where samples begin, end or start again from zero.
	edges int
	// shorter is by how much less than Prometheus' lookback of 5 minutes a sample counts after its time.
	shorter time.Duration
}

// agree reads the past from a store and from a Prometheus that hold the same samples, with each query.
func agree(t *testing.T, p past, store, prom *history.Reader, d difference) {
	t.Helper()
	all := queries()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		q := all[name]
		got, err := store.Read(t.Context(), q, p.from, p.to, time.Minute)
		want, wantErr := prom.Read(t.Context(), q, p.from, p.to, time.Minute)
		if history.KindOf(err) != history.KindOf(wantErr) {
			t.Errorf("%s (%s): %v; Prometheus: %v", name, q.Expr, err, wantErr)
			continue
		}
		if err != nil {
			continue
		}
		if got.Expr != want.Expr {
			t.Errorf("%s: answered by %s; in Prometheus by %s", name, got.Expr, want.Expr)
		}
		if problems := compare(got, want, d); len(problems) > 0 {
			t.Errorf("%s (%s):\n%s", name, q.Expr, strings.Join(problems[:min(len(problems), 8)], "\n"))
		}
		if len(got.Warnings) > 0 && len(want.Warnings) == 0 {
			t.Errorf("%s: warnings %q", name, got.Warnings)
		}
	}
	if got, err := history.RateWindow(t.Context(), store, p.to); err != nil || got != 4*time.Minute {
		t.Errorf("the range of rate() is %s, %v; want four scrapes a minute apart", got, err)
	}
	spec, ready, warnings, err := store.Replicas(t.Context(), "shop", "Deployment", "web", p.from, p.to, time.Minute)
	if err != nil || spec.Known() == 0 || ready.Known() != spec.Known() || len(warnings) > 0 {
		t.Errorf("replicas: %d and %d known, %q, %v", spec.Known(), ready.Known(), warnings, err)
	}
}

// compare lists where a result is not that of Prometheus.
func compare(got, want history.Result, d difference) (problems []string) {
	most, edges := 0.0, 0
	for _, v := range want.Series.Values {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	last := time.Time{} // known in both
	for i, w := range want.Series.Values {
		at := want.Series.Time(i)
		g := math.NaN()
		if j := got.Series.Index(at); j >= 0 && j < got.Series.Len() {
			g = got.Series.Values[j]
		}
		switch {
		case math.IsNaN(g) != math.IsNaN(w):
			if math.IsNaN(g) && at.Sub(last) <= d.shorter {
				continue
			}
			if edges++; g > 0 && edges <= d.edges {
				continue
			}
			problems = append(problems, fmt.Sprintf("%s: %v, Prometheus %v", at.Format(time.RFC3339), g, w))
		case math.IsNaN(g):
		case math.Abs(g-w) > d.values*most:
			if edges++; g > w && edges <= d.edges {
				continue
			}
			problems = append(problems, fmt.Sprintf("%s: %v, Prometheus %v", at.Format(time.RFC3339), g, w))
		default:
			last = at
		}
	}
	if got.Series.End().After(want.Series.End()) {
		problems = append(problems, fmt.Sprintf("ends at %s, in Prometheus at %s", got.Series.End(), want.Series.End()))
	}
	return problems
}

// startPrometheus runs one with the past.
func startPrometheus(t *testing.T, p past) *plane.Prometheus {
	t.Helper()
	return plane.StartPrometheus(t, plane.PromOptions{History: p.series()})
}

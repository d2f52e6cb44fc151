package history_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// engineFunc answers as no real engine does.
type engineFunc func(expr string, r v1.Range) (model.Matrix, []string, error)

func (f engineFunc) QueryRange(_ context.Context, expr string, r v1.Range) (model.Matrix, []string, error) {
	return f(expr, r)
}

func read(t testing.TB, e history.Engine, o history.ReaderOptions, expr string, n int) (history.Result, error) {
	t.Helper()
	return history.NewReader(e, o).Read(t.Context(), history.Query{Expr: expr, From: "spec.load.query"}, epoch, epoch.Add(time.Duration(n)*time.Minute), time.Minute)
}

func TestBadDataBecomesUnknown(t *testing.T) {
	// In the script _ is no sample; a gap needs to be longer than the lookback of 5m to show in a gauge.
	e := script(t, `
load 1m
  requests_total{pod="a"}  0+60x20
  gap                      1 2 3 stale _ _ 7 8
  negative                 1 -2 3
  infinite                 1 Inf 3
  notnum                   1 NaN 3
  zero                     0 0 0 stale
  many{pod="a"}            1x5
  many{pod="b"}            1x5
  bad                      -1 -1 NaN stale
`)
	nan := math.NaN()
	f := func(expr string, n int, want []float64, quality forecast.Quality, wantErr string) {
		t.Helper()
		res, err := read(t, e, history.ReaderOptions{}, expr, n)
		switch {
		case wantErr == "" && err != nil:
			t.Errorf("%s: %v", expr, err)
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
			t.Errorf("%s: error %v, want %q", expr, err, wantErr)
		}
		if fmt.Sprint(res.Series.Values) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", expr, res.Series.Values, want)
		}
		if res.Quality != quality {
			t.Errorf("%s: quality %+v, want %+v", expr, res.Quality, quality)
		}
	}
	f("gap", 7, []float64{1, 2, 3, nan, nan, nan, 7, 8}, forecast.Quality{Points: 5, Gaps: 1, Missing: 3}, "")
	f("negative", 2, []float64{1, nan, 3}, forecast.Quality{Points: 3, Negative: 1, Gaps: 1, Missing: 1}, "")
	f("infinite", 2, []float64{1, nan, 3}, forecast.Quality{Points: 3, NonFinite: 1, Gaps: 1, Missing: 1}, "")
	f("notnum", 2, []float64{1, nan, 3}, forecast.Quality{Points: 3, NonFinite: 1, Gaps: 1, Missing: 1}, "")
	f("zero", 3, []float64{0, 0, 0}, forecast.Quality{Points: 3}, "") // zero is a load
	f("42", 2, []float64{42, 42, 42}, forecast.Quality{Points: 3}, "")
	// No rate at 0, from one sample; at 1m it is not extrapolated below a count of zero.
	f("sum(rate(requests_total[2m]))", 3, []float64{0.5, 1, 1}, forecast.Quality{Points: 3}, "")
	f("zero / zero", 2, nil, forecast.Quality{Points: 3, NonFinite: 3}, "no finite, non-negative point")
	f("bad", 5, nil, forecast.Quality{Points: 3, NonFinite: 1, Negative: 2}, "no finite, non-negative point")
	f("absent_metric", 5, nil, forecast.Quality{}, `query "absent_metric": (from spec.load.query) selects nothing`)
	f("kube_x", 5, nil, forecast.Quality{}, "kube-state-metrics")
	f("many", 5, nil, forecast.Quality{}, `gives more than one series where one is wanted (many{pod="a"}, many{pod="b"}): wrap it in sum(...)`)
	f("sum(many)", 1, []float64{2, 2}, forecast.Quality{Points: 2}, "")
	f("", 5, nil, forecast.Quality{}, "the query is empty")
	f("sum(", 5, nil, forecast.Quality{}, "parse error")
}

func TestChunksJoinWithoutASeam(t *testing.T) {
	db := newDB(t)
	values := make([]float64, 25_000)
	for i := range values {
		values[i] = float64(i * i % 977)
	}
	if err := db.Append(labels.FromStrings("__name__", "load"), minutes(epoch, values...)); err != nil {
		t.Fatal(err)
	}
	for _, chunk := range []int{0, 997, 9_999, 10_000, 11_000, 50_000} {
		res, err := read(t, db, history.ReaderOptions{ChunkPoints: chunk}, "load", len(values)-1)
		if err != nil {
			t.Fatal(err)
		}
		if q := (forecast.Quality{Points: len(values)}); res.Quality != q {
			t.Errorf("chunks of %d: %+v", chunk, res.Quality)
		}
		for i, v := range values {
			if res.Series.Values[i] != v {
				t.Fatalf("chunks of %d: value %d is %v, want %v", chunk, i, res.Series.Values[i], v)
			}
		}
	}
}

func TestSeriesOfTwoChunksThatDifferAreTwo(t *testing.T) {
	e := script(t, `
load 1m
  load{pod="old"}  1x9 stale
  load{pod="new"}  _x12 2x20
`)
	_, err := read(t, e, history.ReaderOptions{ChunkPoints: 10}, "load", 30)
	if history.KindOf(err) != history.ManySeries {
		t.Errorf("got %v", err)
	}
	res, err := read(t, e, history.ReaderOptions{ChunkPoints: 10}, "sum(load)", 30)
	if err != nil || res.Quality.Missing == 0 {
		t.Errorf("sum: %+v, %v", res.Quality, err)
	}
}

func TestOddAnswersAreMended(t *testing.T) {
	stream := func(pairs ...any) *model.SampleStream {
		s := &model.SampleStream{}
		for i := 0; i < len(pairs); i += 2 {
			s.Values = append(s.Values, model.SamplePair{Timestamp: model.Time(pairs[i].(int) * 1000), Value: model.SampleValue(pairs[i+1].(float64))})
		}
		return s
	}
	f := func(name string, m model.Matrix, want string, quality forecast.Quality, warning string) {
		t.Helper()
		e := engineFunc(func(string, v1.Range) (model.Matrix, []string, error) { return m, []string{"partial answer"}, nil })
		res, err := read(t, e, history.ReaderOptions{}, "load", 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := fmt.Sprint(res.Series.Values); got != want || res.Quality != quality {
			t.Errorf("%s: got %s %+v, want %s %+v", name, got, res.Quality, want, quality)
		}
		if got := strings.Join(res.Warnings, "; "); got != warning {
			t.Errorf("%s: warnings %q, want %q", name, got, warning)
		}
	}
	f("out of order", model.Matrix{stream(120, 3., 0, 1., 60, 2.)}, "[1 2 3]", forecast.Quality{Points: 3, Unordered: 1}, "partial answer")
	f("twice the same time", model.Matrix{stream(0, 1., 60, 2., 60, 5.)}, "[1 5]", forecast.Quality{Points: 3, Duplicates: 1}, "partial answer")
	f("one series in two streams", model.Matrix{stream(0, 1.), stream(60, 2.)}, "[1 2]", forecast.Quality{Points: 2}, "partial answer")
	f("off the grid", model.Matrix{stream(10, 1., 70, 2.)}, "[1 2]", forecast.Quality{Points: 2}, "partial answer")
	f("outside", model.Matrix{stream(-60, 1., 60, 2., 900, 2.)}, "[2]", forecast.Quality{Points: 1},
		"partial answer; 2 samples outside of the range that was asked for; they are left out")
	f("stale marker", model.Matrix{stream(0, 1., 60, embedded.Stale, 120, 2.)}, "[1 NaN 2]",
		forecast.Quality{Points: 3, NonFinite: 1, Gaps: 1, Missing: 1}, "partial answer")
}

func TestNativeHistogramIsNoLoad(t *testing.T) {
	e := script(t, `
load 1m
  latency {{schema:0 count:5 sum:10 buckets:[1 4]}}x10
`)
	_, err := read(t, e, history.ReaderOptions{}, "latency", 5)
	if history.KindOf(err) != history.NotUsable || !strings.Contains(err.Error(), "histogram_count") {
		t.Errorf("got %v", err)
	}
	if res, err := read(t, e, history.ReaderOptions{}, "histogram_count(latency)", 5); err != nil || res.Series.Values[0] != 5 {
		t.Errorf("got %v, %v", res.Series, err)
	}
}

func TestGridAgreesWithForecast(t *testing.T) {
	var got v1.Range
	e := engineFunc(func(_ string, r v1.Range) (model.Matrix, []string, error) {
		got = r
		return model.Matrix{{Values: []model.SamplePair{{Timestamp: model.TimeFromUnixNano(r.Start.UnixNano()), Value: 1},
			{Timestamp: model.TimeFromUnixNano(r.End.UnixNano()), Value: 1}}}}, nil, nil
	})
	from := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	for _, step := range []time.Duration{time.Second, 15 * time.Second, time.Minute, 7 * time.Minute, time.Hour, 24 * time.Hour} {
		res, err := history.NewReader(e, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: "load"}, from, from.Add(9000*time.Second), step)
		if err != nil {
			t.Fatal(err)
		}
		if !res.Series.Start.Equal(got.Start) || !res.Series.End().Equal(got.End) {
			t.Errorf("step %s: asked for %s to %s, laid on %s to %s", step, got.Start, got.End, res.Series.Start, res.Series.End())
		}
		if got.Start.After(from) || from.Sub(got.Start) >= step {
			t.Errorf("step %s: starts at %s for %s", step, got.Start, from)
		}
	}
}

func TestSenselessRangesAskNothing(t *testing.T) {
	e := engineFunc(func(string, v1.Range) (model.Matrix, []string, error) { panic("asked") })
	f := func(to time.Time, step time.Duration) {
		t.Helper()
		if _, err := history.NewReader(e, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: "load"}, epoch, to, step); history.KindOf(err) != history.Invalid {
			t.Errorf("to %s in %s: %v", to, step, err)
		}
	}
	f(epoch, 0)
	f(epoch, -time.Minute)
	f(epoch, time.Microsecond)
	f(epoch.Add(-time.Hour), time.Minute)
	f(epoch.AddDate(100, 0, 0), time.Minute)
	f(epoch.AddDate(10000, 0, 0), time.Minute)
}

func TestReadsAreBoundedAndObserved(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	e := engineFunc(func(string, v1.Range) (model.Matrix, []string, error) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		return nil, nil, &history.Error{Kind: history.Overloaded, Err: errors.New("busy")}
	})
	var seen []string
	o := history.ReaderOptions{ChunkPoints: 10, Parallel: 3, Observe: func(op string, took time.Duration, err error) {
		seen = append(seen, fmt.Sprint(op, " ", history.KindOf(err), " ", took > 0))
	}}
	_, err := read(t, e, o, "load", 1000)
	if history.KindOf(err) != history.Overloaded {
		t.Errorf("got %v", err)
	}
	if most > 3 {
		t.Errorf("%d chunks at a time, want at most 3", most)
	}
	if fmt.Sprint(seen) != "[load Overloaded true]" {
		t.Errorf("observed %v", seen)
	}
}

func TestReplicasFromKubeStateMetrics(t *testing.T) {
	e := script(t, `
load 1m
  kube_deployment_spec_replicas{namespace="shop",deployment="web",instance="old"}          2x10
  kube_deployment_spec_replicas{namespace="shop",deployment="web",instance="new"}          3x10
  kube_deployment_spec_replicas{namespace="shop",deployment="web-api",instance="new"}      30x10
  kube_deployment_status_replicas_ready{namespace="shop",deployment="web",instance="new"}  1x10
  kube_statefulset_replicas{namespace="shop",statefulset="db"}                             3x10
  kube_replicaset_spec_replicas{namespace="shop",replicaset="rs"}                          4x10
  kube_replicaset_status_ready_replicas{namespace="shop",replicaset="rs"}                  2x10
  kube_pod_status_phase{namespace="shop",pod="shop-6f4b8-bbbbb",phase="Running",instance="old"}  1x10
  kube_pod_status_phase{namespace="shop",pod="shop-6f4b8-bbbbb",phase="Running",instance="new"}  1x10
  kube_pod_status_phase{namespace="shop",pod="shop-7c5d9-ccccc",phase="Running"}                 1x10
  kube_pod_status_phase{namespace="shop",pod="shop-7c5d9-ddddd",phase="Pending"}                 1x10
  kube_pod_status_phase{namespace="shop",pod="shop-7c5d9-fffff",phase="Succeeded"}               1x10
  kube_pod_status_phase{namespace="shop",pod="shop-api-7c5d9-ccccc",phase="Running"}             1x10
  kube_pod_status_ready{namespace="shop",pod="shop-6f4b8-bbbbb",condition="true"}                1x10
  kube_pod_status_ready{namespace="shop",pod="shop-7c5d9-ccccc",condition="true"}                1x10
  kube_pod_status_ready{namespace="shop",pod="shop-7c5d9-ddddd",condition="true"}                0x10
  kube_pod_status_ready{namespace="shop",pod="shop-7c5d9-ddddd",condition="false"}               1x10
`)
	r := history.NewReader(e, history.ReaderOptions{})
	f := func(kind, name, want string, notes ...string) {
		t.Helper()
		spec, ready, warnings, err := r.Replicas(t.Context(), "shop", kind, name, epoch, epoch.Add(time.Minute), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(spec.Values, ready.Values); got != want {
			t.Errorf("%s %s: got %s, want %s", kind, name, got, want)
		}
		if len(warnings) != len(notes) {
			t.Fatalf("%s %s: notes %q", kind, name, warnings)
		}
		for i := range notes {
			if !strings.Contains(warnings[i], notes[i]) {
				t.Errorf("%s %s: note %q, want %q", kind, name, warnings[i], notes[i])
			}
		}
	}
	f("Deployment", "web", "[3 3] [1 1]")
	f("StatefulSet", "db", "[3 3] []", "kube_statefulset_status_replicas_ready is not in Prometheus")
	f("ReplicaSet", "rs", "[4 4] [2 2]")
	f("Deployment", "gone", "[] []", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready")
	// The pods of a Rollout, each once, and not those of one whose name begins alike.
	f("Rollout", "shop", "[3 3] [2 2]")
	f("Rollout", "gone", "[] []", "kube_pod_status_phase", "kube_pod_status_ready")
}

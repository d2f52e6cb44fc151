package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/scheduler"
)

var now = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// fleet lists workloads whose load is 99 times the number in their query: what
// so many pods carry, and a little less.
type fleet []workload.Workload

func (f fleet) Workloads(context.Context) ([]workload.Workload, error) { return f, nil }

func (f fleet) Workload(k workload.Key) (workload.Workload, bool) { return workload.Find(f, k) }

func (fleet) Recall(*workload.Workload) {}
func (fleet) Forget()                   {}

func (fleet) Apply(_ context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	return workload.Applied{Changed: true, Outcome: "Raised", Message: "minReplicas raised", Lease: &workload.Lease{
		Baseline: w.Baseline, Floor: d.Floor, Renewed: now, Expires: now.Add(30 * time.Minute), Holder: "test"}}, nil
}

func (fleet) Read(_ context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	var pods float64
	if _, err := fmt.Sscan(q.Expr, &pods); err != nil {
		return history.Result{}, &history.Error{Kind: history.NoSeries, Query: q.Expr, Err: fmt.Errorf("no series; check the labels")}
	}
	var points []forecast.Point
	for at := from.Truncate(step); !at.After(to); at = at.Add(step) {
		points = append(points, forecast.Point{Time: at, Value: 99 * pods})
	}
	s, quality, err := forecast.NewSeries(points, step)
	return history.Result{Series: s, Quality: quality, Warnings: []string{"a warning of Prometheus"}}, err
}

func (fleet) Replicas(_ context.Context, _, _, _ string, _, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	return spec, forecast.Series{Start: to.Add(-step), Step: step, Values: []float64{2, 3}}, []string{"no spec"}, nil
}

func member(name, query string, mode recommender.Mode) workload.Workload {
	p := recommender.DefaultPolicy()
	p.Mode = mode
	return workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: name}, UID: name, Kind: "HorizontalPodAutoscaler",
		Target: workload.Ref{Kind: "Deployment", Name: name}, Policy: p, Baseline: 2, Floor: 2, Ceiling: 40, Replicas: 3, Desired: 3,
		Sources: []workload.Source{{Name: "requests", Query: history.Query{Expr: query, From: "spec.metrics[0]"},
			Capacity: recommender.Capacity{PerPod: 100, Unit: "requests/s", Source: "the target"}}},
	}
}

func start(t *testing.T, f fleet, tick bool) *httptest.Server {
	t.Helper()
	s := made(t, f)
	if tick {
		s.Tick(t.Context())
	}
	return served(t, s)
}

// startWith serves what the test makes of a scheduler that has ticked.
func startWith(t *testing.T, f fleet, change func(*scheduler.Scheduler) Scheduler) *httptest.Server {
	t.Helper()
	s := made(t, f)
	s.Tick(t.Context())
	return served(t, change(s))
}

func made(t testing.TB, f fleet) *scheduler.Scheduler {
	t.Helper()
	return madeOf(t, f, f)
}

// madeOf makes a scheduler of what the cluster has, over the loads of f.
func madeOf(t testing.TB, c scheduler.Cluster, f fleet) *scheduler.Scheduler {
	t.Helper()
	o := scheduler.Defaults()
	o.Span, o.Now, o.Log = 2*24*time.Hour, func() time.Time { return now }, slog.New(slog.DiscardHandler)
	o.Replicas, o.ProofWorkers = f, 0 // floors wait for no proof
	s, err := scheduler.New(o, c, f, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Lead()
	return s
}

func served(t *testing.T, s Scheduler) *httptest.Server {
	t.Helper()
	page := fstest.MapFS{"index.html": {Data: []byte("<!doctype html>the page")}, "assets/app-123.js": {Data: []byte("1")}}
	srv := httptest.NewServer(Handler(s, Options{Version: "test", Page: page}))
	t.Cleanup(srv.Close)
	return srv
}

func shop() fleet {
	web := member("web", "5", recommender.Enforce)
	web.PolicyName = "web-policy"
	lost := member("lost", "none", recommender.Observe)
	lost.Problems = []workload.Problem{{Code: "NoMetrics", Field: "spec.metrics", Message: "set one", Fatal: true}}
	return fleet{member("api", "3", recommender.Observe), lost, web}
}

func get(t *testing.T, srv *httptest.Server, path string, into any) *http.Response {
	t.Helper()
	resp, err := http.Get(srv.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatalf("GET %s: %v", path, err)
		}
	}
	return resp
}

func TestListTellsEveryWorkloadsStory(t *testing.T) {
	var list List
	get(t, start(t, shop(), true), "/api/v1/workloads", &list)
	if list.Total != 3 || list.WithoutForecast != 1 || list.Raised != 2 || len(list.Items) != 3 {
		t.Fatalf("total %d, without forecast %d, raised %d, %d items", list.Total, list.WithoutForecast, list.Raised, len(list.Items))
	}
	api, lost, web := list.Items[0], list.Items[1], list.Items[2]
	if api.Floor != 3 || api.Baseline != 2 || api.Reason != "PredictedPeak" || api.Policy != nil || len(api.Plan) == 0 {
		t.Errorf("api: %+v", api)
	}
	if web.Policy == nil || *web.Policy != "web-policy" || web.Mode != "Enforce" || web.Peak == nil || web.Peak.Pods != 5 || math.Abs(*web.Load-495) > 0.1 {
		t.Errorf("web: %+v", web)
	}
	if lost.Load != nil || lost.NoForecast == nil || lost.NoForecast.Reason != "QueryFailed" || len(lost.Problems) != 1 || lost.Error == "" {
		t.Errorf("lost: %+v", lost)
	}
}

func TestListFiltersSortsAndPages(t *testing.T) {
	srv := start(t, shop(), true)
	tests := []struct{ query, want string }{
		{"", "api lost web"},
		{"?q=w", "web"},
		{"?q=shop/", "api lost web"},
		{"?namespace=other", ""},
		{"?mode=Enforce", "web"},
		{"?reason=NoForecast", "lost"},
		{"?raised=true", "api web"},
		{"?sort=floor&order=desc", "web api lost"},
		{"?sort=peak", "lost api web"},
		{"?sort=name&order=desc", "web lost api"},
		{"?limit=1", "api"},
		{"?limit=1&offset=2", "web"},
		{"?offset=9", ""},
	}
	for _, tt := range tests {
		var list List
		get(t, srv, "/api/v1/workloads"+tt.query, &list)
		var names []string
		for _, w := range list.Items {
			names = append(names, w.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.query, got, tt.want)
		}
	}
}

func TestDetailForecastAndPlan(t *testing.T) {
	srv := start(t, shop(), true)
	var d Detail
	get(t, srv, "/api/v1/workloads/shop/web", &d)
	if len(d.Steps) != 7 || d.Steps[0].Name != "demand" || d.Lease == nil || d.Lease.Baseline != 2 || d.Applied.Outcome != "Raised" {
		t.Errorf("steps %+v, lease %+v, applied %+v", d.Steps, d.Lease, d.Applied)
	}
	if s := d.Signals[0]; s.Query != "5" || s.QueryFrom != "spec.metrics[0]" || *s.Capacity.PerPod != 100 || *s.Value != 495 || !slices.Contains(s.Warnings, "a warning of Prometheus") {
		t.Errorf("signal %+v", s)
	}
	if s := d.Signals[0]; len(s.Experts) == 0 || s.Experts[0].Shown == "" || s.Experts[0].Near+s.Experts[0].Mid+s.Experts[0].Far <= 0 || s.Findings == nil {
		t.Errorf("experts %+v, findings %+v", s.Experts, s.Findings)
	}
	var f Forecast
	get(t, srv, "/api/v1/workloads/shop/web/forecast?history=2h", &f)
	if len(f.History.Values) != 121 || f.Forecast == nil || len(f.Forecast.Values) != 1440 || len(f.Forecast.Values[0]) != len(f.Quantiles) {
		t.Errorf("history of %d values, quantiles %v", len(f.History.Values), f.Quantiles)
	}
	var p Plan
	get(t, srv, "/api/v1/workloads/shop/web/plan", &p)
	if len(p.Points) < 1440 || p.Points[0].Floor != 5 || p.Points[0].Needed != 5 || p.Points[0].Median != 495 || len(p.Past) != 1 {
		t.Errorf("%d points, the first %+v, past %+v", len(p.Points), p.Points[0], p.Past)
	}
	if v := p.Pods.Ready; v == nil || len(v.Values) != 2 || *v.Values[1] != 3 || p.Pods.Wanted != nil || len(p.Pods.Warnings) != 1 {
		t.Errorf("pods %+v", p.Pods)
	}
	f = Forecast{}
	get(t, srv, "/api/v1/workloads/shop/lost/forecast", &f)
	if f.Forecast != nil || f.NoForecast == nil || f.History != nil {
		t.Errorf("a workload without a load: %+v", f)
	}
}

func TestTheStoryIsToldInSentences(t *testing.T) {
	srv := start(t, shop(), true)
	var s Story
	get(t, srv, "/api/v1/workloads/shop/web/story", &s)
	if s.Title != "shop/web: HorizontalPodAutoscaler of Deployment web, Enforce, policy web-policy" || len(s.Sections) < 8 || len(s.Next) != 1 {
		t.Errorf("%q, %d sections, next %q", s.Title, len(s.Sections), s.Next)
	}
	var d Detail
	get(t, srv, "/api/v1/workloads/shop/web", &d)
	if first := s.Sections[0].Lines[0].Text; first != d.Reason+": "+d.Message {
		t.Errorf("the story says %q, the workload %q", first, d.Message)
	}
	i := slices.IndexFunc(s.Sections, func(x explain.Section) bool { return strings.HasPrefix(x.Title, "The proof") })
	if i < 0 || s.Sections[i].Lines[0].Text != d.Proof.Message {
		t.Errorf("the story of the proof: %+v, the workload's %q", s.Sections, d.Proof.Message)
	}
	get(t, srv, "/api/v1/workloads/shop/lost/story", &s)
	if len(s.Next) != 1 || s.Next[0] != "mend spec.metrics: set one" {
		t.Errorf("next of a workload with a problem: %q", s.Next)
	}
	if r := get(t, srv, "/api/v1/workloads/shop/nobody/story", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("nobody's story: %d", r.StatusCode)
	}
}

func TestErrorsAreProblems(t *testing.T) {
	srv := start(t, shop(), true)
	tests := []struct {
		path   string
		status int
		says   string
	}{
		{"/api/v1/workloads/shop/nobody", 404, "shop/nobody"},
		{"/api/v1/workloads?sort=colour", 422, "sort"},
		{"/api/v1/workloads?limit=0", 422, "limit"},
		{"/api/v1/workloads?colour=red", 422, "colour"},
		{"/api/v1/workloads/shop/web/forecast?history=yesterday", 422, "yesterday"},
		{"/api/v1/workloads/shop/web/forecast?signal=7", 422, "signal 7"},
		{"/api/v1/workloads/shop/web/capacity?signal=7", 422, "signal 7"},
		{"/api/v1/workloads/shop/nobody/capacity", 404, "shop/nobody"},
		{"/api/v1/workloads/shop/nobody/metric", 404, "shop/nobody"},
		{"/api/v2/workloads", 404, "/openapi.json"},
	}
	for _, tt := range tests {
		var problem struct {
			Status int
			Detail string
			Errors []struct{ Message, Location string }
		}
		resp := get(t, srv, tt.path, &problem)
		told := problem.Detail + fmt.Sprint(problem.Errors)
		if resp.StatusCode != tt.status || problem.Status != tt.status || !strings.Contains(told, tt.says) {
			t.Errorf("%s: %d, %s", tt.path, resp.StatusCode, told)
		}
		if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
			t.Errorf("%s: content type %s", tt.path, ct)
		}
	}
	resp, err := http.Post(srv.URL+"/api/v1/workloads", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestReadinessWaitsForTheFirstTick(t *testing.T) {
	srv := start(t, shop(), false)
	if r := get(t, srv, "/livez", nil); r.StatusCode != 200 {
		t.Errorf("livez: %d", r.StatusCode)
	}
	if code, text := readyz(t, srv); code != 503 || text != "not ready: the first tick is not done\nworkloads: 0 known, 0 decided, 0 forecast\n" {
		t.Errorf("readyz before the first tick: %d %q", code, text)
	}
	if code, text := readyz(t, start(t, shop(), true)); code != 200 || text != "ok\nworkloads: 3 known, 3 decided, 2 forecast\n" {
		t.Errorf("readyz after the first tick: %d %q", code, text)
	}
}

func readyz(t *testing.T, srv *httptest.Server) (code int, text string) {
	t.Helper()
	resp, err := http.Get(srv.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	var doc struct {
		OpenAPI string
		Paths   map[string]any
	}
	get(t, start(t, shop(), true), "/openapi.json", &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) != 12 {
		t.Errorf("OpenAPI %s with %d paths", doc.OpenAPI, len(doc.Paths))
	}
}

func TestThePageIsServedSafely(t *testing.T) {
	srv := start(t, shop(), true)
	r := get(t, srv, "/", nil)
	if r.StatusCode != 200 || !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'self'") || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the page: %d, %v", r.StatusCode, r.Header)
	}
	if r := get(t, srv, "/assets/app-123.js", nil); !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("an asset may not be kept: %v", r.Header)
	}
	if r := get(t, srv, "/assets/", nil); r.StatusCode != 404 {
		t.Errorf("a folder is listed: %d", r.StatusCode)
	}
}

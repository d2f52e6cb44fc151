package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// morning is when the shop opens each day; the tests look an hour before.
const morning = 9

var explainNow = time.Date(2026, 3, 4, morning-1, 0, 0, 0, time.UTC)

// demand is the load of the shop: 200 requests/s by night and up to 2000 by day.
func demand(at time.Time) float64 {
	h := float64(at.Hour()) + float64(at.Minute())/60
	if h < morning || h > 17 {
		return 200
	}
	return 200 + 1800*math.Sin(math.Pi*(h-morning)/(17-morning))
}

// A mall is a cluster of two workloads: web, and lost, whose metric is nowhere.
type mall struct{ ceiling int32 }

func (m mall) Workloads(context.Context) ([]workload.Workload, error) {
	p := recommender.DefaultPolicy()
	make := func(name, expr string) workload.Workload {
		return workload.Workload{
			Key: workload.Key{Namespace: "shop", Name: name}, UID: name, Kind: "HorizontalPodAutoscaler",
			Target: workload.Ref{Kind: "Deployment", Name: name}, Policy: p, Baseline: 2, Floor: 2, Ceiling: m.ceiling, Replicas: 3, Desired: 3,
			Sources: []workload.Source{{Name: "requests", Query: history.Query{Expr: expr, From: "spec.metrics[0]"},
				Capacity: recommender.Capacity{PerPod: 100, Unit: "requests/s", Source: "the AverageValue of the target"},
				Metric:   simulate.Metric{Kind: simulate.AverageValue, Target: 100}, Full: 140, Assumed: "a pod is full at 1.4 times its target"}},
		}
	}
	return []workload.Workload{make("lost", "none"), make("web", "sum(requests)")}, nil
}

func (m mall) Workload(k workload.Key) (workload.Workload, bool) {
	list, _ := m.Workloads(context.Background())
	return workload.Find(list, k)
}

func (mall) Recall(*workload.Workload) {}
func (mall) Forget()                   {}

func (mall) Apply(context.Context, workload.Workload, recommender.Decision) (workload.Applied, error) {
	return workload.Applied{Outcome: "Observed", Message: "in Observe mode nothing is changed"}, nil
}

func (mall) Read(_ context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	if q.Expr == "none" {
		return history.Result{}, &history.Error{Kind: history.NoSeries, Query: q.Expr, Err: fmt.Errorf("no series; check the labels")}
	}
	var points []forecast.Point
	for at := from.Truncate(step); !at.After(to); at = at.Add(step) {
		points = append(points, forecast.Point{Time: at, Value: demand(at)})
	}
	s, quality, err := forecast.NewSeries(points, step)
	return history.Result{Series: s, Quality: quality}, err
}

// A learnedScheduler adds to web what is learned only in hours.
type learnedScheduler struct {
	*scheduler.Scheduler
	proof proofs.State
}

func (l learnedScheduler) Result(k workload.Key) (*scheduler.Result, bool) {
	r, ok := l.Scheduler.Result(k)
	if !ok || k.Name != "web" {
		return r, ok
	}
	c := *r
	c.Proof = l.proof
	c.Lead = &capacity.Lead{Time: 107 * time.Second, P95: 92 * time.Second, N: 60, Confidence: capacity.Good, Why: "95% of pods are Ready within 1m32s"}
	c.Signals = append([]scheduler.SignalResult{}, r.Signals...)
	c.Signals[0].Learned = &capacity.Learned{
		PerPod: 92, Unit: "requests/s", Method: capacity.MethodCPU, Confidence: capacity.Good, Why: "a pod uses its CPU there",
		Estimates: []capacity.Estimate{{Method: capacity.MethodCPU, PerPod: 92, Low: 90, High: 94, N: 900, Confidence: capacity.Good}},
		Refusals:  []*capacity.Refusal{{Method: capacity.MethodUSL, Reason: capacity.ReasonNotSaturated, Detail: "never near the objective"}},
	}
	return &c, true
}

// proveMall replays the shop's past for real.
func proveMall(t *testing.T) *proof.Proof {
	t.Helper()
	s := forecast.Series{Start: explainNow.AddDate(0, 0, -8), Step: 5 * time.Minute, Values: make([]float64, 8*288)}
	for i := range s.Values {
		s.Values[i] = demand(s.Time(i))
	}
	c := proof.Case{
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 40, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 100}}},
			PerPod: []float64{140}, Start: simulate.Starts{Fixed: 90 * time.Second},
		},
		Loads: []forecast.Series{s}, Policy: recommender.DefaultPolicy(),
	}
	p, err := c.Prove(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// openMall serves the real API over a real scheduler that has ticked.
func openMall(t *testing.T, m mall, tick bool, proof proofs.State) *httptest.Server {
	t.Helper()
	o := scheduler.Defaults()
	o.Span, o.Now, o.Log = 8*24*time.Hour, func() time.Time { return explainNow }, slog.New(slog.DiscardHandler)
	o.ProofWorkers = 0 // the test gives the proof
	s, err := scheduler.New(o, m, m, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Lead()
	if tick {
		s.Tick(t.Context())
	}
	srv := httptest.NewServer(api.Handler(learnedScheduler{s, proof}, api.Options{Version: "test"}))
	t.Cleanup(srv.Close)
	return srv
}

func explainedBy(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, _, err := execute(t.Context(), explainCommand(), "", args...)
	return out, err
}

func TestExplainTellsTheWholeStory(t *testing.T) {
	p := proveMall(t)
	srv := openMall(t, mall{ceiling: 12}, true, proofs.State{Proof: p, At: explainNow, Took: time.Second})
	out, err := explainedBy(t, "shop/web", "--url", srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"shop/web: HorizontalPodAutoscaler of Deployment web, Observe, policy defaults",
		"minReplicas is 2, the baseline 2, the ceiling 12; 3 replicas run at 08:00",
		"The load: requests 200 requests/s at 08:00, 0 s ago read by sum(requests) from spec.metrics[0]",
		"of history, since 24 Feb 08:00; 11521 points without flaws",
		"What a pod carries 140 requests/s: ", "the AverageValue of the target",
		"assumed: a pod is full at 1.4 times its target",
		"learned from CPU (good): 92 requests/s; a pod uses its CPU there CPU says 92 requests/s, between 90 requests/s and 94 requests/s, from 900 observations (good)",
		"USL says nothing (NotSaturated): never near the objective",
		"Lead time 2 min from raising the floor to the pods being ready, as in force seen: 1 min 47 s (good)",
		"What is coming the peak: ", "which needs 15 pods",
		"the floor: ", "from 08:",
		"The decision, stage by stage demand ", "← bound", "in Observe mode nothing is changed",
		"Warnings CeilingTooLow: ",
		"The proof, on its own past " + strings.SplitN(tellVerdict(p), ";", 2)[0],
		"floors by short minutes pod-hours changes HPA alone ",
		"Last changes none that this process saw within the last day",
		"What to do next - raise maxReplicas (12): ",
		"spec.load.perPod",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if n := len([]rune(line)); n > 140 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}

// tellVerdict is the beginning of the API's sentence on a proof.
func tellVerdict(p *proof.Proof) string {
	return map[proof.Verdict]string{proof.Proven: "proven", proof.NotNeeded: "not needed", proof.NoGain: "no gain"}[p.Verdict]
}

func TestExplainWithoutForecast(t *testing.T) {
	srv := openMall(t, mall{40}, true, proofs.State{})
	out, err := explainedBy(t, "shop/lost", "--url", srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NoForecast: floor 2", "none (QueryFailed)", "not known: no forecast (QueryFailed)", "no proof yet", "see that Prometheus answers the query"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if _, err := explainedBy(t, "shop/lost", "--url", srv.URL, "--plot", filepath.Join(t.TempDir(), "a.svg")); err == nil || !strings.Contains(err.Error(), "no load of shop/lost has a forecast") {
		t.Errorf("a plot of nothing: %v", err)
	}
}

func TestExplainAsJSONAndPlot(t *testing.T) {
	srv := openMall(t, mall{40}, true, proofs.State{Pending: "it is being made"})
	file := filepath.Join(t.TempDir(), "web.svg")
	port := srv.URL[strings.LastIndex(srv.URL, ":")+1:]
	out, err := explainedBy(t, "shop/web", "--url", port, "-o", "json", "--plot", file)
	if err != nil {
		t.Fatal(err)
	}
	var s explained
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	if s.Workload.Name != "web" || s.Plan == nil || len(s.Forecasts) != 1 || s.Forecasts[0].Forecast == nil || len(s.Next) == 0 {
		t.Errorf("the story lacks a part: %.400s", out)
	}
	svg, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(svg, []byte("<svg")) || !bytes.Contains(svg, []byte("shop/web: requests")) {
		t.Errorf("the plot: %v, %.200s", err, svg)
	}
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	srv := openMall(t, mall{40}, true, proofs.State{})
	young := openMall(t, mall{40}, false, proofs.State{})
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer other.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"a typing error", []string{"shop/wbe", "--url", srv.URL}, []string{"no autoscaler shop/wbe is known", "did you mean shop/web?"}},
		{"another namespace", []string{"store/web", "--url", srv.URL}, []string{"did you mean shop/web?"}},
		{"nothing alike", []string{"payments/ledger-writer", "--url", srv.URL}, []string{"no autoscaler payments/ledger-writer is known among the 2 that are"}},
		{"before the first tick", []string{"shop/web", "--url", young.URL}, []string{"the first tick is not done", "404"}},
		{"nobody there", []string{"shop/web", "--url", closed.URL}, []string{"no Highwater answers at " + closed.URL, "refused", "port-forward", "--url"}},
		{"another program", []string{"shop/web", "--url", other.URL}, []string{"is not Highwater's API"}},
		{"no name", []string{"web"}, []string{`"web"`, "NAMESPACE/NAME"}},
		{"no address", []string{"shop/web", "--url", "somewhere"}, []string{`--url "somewhere"`, "http://127.0.0.1:8080/"}},
		{"a URL of nothing", []string{"shop/web", "--url", "ftp://127.0.0.1:8080"}, []string{"--url", "give a port, host:port"}},
		{"no format", []string{"shop/web", "-o", "yaml"}, []string{`"yaml"`, "text or json"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := explainedBy(t, tt.args...)
			if err == nil {
				t.Fatalf("no error, but %s", out)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

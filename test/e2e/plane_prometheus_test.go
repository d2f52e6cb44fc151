package e2e

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// daily is a load with a day's rhythm.
func daily(at time.Time) float64 {
	return 100 + 50*math.Sin(2*math.Pi*float64(at.Unix()%86400)/86400)
}

// TestPrometheusContinuesItsHistory holds that two backfilled weeks and the live scrapes are one series.
func TestPrometheusContinuesItsHistory(t *testing.T) {
	t.Parallel()
	plane.Require(t)
	exporter := plane.StartExporter(t)
	exporter.Set("load", map[string]string{"app": "web"}, daily)
	end := time.Now().Truncate(time.Second).Add(-5 * time.Second)
	start := end.Add(-14 * 24 * time.Hour)
	prom := plane.StartPrometheus(t, plane.PromOptions{
		Targets: []string{exporter.Target()},
		History: []plane.Series{{
			Name:   "load",
			Labels: map[string]string{"app": "web", "job": "e2e", "instance": exporter.Target()},
			Points: plane.Sample(start, end, time.Minute, daily),
		}},
	})

	series := func(from, to time.Time, step time.Duration) []model.SamplePair {
		t.Helper()
		result, warnings, _, err := prom.API(t).QueryRange(t.Context(), "load", promv1.Range{Start: from, End: to, Step: step})
		if err != nil || len(warnings) > 0 {
			t.Fatalf("query the history: %v %q", err, warnings)
		}
		matrix := result.(model.Matrix)
		if len(matrix) != 1 {
			t.Fatalf("the history and the scrapes are %d series, not 1", len(matrix))
		}
		return matrix[0].Values
	}
	points := series(start, end.Add(-time.Minute), 2*time.Minute) // 10,080: a query gives at most 11,000
	if want := 14 * 24 * 30; len(points) != want {
		t.Errorf("%d points of the history are there, not %d", len(points), want)
	}
	for _, p := range points {
		if want := daily(p.Timestamp.Time()); float64(p.Value) != want {
			t.Fatalf("the load was %v at %v, not %v", p.Value, p.Timestamp.Time(), want)
		}
	}
	plane.Eventually(t, patience, func() error {
		live, err := prom.Query(t.Context(), "count_over_time(load[10s])")
		if err != nil || len(live) != 1 || live[0].Value < 3 {
			return fmt.Errorf("scrapes: %v %v", live, err)
		}
		return nil
	})

	for how, end := range map[string]func(){"stop": prom.Stop, "kill": prom.Kill} {
		t.Run(how, func(t *testing.T) {
			end()
			ended := time.Now()
			if _, err := prom.Query(t.Context(), "load"); err == nil {
				t.Error("a query was answered while prometheus was away")
			}
			prom.Start(t)
			plane.Eventually(t, patience, func() error {
				all, err := prom.Query(t.Context(), fmt.Sprintf(
					"count_over_time(load[14d]) > %d and timestamp(load) > %d", len(points), ended.Unix()+1))
				if err != nil || len(all) != 1 {
					return fmt.Errorf("the history and a new scrape: %v %v", all, err)
				}
				return nil
			})
		})
	}
	if slices.ContainsFunc(series(start, start.Add(24*time.Hour), time.Minute), func(p model.SamplePair) bool {
		return float64(p.Value) != daily(p.Timestamp.Time())
	}) {
		t.Error("the first day of the history changed")
	}
}

// TestPrometheusAccess holds that access control is Prometheus' own, and that a proxy adds what it lacks.
func TestPrometheusAccess(t *testing.T) {
	t.Parallel()
	prom := plane.StartPrometheus(t, plane.PromOptions{Web: plane.WebConfig{User: "highwater", Password: "s3cret", TLS: true}})
	if _, err := prom.Query(t.Context(), "vector(1)"); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(prom.URL()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a stranger trusted the certificate: %v", err)
	}

	open := plane.StartPrometheus(t, plane.PromOptions{})
	proxy := plane.StartProxy(t, open.URL())
	proxy.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "Bearer token" {
			return true
		}
		w.WriteHeader(http.StatusUnauthorized)
		return false
	})
	for token, want := range map[string]int{"token": 200, "guess": 401} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.URL()+"/api/v1/status/buildinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with the token %q the answer is %s, not %d", token, resp.Status, want)
		}
	}
	if n := len(proxy.Seen()); n != 2 {
		t.Errorf("the proxy saw %d requests, not 2", n)
	}
}

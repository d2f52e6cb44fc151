package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/embedded"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// planJSON runs plan and reads what it prints.
func planJSON(t *testing.T, args ...string) planning.Report {
	t.Helper()
	out, _, err := execute(t.Context(), planCommand(), "", append(args, "-o", "json")...)
	if err != nil {
		t.Fatal(err)
	}
	var r planning.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPlanOfFiles(t *testing.T) {
	web, api := writeTemp(t, "web.csv", waveCSV(10)), writeTemp(t, "api.csv", waveCSV(10))
	r := planJSON(t, "--csv", web, api, "--pod-capacity", "10", "--ceiling", "8", "--pod-cpu", "500m", "--pod-memory", "1Gi", "--price", "0.04")
	if !r.From.Equal(time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)) || len(r.Fleet) != 24 || len(r.Workloads) != 2 || r.Workloads[1].Name != "api" {
		t.Fatalf("from %s, %d rows, %d workloads", r.From, len(r.Fleet), len(r.Workloads))
	}
	w := r.Workloads[0]
	if w.Forecast != nil || w.PodCPU != 0.5 || w.PodMemory != 1<<30 || w.Baseline != 1 || w.Ceiling != 8 || !(w.Total.Cost > 0) {
		t.Errorf("%+v", w)
	}
	if len(r.Gaps) != 2 || r.Gaps[0].Limit != 8 || r.Gaps[0].Need < 9 || r.Gaps[0].Worst.Hour() < 9 || r.Gaps[0].Worst.Hour() > 14 {
		t.Errorf("%+v", r.Gaps)
	}
	one := planJSON(t, "--csv", web, api, "web", "--pod-capacity", "10")
	if len(one.Workloads) != 1 || one.Workloads[0].Name != "web" || len(one.Gaps) != 0 {
		t.Errorf("%d workloads, gaps %+v", len(one.Workloads), one.Gaps)
	}
}

// Prices of the configuration file make costs with their currency, and --price wins.
func TestPlanAndReplayKnowConfiguredPrices(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(10))
	parts, whole := writeTemp(t, "parts.yaml", "price: {cpuHour: 0.1, gibHour: 0.01, currency: EUR}\n"), writeTemp(t, "whole.yaml", "price: {podHour: 0.25, currency: EUR}\n")
	base := []string{"--csv", web, "--pod-capacity", "10", "--pod-cpu", "500m", "--pod-memory", "1Gi", "--config"}
	r := planJSON(t, append(base, parts)...)
	if p := r.Workloads[0].Price; !r.Priced || r.Currency != "EUR" || p == nil || math.Abs(p.PodHour-0.06) > 1e-9 || math.Abs(r.Total.Cost-0.06*r.Total.PodHours) > 1e-6 {
		t.Errorf("%+v, %+v", p, r.Total)
	}
	if r = planJSON(t, append(base, parts, "--price", "2")...); r.Currency != "" || math.Abs(r.Total.Cost-2*r.Total.PodHours) > 1e-6 {
		t.Errorf("%q %+v", r.Currency, r.Total)
	}
	bad := writeTemp(t, "bad.yaml", "price: {podHour: -1}\n")
	for _, c := range []struct {
		args []string
		in   string
	}{{append([]string{"plan"}, append(base, bad)...), ""}, {[]string{"replay", "-", "--pod-capacity", "50", "--config", bad}, surgeCSV(12)}} {
		cmd := planCommand()
		if c.args[0] == "replay" {
			cmd = replayCommand()
		}
		if _, _, err := execute(t.Context(), cmd, c.in, c.args[1:]...); err == nil || !strings.Contains(err.Error(), "price.podHour: -1 is no price: it is negative") {
			t.Errorf("%s: %v", c.args[0], err)
		}
	}
	out, _, err := execute(t.Context(), replayCommand(), surgeCSV(12), "-", "--pod-capacity", "50", "--config", whole)
	if err != nil || !strings.Contains(out, "COST EUR") {
		t.Errorf("%v:\n%s", err, out)
	}
	got := replayJSON(t, surgeCSV(12), "--pod-capacity", "50", "--config", whole)
	if p := got["hpa"]; p.Cost == nil || math.Abs(*p.Cost-0.25*p.PodHours) > 1e-9 || p.Currency != "EUR" {
		t.Errorf("%+v", p)
	}
}

func TestPlanAsksWhatIf(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(10))
	base := []string{"--csv", web, "--pod-capacity", "1", "--horizon", "24h"}
	was := planJSON(t, base...)
	for args, want := range map[string]float64{
		"--scale 2": 2, "--scale web=2": 2, "--scale other/*=2": 1, "--pod-size 2": 0.5, "--new-target 35%": 2, "--zones 3 --lose-zone": 1.5, "--new-start 90s": 1,
	} {
		is := planJSON(t, append(base, strings.Fields(args)...)...)
		if got := is.Total.PodHoursAlone / was.Total.PodHoursAlone; math.Abs(got-want) > 0.06*want {
			t.Errorf("%s: %.3f times the pod-hours of the HPA alone, want %g", args, got, want)
		}
		if len(is.WhatIf) != 1 {
			t.Errorf("%s: %q", args, is.WhatIf)
		}
	}
	sale := planJSON(t, append(base, "--event", "{name: sale, start: 2026-03-12T20:00, end: 2026-03-12T22:00, multiplier: 3}")...)
	if got := float64(sale.Workloads[0].Rows[20].Load / was.Workloads[0].Rows[20].Load); math.Abs(got-3) > 0.3 {
		t.Errorf("the load of the sale is %.2f times what it was", got)
	}
}

const fleetYAML = `
defaults: {podCapacity: 10, ceiling: 30, cpu: 250m, unit: requests/s}
workloads:
- name: shop/web
  query: sum(rate(http_requests_total{app="web"}[10m]))
  baseline: 3
  labels: {tier: front}
  calendar: {timeZone: Europe/Berlin}
- {name: shop/gone, query: 'sum(nothing)', start: 30s}
- {name: pay/file, csv: file.csv, ceiling: 12}
limits:
  quotas: {shop: {pods: 5}}
  nodes: {cpu: "1"}
`

// tsdb makes a Prometheus data folder of ten days of a counter whose rate
// swings with the day.
func tsdb(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db, err := embedded.NewDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := embedded.ParseSeries(`http_requests_total{app="web"}`)
	if err != nil {
		t.Fatal(err)
	}
	var points []forecast.Point
	sum := 0.0
	for at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC); at.Before(time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)); at = at.Add(2 * time.Minute) {
		points = append(points, forecast.Point{Time: at, Value: sum})
		sum += 120 * (50 - 40*math.Cos(2*math.Pi*float64(at.Unix()%86400)/86400))
	}
	if err := db.Append(l, points); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPlanOfADataFolder(t *testing.T) {
	dir, data := t.TempDir(), tsdb(t)
	for name, text := range map[string]string{"fleet.yaml": fleetYAML, "file.csv": waveCSV(10)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--tsdb", data, "--workloads", filepath.Join(dir, "fleet.yaml"), "--horizon", "2d"}
	r := planJSON(t, append(args, "--scale", "tier=front=1.5")...)
	if len(r.Workloads) != 3 || len(r.Fleet) != 48 {
		t.Fatalf("%d workloads, %d rows", len(r.Workloads), len(r.Fleet))
	}
	web, gone, file := r.Workloads[0], r.Workloads[1], r.Workloads[2]
	if web.Key() != "shop/web" || web.Baseline != 3 || web.Ceiling != 30 || web.Unit != "requests/s" || web.PodCPU != 0.25 || web.Forecast != nil {
		t.Errorf("%+v", web)
	}
	if noon := float64(web.Rows[12].Load); math.Abs(noon-135) > 12 {
		t.Errorf("%g requests/s at noon, want 1.5 times 90", noon)
	}
	if gone.Forecast == nil || gone.Forecast.Reason != "NoData" || len(gone.Problems) == 0 || !strings.Contains(gone.Problems[0], "selects nothing") {
		t.Errorf("%+v, %q", gone.Forecast, gone.Problems)
	}
	if file.Key() != "pay/file" || file.Ceiling != 12 || file.Forecast != nil {
		t.Errorf("%+v", file)
	}
	kinds := map[string]bool{}
	for _, g := range r.Gaps {
		kinds[g.In+" "+g.Of] = true
	}
	if !kinds["quota shop"] || !kinds["nodes "] || kinds["ceiling pay/file"] {
		t.Errorf("%+v", r.Gaps)
	}
	if some := planJSON(t, append(args, "pay/*")...); len(some.Workloads) != 1 {
		t.Errorf("%d workloads of pay", len(some.Workloads))
	}
}

func TestPlanWritesItsFile(t *testing.T) {
	web, out := writeTemp(t, "web.csv", waveCSV(10)), filepath.Join(t.TempDir(), "plan")
	for format, want := range map[string]string{"csv": "workload,time,load_p50", "html": "<!doctype html>", "table": "Capacity plan: 1 workload,", "json": "{\n"} {
		if got, _, err := execute(t.Context(), planCommand(), "", "--csv", web, "--pod-capacity", "10", "-o", format, "--out", out); err != nil || got != "" {
			t.Fatalf("%s: %v, %q", format, err, got)
		}
		data, err := os.ReadFile(out)
		if err != nil || !strings.HasPrefix(string(data), want) {
			t.Errorf("%s: %v, %.60q", format, err, data)
		}
		if rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll(); format == "csv" && (err != nil || len(rows) != 25) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	}
}

// An interrupted plan says so, and leaves what was there.
func TestAnInterruptedPlanWritesNothing(t *testing.T) {
	web, out := writeTemp(t, "web.csv", waveCSV(10)), writeTemp(t, "plan.html", "old")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := execute(ctx, planCommand(), "", "--csv", web, "--pod-capacity", "10", "-o", "html", "--out", out)
	if err == nil || !strings.Contains(err.Error(), "interrupted; nothing was written") {
		t.Errorf("%v", err)
	}
	if data, _ := os.ReadFile(out); string(data) != "old" {
		t.Errorf("%.40q", data)
	}
}

func TestPlanSaysWhatIsWrongWithItsArguments(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(3))
	file := func(text string) string { return "--workloads " + writeTemp(t, "fleet.yaml", text) }
	base := "--csv " + web + " --pod-capacity 10 "
	for args, want := range map[string]string{
		"--csv " + web:                    "web.csv: podCapacity: 0: give the load",
		base + "-o xml":                   `--output "xml"`,
		base + "--horizon 29d":            "--horizon 29d",
		base + "--horizon 90m":            "--horizon",
		base + "--from tomorrow":          `--from: "tomorrow"`,
		base + "--target lots":            `target: "lots"`,
		base + "--target 0.1":             `target: "0.1": 0.1 for each pod is 1 % of what a pod carries; write 10% if a share is meant`,
		base + "--event foo":              `--event "foo": it is a text; write keys with values`,
		base + "--pod-cpu many":           `cpu: "many"`,
		base + "--ceiling 2 --baseline 3": "ceiling: 2: make it at least the baseline of 3",
		base + "--scale web=x":            `--scale "web=x"`,
		base + "--scale 0":                "load[0].factor is 0",
		base + "--lose-zone":              "--zones how many",
		base + "--zones 3":                "without --lose-zone",
		base + "--zones 1 --lose-zone":    "zone.zones is 1",
		base + "--pod-size 0":             "podSize is 0",
		base + "--new-target x":           "--new-target",
		base + "--event {nam:1}":          "--event",
		base + "--price 1 --price-cpu 2":  "price is 1",
		base + "--node-cpu x":             "--node-cpu",
		base + "nobody":                   "none of 1 workloads is nobody",
		base + "--tsdb x":                 "--tsdb x",
		"":                                "--csv, or --tsdb and --workloads",
		"--workloads /nonexistent.yml":    "--workloads",
		file("workload: []"):              `fleet.yaml: line 1: there is no key "workload"`,
		file("workloads: [{name: a/b/c, csv: x.csv, podCapacity: 1}]"):                   "workloads[0].name: \"a/b/c\"",
		file("workloads: [{name: a, podCapacity: 1}]"):                                   "workloads[0].query",
		file("workloads: [{name: a, csv: none.csv, podCapacity: 1}]"):                    "none.csv",
		file("workloads: [{name: a, query: up, podCapacity: 1}]"):                        "needs --tsdb or a Prometheus",
		file("{workloads: [], limits: {nodes: {cpu: x}}}"):                               "limits.nodes.cpu",
		file("workloads: [{name: a, csv: x, podCapacity: 1}, {name: a, csv: y}]"):        "workloads[1]",
		file("workloads: [{name: a, csv: x, podCapacity: 1, calendar: {events: [{}]}}]"): "workloads[0].calendar.events[0]",
	} {
		if _, _, err := execute(t.Context(), planCommand(), "", strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("plan %s: %v; want %s", args, err, want)
		}
	}
}

// Queries of a file go to Prometheus, with the headers of the flags; no cluster
// is asked.
func TestPlanOfQueries(t *testing.T) {
	var header string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		header = r.Header.Get("X-Scope-OrgID")
		if strings.HasSuffix(r.URL.Path, "/query") { // for OpenCost's costs
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
			return
		}
		number := func(name string) float64 { v, _ := strconv.ParseFloat(r.Form.Get(name), 64); return v }
		var values []string
		for at := number("start"); at <= number("end"); at += number("step") {
			values = append(values, fmt.Sprintf(`[%.0f,"%.3f"]`, at, 50-40*math.Cos(2*math.Pi*math.Mod(at, 86400)/86400)))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	defer srv.Close()
	file := writeTemp(t, "fleet.yaml", "workloads: [{name: shop/web, query: load, podCapacity: 10}]")
	r := planJSON(t, "--workloads", file, "--prometheus-url", srv.URL, "--prometheus-header", "X-Scope-OrgID=shop", "--span", "7d", "--from", "2026-03-12T00:00:00Z", "--horizon", "7d")
	w := r.Workloads[0]
	if header != "shop" || w.Forecast != nil || len(w.Rows) != 168 {
		t.Fatalf("header %q, %+v, %d rows", header, w.Forecast, len(w.Rows))
	}
	if noon := float64(w.Rows[36].Load); math.Abs(noon-90) > 5 {
		t.Errorf("%g at noon, want 90", noon)
	}
}

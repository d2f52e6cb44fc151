package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/planning"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

var update = flag.Bool("update", false, "write the golden files anew")

var monday = time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC)

// example is the plan of two days of a workload that swings with the day, one
// whose ceiling is too low, and one without a history.
func example(t *testing.T) *planning.Report {
	t.Helper()
	load := forecast.Series{Start: monday.Add(-14 * 24 * time.Hour), Step: 15 * time.Minute, Values: make([]float64, 14*96)}
	for i := range load.Values {
		load.Values[i] = 120 - 100*math.Cos(2*math.Pi*float64(i)/96)
	}
	w := func(name string, load forecast.Series, ceiling int32) planning.Workload {
		return planning.Workload{
			Namespace: "shop", Name: name, Loads: []forecast.Series{load}, Unit: "requests/s", PodCPU: 0.5, PodMemory: 1 << 30,
			Loop: simulate.Loop{
				Spec:   simulate.Spec{Min: 2, Max: ceiling, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 8}}},
				PerPod: []float64{10}, Start: simulate.Starts{Fixed: time.Minute},
			},
		}
	}
	r, err := planning.Make([]planning.Workload{w("web", load, 60), w("api", load, 15), w("<new>", forecast.Series{}, planning.NoCeiling)}, planning.Options{
		From: monday, Horizon: 48 * time.Hour,
		WhatIf: planning.WhatIf{Load: []planning.Scale{{Selector: "shop/api", Factor: 1.5}}, Price: 0.04},
		Limits: planning.Limits{Nodes: planning.Quota{CPU: 10}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestJSONHasStableNamesAndIsReadBack(t *testing.T) {
	r := example(t)
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var back planning.Report
	d := json.NewDecoder(bytes.NewReader(b.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if back.Total != r.Total || len(back.Workloads) != 3 || back.Workloads[0].Rows[5].Pods != r.Workloads[0].Rows[5].Pods || back.Fleet[0].Load.Known() {
		t.Errorf("%+v", back.Total)
	}
	for _, want := range []string{`"stepSeconds": 3600`, `"podHoursAlone":`, `"shortMinutes":`, `"loadHigh": null`, `"forecast": null`, `"reason": "NoData"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestCSVHasARowForEachWorkloadAndHour(t *testing.T) {
	r := example(t)
	var b bytes.Buffer
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "workload,time,load_p50,load_p95,pods_p50,pods_p95,floor,pods_hpa_alone,cpu,memory,cost,gap,short_minutes,short_minutes_hpa_alone" {
		t.Error(got)
	}
	if len(rows) != 1+3*48 || rows[1][0] != "shop/web" || rows[1][1] != "2026-03-30T00:00:00Z" || rows[97][2] != "" || rows[97][4] != "2" {
		t.Errorf("%d rows, %q, %q", len(rows), rows[1], rows[97])
	}
}

func TestTheTableTellsWhatMatters(t *testing.T) {
	var b bytes.Buffer
	if err := Table(&b, example(t), Options{Zone: time.FixedZone("CEST", 7200)}); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/table.txt"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("the table is not that of %s; run with -update if it should not be\n%s", golden, b.String())
	}
}

// The page is well formed, needs nothing from elsewhere, and shows what users
// wrote as text.
func TestThePageStandsAlone(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, example(t), Options{Made: monday}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	d := xml.NewDecoder(strings.NewReader(strings.Replace(text, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = true, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"http:", "https:", "//", "url(", "<script", "<link", "<img", "src=", "@import", "NaN", "Inf", "ZgotmplZ", "<new>", "%!"} {
		if i := strings.Index(text, bad); i >= 0 {
			t.Errorf("the page holds %q: %.80s", bad, text[i:])
		}
	}
	for _, want := range []string{"shop/web", "shop/&lt;new&gt;", "NoData", "the load of shop/api × 1.5", "ceiling of shop/api", "all nodes", "HPA alone", "prefers-color-scheme: dark", "made 30 March 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if n := len(regexp.MustCompile(`<details>`).FindAllString(text, -1)); n != 3 {
		t.Errorf("%d workloads can be opened, want 3", n)
	}
}

func TestNothingIsDrawnWithoutWorkloads(t *testing.T) {
	r, err := planning.Make(nil, planning.Options{From: monday}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"html":  func(w io.Writer) error { return HTML(w, r, Options{}) },
		"table": func(w io.Writer) error { return Table(w, r, Options{}) },
		"json":  func(w io.Writer) error { return JSON(w, r) },
		"csv":   func(w io.Writer) error { return CSV(w, r) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil || strings.Contains(b.String(), "NaN") {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

func TestNumbersAreShort(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.001234: "0.0012", 1.5: "1.50", 12.34: "12.3", 999.6: "1\u202f000", 1234567: "1.23 M", math.NaN(): "–"} {
		if got := amount(x); got != want {
			t.Errorf("%g is %q, want %q", x, got, want)
		}
	}
	for unit, want := range map[string]string{"bytes": "1.5 GiB", "cores": "1.61G cores", "": "1.61G"} {
		if got := loadOf(1.5*(1<<30), unit); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := room(planning.Gap{Resource: "cpu"}, 1); got != "1 core" {
		t.Errorf("%q", got)
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	if got := between(day, day.AddDate(0, 0, 1), time.UTC); got != "Mon 2 Mar 00:00–24:00" {
		t.Errorf("%q", got)
	}
}

func TestASpanThatEndsAtMidnightEndsAtTheEndOfItsDay(t *testing.T) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for to, want := range map[time.Duration]string{24 * time.Hour: "00:00–24:00", 90 * time.Minute: "00:00–01:30", 0: "00:00–00:00"} {
		if got := hours(day, day.Add(to), time.UTC); got != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/outlook"
)

func TestForecastOfAFile(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(10))
	out, told, err := execute(t.Context(), forecastCommand(), "", web, "--quantiles", "0.5,0.95", "--horizon", "12h", "--window", "30m")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "time,q0.5,q0.95,peak_q0.5,peak_q0.95,came" {
		t.Errorf("header %s", got)
	}
	if len(rows) != 1+48 || rows[1][0] != "2026-03-12T00:00:00Z" || rows[1][5] != "" {
		t.Errorf("%d rows, the first %v", len(rows), rows[1])
	}
	noon, _ := strconv.ParseFloat(rows[48][1], 64) // 11:45
	if noon < 80 || noon > 95 {
		t.Errorf("the median at noon is %g, the load is about 90 then", noon)
	}
	for _, want := range []string{"web: ", "from 9d23h45m of history", "in steps of 15m", "960 samples"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not say %s", told, want)
		}
	}
}

// The forecast of a time in the past uses nothing later, and shows what came.
func TestForecastAtATimeInThePast(t *testing.T) {
	at := "2026-03-09T13:10" // in Berlin: 12:10 UTC
	whole := waveCSV(10)
	cut := time.Date(2026, 3, 9, 12, 10, 0, 0, time.UTC).Unix()
	var known strings.Builder
	for line := range strings.Lines(whole) {
		if s, _, _ := strings.Cut(line, ","); s == "timestamp" || len(s) == 10 && s <= strconv.FormatInt(cut, 10) {
			known.WriteString(line)
		}
	}
	run := func(text string, args ...string) outlook.Document {
		t.Helper()
		out, _, err := execute(t.Context(), forecastCommand(), text, append(args, "-", "-o", "json", "--time-zone", "Europe/Berlin", "--step", "1h")...)
		if err != nil {
			t.Fatal(err)
		}
		var doc outlook.Document
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	past, now := run(whole, "--at", at), run(known.String())
	if past.Origin.Format(time.RFC3339) != "2026-03-09T13:00:00+01:00" || past.Step != "1h" {
		t.Errorf("origin %s, step %s", past.Origin, past.Step)
	}
	for i := range past.Rows {
		if fmt.Sprint(past.Rows[i].Values) != fmt.Sprint(now.Rows[i].Values) {
			t.Fatalf("row %d is %v, with nothing known of the future %v", i, past.Rows[i].Values, now.Rows[i].Values)
		}
	}
	if past.Rows[0].Actual == nil || now.Rows[0].Actual != nil {
		t.Errorf("what came: %v and %v", past.Rows[0].Actual, now.Rows[0].Actual)
	}
}

func TestNoForecastHasItsReason(t *testing.T) {
	text := "1772409600,1\n1772409660,2\n"
	_, _, err := execute(t.Context(), forecastCommand(), text, "-")
	if err == nil || !strings.Contains(err.Error(), "no forecast (TooShort)") {
		t.Errorf("%v", err)
	}
	out, _, err := execute(t.Context(), forecastCommand(), text, "-", "-o", "json")
	var doc outlook.Document
	if e := json.Unmarshal([]byte(out), &doc); e != nil || err == nil || doc.NoForecast == nil || doc.NoForecast.Reason != "TooShort" {
		t.Errorf("%s, %v", out, err)
	}
}

func TestForecastPlots(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(10))
	dir := t.TempDir()
	drawn, answer := filepath.Join(dir, "web.svg"), filepath.Join(dir, "ahead.csv")
	out, _, err := execute(t.Context(), forecastCommand(), "", web, "--plot", drawn, "-f", answer, "--at", "2026-03-10T00:00:00Z")
	if err != nil || out != "" {
		t.Errorf("%v, %.200s", err, out)
	}
	if svg, err := os.ReadFile(drawn); err != nil || !bytes.HasPrefix(svg, []byte("<?xml")) || !bytes.Contains(svg, []byte("what came")) || !bytes.Contains(svg, []byte("Tue 10 Mar")) {
		t.Errorf("%v, %.200s", err, svg)
	}
	if text, err := os.ReadFile(answer); err != nil || !bytes.HasPrefix(text, []byte("time,q0.5,")) {
		t.Errorf("%v, %.200s", err, text)
	}
	file := filepath.Join(dir, "web.png")
	if _, _, err := execute(t.Context(), forecastCommand(), "", web, "--plot", file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil || picture.Bounds().Dx() != 1920 {
		t.Errorf("%v, %v", picture.Bounds(), err)
	}
}

// A query is asked with the credentials and headers of the flags, for the span
// before the time and the horizon after it.
func TestForecastOfAQuery(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked = append(asked, r.Form.Get("query")+" "+r.Header.Get("X-Scope-OrgID"))
		start, _ := strconv.ParseFloat(r.Form.Get("start"), 64)
		end, _ := strconv.ParseFloat(r.Form.Get("end"), 64)
		step, _ := strconv.ParseFloat(r.Form.Get("step"), 64)
		var values []string
		for at := start; at <= end; at += step {
			values = append(values, fmt.Sprintf(`[%.0f,"%d"]`, at, 100+int(at)/60%60))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	defer srv.Close()
	out, told, err := execute(t.Context(), forecastCommand(), "", `sum(rate(requests_total[5m]))`, "--prometheus-url", srv.URL,
		"--prometheus-header", "X-Scope-OrgID=shop", "--span", "3d", "--step", "5m", "--at", "2026-03-02T00:00:00Z", "--horizon", "1h")
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) == 0 || asked[0] != "sum(rate(requests_total[5m])) shop" {
		t.Errorf("asked %q", asked)
	}
	rows := strings.Split(strings.TrimSpace(out), "\n")
	if len(rows) != 13 || !strings.HasPrefix(rows[1], "2026-03-02T00:05:00Z,") || strings.HasSuffix(rows[12], ",") {
		t.Errorf("%d rows:\n%s", len(rows), out)
	}
	if !strings.Contains(told, "3d of history") {
		t.Errorf("told %q", told)
	}
}

// The environment says which Prometheus, but a file of that name goes first.
func TestForecastTakesAFileBeforeAQueryOfTheEnvironment(t *testing.T) {
	t.Setenv("HIGHWATER_PROMETHEUS_URL", "http://127.0.0.1:1")
	web := writeTemp(t, "web.csv", waveCSV(3))
	if _, _, err := execute(t.Context(), forecastCommand(), "", web); err != nil {
		t.Error(err)
	}
}

func TestForecastSaysWhatIsWrongWithItsArguments(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(3))
	for args, want := range map[string]string{
		"-o xml":                         `--output "xml"`,
		"--quantiles 0.9,0.5":            "--quantiles",
		"--horizon 0s":                   "--horizon",
		"--step 7m":                      "--step 7m: not a multiple",
		"--at tomorrow":                  `--at: "tomorrow"`,
		"--at 2020-01-01T00:00:00Z":      "the history begins at",
		"--time-zone Mars/Olympus":       "Mars/Olympus",
		"--span 1m":                      "--span",
		"-f /proc/none/a.csv":            "--out: /proc/none/a.csv: no such file",
		"--plot /proc/none/a.svg":        "--plot: /proc/none/a.svg: no such file",
		"-f web.png":                     "--out web.png: it would hold no picture: to draw one, give --plot web.png",
		"--prometheus-url ftp://x":       "ftp",
		"--config /nonexistent/high.yml": "configuration",
	} {
		if _, _, err := execute(t.Context(), forecastCommand(), "", append([]string{web}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("forecast %s: %v; want %s", args, err, want)
		}
	}
}

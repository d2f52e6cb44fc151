package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// traces writes two series of ten days and returns their folder.
func traceFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for k, name := range []string{"api_5m", "web_1h"} {
		step := []int{300, 3600}[k]
		var b strings.Builder
		b.WriteString("timestamp,value\n")
		for i := range 10 * 86400 / step {
			day := float64(i*step) / 86400
			fmt.Fprintf(&b, "%d,%g\n", 1772409600+i*step, 50-40*math.Cos(2*math.Pi*day)+5*math.Sin(float64(i*i%(977+k))))
		}
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func rows(t *testing.T, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPrepareWritesWhatThePeersRead(t *testing.T) {
	tasks, _, err := loadTasks(backtest.Default(), []string{traceFolder(t)})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "in")
	if err := prepare(out, tasks, 4); err != nil {
		t.Fatal(err)
	}
	origins := rows(t, filepath.Join(out, "origins.csv"))
	if got := strings.Join(origins[0], ","); got != "series,step,origin,slow" {
		t.Errorf("header %s", got)
	}
	slow, count := map[string]int{}, map[string]int{}
	for _, r := range origins[1:] {
		count[r[0]]++
		if r[3] == "1" {
			slow[r[0]]++
		}
	}
	// 2880 steps of 5 minutes: 1728 to 2591 every 53; 240 hours: 144 to 215 every 53.
	if count["api_5m"] != 17 || slow["api_5m"] != 4 || count["web_1h"] != 2 || slow["web_1h"] != 2 || origins[1][1] != "300" || origins[18][1] != "3600" {
		t.Errorf("origins %v, slow %v", count, slow)
	}
	if origins[1][2] != fmt.Sprint(1772409600+1728*300) {
		t.Errorf("the first origin is %s", origins[1][2])
	}
	series := rows(t, filepath.Join(out, "series", "web_1h.csv"))
	if len(series) != 241 || series[1][0] != "1772409600" {
		t.Errorf("%d rows, the first %v", len(series), series[1])
	}
	data, err := os.ReadFile(filepath.Join(out, "protocol.json"))
	if err != nil || !strings.Contains(string(data), `"horizon_seconds": 86400`) || !strings.Contains(string(data), "0.99") {
		t.Errorf("%s, %v", data, err)
	}
}

// A peer that says what the seasonal naive does, on every second origin, has a
// loss of exactly one on them, and ours beside it is scored on just those.
func TestReportComparesOnTheSameTargets(t *testing.T) {
	folder, out, peers := traceFolder(t), t.TempDir(), t.TempDir()
	p := backtest.Default()
	tasks, _, err := loadTasks(p, []string{folder})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, backtest.Header)
	for _, task := range tasks {
		naive, err := task.Run("copycat", p.NaiveDay(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(task.Origins); i += 2 {
			for h := 1; h <= task.Horizon(); h++ {
				for k := range naive.Row(i, h) {
					naive.Row(i, h)[k] = math.NaN()
				}
			}
		}
		if err := task.Write(z, naive); err != nil {
			t.Fatal(err)
		}
	}
	_ = z.Close()
	if err := os.WriteFile(filepath.Join(peers, "copycat.csv.gz"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	about := `{"peer":"copycat","version":"1","origins":"slow","library_versions":{"python":"3.13","copylib":"2.0"},"seconds_fit_forecast_median":1.5,"failed":[{"series":"web_1h","error":"x"}]}`
	if err := os.WriteFile(filepath.Join(peers, "copycat.json"), []byte(about), 0o600); err != nil {
		t.Fatal(err)
	}
	o := reportFlags{folders: []string{folder}, peers: peers, out: out, date: "2026-03-02", release: "v0", parallel: 1}
	if err := o.run(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "ACCURACY.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"on 2026-03-02", "| copycat | copylib 2.0 | 10 (slow) | 2 | 1.000 |", "1.50 s | 1 |", "| copycat | ", "accuracy-worst.svg"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "NaN") {
		t.Error("the report shows a NaN")
	}
	all := rows(t, filepath.Join(out, "accuracy.csv"))
	if len(all) != 1+2*4 {
		t.Errorf("%d rows", len(all))
	}
	for _, r := range all[1:] {
		if r[1] == "copycat" && r[0] == "api_5m" && (r[2] != "9" || r[4] != "1" || r[6] != "1" || r[7] == "1") {
			t.Errorf("%v", r)
		}
	}
	for _, picture := range []string{"accuracy-methods.svg", "accuracy-worst.svg"} {
		if _, err := os.Stat(filepath.Join(out, picture)); err != nil {
			t.Error(err)
		}
	}
}

func TestBootstrapHoldsTheMean(t *testing.T) {
	lo, hi := bootstrap([]float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.4})
	if mean, _ := backtest.GeometricMean([]float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.4}); !(lo < mean && mean < hi && hi-lo < 0.4) {
		t.Errorf("%g to %g", lo, hi)
	}
	if lo, hi := bootstrap([]float64{2, 2}); lo != hi {
		t.Errorf("of equal ratios: %g to %g", lo, hi)
	}
}

func TestSpeedIsWrittenDown(t *testing.T) {
	folder, out := traceFolder(t), t.TempDir()
	speeds := filepath.Join(out, "speed.json")
	if err := os.WriteFile(speeds, []byte(`{"repeat":3,"peers":{"slowcoach":{"version":"1","median_seconds":100},"broken":{"version":"1","median_seconds":null,"error":"no"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := speedFlags{file: filepath.Join(folder, "api_5m.csv"), peers: speeds, out: out, repeat: 3}
	if err := o.run(io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "SPEED.md"))
	if err != nil || !strings.Contains(string(text), "| slowcoach | port, version 1 | 100.00 s | ") || !strings.Contains(string(text), "| broken | port, version 1 | no | – |") {
		t.Errorf("%v\n%s", err, text)
	}
}

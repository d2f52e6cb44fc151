package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/forecast/backtest/report"
	"github.com/highwater-dev/highwater/history/files"
)

// execute runs a command as the shell would.
func execute(ctx context.Context, cmd *cobra.Command, in string, args ...string) (out, errOut string, err error) {
	var o, e bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(in))
	cmd.SetOut(&o)
	cmd.SetErr(&e)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(ctx)
	return o.String(), e.String(), err
}

// waveCSV is n days of a load that swings with the day, every 15 minutes.
func waveCSV(days int) string {
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range days * 96 {
		fmt.Fprintf(&b, "%d,%.3f\n", start.Add(time.Duration(i)*15*time.Minute).Unix(),
			50-40*math.Cos(2*math.Pi*float64(i)/96)+3*math.Sin(float64(i*i%977)))
	}
	return b.String()
}

func writeTemp(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBacktestPrintsWhatItMeasured(t *testing.T) {
	web, api := writeTemp(t, "web.csv", waveCSV(10)), writeTemp(t, "api.v2.csv", waveCSV(11))
	out, _, err := execute(t.Context(), backtestCommand(), "", web, api, "--max-origins", "3")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	for i, want := range []string{"SERIES", "web", "api.v2", "all 2"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want %s", i, lines[i], want)
		}
	}
	if f := strings.Fields(lines[1]); f[1] != "3" {
		t.Errorf("origins: %q", lines[1])
	}
	out, _, err = execute(t.Context(), backtestCommand(), waveCSV(10), "-", "--max-origins", "2", "-o", "json", "--holidays", "DE", "--time-zone", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var doc report.Document
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	s := doc.Series[0]
	if s.Series != "stdin" || s.Origins != 2 || s.Targets != 2*96 || !(s.Ratio["3h"] > 0) || doc.Total.Series != 1 {
		t.Errorf("%+v", doc)
	}
}

// What --forecasts writes is what was scored: read back, it gives the same loss.
func TestBacktestWritesForecastsThatOthersCanScore(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(10))
	to := filepath.Join(t.TempDir(), "out.csv.gz")
	out, _, err := execute(t.Context(), backtestCommand(), "", web, "--forecasts", to, "--max-origins", "2", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var doc report.Document
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	p := backtest.Default()
	p.MaxOrigins = 2
	read, err := files.Open(web, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, _, _ := forecast.NewSeries(read.Loads[0].Points, 0)
	task, err := p.Task("web", s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := gzip.NewReader(f); err != nil {
		t.Fatalf("not compressed: %v", err)
	}
	_, _ = f.Seek(0, 0)
	all, skipped, err := backtest.Read(f, "file", map[string]*backtest.Task{"web": task})
	if err != nil || skipped != (backtest.Skipped{}) {
		t.Fatal(skipped, err)
	}
	naive, err := task.Run("naive", p.NaiveDay(), nil)
	if err != nil {
		t.Fatal(err)
	}
	score, base := task.Score(all["web"], naive), task.Score(naive, all["web"])
	if got, want := score.Ratio(&base, backtest.Far), float64(doc.Series[0].Ratio["horizon"]); math.Abs(got-want) > 1e-12 {
		t.Errorf("scored again %g, printed %g", got, want)
	}
}

// A bad file is named with its line and fails the command, but hides nothing
// of the others.
func TestBacktestGoesOnPastBadFiles(t *testing.T) {
	good, bad := writeTemp(t, "good.csv", waveCSV(10)), writeTemp(t, "bad.csv", "timestamp,value\n1,2\n2,many\n")
	short := writeTemp(t, "short.csv", waveCSV(3))
	out, _, err := execute(t.Context(), backtestCommand(), "", bad, good, short, "--max-origins", "1")
	for _, want := range []string{"bad.csv: line 3", `"many"`, "short.csv: no origin to forecast from"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if !strings.Contains(out, "\ngood ") {
		t.Errorf("the good file is missing:\n%s", out)
	}
	to := filepath.Join(t.TempDir(), "out.txt")
	out, _, err = execute(t.Context(), backtestCommand(), "", bad, good, "--max-origins", "1", "--out", to)
	if text, e := os.ReadFile(to); e != nil || err == nil || out != "" || !strings.Contains(string(text), "\ngood ") {
		t.Errorf("with --out: %v, %v, %q, %s", e, err, out, text)
	}
}

func TestBacktestSaysWhatIsWrongWithItsArguments(t *testing.T) {
	for args, want := range map[string]string{
		"a/web.csv b/web.csv.gz":  `both would be series "web"`,
		"x.csv -o xml":            `--output "xml"`,
		"x.csv --stride 0":        "stride 0",
		"x.csv --quantiles 95":    "quantiles",
		"x.csv --horizon 1m":      "horizon",
		"x.csv --holidays XX":     "XX",
		"x.csv --events none.yml": "--events",
		"x.csv --context often":   "context",
	} {
		if _, _, err := execute(t.Context(), backtestCommand(), "", strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("backtest %s: %v; want %s", args, err, want)
		}
	}
}

func TestBacktestStopsWhenInterrupted(t *testing.T) {
	web := writeTemp(t, "web.csv", waveCSV(60))
	to := filepath.Join(t.TempDir(), "out.csv")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("ctrl-c"))
	_, _, err := execute(ctx, backtestCommand(), "", web, "--forecasts", to)
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

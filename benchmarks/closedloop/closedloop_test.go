package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/proof"
)

// folder writes two traces of nine days, one that comes every day and one that
// is noise, and one too short.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, days int, value func(i int) float64) {
		var b strings.Builder
		for i := range days * 288 {
			fmt.Fprintf(&b, "%d,%.4f\n", 1772409600+i*300, value(i))
		}
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	surge := func(i int) float64 {
		if i%288 >= 108 && i%288 < 132 {
			return 1000
		}
		return 100 + math.Sin(float64(i*i%977))
	}
	write("surge_5m", 9, surge)
	write("noise_5m", 9, func(i int) float64 { return 100 + 40*math.Sin(float64(i*i%9973)) })
	write("week_5m", 7, surge)
	return dir
}

func TestTheReportHoldsWhatWasPlayed(t *testing.T) {
	out := t.TempDir()
	o := options{folders: []string{folder(t)}, out: out, date: "2026-03-02", release: "v0", parallel: 2,
		studies: []study{{mainStart, target, budgets}, {mainStart, 0.9, []float64{raisedBudget}}}}
	if err := o.run(t.Context(), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "CLOSEDLOOP.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"on 2026-03-02", "2 traces of ", "Too short: week_5m", "| noise_5m |", "| surge_5m |", "reactive HPA, 50 %", "| crane |", "| highwater q0.95 +15 % |", "closedloop-frontier.svg"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, bad := range []string{"NaN", "Inf", "%!"} {
		if strings.Contains(string(text), bad) {
			t.Errorf("the report shows %s:\n%s", bad, text)
		}
	}
	data, err := os.ReadFile(filepath.Join(out, "closedloop.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// hpa, highwater, naive, oracle, five peers; three budgets and hpa at 50 %, or one budget; and each quantile.
	if want := 1 + 2*(9+4+9+1+2*len(headrooms)*len(proof.QuantileLadder)); len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	short := map[string]string{}
	for _, r := range rows[1:] {
		if r[0] == "surge_5m" && r[2] == "0.7" {
			short[r[3]] = r[5]
		}
	}
	if short["oracle"] != "0" || short["hpa"] == "0" {
		t.Errorf("short minutes of the surge: %v", short)
	}
}

func TestOnlyWhatIsLoadLikeIsTaken(t *testing.T) {
	index := filepath.Join(t.TempDir(), "INDEX.md")
	if err := os.WriteFile(index, []byte("# load-like things\n| name | about |\n|---|---|\n| a_1m | 1-min load-like KPI |\n| b_5m | volume |\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := loadLike(index); err != nil || len(got) != 1 || !got["a_1m"] {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDominance(t *testing.T) {
	low, high := point{1, 10}, point{2, 12}
	if !low.dominates(high) || high.dominates(low) || low.dominates(low) || low.dominates(point{0, 11}) || !low.dominates(point{1, 11}) {
		t.Error("one is dominated by what is as good in one and better in the other")
	}
	if !allDominated([]point{high, {1, 11}}, []point{low}) || allDominated([]point{high, {0, 20}}, []point{low}) || allDominated(nil, []point{low}) {
		t.Error("a set is dominated if each of its points is")
	}
}

func TestTheWayUpIsFromTheLeastToTheLargest(t *testing.T) {
	s := wave(3, time.Hour)
	low, high, ok := wayUp(s, s.Start.Add(24*time.Hour))
	if !ok || low.Hour() > 2 || high.Hour() < 12 || high.Hour() > 15 {
		t.Errorf("%s to %s, %v", low, high, ok)
	}
	for i := range s.Values {
		s.Values[i] = 50
	}
	if _, _, ok := wayUp(s, s.Start); ok {
		t.Error("a flat day has no way up")
	}
}

func TestSharesInWords(t *testing.T) {
	for x, want := range map[float64]string{0: "0.0 %", 0.034: "+3.4 %", 0.0001: "0.0 %", -0.0001: "0.0 %", -0.2: "−20.0 %", math.NaN(): "–", 1.5: "+150.0 %"} {
		if got := signed(x); got != want {
			t.Errorf("%g is %s, want %s", x, got, want)
		}
	}
}

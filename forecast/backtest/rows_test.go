package backtest_test

import (
	"bytes"
	"compress/gzip"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// What is written reads back as the same forecasts, to the last bit, and
// scores the same.
func TestRowsReadBackAsTheyWere(t *testing.T) {
	p := backtest.Default()
	p.MaxOrigins = 3
	w := task(t, p, series(12*288, 5*time.Minute, wave))
	w.Name = `web, "new"`
	naive := run(t, w, p.NaiveDay())
	naive.Row(1, 7)[2] = math.NaN()
	var plain, packed bytes.Buffer
	plain.WriteString(backtest.Header + "\n")
	if err := w.Write(&plain, naive); err != nil {
		t.Fatal(err)
	}
	if n, want := strings.Count(plain.String(), "\n"), 1+(3*288-1)*4; n != want {
		t.Errorf("%d lines, want %d", n, want)
	}
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain.Bytes())
	_ = z.Close()
	for name, text := range map[string]*bytes.Buffer{"plain": &plain, "gzip": &packed} {
		all, skipped, err := backtest.Read(text, "again", map[string]*backtest.Task{w.Name: w})
		if err != nil {
			t.Fatal(err)
		}
		back := all[w.Name]
		if back == nil || skipped != (backtest.Skipped{}) {
			t.Fatalf("%s: skipped %+v", name, skipped)
		}
		for h := 1; h <= w.Horizon(); h++ {
			if given := !math.IsNaN(naive.Row(1, h)[2]); given && !slices.Equal(back.Row(1, h), naive.Row(1, h)) {
				t.Fatalf("%s: step %d is %v, was %v", name, h, back.Row(1, h), naive.Row(1, h))
			}
		}
		a, b := w.Score(naive, back), w.Score(back, naive)
		if a.Ratio(&b, backtest.Far) != 1 || a.Total() != 3*288-1 {
			t.Errorf("%s: %d targets", name, a.Total())
		}
	}
}

func TestRowsOfOthers(t *testing.T) {
	w := small(t, steps) // its origin is at monday + 48 h
	o := "2026-03-04T00:00:00Z"
	text := "web,1772582400,1772586000,0.5,19\n" + // one hour after the origin
		"web," + o + ",2026-03-04T01:00:00Z,0.9,21\n" +
		"web," + o + ",2026-03-04T02:00:00+01:00,0.90000000001,22\n" + // the same again; the later one wins
		"web," + o + ",2026-03-04T03:00:00Z,0.8,21\n" + // not a quantile that is scored
		"web," + o + ",2026-03-04T03:30:00Z,0.9,21\n" + // off the grid
		"web," + o + ",2026-03-05T01:00:00Z,0.9,21\n" + // beyond the horizon
		"web,1772578800,1772586000,0.5,19\n" + // another origin
		"other,x,y,z,1\n" +
		"web," + o + ",2026-03-04T04:00:00Z,0.9,NaN\n" +
		"web," + o + ",2026-03-04T04:00:00Z,0.5,\n"
	all, skipped, err := backtest.Read(strings.NewReader(text), "peer", map[string]*backtest.Task{"web": w})
	if err != nil {
		t.Fatal(err)
	}
	if want := (backtest.Skipped{Series: 1, Origins: 3, Quantiles: 1, Unknown: 2}); skipped != want {
		t.Errorf("skipped %+v, want %+v", skipped, want)
	}
	if got := all["web"].Row(0, 1); !slices.Equal(got, []float64{19, 22}) {
		t.Errorf("the first hour is %v", got)
	}
	if s := w.Score(all["web"]); s.Total() != 1 {
		t.Errorf("%d targets", s.Total())
	}
}

func TestBadRowsNameTheLine(t *testing.T) {
	w := small(t, steps)
	for text, want := range map[string]string{
		backtest.Header + "\nweb,1772582400,1772586000,0.5,x\n": "line 2: value \"x\"",
		"web,soon,1772586000,0.5,1\n":                           "line 1: origin: time \"soon\"",
		"web,1772582400,later,0.5,1\n":                          "line 1: time \"later\"",
		"web,1772582400,1772586000,95,1\n":                      "line 1: quantile \"95\"",
		"web,1772582400\n":                                      "line 1",
	} {
		_, _, err := backtest.Read(strings.NewReader(text), "peer", map[string]*backtest.Task{"web": w})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

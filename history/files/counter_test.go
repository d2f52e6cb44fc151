package files_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/files"
)

// made returns n points a step apart.
func made(n int, step time.Duration, value func(i int) float64) []forecast.Point {
	points := make([]forecast.Point, n)
	for i := range points {
		points[i] = forecast.Point{Time: time.Unix(1.7e9, 0).Add(time.Duration(i) * step), Value: value(i)}
	}
	return points
}

func TestCounters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	day := func(i int) float64 { return 100 + 50*math.Sin(2*math.Pi*float64(i)/288) }
	f := func(name string, points []forecast.Point, resets int, counter bool) {
		t.Helper()
		n, ok := files.Counter(points)
		if ok != counter || ok && n != resets {
			t.Errorf("%s: got %d resets, %v; want %d, %v", name, n, ok, resets, counter)
		}
	}
	total := 0.0
	f("requests with two restarts", made(2880, 5*time.Minute, func(i int) float64 {
		if i == 1000 || i == 2000 {
			total = 0
		}
		total += 300 * day(i)
		return total
	}), 2, true)
	total = 0
	f("a sum for each day that begins anew at night", made(3*288, 5*time.Minute, func(i int) float64 {
		if i%288 == 0 {
			total = 0
		}
		total += day(i)
		return total
	}), 2, true)
	total = 0
	f("mostly still", made(2880, 5*time.Minute, func(i int) float64 {
		if i%20 == 0 {
			total++
		}
		if i == 1500 {
			total = 0
		}
		return total
	}), 1, true)
	f("rises for three days", made(3*288, 5*time.Minute, func(i int) float64 { return 1e9 + float64(i) }), 0, true)

	f("none", nil, 0, false)
	f("a constant", made(2880, 5*time.Minute, func(int) float64 { return 7 }), 0, false)
	f("a morning that only rises", made(6*60, time.Minute, func(i int) float64 { return float64(i) }), 0, false)
	f("a business that grows each day", made(400, 24*time.Hour, func(i int) float64 { return float64(i) }), 0, false)
	f("days", made(2880, 5*time.Minute, day), 0, false)
	f("days with noise", made(2880, 5*time.Minute, func(i int) float64 { return day(i) * (1 + 0.05*r.Float64()) }), 0, false)
	f("a morning, then an outage", made(200, 5*time.Minute, func(i int) float64 {
		if i < 144 {
			return 100 - 50*math.Cos(math.Pi*float64(i)/144)
		}
		return 100 + 50*math.Cos(math.Pi*float64(i-144)/144) - 5
	}), 0, false)
	f("on and off", made(2880, 5*time.Minute, func(i int) float64 { return float64(i / 12 % 2 * 100) }), 0, false)
	f("a queue that is worked off in steps", made(2880, 5*time.Minute, func(i int) float64 {
		k := i % 100
		return float64(min(k, 2*(100-k)))
	}), 0, false)
}

func TestACounterIsRefusedOrRated(t *testing.T) {
	var b strings.Builder
	b.WriteString("timestamp,x,y\n")
	total := 0.0
	for i := range 288 {
		if i == 100 {
			total = 0
		}
		total += 600
		writeRow(&b, 1789135800+300*i, total, 50+float64(i%7))
	}
	in := b.String()
	check(t, files.Options{}, in, `error: column "x": it only ever rises, but for 1 reset: it is a counter, no load. Query rate(x[5m]) in place of x, or read its rate with --rate`)
	f, err := files.Read(strings.NewReader(in), files.Options{Column: "x", Rate: true})
	if err != nil {
		t.Fatal(err)
	}
	// 600 in 300 s are 2 a second, at the reset, too: it began at zero.
	if l := f.Loads[0]; len(l.Points) != 287 {
		t.Errorf("%d points", len(l.Points))
	}
	for _, p := range f.Loads[0].Points {
		if p.Value != 2 {
			t.Fatalf("at %s: %v, want 2", p.Time, p.Value)
		}
	}
	if want := "values are the rate of a counter, in units a second; resets: 1"; len(f.Notes) != 1 || f.Notes[0] != want {
		t.Errorf("notes %q", f.Notes)
	}
	if got := read(in, files.Options{Column: "y", Rate: true}); got != "error: --rate: it falls in 41 of 287 steps, so it is no counter" {
		t.Errorf("a gauge: %s", got)
	}
	if got := read(in, files.Options{Column: "y"}); strings.HasPrefix(got, "error") {
		t.Errorf("the other column: %s", got)
	}
}

func writeRow(b *strings.Builder, at int, x, y float64) { fmt.Fprintf(b, "%d,%g,%g\n", at, x, y) }

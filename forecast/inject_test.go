package forecast

import (
	"bufio"
	"compress/gzip"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/benchmarks/traces"
)

// bundled returns a bundled trace as 5-minute means.
func bundled(t testing.TB, name string) Series {
	t.Helper()
	file, err := traces.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	gz, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var points []Point
	lines := bufio.NewScanner(gz)
	for lines.Scan() {
		unix, value, _ := strings.Cut(lines.Text(), ",")
		seconds, err := strconv.ParseInt(unix, 10, 64)
		if err != nil {
			continue // the header
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		points = append(points, Point{time.Unix(seconds, 0).UTC(), v})
	}
	s, _, err := NewSeries(points, 0)
	if err != nil {
		t.Fatal(err)
	}
	return s.Resample(5 * time.Minute)
}

// injected is a series that something is done to.
type injected struct {
	name string
	Series
}

// injectables are a wave with noise, and real traces whose load never rests.
func injectables(t testing.TB) []injected {
	list := []injected{
		{"wave", series(20*288, 5*time.Minute, daily(noise()))},
		{"azure", bundled(t, "azure_vm2019_cpu_5m")},
		{"mongo", bundled(t, "ms_mongo_app01_rps_1m")},
	}
	if !testing.Short() {
		list = append(list,
			injected{"crane-12", bundled(t, "crane_cpu_12_1m")},
			injected{"crane-01", bundled(t, "crane_cpu_01_1m")})
	}
	return list
}

// origins returns up to n of them, from 8 days on, at a distance that brings
// every time of day.
func (s injected) origins(n int) []int {
	const first, day = 8 * 288, 288
	var list []int
	stride := max(53, (s.Len()-day-first)/n)
	for stride%2 == 0 || stride%3 == 0 {
		stride++
	}
	for o := first; o+day < s.Len() && len(list) < n; o += stride {
		list = append(list, o)
	}
	return list
}

// upTo returns up to four weeks of s that end with index o, as a copy.
func (s Series) upTo(o int) Series {
	from := max(0, o+1-28*288)
	return Series{s.Time(from), s.Step, append([]float64(nil), s.Values[from:o+1]...)}
}

// A score is the mean absolute error of the median and the mean pinball loss
// of the .95 quantile, over the steps after the origin.
type score struct{ median, upper float64 }

// scored compares p, which begins after index o, with what came in s.
func scored(p *Paths, s Series, o int) score {
	var sum score
	n := 0.0
	for i := range p.Steps() {
		if k := o + 1 + i; k < s.Len() && !math.IsNaN(s.Values[k]) {
			y, m, u := s.Values[k], p.Value(i, 0.5), p.Value(i, 0.95)
			sum.median += math.Abs(y - m)
			sum.upper += max(0.95*(y-u), 0.05*(u-y))
			n++
		}
	}
	return score{sum.median / n, sum.upper / n}
}

// naiveDay is the mean absolute error of the value a day before, as far as
// history knows it.
func naiveDay(history, s Series, o int) float64 {
	sum, n := 0.0, 0.0
	for i := range 288 {
		d := math.Abs(s.Values[o+1+i] - history.Values[history.Len()-288+i])
		if d == d {
			sum += d
			n++
		}
	}
	return sum / n
}

func (a *score) add(b score) { a.median += b.median; a.upper += b.upper }

func found(m *Model, kind FindingKind) []Finding {
	var list []Finding
	for _, f := range m.Findings() {
		if f.Kind == kind {
			list = append(list, f)
		}
	}
	return list
}

// An outage in the history is masked: forecasts are nearly those of the
// history without it, where the value of the day before would promise the
// outage again.
func TestAnOutageIsNotLearnedFrom(t *testing.T) {
	tests := []struct {
		name     string
		from, to int  // steps before the origin
		level    float64 // share of the load that is still measured
	}{
		{"1 h two days ago", 2*288 + 100, 2*288 + 88, 0},
		{"4 h two days ago", 2*288 + 100, 2*288 + 52, 0},
		{"4 h this day a week ago", 7*288 - 40, 7*288 - 88, 0},
		{"1 h until now", 11, -1, 0},
		{"4 h until now", 47, -1, 0},
		{"4 h, ended an hour ago", 59, 11, 0},
		{"4 h at a tenth, yesterday", 288 - 10, 288 - 58, 0.1},
	}
	list := injectables(t)
	for _, tt := range tests {
		for _, s := range list {
			var clean, hit score
			naive, naiveHit := 0.0, 0.0
			flagged, n := 0, 0
			for _, o := range s.origins(6) {
				history := s.upTo(o)
				a := mustFit(t, history, Options{})
				clean.add(scored(a.Forecast(nil, taus), s.Series, o))
				naive += naiveDay(history, s.Series, o)
				last := history.Len() - 1
				for i := max(0, last-tt.from); i < last-tt.to; i++ {
					history.Values[i] *= tt.level
				}
				b := mustFit(t, history, Options{})
				hit.add(scored(b.Forecast(nil, taus), s.Series, o))
				naiveHit += naiveDay(history, s.Series, o)
				n++
				for _, f := range found(b, FoundOutage) {
					if !f.From.After(history.Time(last-tt.to-1)) && !f.To.Before(history.Time(max(0, last-tt.from))) {
						flagged++
						break
					}
				}
			}
			t.Logf("%-26s %-8s median %.3f → %.3f of the naive day, p95 loss ×%.3f; the naive day with it ×%.2f; found at %d of %d",
				tt.name, s.name, clean.median/naive, hit.median/naive, hit.upper/clean.upper, naiveHit/naive, flagged, n)
		}
	}
}

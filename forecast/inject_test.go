package forecast

import (
	"bufio"
	"compress/gzip"
	"math"
	"math/rand/v2"
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
		from, to int     // steps before the origin
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
			t.Logf("%-25s %-8s median %.2f → %.2f of the naive day's error, which is ×%.2f with it; p95 loss ×%.2f; found at %d of %d",
				tt.name, s.name, clean.median/naive, hit.median/naive, naiveHit/naive, hit.upper/clean.upper, flagged, n)
			if flagged < n {
				t.Errorf("%s, %s: found at %d of %d origins", tt.name, s.name, flagged, n)
			}
			if hit.median > 1.2*clean.median || hit.upper > 1.5*clean.upper {
				t.Errorf("%s, %s: the median's error is ×%.2f, the p95 loss ×%.2f of those without the outage",
					tt.name, s.name, hit.median/clean.median, hit.upper/clean.upper)
			}
			if hit.median > naiveHit {
				t.Errorf("%s, %s: the median is off by %.2f of the naive day's error", tt.name, s.name, hit.median/naiveHit)
			}
		}
	}
}

// A dead exporter says nothing of the load, so neither the median nor the upper
// quantile follows it down.
func TestAnOutageAtTheOriginKeepsTheForecastUp(t *testing.T) {
	for _, s := range injectables(t) {
		for _, o := range s.origins(4) {
			clean := mustFit(t, s.upTo(o), Options{}).Forecast(nil, taus)
			history := s.upTo(o)
			for i := history.Len() - 24; i < history.Len(); i++ {
				history.Values[i] = 0
			}
			p := mustFit(t, history, Options{}).Forecast(nil, taus)
			for _, h := range []int{0, 11, 47, 143} {
				if got, want := mean(p, h, 12, 0.95), mean(clean, h, 12, 0.95); got < 0.6*want {
					t.Errorf("%s at %s: p95 of the hour after step %d is %.3g after two hours of zeros, %.3g without",
						s.name, s.Time(o), h, got, want)
				}
			}
		}
	}
}

// mean returns the mean quantile of n rows from row i on.
func mean(p *Paths, i, n int, tau float64) float64 {
	sum := 0.0
	for k := range n {
		sum += p.Value(i+k, tau) / float64(n)
	}
	return sum
}

// What is quiet at the same time of most days, or often zero, is no outage.
func TestQuietNightsAndIdleHoursAreNoOutages(t *testing.T) {
	r := noise()
	hour := func(at time.Time) float64 { return float64(at.Unix()%86400) / 3600 }
	tests := []struct {
		name string
		load func(int, time.Time) float64
	}{
		{"nights at zero", func(_ int, at time.Time) float64 {
			if h := hour(at); h < 7 || h > 20 {
				return 0
			}
			return 100 + 5*r.NormFloat64()
		}},
		{"nights near zero", func(_ int, at time.Time) float64 {
			if h := hour(at); h < 7 || h > 20 {
				return 0.1 * r.Float64()
			}
			return 100 + 5*r.NormFloat64()
		}},
		{"one sample in three", func(int, time.Time) float64 { return float64(r.IntN(3)/2) * r.ExpFloat64() }},
		{"a few jobs a day", func(int, time.Time) float64 { return max(0, r.NormFloat64()-2) }},
		{"counts of 0.3 a step", func(int, time.Time) float64 { return float64(poisson(r, 0.3)) }},
		{"quiet weekends", func(_ int, at time.Time) float64 {
			y := 20.0
			if h := hour(at); h >= 8 && h < 18 {
				y = 100
			}
			if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
				y = 20
			}
			return y * (1 + 0.05*r.NormFloat64())
		}},
	}
	for _, tt := range tests {
		all := series(28*288, 5*time.Minute, tt.load)
		for _, days := range []int{5, 11, 14, 28} {
			if tt.name == "quiet weekends" && days < 9 {
				continue // a first weekend cannot be told from an outage by other days alone
			}
			m := mustFit(t, Series{all.Start, all.Step, all.Values[:days*288]}, Options{})
			if list := found(m, FoundOutage); len(list) > 0 {
				t.Errorf("%s, %d days: %d found, the first %s", tt.name, days, len(list), list[0].Detail)
			}
		}
	}
}

// A load that stops at a ceiling is flagged, and a smooth peak is not.
func TestACeilingIsFlagged(t *testing.T) {
	r := noise()
	wave := func(at time.Time) float64 { return 50 - 40*math.Cos(2*math.Pi*float64(at.Unix()%86400)/86400) }
	tests := []struct {
		name   string
		load   func(int, time.Time) float64
		capped bool
	}{
		{"clipped", func(_ int, at time.Time) float64 { return min(80, wave(at)+5*r.NormFloat64()) }, true},
		{"throttled, and measured with some noise", func(_ int, at time.Time) float64 {
			return min(75, wave(at)+3*r.NormFloat64()) * (1 - 0.0005*r.Float64())
		}, true},
		{"smooth", func(_ int, at time.Time) float64 { return wave(at) }, false},
		{"noisy", func(_ int, at time.Time) float64 { return wave(at) + 5*r.NormFloat64() }, false},
		{"constant", func(int, time.Time) float64 { return 7 }, false},
		{"counts", func(int, time.Time) float64 { return float64(poisson(r, 3)) }, false},
	}
	for _, tt := range tests {
		m := mustFit(t, series(9*288, 5*time.Minute, tt.load), Options{})
		if list := found(m, FoundCapped); (len(list) > 0) != tt.capped {
			t.Errorf("%s: %v", tt.name, list)
		}
	}
}

// After a step the forecast follows: at every age its error for the next day is
// set against that without the step (both in units of the step), and against
// what the day before would have said.
func TestAStepIsFollowedWithinADay(t *testing.T) {
	tests := []struct {
		name        string
		factor, add float64 // add in mean loads
		bars        map[time.Duration]float64
	}{
		// The geometric mean over the series of the error with over that without.
		{"×2", 2, 0, map[time.Duration]float64{24 * time.Hour: 2.2, 48 * time.Hour: 1.8, 72 * time.Hour: 1.6}},
		// A fall is believed late where there is no week to compare with, as at
		// some of the origins of a trace of eleven days.
		{"×0.5", 0.5, 0, map[time.Duration]float64{24 * time.Hour: 3, 48 * time.Hour: 2, 72 * time.Hour: 1.6}},
		{"plus the mean", 1, 1, map[time.Duration]float64{24 * time.Hour: 2.2, 48 * time.Hour: 1.6, 72 * time.Hour: 1.4}},
	}
	ages := []time.Duration{3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour}
	n := 6
	if testing.Short() {
		ages, n = []time.Duration{6 * time.Hour, 24 * time.Hour, 72 * time.Hour}, 3
	}
	list := injectables(t)
	without := make([]score, len(list))
	for k, s := range list {
		for _, o := range s.origins(n + 1)[1:] { // the first has no week to compare with
			without[k].add(scored(mustFit(t, s.upTo(o), Options{}).Forecast(nil, taus), s.Series, o))
		}
	}
	for _, tt := range tests {
		for _, age := range ages {
			var logs score
			naiveLog, flagged, all := 0.0, 0, 0
			for k, s := range list {
				with, naive := score{}, 0.0
				for _, o := range s.origins(n + 1)[1:] {
					stepped := s.stepped(o+1-int(age/s.Step), tt.factor, tt.add)
					m := mustFit(t, stepped.upTo(o), Options{})
					with.add(scored(m.Forecast(nil, taus), stepped, o))
					naive += naiveDay(stepped.upTo(o), stepped, o)
					flagged += min(1, len(found(m, FoundStep)))
					all++
				}
				share := 1 / float64(len(list))
				logs.median += share * math.Log(with.median/tt.factor/without[k].median)
				logs.upper += share * math.Log(with.upper/tt.factor/without[k].upper)
				naiveLog += share * math.Log(naive/tt.factor/without[k].median)
				if with.median > 4*naive {
					t.Errorf("%s, %s old, %s: the median's error is %.1f times that of the naive day", tt.name, age, s.name, with.median/naive)
				}
			}
			median, naive := math.Exp(logs.median), math.Exp(naiveLog)
			t.Logf("%-13s %3.0f h old: median ×%.2f, p95 loss ×%.2f, naive day ×%.2f; found at %d of %d",
				tt.name, age.Hours(), median, math.Exp(logs.upper), naive, flagged, all)
			if bar, ok := tt.bars[age]; ok && median > bar {
				t.Errorf("%s, %s old: the median's error is ×%.2f of that without the step, want at most %.1f", tt.name, age, median, bar)
			}
			if age < 24*time.Hour && median > 0.8*naive {
				t.Errorf("%s, %s old: the median's error is ×%.2f, that of the naive day ×%.2f", tt.name, age, median, naive)
			}
		}
	}
}

// stepped returns s with what comes from index i on multiplied by factor, and
// add times its mean added.
func (s injected) stepped(i int, factor, add float64) Series {
	mean, n := 0.0, 0.0
	for _, v := range s.Values {
		if v == v {
			mean += v
			n++
		}
	}
	out := Series{s.Start, s.Step, append([]float64(nil), s.Values...)}
	for ; i < s.Len(); i++ {
		out.Values[i] = factor*out.Values[i] + add*mean/n
	}
	return out
}

// office is a load of 100 in office hours and 20 at night, with weekends that
// are the given share of it all day.
func office(weekend float64) func(int, time.Time) float64 {
	r := noise()
	return func(_ int, at time.Time) float64 {
		y := 20.0
		if h := at.Hour(); h >= 8 && h < 18 {
			y = 100
		}
		if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
			y *= weekend
		}
		return y * (1 + 0.05*r.NormFloat64())
	}
}

func TestAWeekendIsNoStep(t *testing.T) {
	for _, weekend := range []float64{0.4, 0.6, 2} {
		all := series(28*288, 5*time.Minute, office(weekend))
		for _, days := range []float64{5.5, 6, 6.5, 6.9, 9, 12.5, 13.5, 19.5, 20, 27.5} {
			m := mustFit(t, Series{all.Start, all.Step, all.Values[:int(days*288)]}, Options{})
			for _, f := range found(m, FoundStep) {
				if weekend > 1 && days < 8 {
					continue // a rise is believed without a week to compare with: doubt never lowers a floor
				}
				t.Errorf("weekends ×%g, %g days: %s", weekend, days, f.Detail)
			}
		}
	}
}

// In the first week a fall may be a weekend. The history is not brought down
// to it, so the upper quantile of the next day stays where it was.
func TestAFreshFallWithoutAWeekToCompareLowersNothing(t *testing.T) {
	for _, days := range []int{4, 5, 6} {
		for _, hours := range []int{6, 24, 48, 66} {
			all := series(12*288, 5*time.Minute, daily(noise()))
			end := days * 288
			for i := end - hours*12; i < all.Len(); i++ {
				all.Values[i] /= 2
			}
			m := mustFit(t, Series{all.Start, all.Step, all.Values[:end]}, Options{})
			if list := found(m, FoundStep); len(list) > 0 {
				t.Errorf("%d days, fallen %d h ago: %s", days, hours, list[0].Detail)
			}
			p := m.Forecast(nil, taus)
			if top, want := p.Value(150, 0.95), 170.; hours <= 24 && top < 0.9*want {
				t.Errorf("%d days, fallen %d h ago: p95 of the coming noon is %.0f, and was %.0f before", days, hours, top, want)
			}
		}
	}
}

func poisson(r *rand.Rand, mean float64) int {
	n, p := 0, math.Exp(-mean)
	for p0, u := p, r.Float64(); u > p0; n++ {
		p *= mean / float64(n+1)
		p0 += p
	}
	return n
}

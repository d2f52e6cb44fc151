package forecast

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var t0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

var taus = []float64{0.5, 0.9, 0.95, 0.99}

// series makes n samples of the given step; f gives each its value.
func series(n int, step time.Duration, f func(i int, at time.Time) float64) Series {
	s := Series{Start: t0, Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = f(i, s.Time(i))
	}
	return s
}

// daily is a wave between 50 and 150 with some noise and a lunch-time spike.
func daily(noise *rand.Rand) func(int, time.Time) float64 {
	return func(_ int, at time.Time) float64 {
		hour := float64(at.Unix()%86400) / 3600
		y := 100 - 50*math.Cos(2*math.Pi*hour/24) + noise.NormFloat64()*3
		if hour >= 12 && hour < 13 {
			y += 200
		}
		return math.Max(0, y)
	}
}

func noise() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func mustFit(t *testing.T, s Series, o Options) *Model {
	t.Helper()
	m, err := Fit(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestForecastFindsTheDailySpike(t *testing.T) {
	all := series(10*288, 5*time.Minute, daily(noise()))
	known := Series{Start: all.Start, Step: all.Step, Values: all.Values[:9*288]}
	p := mustFit(t, known, Options{}).Forecast(nil, taus)
	if p.Steps() != 288 || !p.Start.Equal(all.Time(9*288)) {
		t.Fatalf("%d rows from %s, want a day from the step after the origin", p.Steps(), p.Start)
	}
	covered, missed := 0, 0.0
	for i := range p.Steps() {
		y := all.Values[9*288+i]
		if y <= p.Value(i, 0.95) {
			covered++
		}
		missed += math.Abs(y - p.Value(i, 0.5))
	}
	if share := float64(covered) / 288; share < 0.9 {
		t.Errorf("p95 covers %.2f of the next day", share)
	}
	if mean := missed / 288; mean > 6 {
		t.Errorf("the median is off by %.1f on average, noise alone is about 2.4 and the smoothed edges of the spike add some", mean)
	}
	if v, ok := p.At(t0.Add(9*24*time.Hour+12*time.Hour+30*time.Minute), 0.5); !ok || v < 300 || v > 400 {
		t.Errorf("median in the spike is %.0f, want about 350", v)
	}
}

func TestWeeklySeasonIsFound(t *testing.T) {
	s := series(28*24, time.Hour, func(_ int, at time.Time) float64 {
		if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
			return 20
		}
		return 100
	})
	// t0 is a Monday and 28 days later it is one again: yesterday was a Sunday.
	p := mustFit(t, s, Options{}).Forecast(nil, taus)
	if v := p.Value(12, 0.5); v < 90 {
		t.Errorf("median for Monday noon is %.0f, want about 100: Sunday's level must not be taken for Monday's", v)
	}
}

func TestPeaksCoverTheWindowsLargestLoad(t *testing.T) {
	all := series(16*288, 5*time.Minute, daily(noise()))
	covered, n := 0, 0
	for o := 10 * 288; o+7 < all.Len(); o += 53 {
		m := mustFit(t, Series{all.Start, all.Step, all.Values[:o+1]}, Options{Window: 30 * time.Minute})
		upper := m.Peaks(nil, taus).Value(0, 0.95)
		top := 0.0
		for _, y := range all.Values[o+1 : o+8] {
			top = math.Max(top, y)
		}
		if top <= upper {
			covered++
		}
		n++
	}
	if share := float64(covered) / float64(n); share < 0.88 {
		t.Errorf("p95 of the window's peak covered %.2f of %d", share, n)
	}
}

func TestQuantilesAreOrderedFiniteAndNotNegative(t *testing.T) {
	odd := map[string]Series{
		"constant":       series(500, time.Minute, func(int, time.Time) float64 { return 7 }),
		"zero":           series(500, time.Minute, func(int, time.Time) float64 { return 0 }),
		"one outlier":    series(3*1440, time.Minute, func(i int, _ time.Time) float64 { return float64(i/4000*1e9 + 1) }),
		"tiny":           series(3*1440, time.Minute, func(i int, _ time.Time) float64 { return 1e-12 * float64(i%7) }),
		"huge":           series(3*288, 5*time.Minute, func(i int, _ time.Time) float64 { return 1e17 * float64(1+i%5) }),
		"mostly zero":    series(5*288, 5*time.Minute, func(i int, _ time.Time) float64 { return float64(i % 10 / 9) }),
		"hourly":         series(10*24, time.Hour, func(i int, _ time.Time) float64 { return float64(i % 24) }),
		"15 seconds":     series(2*5760, 15*time.Second, func(i int, _ time.Time) float64 { return float64(i % 100) }),
		"seven minutes":  series(2000, 7*time.Minute, func(i int, _ time.Time) float64 { return float64(i % 11) }),
		"nights missing": series(10*288, 5*time.Minute, nightsMissing),
	}
	for name, s := range odd {
		t.Run(name, func(t *testing.T) {
			m := mustFit(t, s, Options{Window: 10 * time.Minute})
			checkPaths(t, m.Forecast(nil, taus))
			checkPaths(t, m.Peaks(nil, taus))
		})
	}
	p := mustFit(t, odd["constant"], Options{}).Forecast(nil, taus)
	if v := p.Value(30, 0.99); math.Abs(v-7) > 1e-5 {
		t.Errorf("a constant load of 7 is forecast as %g", v)
	}
}

func nightsMissing(_ int, at time.Time) float64 {
	if h := at.Hour(); h < 7 || h > 20 {
		return math.NaN()
	}
	return 100
}

func checkPaths(t *testing.T, p *Paths) {
	t.Helper()
	for i := range p.Steps() {
		below := 0.0
		for k, v := range p.Row(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) || v < below {
				t.Fatalf("row %d, quantile %g: %g after %g", i, p.Taus[k], v, below)
			}
			below = v
		}
	}
}

// named marks t as failed unless err is a *NoForecast with a reason and a detail.
func named(t *testing.T, err error) {
	t.Helper()
	if none, ok := errors.AsType[*NoForecast](err); !ok || none.Reason == "" || none.Detail == "" {
		t.Errorf("%v is no *NoForecast with a reason", err)
	}
}

func TestNoForecastSaysWhy(t *testing.T) {
	unknown := func(int, time.Time) float64 { return math.NaN() }
	tests := []struct {
		name string
		s    Series
		want Reason
	}{
		{"empty", Series{Start: t0, Step: time.Minute}, ReasonNoData},
		{"all unknown", series(100, time.Minute, unknown), ReasonNoData},
		{"ten minutes", series(10, time.Minute, daily(noise())), ReasonTooShort},
		{"five hours of hours", series(5, time.Hour, daily(noise())), ReasonTooShort},
		{"one sample in ten", series(1000, time.Minute, func(i int, _ time.Time) float64 {
			if i%10 == 0 {
				return 1
			}
			return math.NaN()
		}), ReasonSparse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Fit(tt.s, Options{})
			var none *NoForecast
			if !errors.As(err, &none) || none.Reason != tt.want || none.Detail == "" {
				t.Errorf("got %v, want reason %s with a detail", err, tt.want)
			}
		})
	}
}

func TestShortHistoriesWidenWithTheHorizon(t *testing.T) {
	r := noise()
	walk := 100.0
	s := series(120, time.Minute, func(int, time.Time) float64 { walk += r.NormFloat64(); return walk })
	p := mustFit(t, s, Options{}).Forecast(nil, taus)
	near := p.Value(0, 0.95) - p.Value(0, 0.5)
	far := p.Value(1439, 0.95) - p.Value(1439, 0.5)
	if far < 2*near {
		t.Errorf("p95 lies %.1f above the median at a minute and %.1f at a day: two hours of history cannot know tomorrow", near, far)
	}
}

func TestAppendMovesTheOriginAsAFitWould(t *testing.T) {
	all := series(10*288, 5*time.Minute, daily(noise()))
	n := 9 * 288
	m := mustFit(t, Series{all.Start, all.Step, all.Values[:n]}, Options{})
	// Two samples known already, a gap of one, then the rest.
	if err := m.Append(Series{all.Time(n - 2), all.Step, all.Values[n-2 : n+3]}); err != nil {
		t.Fatal(err)
	}
	if err := m.Append(Series{all.Time(n + 4), all.Step, all.Values[n+4:]}); err != nil {
		t.Fatal(err)
	}
	if !m.Origin().Equal(all.End()) {
		t.Errorf("origin %s, want %s", m.Origin(), all.End())
	}
	if got := m.values[n+3]; !math.IsNaN(float64(got)) {
		t.Errorf("the sample between the two is %g, want unknown", got)
	}
	if got := m.values[n+4]; got != float32(all.Values[n+4]) {
		t.Errorf("the sample after the gap is %g, want %g", got, all.Values[n+4])
	}
	if err := m.Append(series(3, time.Minute, daily(noise()))); err == nil {
		t.Error("samples of another step were taken")
	}
}

func TestFitKeepsNothingOfItsInput(t *testing.T) {
	s := series(3*288, 5*time.Minute, daily(noise()))
	m := mustFit(t, s, Options{})
	before := m.Forecast(nil, taus).Value(5, 0.5)
	for i := range s.Values {
		s.Values[i] = 0
	}
	if after := m.Forecast(nil, taus).Value(5, 0.5); after != before {
		t.Errorf("changing the series changed the forecast from %g to %g", before, after)
	}
}

func TestForecastScalesWithTheLoad(t *testing.T) {
	s := series(9*288, 5*time.Minute, daily(noise()))
	big := series(9*288, 5*time.Minute, func(i int, _ time.Time) float64 { return s.Values[i] * 1024 })
	a, b := mustFit(t, s, Options{}).Forecast(nil, taus), mustFit(t, big, Options{}).Forecast(nil, taus)
	for i := range a.Values {
		if d := math.Abs(b.Values[i]/1024 - a.Values[i]); d > 1e-6*(1+a.Values[i]) {
			t.Fatalf("value %d: %g for the load, %g for 1024 times the load", i, a.Values[i], b.Values[i])
		}
	}
}

// A minute's spike a day is what floors are raised for: rare as it is among
// samples of ten seconds, it is no outlier and not smoothed away.
func TestAShortSpikeEachDayIsForecast(t *testing.T) {
	for _, step := range []time.Duration{10 * time.Second, time.Minute} {
		perDay := int(24 * time.Hour / step)
		all := series(3*perDay+perDay/2, step, func(_ int, at time.Time) float64 {
			y := 150 + 5*math.Sin(float64(at.Unix())/7)
			if at.Hour() == 13 && at.Minute() == 0 {
				y += 1000
			}
			return y
		})
		for _, ahead := range []time.Duration{20 * time.Second, time.Minute, 10 * time.Minute, 2 * time.Hour} {
			origin := t0.Add(2*24*time.Hour + 13*time.Hour - ahead)
			m := mustFit(t, all.Between(t0, origin), Options{Window: 2 * time.Minute})
			top := 0.0
			for i, p := 0, m.Peaks(nil, taus); i < p.Steps() && p.Time(i).Before(origin.Add(ahead+time.Minute)); i++ {
				top = math.Max(top, p.Value(i, 0.95))
			}
			if top < 1100 || top > 1800 {
				t.Errorf("%s steps, %s before the spike: the largest load ahead is %.0f, want about 1150", step, ahead, top)
			}
			if v, _ := m.Forecast(nil, taus).At(origin.Add(ahead-10*time.Second), 0.5); ahead > time.Minute && v > 300 {
				t.Errorf("%s steps: the median just before the spike is %.0f, want about 150", step, v)
			}
		}
	}
}

// The margin of the largest load within a window is that of such loads: what
// makes a single step hard to forecast need not make them so.
func TestALoadThatIsKnownNeedsNoMargin(t *testing.T) {
	const step = 10 * time.Second
	load := func(_ int, at time.Time) float64 {
		y := 150 + 5*math.Sin(float64(at.Unix())/7)
		if at.Hour() == 13 && at.Minute() == 0 {
			y += 1000
		}
		return y
	}
	worst := 0.0
	for k := range 60 {
		origin := t0.Add(3*24*time.Hour + 13*time.Hour + 2*time.Minute + time.Duration(k)*1033*time.Second/step*step)
		m := mustFit(t, series(int(origin.Sub(t0)/step), step, load), Options{Window: time.Minute})
		p := m.Peaks(nil, taus)
		for i := range 6 {
			worst = math.Max(worst, p.Value(i, 0.95))
		}
	}
	if worst > 185 {
		t.Errorf("the .95 quantile of a load of 145 to 155 is up to %.0f", worst)
	}
}

// A regression has learned from a few minutes of a spike at the most; it must
// not pull the spike towards the level that the load has an hour before.
func TestASpikeIsAsHighAsItWas(t *testing.T) {
	load := func(_ int, at time.Time) float64 {
		y := 150 + 5*math.Sin(float64(at.Unix()-7)/7)
		if m := at.Hour()*60 + at.Minute() - (12*60 + 15); m >= 0 && m < 5 {
			y += 970
		}
		return y
	}
	for _, ahead := range []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour} {
		origin := t0.Add(3*24*time.Hour + 12*time.Hour + 15*time.Minute - ahead)
		p := mustFit(t, series(int(origin.Sub(t0)/time.Minute), time.Minute, load), Options{}).Forecast(nil, taus)
		for m := range 5 {
			v, ok := p.At(origin.Add(ahead+time.Duration(m)*time.Minute), 0.5)
			if !ok || v < 1080 || v > 1160 {
				t.Errorf("%s ahead, minute %d: %.0f instead of about 1120", ahead, m, v)
			}
		}
	}
}

package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// From minutes of history to four weeks, at every step: a forecast that is
// sound, or the reason why there is none.
func TestEveryHistoryGivesAForecastOrAReason(t *testing.T) {
	day := 24 * time.Hour
	spans := []time.Duration{20 * time.Minute, 45 * time.Minute, 3 * time.Hour, 12 * time.Hour, 30 * time.Hour,
		60 * time.Hour, 4 * day, 9 * day, 15 * day, 28 * day}
	steps := []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 7 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, day}
	loads := map[string]func(*rand.Rand) func(int, time.Time) float64{
		"wave":     daily,
		"constant": func(*rand.Rand) func(int, time.Time) float64 { return func(int, time.Time) float64 { return 3 } },
		"counts": func(r *rand.Rand) func(int, time.Time) float64 {
			return func(int, time.Time) float64 { return float64(poisson(r, 0.3)) }
		},
	}
	for _, step := range steps {
		for _, span := range spans {
			if testing.Short() && step < time.Minute && span > 4*day {
				continue
			}
			n := int(span / step)
			for name, load := range loads {
				s := series(n, step, load(noise()))
				o := Options{Window: 30 * time.Minute}
				if n%3 == 1 {
					o = Options{Horizon: 48 * time.Hour, Window: 2 * time.Hour}
				}
				m, err := Fit(s, o)
				enough := n >= minKnown && s.Span() >= minSpan
				if err != nil {
					named(t, err)
					if enough && n >= 40 {
						t.Errorf("%s of %s, step %s: %v", span, name, step, err)
					}
					continue
				}
				if !enough {
					t.Errorf("%s of %s, step %s: a forecast from %d samples", span, name, step, n)
				}
				checkPaths(t, m.Forecast(nil, taus))
				checkPaths(t, m.Peaks(nil, taus))
				if m.Method() == "" || len(m.Shares()) == 0 {
					t.Errorf("%s of %s, step %s: no word on how the forecast is made", span, name, step)
				}
			}
		}
	}
}

// Of a well-behaved load the .9 quantile covers nine in ten, however short the
// history is, once it is a day.
func TestNineInTenAreCoveredOnceThereIsADay(t *testing.T) {
	tests := []struct {
		days float64
		step time.Duration
	}{{1.3, 5 * time.Minute}, {2.5, 5 * time.Minute}, {4, 5 * time.Minute}, {4, time.Hour}, {9, 5 * time.Minute},
		{9, time.Hour}, {15, 15 * time.Minute}, {28, 5 * time.Minute}, {28, time.Hour}, {2.5, time.Minute}}
	origins := 40
	if testing.Short() {
		tests, origins = tests[:5], 20
	}
	for _, tt := range tests {
		day := int(24 * time.Hour / tt.step)
		n := int(tt.days * float64(day))
		last := math.Exp(-float64(tt.step) / float64(2*time.Hour)) // noise that lasts for two hours
		covered, wide, total := 0.0, 0.0, 0.0
		for k := range origins {
			r := rand.New(rand.NewPCG(uint64(k), 6))
			level := 0.0
			all := series(n+day+k*day/origins, tt.step, func(_ int, at time.Time) float64 {
				level = last*level + 10*math.Sqrt(1-last*last)*r.NormFloat64()
				return max(0, 100-50*math.Cos(2*math.Pi*float64(at.Unix()%86400)/86400)+level)
			})
			from := k * day / origins
			m := mustFit(t, Series{all.Time(from), all.Step, all.Values[from : from+n]}, Options{})
			p := m.Forecast(nil, []float64{0.5, 0.9})
			for i := range day {
				if all.Values[from+n+i] <= p.Value(i, 0.9) {
					covered++
				}
				wide += p.Value(i, 0.9) - p.Value(i, 0.5)
				total++
			}
		}
		share := covered / total
		t.Logf("%4.1f days of %s: p90 covers %.3f, and lies %.1f above the median", tt.days, tt.step, share, wide/total)
		if share < 0.8 || share > 0.98 {
			t.Errorf("%.1f days of %s: p90 covers %.3f", tt.days, tt.step, share)
		}
	}
}

// A history of hours does not know tomorrow, and says so.
func TestUncertaintyGrowsWithTheHorizonOfShortHistories(t *testing.T) {
	for _, span := range []time.Duration{45 * time.Minute, 3 * time.Hour, 12 * time.Hour} {
		grew := 0.0
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 7))
			walk := 1000.0
			s := series(int(span/time.Minute), time.Minute, func(int, time.Time) float64 { walk += r.NormFloat64(); return walk })
			p := mustFit(t, s, Options{}).Forecast(nil, taus)
			width := func(h int) float64 { return p.Value(h-1, 0.95) - p.Value(h-1, 0.5) }
			grew += math.Log(width(1440)/width(1)) / 5
		}
		t.Logf("%s of a random walk: p95 lies ×%.1f further above the median a day ahead than a minute ahead", span, math.Exp(grew))
		if grew < math.Log(3) {
			t.Errorf("%s: the width grows ×%.1f only", span, math.Exp(grew))
		}
	}
}

// Odd loads, steps, horizons and windows: sound paths.
func TestOddLoadsHaveSoundForecasts(t *testing.T) {
	r := noise()
	wave := daily(r)
	const day = 288
	tests := []struct {
		name string
		load func(int, time.Time) float64
	}{
		{"constant", func(int, time.Time) float64 { return 7 }},
		{"zero", func(int, time.Time) float64 { return 0 }},
		{"zero but for one", func(i int, _ time.Time) float64 { return float64(i / 1000 * (1 - min(1, i%1000))) }},
		{"next to nothing", func(i int, at time.Time) float64 { return 1e-11 * wave(i, at) }},
		{"denormal", func(i int, at time.Time) float64 { return 1e-43 * wave(i, at) }},
		{"huge", func(i int, at time.Time) float64 { return 1e15 * wave(i, at) }},
		{"the largest loads", func(i int, _ time.Time) float64 { return MaxLoad * float64(1+i%7) / 7 }},
		{"counts", func(int, time.Time) float64 { return float64(poisson(r, 0.3)) }},
		{"mostly zero", func(int, time.Time) float64 { return max(0, r.NormFloat64()-0.5) }},
		{"60 % missing", func(i int, at time.Time) float64 {
			if r.Float64() < 0.6 {
				return math.NaN()
			}
			return wave(i, at)
		}},
		{"a gap just before the last sample", func(i int, at time.Time) float64 {
			if i > 9*day-40 && i < 9*day-1 {
				return math.NaN()
			}
			return wave(i, at)
		}},
		{"two days missing", func(i int, at time.Time) float64 {
			if i > 6*day && i < 8*day {
				return math.NaN()
			}
			return wave(i, at)
		}},
		{"the first sample and the last four days", func(i int, at time.Time) float64 {
			if i > 0 && i < 5*day {
				return math.NaN()
			}
			return wave(i, at)
		}},
		{"every second hour", func(i int, at time.Time) float64 {
			if at.Hour()%2 == 0 {
				return math.NaN()
			}
			return wave(i, at)
		}},
		{"first half constant", func(i int, at time.Time) float64 {
			if i < 9*day/2 {
				return 50
			}
			return wave(i, at)
		}},
		{"second half constant", func(i int, at time.Time) float64 {
			if i > 9*day/2 {
				return 50
			}
			return wave(i, at)
		}},
		{"second half zero", func(i int, at time.Time) float64 {
			if i > 9*day/2 {
				return 0
			}
			return wave(i, at)
		}},
		{"growing tenfold a day", func(i int, _ time.Time) float64 { return math.Pow(10, float64(i)/day) }},
		{"a ramp", func(i int, _ time.Time) float64 { return float64(i) }},
		{"two values", func(i int, _ time.Time) float64 { return float64(1 + i%2) }},
	}
	options := []Options{{}, {Horizon: 48 * time.Hour, Window: 2 * time.Hour}, {Horizon: 7 * 24 * time.Hour, Window: time.Minute},
		{Horizon: time.Hour, Window: 5 * time.Hour}, {Horizon: time.Second, Window: time.Second}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for k, o := range options {
				s := series(9*day, 5*time.Minute, tt.load)
				m, err := Fit(s, o)
				if err != nil {
					t.Fatalf("options %d: %v", k, err)
				}
				p := m.Forecast(nil, []float64{0.001, 0.5, 0.9, 0.999})
				checkPaths(t, p)
				checkPaths(t, m.Peaks(nil, taus))
				if want := max(1, int(o.Horizon/s.Step)); o.Horizon > 0 && p.Steps() != want {
					t.Errorf("%d rows for %s", p.Steps(), o.Horizon)
				}
			}
		})
	}
}

// Where nothing ever happens, nothing is forecast to happen.
func TestAConstantIsForecastAsItself(t *testing.T) {
	for _, c := range []float64{0, 1e-9, 1, 12345.678, 1e17} {
		for _, n := range []int{20, 500, 9 * 288} {
			m := mustFit(t, series(n, 5*time.Minute, func(int, time.Time) float64 { return c }), Options{Window: time.Hour})
			for _, p := range []*Paths{m.Forecast(nil, taus), m.Peaks(nil, taus)} {
				for i, v := range p.Values {
					if math.Abs(v-c) > 1e-6*c+1e-20 {
						t.Fatalf("value %d of a constant %g over %d steps is %g", i, c, n, v)
					}
				}
			}
		}
	}
}

// A load in other units has the same forecast in those units.
func TestForecastsScaleWithTheUnit(t *testing.T) {
	s := series(9*288, 5*time.Minute, daily(noise()))
	want := mustFit(t, s, Options{Window: time.Hour}).Forecast(nil, taus)
	for _, unit := range []float64{0x1p-20, 0x1p20, 0x1p50} {
		scaled := series(9*288, 5*time.Minute, func(i int, _ time.Time) float64 { return s.Values[i] * unit })
		got := mustFit(t, scaled, Options{Window: time.Hour}).Forecast(nil, taus)
		for i := range want.Values {
			if d := math.Abs(got.Values[i]/unit - want.Values[i]); d > 1e-4*(1+want.Values[i]) {
				t.Errorf("in units of %g value %d is %g, and %g in units of 1", 1/unit, i, got.Values[i]/unit, want.Values[i])
				break
			}
		}
	}
}

// One absurd sample must not be felt but near its own time.
func TestOneHugeOutlierIsNotFeltElsewhere(t *testing.T) {
	s := injected{"wave", series(20*288, 5*time.Minute, daily(noise()))}
	tests := []struct {
		name string
		ago  int
	}{{"at the origin", 0}, {"an hour ago", 12}, {"five hours ago", 60}, {"three days ago", 3*288 + 50}, {"nine days ago", 9*288 + 50}}
	for _, times := range []float64{30, 1e6} {
		for _, tt := range tests {
			var clean, hit score
			for _, o := range s.origins(6)[1:] {
				history := s.upTo(o)
				clean.add(scored(mustFit(t, history, Options{}).Forecast(nil, taus), s.Series, o))
				history.Values[history.Len()-1-tt.ago] *= times
				hit.add(scored(mustFit(t, history, Options{}).Forecast(nil, taus), s.Series, o))
			}
			t.Logf("×%-6g %-15s the next day's median error ×%.2f, p95 loss ×%.2f", times, tt.name, hit.median/clean.median, hit.upper/clean.upper)
			if tt.ago == 0 {
				continue // it may be the first sample of a new level
			}
			if hit.median > 4*clean.median || hit.upper > 7*clean.upper {
				t.Errorf("×%g %s: the next day's median error is ×%.2f, the p95 loss ×%.2f", times, tt.name, hit.median/clean.median, hit.upper/clean.upper)
			}
			if tt.ago > 288 && (hit.median > 1.5*clean.median || hit.upper > 1.5*clean.upper) {
				t.Errorf("×%g %s: the next day's median error is ×%.2f, the p95 loss ×%.2f", times, tt.name, hit.median/clean.median, hit.upper/clean.upper)
			}
		}
	}
}

// In short histories every origin is asked, so that the outlier is among the
// errors at each horizon.
func TestOneHugeOutlierDoesNotRuleAShortHistory(t *testing.T) {
	for _, times := range []float64{30, 1e6} {
		for _, days := range []float64{0.5, 2.5} {
			var clean, hit score
			for seed := range uint64(6) {
				all := series(4*288, 5*time.Minute, daily(rand.New(rand.NewPCG(seed, 9))))
				n := int(days * 288)
				history := Series{all.Start, all.Step, append([]float64(nil), all.Values[:n]...)}
				clean.add(scored(mustFit(t, history, Options{}).Forecast(nil, taus), all, n-1))
				history.Values[n/2] *= times
				hit.add(scored(mustFit(t, history, Options{}).Forecast(nil, taus), all, n-1))
			}
			t.Logf("×%-6g in the midst of %.1f days: the next day's median error ×%.2f, p95 loss ×%.2f", times, days, hit.median/clean.median, hit.upper/clean.upper)
			if hit.median > 2.3*clean.median || hit.upper > 4.5*clean.upper {
				t.Errorf("×%g in the midst of %.1f days: the next day's median error is ×%.2f, the p95 loss ×%.2f", times, days, hit.median/clean.median, hit.upper/clean.upper)
			}
		}
	}
}

// The largest load of a window is at least the load at its beginning. The two
// are calibrated apart, so their quantiles may cross, but seldom and not by much.
func TestPeaksSeldomLieBelowTheLoad(t *testing.T) {
	for _, s := range injectables(t) {
		below, total := 0, 0
		worst := 0.0
		for _, o := range s.origins(3) {
			m := mustFit(t, s.upTo(o), Options{Window: 30 * time.Minute})
			load, peak := m.Forecast(nil, taus), m.Peaks(nil, taus)
			for i := range load.Values {
				total++
				if d := load.Values[i] - peak.Values[i]; d > 0.001*load.Values[i] {
					below++
					worst = max(worst, d/load.Values[i])
				}
			}
		}
		t.Logf("%s: %.1f%% of the peaks' quantiles lie below the load's, by %.0f%% at most", s.name, 100*float64(below)/float64(total), 100*worst)
		if float64(below) > 0.15*float64(total) || worst > 0.5 {
			t.Errorf("%s: %d of %d quantiles of the peaks lie below the load's, by %.0f%% at most", s.name, below, total, 100*worst)
		}
	}
}

// Horizons, windows and histories at 15 seconds, through a change of the clocks.
func TestAQuarterMinuteStepAcrossAClockChange(t *testing.T) {
	if testing.Short() {
		t.Skip("three days of 15-second samples")
	}
	berlin := zone(t, "Europe/Berlin")
	load := func(at time.Time) float64 {
		at = at.In(berlin)
		return 20 + 100*bump(float64(at.Hour())+float64(at.Minute())/60, 9)
	}
	change := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)
	c := &Calendar{Location: berlin, Holidays: map[Date]string{{2026, time.March, 30}: "a free Monday"}}
	for _, after := range []time.Duration{-3 * time.Hour, 6 * time.Hour} {
		s := before(change.Add(after), 3, 15*time.Second, load)
		m := mustFit(t, s, Options{Calendar: c, Window: 10 * time.Minute})
		checkPaths(t, m.Forecast(nil, taus))
		checkPaths(t, m.Peaks(nil, taus))
		if off := offErrors(m, load, always); off > 2 {
			t.Errorf("origin %s from the change: off by %.1f", after, off)
		}
	}
}

// The workspaces are shared and reused: what was fitted before must not be felt.
func TestTheSameSeriesGivesTheSameForecast(t *testing.T) {
	s := series(9*288+17, 5*time.Minute, daily(noise()))
	o := Options{Window: 30 * time.Minute, Calendar: &Calendar{Location: zone(t, "Europe/Berlin"),
		Holidays: map[Date]string{{2026, time.March, 10}: ""}, Events: []Event{{"", t0.Add(30 * time.Hour), t0.Add(32 * time.Hour), 2}}}}
	var want []float64
	others := []Series{
		series(28*24, time.Hour, daily(noise())),
		series(500, time.Minute, func(int, time.Time) float64 { return math.NaN() }),
		series(20*288, 5*time.Minute, func(i int, at time.Time) float64 { return 1e9 + float64(i%7)*1e12 }),
		series(45, time.Minute, daily(noise())),
		series(4*1440, time.Minute, func(i int, _ time.Time) float64 {
			if i%3 > 0 && i%2000 > 0 {
				return math.NaN()
			}
			return float64(i)
		}),
	}
	for k := range len(others) + 1 {
		m := mustFit(t, s, o)
		got := append(m.Forecast(nil, taus).Values, m.Peaks(nil, taus).Values...)
		m.stale = true // look again, as after an Append
		again := append(m.Forecast(nil, taus).Values, m.Peaks(nil, taus).Values...)
		if want == nil {
			want = got
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("after %d other fits, value %d is %g and was %g", k, i, got[i], want[i])
			}
			if math.Abs(again[i]-want[i]) > 1e-6*want[i] { // sums begin elsewhere and are rounded otherwise
				t.Fatalf("looked at again after %d other fits, value %d is %g and was %g", k, i, again[i], want[i])
			}
		}
		if k < len(others) {
			other, _ := Fit(others[k], Options{Horizon: time.Duration(k+1) * 7 * time.Hour, Window: time.Duration(k) * time.Hour})
			if other != nil {
				other.Peaks(nil, taus)
			}
		}
	}
}

package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// part returns the samples of s from index lo up to hi, which is not included.
func (s Series) part(lo, hi int) Series { return Series{s.Time(lo), s.Step, s.Values[lo:hi]} }

func mustAppend(t testing.TB, m *Model, s Series) {
	t.Helper()
	if err := m.Append(s); err != nil {
		t.Fatal(err)
	}
}

// said is all that a model forecasts.
func said(m *Model) []float64 {
	return append(slices.Clone(m.Forecast(nil, taus).Values), m.Peaks(nil, taus).Values...)
}

func sameForecasts(t *testing.T, what string, a, b *Model) {
	t.Helper()
	if !a.Origin().Equal(b.Origin()) {
		t.Errorf("%s: origins %s and %s", what, a.Origin(), b.Origin())
		return
	}
	x, y := said(a), said(b)
	for i := range x {
		if x[i] != y[i] {
			t.Errorf("%s: value %d is %g and %g", what, i, x[i], y[i])
			return
		}
	}
}

// gappy is a wave with gaps, an outage and a step, so that all that a fit finds
// is there to be found.
func gappy(n int, step time.Duration) Series {
	r := rand.New(rand.NewPCG(11, 12))
	wave := daily(r)
	day := int(24 * time.Hour / step)
	return series(n, step, func(i int, at time.Time) float64 {
		v := wave(i, at)
		switch {
		case r.Float64() < 0.03 || i%(3*day) == day:
			return math.NaN()
		case i > 5*day && i < 5*day+day/8:
			return 0
		case i > 12*day:
			return 2 * v
		}
		return v
	})
}

var everything = Options{Horizon: 30 * time.Hour, Window: 2 * time.Hour, Calendar: &Calendar{
	Holidays: map[Date]string{{2026, time.March, 10}: "", {2026, time.March, 25}: ""},
	Events:   []Event{{"", t0.Add(200 * time.Hour), t0.Add(205 * time.Hour), 2}},
}}

// After Append and Refit, and after a restart that reads the history again, the
// model is the same to the last bit: as long as history is shorter than what is
// kept, and beyond.
func TestRefitIsFitOnTheSameSamples(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, 20 * time.Minute} {
		day := int(24 * time.Hour / step)
		for _, days := range []int{14, 30, 36, 50} { // 35 are kept
			all := gappy(days*day+day/2, step)
			from := 9 * day
			m := mustFit(t, all.part(0, from), everything)
			for i := from; i < all.Len(); i += day / 3 {
				mustAppend(t, m, all.part(i, min(i+day/3, all.Len())))
				if (i-from)%(5*day) == 0 {
					m.Forecast(nil, taus)
				}
			}
			if err := m.Refit(); err != nil {
				t.Fatal(err)
			}
			sameForecasts(t, step.String()+" steps, refitted and fitted on all", m, mustFit(t, all, everything))
			if got, want := m.Findings(), mustFit(t, all, everything).Findings(); !slices.Equal(got, want) {
				t.Errorf("%d days of %s: refit found %v, fit %v", days, step, got, want)
			}
		}
	}
}

// How samples arrive makes no difference: one by one, in pieces that overlap, or
// at once.
func TestAppendInPiecesIsAppendAtOnce(t *testing.T) {
	all := gappy(20*24, time.Hour)
	from := 15 * 24
	once := mustFit(t, all.part(0, from), everything)
	mustAppend(t, once, all.part(from, all.Len()))
	for _, piece := range []int{1, 2, 7, 50} {
		m := mustFit(t, all.part(0, from), everything)
		for i := from; i < all.Len(); i += piece {
			mustAppend(t, m, all.part(max(0, i-piece*3), min(i+piece, all.Len())))
			m.Forecast(nil, taus)
		}
		sameForecasts(t, "in pieces and at once", m, once)
	}
}

// What is kept lies between 35 days and a quarter more: the oldest samples go
// when there are more, and it is the newest that stay.
func TestAppendKeepsFiveWeeks(t *testing.T) {
	all := gappy(100*24, time.Hour)
	const keep = 35 * 24
	m := mustFit(t, all.part(0, 10*24), Options{})
	for i := 10 * 24; i < all.Len(); i += 5 {
		mustAppend(t, m, all.part(i, min(i+5, all.Len())))
		if n := len(m.values); n > keep*5/4+5 || (i > 60*24 && n < keep) {
			t.Fatalf("after %d samples %d are kept, want %d to %d", i, n, keep, keep*5/4)
		}
	}
	last := all.LastKnown()
	if !m.Origin().Equal(all.Time(last)) {
		t.Errorf("origin %s, want %s", m.Origin(), all.Time(last))
	}
	for i, v := range m.values {
		if want := float32(all.Values[last+1-len(m.values)+i]); v != want && v == v {
			t.Fatalf("kept sample %d is %g, want %g", i, v, want)
		}
	}
	if m.Span() > keep*5/4*time.Hour {
		t.Errorf("span %s", m.Span())
	}
}

// Between fits, a forecast from appended samples is nearly that of a new fit.
func TestAppendedSamplesForecastNearlyAsAFit(t *testing.T) {
	for _, s := range injectables(t) {
		var old, fresh, stale score
		for _, o := range s.origins(4) {
			history := s.upTo(o)
			const gone = 72 // six hours since the fit
			m := mustFit(t, history.part(0, history.Len()-gone), Options{})
			stale.add(scored(m.Forecast(nil, taus), s.Series, o-gone))
			mustAppend(t, m, history.part(history.Len()-gone, history.Len()))
			old.add(scored(m.Forecast(nil, taus), s.Series, o))
			fresh.add(scored(mustFit(t, history, Options{}).Forecast(nil, taus), s.Series, o))
		}
		t.Logf("%-8s six hours after the fit: median error ×%.3f, p95 loss ×%.3f of a new fit's", s.name, old.median/fresh.median, old.upper/fresh.upper)
		if old.median > 1.15*fresh.median || old.upper > 1.3*fresh.upper {
			t.Errorf("%s: median error ×%.2f, p95 loss ×%.2f of a new fit's", s.name, old.median/fresh.median, old.upper/fresh.upper)
		}
	}
}

// What cannot be appended leaves the model as it was.
func TestARefusedAppendChangesNothing(t *testing.T) {
	all := gappy(20*24, time.Hour)
	m := mustFit(t, all.part(0, 15*24), Options{})
	before, origin := said(m), m.Origin()
	refused := map[string]Series{
		"another step":     {all.End(), time.Minute, []float64{1, 2}},
		"off the grid":     {all.End().Add(time.Minute), time.Hour, []float64{1, 2}},
		"months later":     {all.End().AddDate(0, 3, 0), time.Hour, []float64{1, 2}},
		"no step":          {all.End(), 0, []float64{1}},
		"ends of the time": {time.Time{}, time.Minute, []float64{1}},
	}
	for name, s := range refused {
		if m.Append(s) == nil {
			t.Errorf("%s: taken", name)
		}
	}
	passed := map[string]Series{
		"nothing":         {},
		"unknown samples": {all.Time(15 * 24), time.Hour, []float64{math.NaN(), math.NaN()}},
		"known already":   all.part(10*24, 15*24),
		"a year before":   {all.Time(-365 * 24), time.Hour, []float64{1, 2, 3}},
	}
	for name, s := range passed {
		if err := m.Append(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := said(m); !slices.Equal(before, after) || !m.Origin().Equal(origin) {
		t.Error("the forecast is another one")
	}
}

// What is no load is unknown, whichever way it comes in.
func TestWhatIsNoLoadIsUnknown(t *testing.T) {
	s := series(5*288, 5*time.Minute, daily(noise()))
	want := Series{s.Start, s.Step, slices.Clone(s.Values)}
	for i, v := range map[int]float64{100: math.Inf(1), 400: -5, 700: 1e300, 1000: math.Inf(-1), 1200: 3e38, 1300: 1e19} {
		s.Values[i], want.Values[i] = v, math.NaN()
	}
	m := mustFit(t, s, Options{})
	checkPaths(t, m.Forecast(nil, taus))
	sameForecasts(t, "fit", m, mustFit(t, want, Options{}))

	a, b := mustFit(t, s.part(0, 650), Options{}), mustFit(t, want.part(0, 650), Options{})
	mustAppend(t, a, s.part(650, s.Len()))
	mustAppend(t, b, want.part(650, s.Len()))
	sameForecasts(t, "append", a, b)
}

// When too little is known of what was appended, Refit says so and the former
// fit goes on.
func TestARefitThatFailsLeavesTheModel(t *testing.T) {
	s := series(40, 5*time.Minute, daily(noise()))
	m := mustFit(t, s, Options{})
	mustAppend(t, m, Series{s.Time(400), s.Step, []float64{50, 51, 52}})
	err := m.Refit()
	if err == nil {
		t.Fatal("refitted on 43 of 403 samples")
	}
	named(t, err)
	checkPaths(t, m.Forecast(nil, taus))
	if want := s.Time(403); !m.Forecast(nil, taus).Start.Equal(want) {
		t.Errorf("the forecast starts at %s, want %s", m.Forecast(nil, taus).Start, want)
	}
}

package scheduler

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// TestARefitKeepsWhatTheModelKnows: a model that is only due holds more than is
// read, and is fitted in place.
func TestARefitKeepsWhatTheModelKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := quiet()
		o.Step, o.Stale = 5*time.Minute, 15*time.Minute
		s := build(t, o, newFleet("web"), &loads{})
		s.Tick(t.Context())
		model, first := modelOf(s, "web"), result(t, s, "web").Signals[0].Fitted
		for range 2 * 24 * 12 {
			time.Sleep(5 * time.Minute)
			s.Tick(t.Context())
		}
		r := result(t, s, "web").Signals[0]
		if modelOf(s, "web") != model || !r.Fitted.After(first.Add(46*time.Hour)) {
			t.Errorf("fitted at %s and then at %s, in place: %v", first, r.Fitted, modelOf(s, "web") == model)
		}
		if want := o.Span + 48*time.Hour; r.Span < want-time.Hour {
			t.Errorf("the forecast rests on %s, want %s", r.Span, want)
		}
	})
}

func TestWhatTheModelCannotKnowIsFittedFromTheSeries(t *testing.T) {
	f := func(name string, refitted bool, change func(s *Scheduler, f *fleet, l *loads)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			o := quiet()
			o.Step, o.Stale = 5*time.Minute, 30*time.Minute
			fl, l := newFleet("web"), &loads{load: noon}
			fl.list[0].Calendar = sale(2)
			s := build(t, o, fl, l)
			s.Tick(t.Context())
			time.Sleep(5 * time.Minute)
			model := modelOf(s, "web")
			change(s, fl, l)
			for range 20 {
				s.Tick(t.Context())
				time.Sleep(5 * time.Minute)
			}
			if got := modelOf(s, "web") == model; got != refitted {
				t.Errorf("%s: fitted in place: %v", name, got)
			}
		})
	}
	f("nothing happens", true, func(*Scheduler, *fleet, *loads) {})
	f("the newest sample changes a little", true, func(_ *Scheduler, _ *fleet, l *loads) {
		l.load = func(at time.Time) float64 { return noon(at) * 1.01 }
	})
	f("samples were counted wrong", false, func(_ *Scheduler, _ *fleet, l *loads) {
		l.load = func(at time.Time) float64 { return noon(at) * 1.5 }
	})
	f("the calendar is laid out anew", false, func(s *Scheduler, _ *fleet, _ *loads) { s.calendars = calendarCache{} })
	f("the clock is put back", false, func(s *Scheduler, _ *fleet, _ *loads) {
		s.opts.Now = func() time.Time { return time.Now().Add(-3 * time.Hour) }
	})
	f("the store lags for a while", true, func(_ *Scheduler, _ *fleet, l *loads) {
		from := time.Now()
		l.load = func(at time.Time) float64 {
			if now := time.Now(); now.Before(from.Add(30*time.Minute)) && at.After(from) {
				return nan
			}
			return noon(at)
		}
	})
}

func TestRevised(t *testing.T) {
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	old := forecast.Series{Start: at, Step: time.Minute, Values: []float64{1, nan, 3, 4}}
	f := func(want bool, start time.Time, values ...float64) {
		t.Helper()
		if got := revised(old, forecast.Series{Start: start, Step: time.Minute, Values: values}); got != want {
			t.Errorf("%v from %s: %v", values, start, got)
		}
	}
	f(false, at, 1, nan, 3, 4)
	f(false, at, 1, nan, 3, 4, 5)
	f(false, at, 1, nan, 3, 4.1, 5)
	f(false, at.Add(time.Minute), nan, 3, 4, nan, 5)
	f(false, at.Add(10*time.Minute), 8)
	f(true, at, 1, 2, 3, 4)
	f(true, at, 1, nan, 3, 5)
	f(true, at, 1, nan, 3)
	f(true, at.Add(-time.Minute), 0, 1, nan, 3, 4)
	f(true, at)
}

func TestTheNewestSamplesAreDoubted(t *testing.T) {
	f := func(name string, load func(time.Time) float64, code, says string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			o := quiet()
			o.Span, o.Step, o.Stale = 7*24*time.Hour, 5*time.Minute, 15*time.Minute
			s := build(t, o, newFleet("web"), &loads{load: load})
			time.Sleep(12 * time.Hour)
			s.Tick(t.Context())
			r := result(t, s, "web")
			got := warned(r, code)
			if says == "" && len(r.Decision.Warnings) > 0 || !strings.Contains(got, says) {
				t.Errorf("%s: warnings %+v, findings %+v", name, r.Decision.Warnings, r.Signals[0].Findings)
			}
		})
	}
	noonOfTheTest := time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)
	usual := func(at time.Time) float64 { return noon(at) * (1 + 0.03*math.Sin(float64(at.Unix())/5000)) }
	f("a usual noon", usual, "", "")
	f("a quiet time that is always quiet", func(at time.Time) float64 { return 1000 - usual(at) }, "", "")
	f("an exporter that died", func(at time.Time) float64 {
		if at.After(noonOfTheTest.Add(-40 * time.Minute)) {
			return 0
		}
		return usual(at)
	}, "Outage", "requests was measured as 0 requests/s at 12:00 UTC, and at least 8")
	f("one that is back", func(at time.Time) float64 {
		if at.After(noonOfTheTest.Add(-80*time.Minute)) && at.Before(noonOfTheTest.Add(-20*time.Minute)) {
			return 0
		}
		return usual(at)
	}, "", "")
	f("a ceiling", func(at time.Time) float64 { return min(noon(at), 800) }, "Capped", "requests stands at its ceiling now: the load stands at 800")
}

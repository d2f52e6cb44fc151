package scheduler

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

func sale(multiplier float64) *calendar.Spec {
	return &calendar.Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}, Events: []calendar.EventSpec{
		{Name: "sale", Schedule: "0 9 * * FRI", Duration: "2h", Multiplier: calendar.Multiplier(multiplier)}}}
}

// modelOf returns the model of a workload's first signal.
func modelOf(s *Scheduler, name string) *forecast.Model {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.states[workload.Key{Namespace: "shop", Name: name}].signals[0].model
}

func TestAChangedCalendarIsFittedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web", "api")
		s := build(t, quiet(), f, &loads{})
		give := func(c *calendar.Spec) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.list[0].Calendar = c
		}
		tick := func() *forecast.Model {
			time.Sleep(time.Minute)
			s.Tick(t.Context())
			return modelOf(s, "web")
		}
		plain := tick()
		other := modelOf(s, "api")
		if r := result(t, s, "web"); r.Calendar != nil {
			t.Errorf("a calendar from nowhere: %+v", r.Calendar)
		}
		give(&calendar.Spec{}) // says nothing
		if tick() != plain {
			t.Error("an empty calendar was fitted again")
		}
		give(sale(3))
		with := tick()
		if with == plain {
			t.Error("a calendar was not taken up")
		}
		r := result(t, s, "web")
		if r.Calendar == nil || len(r.Calendar.Events) < 3 || r.Calendar.Location.String() != "Europe/Berlin" {
			t.Fatalf("%+v", r.Calendar)
		}
		if o := s.states[r.Workload.Key].signals[0].options; o.Calendar != r.Calendar {
			t.Error("the fit was told of another calendar")
		}
		give(sale(3)) // in the same words, as discovery makes it anew at each tick
		if tick() != with {
			t.Error("the same calendar was fitted again")
		}
		give(sale(2))
		changed := tick()
		if changed == with {
			t.Error("a changed calendar was not taken up")
		}
		give(nil)
		if tick() == changed {
			t.Error("a calendar that is gone was kept")
		}
		if modelOf(s, "api") != other {
			t.Error("another workload was fitted again")
		}
	})
}

func TestCalendarsAreSharedAndReachFarEnough(t *testing.T) {
	var c calendarCache
	o := Defaults()
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	first := c.layout(sale(3), began, o)
	if c.layout(nil, began, o) != nil || c.layout(&calendar.Spec{}, began, o) != nil {
		t.Error("nothing was laid out")
	}
	made := 1
	for now := began; now.Before(began.AddDate(0, 0, 60)); now = now.Add(time.Hour) {
		b := c.layout(sale(3), now, o)
		if now.Add(-o.Span).Before(b.from) || now.Add(o.Horizon+o.Refit*5/4+30*time.Hour).After(b.to) {
			t.Fatalf("at %s it reaches from %s to %s", now, b.from, b.to)
		}
		if b != first {
			made++
			if !b.sameSpec(first) {
				t.Fatal("laid out anew, it is taken for another calendar")
			}
			first = b
		}
		c.evict(now)
	}
	if made < 8 || made > 10 {
		t.Errorf("laid out %d times in 60 days", made)
	}
	if b := c.layout(sale(2), began.AddDate(0, 0, 60), o); b.sameSpec(first) || b == first || (*calendarLayout)(nil).sameSpec(b) || b.sameSpec(nil) {
		t.Error("two calendars are taken for one")
	}
	if b := c.layout(sale(3), began.AddDate(0, 0, -60), o); b.from.After(began.AddDate(0, 0, -60).Add(-o.Span)) {
		t.Error("a clock that was put back has no past")
	}
	c.evict(began.AddDate(0, 0, 90))
	if len(c.byKey) != 0 {
		t.Errorf("%d calendars are kept that nobody asks for", len(c.byKey))
	}
}

// TestACalendarLaidOutAnewIsNoReasonToFit: a fleet that shares one would be
// fitted in one tick.
func TestACalendarLaidOutAnewIsNoReasonToFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet("web")
		f.list[0].Calendar = sale(3)
		o := quiet()
		o.Refit = 100 * 24 * time.Hour
		s := build(t, o, f, &loads{})
		s.Tick(t.Context())
		model := modelOf(s, "web")
		before := s.calendars.layout(sale(3), time.Now(), o)
		s.calendars = calendarCache{}
		time.Sleep(time.Minute)
		s.Tick(t.Context())
		if s.calendars.layout(sale(3), time.Now(), o) == before {
			t.Fatal("it was not laid out anew")
		}
		if modelOf(s, "web") != model {
			t.Error("it was fitted again")
		}
	})
}

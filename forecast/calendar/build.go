package calendar

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"

	"github.com/highwater-dev/highwater/forecast"
)

// The library makes dates of midnights, in the machine's own zone unless it is
// told otherwise. Where the clocks are changed at midnight there is none on
// that day, and the date would be that of the day before.
func init() { cal.DefaultLoc = time.UTC }

// Build lays s out over [from, to]: the holidays of the local days that it
// touches, and the events that overlap it, by their start. A to before from is
// an empty span. What Problems finds fault with is left out; a time zone that
// is not known is UTC.
//
// It costs about 1 µs for each holiday and occurrence, and the result may be
// shared: nothing changes it.
func (s Spec) Build(from, to time.Time) *forecast.Calendar {
	loc := s.Location()
	c := &forecast.Calendar{Location: loc, Holidays: map[forecast.Date]string{}}
	if to.Before(from) {
		return c
	}
	s.addHolidays(c, from.In(loc), to.In(loc))
	yearly := 0
	for _, e := range s.Events[:min(len(s.Events), MaxEvents)] {
		var ck checker
		n := ck.event("", e, loc)
		if len(ck.problems) > 0 || yearly+n > MaxYearly {
			continue
		}
		yearly += n
		c.Events = append(c.Events, e.within(from, to, loc)...)
	}
	slices.SortStableFunc(c.Events, func(a, b forecast.Event) int { return a.Start.Compare(b.Start) })
	return c
}

// addHolidays adds the holidays of the days from that of from to that of to.
// Those of a year may be observed in the one before or after.
func (s Spec) addHolidays(c *forecast.Calendar, from, to time.Time) {
	first, last := midnight(from), midnight(to)
	add := func(on time.Time, name string) {
		if on.IsZero() || on.Before(first) || on.After(last) {
			return
		}
		date := forecast.DateOf(on)
		if _, ok := c.Holidays[date]; !ok {
			c.Holidays[date] = name
		}
	}
	// A holiday on its own day goes before one that is observed there.
	for _, observed := range []bool{false, true} {
		for _, code := range s.Holidays {
			r, _ := regionOf(code)
			for _, h := range r.holidays {
				for year := first.Year() - 1; year <= last.Year()+1; year++ {
					actual, instead := h.Calc(year)
					switch {
					case !observed:
						add(actual, h.Name)
					case !instead.Equal(actual):
						add(instead, h.Name+" (observed)")
					}
				}
			}
		}
	}
}

// midnight returns the date of t as a time in UTC, as the library makes them.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// within returns the occurrences of e that overlap [from, to], by their start.
// Those that overlap or touch one another are one. e has no problems.
func (e EventSpec) within(from, to time.Time, loc *time.Location) []forecast.Event {
	multiplier := float64(e.Multiplier)
	if multiplier == 0 {
		multiplier = 1
	}
	var spans []Span
	add := func(start, end time.Time) {
		if start.Before(end) && end.After(from) && !start.After(to) {
			spans = append(spans, Span{start, end})
		}
	}
	if e.Schedule == "" {
		start, _ := momentOf(e.Start)
		end, _ := momentOf(e.End)
		add(start.start(loc), end.end(loc))
	} else {
		s, _ := parseSchedule(e.Schedule)
		d, _ := time.ParseDuration(e.Duration)
		// A nominal day may be longer than 24 h, so one more is looked at.
		for _, start := range occurrences(s, from.Add(-d-day), to, loc) {
			add(start, after(start, d))
		}
	}
	var events []forecast.Event
	for _, s := range joined(spans) {
		events = append(events, forecast.Event{Name: e.Name, Start: s.Start, End: s.End, Multiplier: multiplier})
	}
	return events
}

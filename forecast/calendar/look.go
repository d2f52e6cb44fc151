package calendar

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// Holiday returns the name of the holiday that the local day of t is in c, or
// "". A nil calendar has none.
func Holiday(c *forecast.Calendar, t time.Time) string {
	if c == nil {
		return ""
	}
	loc := c.Location
	if loc == nil {
		loc = time.UTC
	}
	return c.Holidays[forecast.DateOf(t.In(loc))]
}

// Next returns the event of c that is on at t or, of those to come, begins
// first; false if there is none. A nil calendar has none.
func Next(c *forecast.Calendar, t time.Time) (next forecast.Event, ok bool) {
	if c == nil {
		return next, false
	}
	for _, e := range c.Events {
		if e.End.After(t) && (!ok || e.Start.Before(next.Start)) {
			next, ok = e, true
		}
	}
	return next, ok
}

package discovery

import (
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// ResolveCalendar returns the calendar that holds: the policy's, if it has one,
// in place of the whole default. One with a problem leaves the default, and all
// its problems are returned.
func ResolveCalendar(name string, c *v1alpha1.Calendar, def *calendar.Spec) (*calendar.Spec, []workload.Problem) {
	if c == nil {
		return def, nil
	}
	s := specOf(c)
	r := resolver{policy: name}
	for _, p := range s.Problems() {
		r.bad("spec.calendar."+p.Field, "%s", p.Message)
	}
	if len(r.problems) > 0 {
		return def, r.problems
	}
	return &s, nil
}

// specOf says a policy's calendar in the words of package calendar.
func specOf(c *v1alpha1.Calendar) calendar.Spec {
	s := calendar.Spec{TimeZone: c.TimeZone}
	for _, h := range c.Holidays {
		s.Holidays = append(s.Holidays, string(h))
	}
	for _, e := range c.Events {
		s.Events = append(s.Events, calendar.EventSpec{
			Name: e.Name, Start: string(e.Start), End: string(e.End),
			Schedule: e.Schedule, Duration: string(e.Duration), Multiplier: calendar.Multiplier(e.Multiplier),
		})
	}
	return s
}

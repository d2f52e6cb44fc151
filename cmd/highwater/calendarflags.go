package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

// calendarFlags are what the user knows beyond the clock.
type calendarFlags struct {
	timeZone string
	holidays []string
	events   string
}

func (c *calendarFlags) bind(f *pflag.FlagSet) {
	f.StringVar(&c.timeZone, "time-zone", "", "where the users live, as Europe/Berlin: their midnight begins the day; UTC if empty")
	f.StringSliceVar(&c.holidays, "holidays", nil, "regions whose public holidays are free days, as DE,DE-BY")
	f.StringVar(&c.events, "events", "", "YAML file with a calendar, as in a FloorPolicy's spec.calendar; the other flags add to it")
}

// spec reads the file and lays the flags over it.
func (c *calendarFlags) spec() (calendar.Spec, error) {
	var s calendar.Spec
	if c.events != "" {
		f, err := os.Open(c.events)
		if err != nil {
			return s, fmt.Errorf("--events: %w", err)
		}
		defer f.Close()
		if s, err = calendar.Read(f); err != nil {
			return s, fmt.Errorf("--events %s: %w", c.events, err)
		}
	}
	if c.timeZone != "" {
		s.TimeZone = c.timeZone
	}
	for _, h := range c.holidays {
		if !slices.Contains(s.Holidays, h) {
			s.Holidays = append(s.Holidays, h)
		}
	}
	return s, s.Check()
}

// build lays spec out over a history and the horizon after it; nil if it says
// nothing.
func build(spec calendar.Spec, s forecast.Series, horizon time.Duration) *forecast.Calendar {
	if spec.IsZero() {
		return nil
	}
	return spec.Build(s.Start, s.End().Add(horizon))
}

// location returns the zone of spec, which has been checked.
func location(spec calendar.Spec) *time.Location {
	return spec.Build(time.Time{}, time.Time{}.Add(-1)).Location
}

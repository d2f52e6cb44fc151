package house

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of the sweeps, wherever tests run
)

// zones are those that sweeps look at: without changes of the clocks, with them
// in the north and in the south, at midnight and by half an hour, and one that
// is not whole hours from UTC.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu",
}

// year is that of the sweeps: a leap year.
const year = 2028

// Moments are the times at which whatever depends on the time of day, the day
// or the zone is tested: each quarter of an hour of an ordinary Monday, of the
// ends of months, of the leap day and of the days on which the clocks change, in
// eight zones. Each is in its zone.
func Moments(t *testing.T) (all []time.Time) {
	t.Helper()
	for _, name := range zones {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		days := []time.Time{
			time.Date(year, 1, 31, 0, 0, 0, 0, loc), time.Date(year, 2, 28, 0, 0, 0, 0, loc), time.Date(year, 2, 29, 0, 0, 0, 0, loc),
			time.Date(year, 6, 5, 0, 0, 0, 0, loc), time.Date(year, 12, 31, 0, 0, 0, 0, loc),
		}
		for _, change := range changes(loc) {
			days = append(days, change.Add(-12*time.Hour))
		}
		for _, day := range days {
			all = append(all, Quarters(day)...)
		}
	}
	return all
}

// Quarters are the 96 quarters of an hour from a time on.
func Quarters(from time.Time) (all []time.Time) {
	for q := range 96 {
		all = append(all, from.Add(time.Duration(q)*15*time.Minute))
	}
	return all
}

// changes are the moments of the year at which the clocks are changed.
func changes(loc *time.Location) (found []time.Time) {
	_, end := time.Date(year, 1, 1, 0, 0, 0, 0, loc).ZoneBounds()
	for ; !end.IsZero() && end.Year() == year; _, end = end.ZoneBounds() {
		found = append(found, end)
	}
	return found
}

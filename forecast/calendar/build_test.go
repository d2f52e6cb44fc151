package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/forecast"
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func on(y int, m time.Month, d int) forecast.Date { return forecast.Date{Year: y, Month: m, Day: d} }

// TestHolidaysOfGermany2026 holds against the list of the Federal Ministry of
// the Interior: Easter is on 5 April 2026.
func TestHolidaysOfGermany2026(t *testing.T) {
	c := Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}}.Build(date(2026, 1, 1), date(2026, 12, 31))
	want := map[forecast.Date]string{
		on(2026, 1, 1):   "Neujahrstag",
		on(2026, 4, 3):   "Karfreitag",
		on(2026, 4, 6):   "Ostermontag",
		on(2026, 5, 1):   "Tag der Arbeit",
		on(2026, 5, 14):  "Christi Himmelfahrt",
		on(2026, 5, 25):  "Pfingstmontag",
		on(2026, 10, 3):  "Tag der Deutschen Einheit",
		on(2026, 12, 25): "Weihnachtstag",
		on(2026, 12, 26): "Zweiter Weihnachtsfeiertag",
	}
	if diff := cmp.Diff(want, c.Holidays); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	by := Spec{Holidays: []string{"DE-BY"}}.Build(date(2026, 1, 1), date(2026, 12, 31))
	if len(by.Holidays) != 12 || by.Holidays[on(2026, 6, 4)] != "Fronleichnam" {
		t.Errorf("Bavaria: %v", by.Holidays)
	}
}

// TestHolidaysThatAreObservedElsewhere: both days count, also across the year.
func TestHolidaysThatAreObservedElsewhere(t *testing.T) {
	us := Spec{TimeZone: "America/New_York", Holidays: []string{"US"}}
	f := func(from, to time.Time, want map[forecast.Date]string) {
		t.Helper()
		if diff := cmp.Diff(want, us.Build(from, to).Holidays); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", from, to, diff)
		}
	}
	// 4 July 2026 is a Saturday.
	f(date(2026, 7, 1), date(2026, 7, 31), map[forecast.Date]string{
		on(2026, 7, 3): "Independence Day (observed)", on(2026, 7, 4): "Independence Day"})
	// 1 January 2028 is a Saturday, and 25 December 2027 too.
	f(date(2027, 12, 20), date(2027, 12, 31).Add(23*time.Hour), map[forecast.Date]string{
		on(2027, 12, 24): "Christmas Day (observed)", on(2027, 12, 25): "Christmas Day", on(2027, 12, 31): "New Year's Day (observed)"})
	// At 03:00 UTC it is still the day before in New York.
	f(date(2026, 12, 26).Add(3*time.Hour), date(2026, 12, 27), map[forecast.Date]string{on(2026, 12, 25): "Christmas Day"})
}

func TestHolidaysOfSeveralRegions(t *testing.T) {
	c := Spec{Holidays: []string{"GB-ENG", "US"}}.Build(date(2027, 12, 25), date(2027, 12, 28))
	want := map[forecast.Date]string{ // Christmas on a Saturday
		on(2027, 12, 25): "Christmas Day", on(2027, 12, 26): "Boxing Day",
		on(2027, 12, 27): "Christmas Day (observed)", on(2027, 12, 28): "Boxing Day (observed)"}
	if diff := cmp.Diff(want, c.Holidays); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// times writes events as lines, in their own zone.
func times(events []forecast.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s %s to %s x%g\n", e.Name, e.Start.Format("01-02T15:04Z07:00"), e.End.Format("01-02T15:04Z07:00"), e.Multiplier)
	}
	return b.String()
}

// The clocks change on 29 March and 25 October 2026 in Berlin, 02:00 to 03:00
// and 03:00 to 02:00; on 8 March and 1 November in New York, likewise.
func TestSchedulesOverChangesOfTheClocks(t *testing.T) {
	f := func(zone, schedule, duration string, from time.Time, days int, want string) {
		t.Helper()
		s := Spec{TimeZone: zone, Events: []EventSpec{{Name: "e", Schedule: schedule, Duration: duration, Multiplier: 2}}}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		got := times(s.Build(from, from.AddDate(0, 0, days)).Events)
		if want = strings.TrimLeft(strings.ReplaceAll(want, "\t", ""), "\n"); got != want {
			t.Errorf("%s for %s in %s\n got:\n%s want:\n%s", schedule, duration, zone, got, want)
		}
	}
	berlin, newYork := date(2026, 3, 28).Add(-time.Hour), date(2026, 3, 7).Add(5*time.Hour)
	// At 09:00 in winter and in summer.
	f("Europe/Berlin", "0 9 * * *", "1h", berlin, 2, `
		e 03-28T09:00+01:00 to 03-28T10:00+01:00 x2
		e 03-29T09:00+02:00 to 03-29T10:00+02:00 x2
		`)
	// 02:30 is skipped: the event comes when the clocks go on, and lasts as long.
	f("Europe/Berlin", "30 2 * * *", "30m", berlin, 2, `
		e 03-28T02:30+01:00 to 03-28T03:00+01:00 x2
		e 03-29T03:00+02:00 to 03-29T03:30+02:00 x2
		`)
	f("America/New_York", "30 2 * * *", "30m", newYork, 2, `
		e 03-07T02:30-05:00 to 03-07T03:00-05:00 x2
		e 03-08T03:00-04:00 to 03-08T03:30-04:00 x2
		`)
	// Two times that are skipped are one event.
	f("Europe/Berlin", "15,45 2 29 3 *", "5m", berlin, 2, "e 03-29T03:00+02:00 to 03-29T03:05+02:00 x2\n")
	// 02:30 is repeated: the event comes once.
	f("Europe/Berlin", "30 2 * * *", "30m", date(2026, 10, 25).Add(-2*time.Hour), 1, "e 10-25T02:30+02:00 to 10-25T02:00+01:00 x2\n")
	f("America/New_York", "30 1 * * *", "30m", date(2026, 11, 1).Add(4*time.Hour), 1, "e 11-01T01:30-04:00 to 11-01T01:00-05:00 x2\n")
	// What comes every hour follows the stopwatch.
	hourly := Spec{TimeZone: "Europe/Berlin", Events: []EventSpec{{Name: "e", Schedule: "30 * * * *", Duration: "10m"}}}
	spring := times(hourly.Build(date(2026, 3, 29), date(2026, 3, 29).Add(3*time.Hour)).Events)
	if spring != "e 03-29T01:30+01:00 to 03-29T01:40+01:00 x1\ne 03-29T03:30+02:00 to 03-29T03:40+02:00 x1\ne 03-29T04:30+02:00 to 03-29T04:40+02:00 x1\n" {
		t.Errorf("every hour in spring:\n%s", spring)
	}
	autumn := times(hourly.Build(date(2026, 10, 25), date(2026, 10, 25).Add(2*time.Hour)).Events)
	if autumn != "e 10-25T02:30+02:00 to 10-25T02:40+02:00 x1\ne 10-25T02:30+01:00 to 10-25T02:40+01:00 x1\n" {
		t.Errorf("every hour in autumn:\n%s", autumn)
	}
	// Whole days end at the same time of the clock, hours do not.
	f("Europe/Berlin", "0 0 * * SUN", "24h", berlin, 3, "e 03-29T00:00+01:00 to 03-30T00:00+02:00 x2\n")
	f("Europe/Berlin", "0 0 * * SUN", "23h", berlin, 3, "e 03-29T00:00+01:00 to 03-30T00:00+02:00 x2\n")
	f("America/New_York", "0 18 31 10 *", "30h", date(2026, 10, 31), 3, "e 10-31T18:00-04:00 to 11-02T00:00-05:00 x2\n")
	// One that is on when the span begins is part of it.
	f("Europe/Berlin", "0 20 * * FRI", "48h", date(2026, 3, 29), 1, "e 03-27T20:00+01:00 to 03-29T20:00+02:00 x2\n")
}

func TestEventsOverChangesOfTheClocks(t *testing.T) {
	f := func(zone, start, end, want string) {
		t.Helper()
		s := Spec{TimeZone: zone, Events: []EventSpec{{Name: "e", Start: start, End: end}}}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if got := times(s.Build(date(2026, 1, 1), date(2026, 12, 31)).Events); got != want+" x1\n" {
			t.Errorf("%s to %s in %s:\n got %s want %s", start, end, zone, got, want)
		}
	}
	f("Europe/Berlin", "2026-11-27T08:00", "2026-11-30T24:00", "e 11-27T08:00+01:00 to 12-01T00:00+01:00")
	f("Europe/Berlin", "2026-06-01T08:00", "2026-06-01T09:00:30", "e 06-01T08:00+02:00 to 06-01T09:00+02:00")
	f("Europe/Berlin", "2026-06-01T08:00:00Z", "2026-06-01T10:00:00-02:00", "e 06-01T10:00+02:00 to 06-01T14:00+02:00")
	// Skipped and repeated times.
	f("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T04:00", "e 03-29T03:00+02:00 to 03-29T04:00+02:00")
	f("America/New_York", "2026-03-08T01:00", "2026-03-08T02:30", "e 03-08T01:00-05:00 to 03-08T03:00-04:00")
	f("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:45", "e 10-25T02:30+02:00 to 10-25T02:45+01:00")
	f("America/New_York", "2026-11-01T01:30", "2026-11-01T01:45", "e 11-01T01:30-04:00 to 11-01T01:45-05:00")
	// Clocks that change at midnight, on 5 September 2026; and by half an hour, on 4 October.
	f("America/Santiago", "2026-09-06T00:00", "2026-09-06T12:00", "e 09-06T01:00-03:00 to 09-06T12:00-03:00")
	f("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T03:00", "e 10-04T02:30+11:00 to 10-04T03:00+11:00")
}

// TestWallTimesGoThereAndBack tries every quarter of an hour of a year.
func TestWallTimesGoThereAndBack(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Pacific/Auckland"} {
		loc, err := locationOf(zone)
		if err != nil {
			t.Fatal(err)
		}
		for at := date(2026, 1, 1); at.Year() == 2026; at = at.Add(15 * time.Minute) {
			first, last, exists := wallOf(at.In(loc)).times(loc)
			if !exists || !first.Equal(at) && !last.Equal(at) || first.After(last) {
				t.Fatalf("%s: %s is %s or %s, %t", zone, at.In(loc), first, last, exists)
			}
		}
	}
}

func TestOverlappingEvents(t *testing.T) {
	s := Spec{Events: []EventSpec{
		{Name: "sale", Start: "2026-06-01T00:00", End: "2026-06-08T00:00", Multiplier: 3},
		{Name: "mail", Schedule: "0 9 * * *", Duration: "2h", Multiplier: 1.5},
		{Name: "shift", Schedule: "0 0,4,8 3 6 *", Duration: "6h"},
	}}
	// Events of two names overlap; the occurrences of one are joined.
	want := `sale 06-01T00:00Z to 06-08T00:00Z x3
shift 06-03T00:00Z to 06-03T14:00Z x1
mail 06-03T09:00Z to 06-03T11:00Z x1.5
`
	c := s.Build(date(2026, 6, 3), date(2026, 6, 4))
	if got := times(c.Events); got != want {
		t.Errorf("got:\n%s", got)
	}
	if c := s.Build(date(2026, 6, 4), date(2026, 6, 3)); len(c.Events)+len(c.Holidays) != 0 {
		t.Errorf("a span that ends before it begins has %v", c)
	}
}

func TestLook(t *testing.T) {
	c := Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}, Events: []EventSpec{
		{Name: "sale", Start: "2026-10-05T08:00", End: "2026-10-06T08:00", Multiplier: 3}}}.Build(date(2026, 10, 1), date(2026, 10, 31))
	if got := Holiday(c, time.Date(2026, 10, 2, 22, 30, 0, 0, time.UTC)); got != "Tag der Deutschen Einheit" {
		t.Errorf("half past midnight in Berlin is %q", got)
	}
	if got := Holiday(c, time.Date(2026, 10, 3, 22, 30, 0, 0, time.UTC)); got != "" {
		t.Errorf("the day after is %q", got)
	}
	f := func(at time.Time, want string) {
		t.Helper()
		e, ok := Next(c, at)
		if e.Name != want || ok != (want != "") {
			t.Errorf("at %s: %v, %t", at, e, ok)
		}
	}
	f(date(2026, 10, 2), "sale")
	f(time.Date(2026, 10, 6, 5, 59, 0, 0, time.UTC), "sale")
	f(time.Date(2026, 10, 6, 6, 0, 0, 0, time.UTC), "")
	if _, ok := Next(nil, date(2026, 10, 2)); ok || Holiday(nil, date(2026, 10, 3)) != "" {
		t.Error("no calendar has an event or a holiday")
	}
}

func BenchmarkProblems(b *testing.B) {
	s := typical()
	for b.Loop() {
		if s.Problems() != nil {
			b.Fatal()
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	s := typical()
	for b.Loop() {
		s.Build(date(2026, 6, 1), date(2026, 7, 15))
	}
}

func typical() Spec {
	return Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE", "US"}, Events: []EventSpec{
		{Name: "sale", Start: "2026-06-01T00:00", End: "2026-06-08T00:00", Multiplier: 3},
		{Name: "mail", Schedule: "0 9 * * MON-FRI", Duration: "2h", Multiplier: 1.5},
	}}
}

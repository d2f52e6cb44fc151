package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/internal/house"
)

// What is laid out for a span is what is laid out for a year and falls into that
// span, wherever the span begins and ends.
func TestALayoutIsThePartOfTheYearsWheneverItBegins(t *testing.T) {
	spec := Spec{Holidays: []string{"DE", "US"}, Events: []EventSpec{
		{Name: "nightly", Schedule: "30 2 * * *", Duration: "45m", Multiplier: 2},
		{Name: "midnight", Schedule: "0 0 * * *", Duration: "30m", Multiplier: 3},
		{Name: "monday", Schedule: "0 9 * * MON", Duration: "36h", Multiplier: 1.5},
		{Name: "last", Schedule: "15 23 31 * *", Duration: "24h"},
	}}
	whole := map[string]*forecast.Calendar{}
	for i, at := range house.Moments(t) {
		zone := at.Location().String()
		spec.TimeZone = zone
		if whole[zone] == nil {
			whole[zone] = spec.Build(at.AddDate(-1, 0, 0), at.AddDate(2, 0, 0))
		}
		from, to := at, at.Add(time.Duration(1+i%4)*11*time.Hour)
		c := spec.Build(from, to)
		want := []string{}
		for _, e := range whole[zone].Events {
			if e.End.After(from) && !e.Start.After(to) {
				want = append(want, line(e))
			}
		}
		var got []string
		for _, e := range c.Events {
			got = append(got, line(e))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("from %s to %s there are\n%s\nand not\n%s", from, to, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for when := from; !when.After(to); when = when.Add(time.Hour) {
			if h := Holiday(c, when); h != whole[zone].Holidays[forecast.DateOf(when)] {
				t.Fatalf("laid out from %s, %s is the holiday %q", from, when, h)
			}
		}
	}
}

func line(e forecast.Event) string {
	return fmt.Sprintf("%s %s to %s × %g", e.Name, e.Start.UTC().Format(time.RFC3339), e.End.UTC().Format(time.RFC3339), e.Multiplier)
}

// A schedule for each quarter of an hour comes once on every local day: at that
// time of the clock, or, where the clocks skip it, when they do.
func TestAnEventOfEachDayComesOnceOnEachDay(t *testing.T) {
	for _, at := range house.Moments(t) {
		loc := at.Location()
		s, err := parseSchedule(fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()))
		if err != nil {
			t.Fatal(err)
		}
		byDate := map[forecast.Date]int{}
		s.starts(at.Add(-36*time.Hour), at.Add(36*time.Hour), loc, func(start time.Time) {
			byDate[forecast.DateOf(start.In(loc))]++
			same := start.Hour() == at.Hour() && start.Minute() == at.Minute()
			if _, before := start.Add(-time.Second).Zone(); !same {
				if _, after := start.Zone(); before == after {
					t.Errorf("%02d:%02d comes at %s, where the clocks do not change", at.Hour(), at.Minute(), start)
				}
			}
		})
		for date := range byDate {
			if n := byDate[date]; n != 1 {
				t.Errorf("%02d:%02d comes %d times on %v in %s", at.Hour(), at.Minute(), n, date, loc)
			}
		}
		if len(byDate) < 3 || len(byDate) > 5 {
			t.Errorf("%d days from %s", len(byDate), at)
		}
		if t.Failed() {
			return
		}
	}
}

// Every weekday of a schedule is that of the local clock.
func TestWeekdaysAreLocal(t *testing.T) {
	for i, at := range house.Moments(t) {
		day := time.Weekday(i % 7)
		s, err := parseSchedule(fmt.Sprintf("%d %d * * %d", at.Minute(), at.Hour(), day))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		s.starts(at, at.AddDate(0, 0, 13), at.Location(), func(start time.Time) {
			if n++; start.Weekday() != day {
				t.Fatalf("asked for %s, came at %s", day, start.Format(time.RFC1123Z))
			}
		})
		if n != 2 {
			t.Fatalf("%s comes %d times within two weeks of %s", day, n, at)
		}
	}
}

package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

func spanLines(spans []Span, loc *time.Location) string {
	var list []string
	for _, s := range spans {
		list = append(list, s.Start.In(loc).Format("Mon 02 15:04")+" to "+s.End.In(loc).Format("Mon 02 15:04"))
	}
	return strings.Join(list, "\n")
}

func TestSpansOfASchedule(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	c := Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation(localLayout, text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		name     string
		s        ScheduleSpec
		from, to string
		want     string
	}{
		{"working hours over Christmas", ScheduleSpec{Start: "0 8 * * MON-FRI", End: "0 10 * * MON-FRI", Holidays: HolidaysSkip},
			"2026-12-24T00:00", "2026-12-29T00:00", "Thu 24 08:00 to Thu 24 10:00\nMon 28 08:00 to Mon 28 10:00"},
		{"but not on Christmas Eve", ScheduleSpec{Start: "0 8 * * MON-FRI", End: "0 10 * * *", Holidays: HolidaysSkip, Except: []string{"2026-12-24"}},
			"2026-12-24T00:00", "2026-12-29T00:00", "Mon 28 08:00 to Mon 28 10:00"},
		{"holidays only", ScheduleSpec{Start: "0 8 * * *", End: "0 10 * * *", Holidays: HolidaysOnly},
			"2026-12-24T00:00", "2026-12-29T00:00", "Fri 25 08:00 to Fri 25 10:00\nSat 26 08:00 to Sat 26 10:00"},
		{"a night, begun before", ScheduleSpec{Start: "0 22 * * *", End: "0 6 * * *"},
			"2026-06-02T03:00", "2026-06-02T23:00", "Mon 01 22:00 to Tue 02 06:00\nTue 02 22:00 to Wed 03 06:00"},
		{"a week-end", ScheduleSpec{Start: "0 18 * * FRI", End: "0 6 * * MON"},
			"2026-06-07T12:00", "2026-06-08T12:00", "Fri 05 18:00 to Mon 08 06:00"},
		{"spans that touch are one", ScheduleSpec{Start: "0 8,10 * * *", End: "0 10,12 * * *"},
			"2026-06-07T00:00", "2026-06-07T23:00", "Sun 07 08:00 to Sun 07 12:00"},
		{"another time zone", ScheduleSpec{Start: "0 8 * * *", End: "0 9 * * *", TimeZone: "America/New_York"},
			"2026-06-07T00:00", "2026-06-07T23:00", "Sun 07 14:00 to Sun 07 15:00"},
		{"once", ScheduleSpec{Start: "2026-06-07T08:00", End: "2026-06-07T24:00"},
			"2026-06-07T20:00", "2026-06-09T00:00", "Sun 07 08:00 to Mon 08 00:00"},
		{"a start that is skipped", ScheduleSpec{Start: "30 2 * * *", End: "30 4 * * *"},
			"2026-03-29T00:00", "2026-03-29T12:00", "Sun 29 03:00 to Sun 29 04:30"},
		{"no end for a year", ScheduleSpec{Start: "0 0 1 1 *", End: "0 0 31 12 *"},
			"2026-01-02T00:00", "2026-02-20T00:00", "Thu 01 00:00 to Sun 01 00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if p := tt.s.Problems(c); len(p) > 0 {
				t.Fatal(p)
			}
			from, to := at(tt.from), at(tt.to)
			got := spanLines(tt.s.Spans(c.Build(from.AddDate(0, -2, 0), to), from, to), berlin)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// What is laid out from any moment on is the part of the whole that falls there.
func TestSpansAreThoseOfTheYearWheneverTheyAreAskedFor(t *testing.T) {
	list := []ScheduleSpec{
		{Start: "0 8 * * MON-FRI", End: "0 18 * * MON-FRI"},
		{Start: "30 2 * * *", End: "15 3 * * *"},
		{Start: "0 22 * * *", End: "0 6 * * *"},
		{Start: "0 * * * *", End: "20 * * * *"},
		{Start: "0 18 * * FRI", End: "0 6 * * MON"},
	}
	whole := map[string][]Span{}
	for i, at := range house.Moments(t) {
		s := list[i%len(list)]
		c := Spec{TimeZone: at.Location().String()}.Build(at, at)
		key := fmt.Sprint(i%len(list), at.Location())
		if whole[key] == nil {
			whole[key] = s.Spans(c, at.AddDate(-1, 0, 0), at.AddDate(1, 6, 0))
		}
		from, to := at, at.Add(time.Duration(1+i%5)*13*time.Hour)
		var want []Span
		for _, sp := range whole[key] {
			if sp.End.After(from) && !sp.Start.After(to) {
				want = append(want, sp)
			}
		}
		equal := func(a, b Span) bool { return a.Start.Equal(b.Start) && a.End.Equal(b.End) }
		if got := s.Spans(c, from, to); !slices.EqualFunc(got, want, equal) {
			t.Fatalf("%+v from %s to %s:\n%s\nand not\n%s", s, from, to, spanLines(got, at.Location()), spanLines(want, at.Location()))
		}
	}
}

func TestProblemsOfASchedule(t *testing.T) {
	for _, tt := range []struct {
		s    ScheduleSpec
		want string
	}{
		{ScheduleSpec{End: "0 8 * * *"}, `start: it is missing: write a cron line, as "0 8 * * MON-FRI", or a time, as 2026-11-27T08:00`},
		{ScheduleSpec{Start: "0 8 * * *"}, `end: it is missing: write a cron line, as "0 10 * * MON-FRI", or a time, as 2026-11-27T10:00`},
		{ScheduleSpec{Start: "0 8 * * *", End: "2026-11-27T10:00"}, `end: "2026-11-27T10:00" and the start "0 8 * * *" are of two kinds: write two cron lines, or two times`},
		{ScheduleSpec{Start: "0 8 * * *", End: "0 8 * * *"}, `end: it is the start, too: a span would never end`},
		{ScheduleSpec{Start: "0 25 * * *", End: "0 8 * * *"}, `start: "0 25 * * *" is not a cron line: end of range (25) above maximum (23): 25; write five fields, as "0 9 * * MON-FRI"`},
		{ScheduleSpec{Start: "* * * * *", End: "0 8 * * *"}, `start: it comes 527040 times a year, and at most 10000 are allowed`},
		{ScheduleSpec{Start: "2026-11-27T10:00", End: "2026-11-27T08:00"}, `end: 2026-11-27T08:00 is not after the start 2026-11-27T10:00`},
		{ScheduleSpec{Start: "0 8 * * *", End: "0 9 * * *", TimeZone: "Mars"}, `timeZone: "Mars" is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York`},
		{ScheduleSpec{Start: "0 8 * * *", End: "0 9 * * *", Holidays: "Skip"}, `holidays: the calendar has no holidays to skip: name their regions in calendar.holidays`},
		{ScheduleSpec{Start: "0 8 * * *", End: "0 9 * * *", Holidays: "Never"}, `holidays: "Never" is not known: it must be Include, Skip or Only`},
		{ScheduleSpec{Start: "0 8 * * *", End: "0 9 * * *", Except: []string{"2026-12-24", "24.12."}}, `except[1]: "24.12." is not a date: write it as 2026-12-24`},
	} {
		got := fmt.Sprint(tt.s.Problems(Spec{}))
		if got != "["+tt.want+"]" {
			t.Errorf("%+v\n got %s\nwant %s", tt.s, got, tt.want)
		}
	}
}

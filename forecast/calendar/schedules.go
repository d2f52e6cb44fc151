package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A ScheduleSpec is a span of time, or one that comes again, at which something
// is wanted whatever the load.
type ScheduleSpec struct {
	// Name is for people: in explanations and on the page.
	Name string

	// Start and End are both cron lines, for a span that comes again, or both
	// times, in RFC 3339 or as 2026-11-27T08:00. A span goes from a start to the
	// end that comes next, or to the start of a longer one; it lasts MaxDuration
	// at the most.
	Start, End string

	// TimeZone is that of Start and End, if it is not the calendar's.
	TimeZone string

	// Holidays say what a holiday of the calendar does with the spans that
	// start on it.
	Holidays HolidayRule

	// Except are local dates, as 2026-12-24, on which no span starts.
	Except []string
}

// A HolidayRule says what happens to a span that starts on a holiday.
type HolidayRule string

// The rules for holidays. The empty one is HolidaysInclude.
const (
	HolidaysInclude HolidayRule = "Include" // as on any other day
	HolidaysSkip    HolidayRule = "Skip"    // it is left out
	HolidaysOnly    HolidayRule = "Only"    // all others are left out
)

// A Span is from a time up to another.
type Span struct{ Start, End time.Time }

const dateLayout = "2006-01-02"

// maxExcept is how many dates a ScheduleSpec may leave out.
const maxExcept = 366

// cronLine reports whether text is meant as one: it has no date.
func cronLine(text string) bool { return strings.Contains(strings.TrimSpace(text), " ") }

// Problems returns all that is wrong with s, where c is the calendar that its
// holidays and its time zone are of.
func (s ScheduleSpec) Problems(c Spec) []Problem {
	var ck checker
	loc := c.Location()
	if s.TimeZone != "" {
		own, err := locationOf(s.TimeZone)
		if err != nil {
			ck.bad("timeZone", "%v", err)
		} else {
			loc = own
		}
	}
	switch {
	case s.Start == "":
		ck.bad("start", "it is missing: write a cron line, as \"0 8 * * MON-FRI\", or a time, as 2026-11-27T08:00")
	case s.End == "":
		ck.bad("end", "it is missing: write a cron line, as \"0 10 * * MON-FRI\", or a time, as 2026-11-27T10:00")
	case cronLine(s.Start) != cronLine(s.End):
		ck.bad("end", "%q and the start %q are of two kinds: write two cron lines, or two times", s.End, s.Start)
	case cronLine(s.Start):
		for _, f := range []struct{ field, line string }{{"start", s.Start}, {"end", s.End}} {
			line, err := parseSchedule(f.line)
			switch {
			case err != nil:
				ck.bad(f.field, "%v", err)
			case line.yearly() > MaxYearly:
				ck.bad(f.field, "it comes %d times a year, and at most %d are allowed", line.yearly(), MaxYearly)
			}
		}
		if s.Start == s.End {
			ck.bad("end", "it is the start, too: a span would never end")
		}
	default:
		ck.once("", EventSpec{Start: s.Start, End: s.End}, loc)
	}
	switch s.Holidays {
	case "", HolidaysInclude:
	case HolidaysSkip, HolidaysOnly:
		if len(c.Holidays) == 0 {
			ck.bad("holidays", "the calendar has no holidays to %s: name their regions in calendar.holidays", strings.ToLower(string(s.Holidays)))
		}
	default:
		ck.bad("holidays", "%q is not known: it must be Include, Skip or Only", s.Holidays)
	}
	if len(s.Except) > maxExcept {
		ck.bad("except", "there are %d dates, and at most %d are allowed", len(s.Except), maxExcept)
	}
	for i, date := range s.Except {
		if _, err := time.Parse(dateLayout, date); err != nil {
			ck.bad(fmt.Sprintf("except[%d]", i), "%q is not a date: write it as 2026-12-24", date)
		}
	}
	return ck.problems
}

// Spans returns the spans of s that overlap [from, to], by their start; those
// that overlap or touch one another are one. c tells the holidays of those days
// and the time zone; nil is UTC without any. What Problems finds fault with has
// no spans.
//
// A local time that the clocks skip or repeat is that of an event; see EventSpec.
func (s ScheduleSpec) Spans(c *forecast.Calendar, from, to time.Time) []Span {
	loc := s.location(c)
	if loc == nil || s.Start == "" || s.End == "" || cronLine(s.Start) != cronLine(s.End) {
		return nil
	}
	var spans []Span
	add := func(start, end time.Time) {
		if start.Before(end) && end.After(from) && !start.After(to) && s.wanted(c, start.In(loc)) {
			spans = append(spans, Span{start, end})
		}
	}
	if !cronLine(s.Start) {
		start, err := momentOf(s.Start)
		end, err2 := momentOf(s.End)
		if err == nil && err2 == nil {
			add(start.start(loc), end.end(loc))
		}
		return spans
	}
	first, err := parseSchedule(s.Start)
	last, err2 := parseSchedule(s.End)
	if err != nil || err2 != nil {
		return nil
	}
	ends := occurrences(last, from.Add(-MaxDuration-day), to.Add(MaxDuration+day), loc)
	for _, start := range occurrences(first, from.Add(-MaxDuration-day), to, loc) {
		end := start.Add(MaxDuration)
		if i, _ := slices.BinarySearchFunc(ends, start.Add(1), time.Time.Compare); i < len(ends) && ends[i].Before(end) {
			end = ends[i]
		}
		add(start, end)
	}
	return joined(spans)
}

// location returns the time zone of s; nil if it is not known.
func (s ScheduleSpec) location(c *forecast.Calendar) *time.Location {
	if s.TimeZone != "" {
		loc, err := locationOf(s.TimeZone)
		if err != nil {
			return nil
		}
		return loc
	}
	if c != nil && c.Location != nil {
		return c.Location
	}
	return time.UTC
}

// wanted reports whether a span may start at a local time.
func (s ScheduleSpec) wanted(c *forecast.Calendar, start time.Time) bool {
	if slices.Contains(s.Except, start.Format(dateLayout)) {
		return false
	}
	free := c != nil && c.Holidays[forecast.DateOf(start)] != ""
	switch s.Holidays {
	case HolidaysSkip:
		return !free
	case HolidaysOnly:
		return free
	}
	return true
}

// occurrences returns those of a cron line on the local days from one to another.
func occurrences(line schedule, from, to time.Time, loc *time.Location) []time.Time {
	var list []time.Time
	line.starts(from, to, loc, func(t time.Time) { list = append(list, t) })
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// joined makes one of spans that overlap or touch. They are sorted by start.
func joined(spans []Span) []Span {
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && !s.Start.After(out[n-1].End) {
			if s.End.After(out[n-1].End) {
				out[n-1].End = s.End
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

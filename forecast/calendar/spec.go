package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Spec is a calendar as its user writes it. The zero Spec is UTC without
// holidays or events.
type Spec struct {
	// TimeZone is the name of a zone in the IANA database, such as
	// Europe/Berlin; UTC if empty. Its midnight begins the day.
	TimeZone string `json:"timeZone,omitempty"`

	// Holidays are the codes of the regions whose public holidays are free
	// days, such as DE, DE-BY or US; see Regions. A day is free if it is so in
	// any of them. Where a holiday is observed on another day than its own,
	// because that is a Sunday, both days count.
	Holidays []string `json:"holidays,omitempty"`

	// Events are times at which the load is known to be unusual.
	Events []EventSpec `json:"events,omitempty"`
}

// An EventSpec is one event, from Start to End, or one that comes again, by
// Schedule for Duration.
//
// A local time that the clocks skip in spring stands for the moment at which
// they do. Of a local time that they repeat in autumn, a start or an occurrence
// is the first and an end is the second; a schedule whose hour is * has both,
// and nothing in the hour that is skipped. Write RFC 3339 to be exact.
type EventSpec struct {
	// Name is for people: in explanations and on the page.
	Name string `json:"name"`

	// Start and End are times, in RFC 3339 or, in the calendar's time zone,
	// as 2026-11-27T08:00. The end is no longer part of the event; 24:00 is
	// the end of its day.
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`

	// Schedule is a cron line in the calendar's time zone, for the starts of an
	// event that comes again: minute, hour, day of the month, month, day of the
	// week.
	Schedule string `json:"schedule,omitempty"`

	// Duration is how long each occurrence lasts, as Go writes it: 90m, 24h. As
	// in iCalendar, whole days end at the same time of the clock, so that 24h
	// from midnight is a day even when the clocks change; the rest is exact.
	// Occurrences that overlap or touch are one.
	Duration string `json:"duration,omitempty"`

	// Multiplier is what the load is a multiple of, compared with what it would
	// be otherwise. One, or none, says that the time is unusual in a way that
	// is not known: it is forecast as if nothing were, and nothing is to be
	// learned from it.
	Multiplier Multiplier `json:"multiplier,omitempty"`
}

// A Multiplier is a positive factor; 0 is one that was not given.
type Multiplier float64

// UnmarshalJSON reads a number. A zero is an error: the load of an event can be
// small, but not nothing.
func (m *Multiplier) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("multiplier %s: write a number, as 3 or 0.5", data)
	}
	if v == 0 {
		return fmt.Errorf("multiplier %s: must be more than 0", data)
	}
	*m = Multiplier(v)
	return nil
}

// Location returns the time zone; UTC if it is not known.
func (s Spec) Location() *time.Location {
	loc, err := locationOf(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// IsZero reports whether s says nothing.
func (s Spec) IsZero() bool { return s.Equal(Spec{}) }

// Equal reports whether s and o say the same in the same words.
func (s Spec) Equal(o Spec) bool {
	return s.TimeZone == o.TimeZone && slices.Equal(s.Holidays, o.Holidays) && slices.Equal(s.Events, o.Events)
}

// Key returns a text that is the same for just the Specs that are Equal.
func (s Spec) Key() string {
	var b strings.Builder
	word := func(w string) {
		b.WriteString(strconv.Itoa(len(w)))
		b.WriteByte(':')
		b.WriteString(w)
	}
	word(s.TimeZone)
	b.WriteString(strconv.Itoa(len(s.Holidays)))
	for _, h := range s.Holidays {
		word(h)
	}
	for _, e := range s.Events {
		for _, w := range []string{e.Name, e.Start, e.End, e.Schedule, e.Duration, strconv.FormatFloat(float64(e.Multiplier), 'g', -1, 64)} {
			word(w)
		}
	}
	return b.String()
}

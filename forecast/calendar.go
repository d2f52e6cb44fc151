package forecast

import "time"

// A Date is a day of the local calendar, wherever that is.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the date of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// An Event is a time at which the load is, or was, a known multiple of what it
// is otherwise.
type Event struct {
	Name       string
	Start, End time.Time // End is not part of the event
	Multiplier float64   // positive; 1 only marks the time as unusual
}

// A Calendar says what the clock cannot: where the users live, which days are
// free, and what is planned. The zero Calendar is UTC without either.
type Calendar struct {
	Location *time.Location  // whose midnight begins the day; UTC if nil
	Holidays map[Date]string // by local date, with their names
	Events   []Event         // in any order; where they overlap, multipliers multiply
}

package files

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
)

// maxUnix is the year 5138 in seconds.
const maxUnix = 1e11

// zoned are layouts with a zone, zoneless those without.
var (
	zoned = []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 Z0700",
		"2006-01-02 15:04:05 Z0700 MST", "2006-01-02 15:04:05 UTC", "2006-01-02T15:04Z07:00",
	}
	zoneless = []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
		"2006/01/02 15:04:05", "2006/01/02 15:04", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006",
	}
	slashed = []string{" 15:04:05", " 15:04", " 3:04:05 PM", " 3:04 PM", ""} // after a date such as 1/2/2006
)

// A clock reads the times of one column.
type clock struct {
	zone     *time.Location
	layouts  []string // the one that fitted last comes first
	isLocal  map[string]bool
	unit     float64 // of numbers, in seconds; 0 before the first
	excel    bool
	order    int       // 1 if the column ascends, −1 if it descends, 0 if that is not known
	last     time.Time // read so far
	sawLocal bool
}

// tidy is a cell of a time without what does not matter.
func tidy(cell string) string {
	s := strings.TrimSpace(cell)
	if i := strings.Index(s, ", "); i > 0 {
		s = s[:i] + s[i+1:]
	}
	if n := len(s); n > 2 && (s[n-1] == 'm' || s[n-1] == 'M') {
		s = strings.ToUpper(s)
	}
	return s
}

// dated says whether a cell is a date in words that are known.
func dated(cell string) bool {
	s := tidy(cell)
	if _, number := plainNumber(s); number || len(s) < 8 || len(s) > 48 {
		return false
	}
	c := newClock(nil, []string{"1/2/2006", "2/1/2006"})
	_, err := c.text(s)
	return err == nil
}

func newClock(zone *time.Location, dates []string) clock {
	c := clock{zone: zone, layouts: append([]string{}, zoned...), isLocal: map[string]bool{}}
	if zone == nil {
		c.zone = time.UTC
	}
	more := zoneless
	for _, d := range dates {
		for _, end := range slashed {
			more = append(slices.Clip(more), d+end)
		}
	}
	for _, l := range more {
		c.isLocal[l] = true
	}
	c.layouts = append(c.layouts, more...)
	return c
}

// clockOf returns the clock for a column of times.
func clockOf(cells []string, zone *time.Location) (clock, error) {
	dates, err := slashDates(cells)
	if err != nil {
		return clock{}, err
	}
	c := newClock(zone, dates)
	if c.excel, err = isExcel(cells); err != nil {
		return c, err
	}
	if n := len(cells); n > 1 {
		first, e1 := c.read(cells[0])
		c.last = time.Time{}
		last, e2 := c.read(cells[n-1])
		c.last, c.unit, c.sawLocal = time.Time{}, 0, false
		if e1 == nil && e2 == nil {
			c.order = last.Compare(first)
		}
	}
	return c, nil
}

// slashDates returns the layouts of dates such as 3/14/2026; an error if day and
// month cannot be told apart.
func slashDates(cells []string) ([]string, error) {
	var dayFirst, monthFirst bool
	example := ""
	for _, cell := range cells {
		a, rest, ok := strings.Cut(strings.TrimSpace(cell), "/")
		b, rest, ok2 := strings.Cut(rest, "/")
		x, err := strconv.Atoi(a)
		y, err2 := strconv.Atoi(b)
		if !ok || !ok2 || len(a) > 2 || len(rest) < 4 || err != nil || err2 != nil {
			continue
		}
		example = cell
		dayFirst, monthFirst = dayFirst || x > 12, monthFirst || y > 12
	}
	switch {
	case example == "" || dayFirst && monthFirst:
		return nil, nil
	case dayFirst:
		return []string{"2/1/2006"}, nil
	case monthFirst:
		return []string{"1/2/2006"}, nil
	}
	return nil, fmt.Errorf("time %q: it is not clear which is the day and which the month; write 2006-01-02 15:04:05", example)
}

// isExcel says whether numbers are Excel's: days since 1900, with a fraction, of
// this century. As seconds they would all be of the first day of 1970. Without a
// fraction they may be either, which is an error.
func isExcel(cells []string) (bool, error) {
	whole := true
	for _, cell := range cells {
		v, ok := plainNumber(cell)
		if !ok || !(v > 36526 && v < 73051) {
			return false, nil
		}
		whole = whole && v == math.Trunc(v)
	}
	if whole && len(cells) > 0 {
		return false, fmt.Errorf("time %q may be a day of Excel's or a second of 1970: write 2006-01-02 15:04:05", cells[0])
	}
	return !whole, nil
}

// plainNumber reads a number of a time, with a decimal comma or point.
func plainNumber(cell string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(cell), ",", ".", 1), 64)
	return v, err == nil || math.IsInf(v, 0)
}

// read reads one time.
func (c *clock) read(cell string) (time.Time, error) {
	var t time.Time
	var err error
	if v, ok := plainNumber(cell); ok {
		t, err = c.number(cell, v)
	} else {
		t, err = c.text(tidy(cell))
	}
	if err != nil {
		return t, err
	}
	if u := t.Unix(); u < 0 {
		return t, fmt.Errorf("time %q is before 1970", cell)
	} else if u > maxUnix {
		return t, fmt.Errorf("time %q is after the year 5138", cell)
	}
	c.last = t
	return t.UTC(), nil
}

func (c *clock) number(cell string, v float64) (time.Time, error) {
	switch {
	case !(v >= 0):
		return time.Time{}, fmt.Errorf("time %q is before 1970", cell)
	case v > 1e20:
		return time.Time{}, fmt.Errorf("time %q is after the year 5138", cell)
	case c.excel:
		wall := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(v*86400)) * time.Second)
		c.sawLocal = true
		return c.local(wall), nil
	}
	unit := 1.0
	for limit := maxUnix; v > limit; limit *= 1000 {
		unit /= 1000
	}
	if c.unit == 0 {
		c.unit = unit
	}
	if v > 0 && unit != c.unit {
		return time.Time{}, fmt.Errorf("time %q is not in %s since 1970 as those above", cell, c.unitName())
	}
	return time.UnixMilli(int64(math.Round(v * c.unit * 1000))), nil
}

func (c *clock) unitName() string {
	switch {
	case c.unit > 0.1:
		return "seconds"
	case c.unit > 1e-4:
		return "milliseconds"
	case c.unit > 1e-7:
		return "microseconds"
	}
	return "nanoseconds"
}

// text reads a time that is no number.
func (c *clock) text(s string) (time.Time, error) {
	for i, l := range c.layouts {
		t, err := time.Parse(l, s)
		if err != nil {
			continue
		}
		if i > 0 {
			c.layouts[0], c.layouts[i] = c.layouts[i], c.layouts[0]
		}
		if c.isLocal[l] {
			c.sawLocal = true
			t = c.local(t)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("time %q is not known: give seconds or milliseconds since 1970, RFC 3339, or 2006-01-02 15:04:05", s)
}

// local takes what a clock on the wall shows for a time of the zone. Of a time
// that the zone has twice it is the one that keeps the order of the column: the
// first in a column that ascends, unless that has passed, the second in one that
// descends.
func (c *clock) local(wall time.Time) time.Time {
	first, last, exists := calendar.WallTimes(wall, c.zone)
	switch {
	case !exists: // as if the clocks had not been put forward
		return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), c.zone)
	case c.order > 0 && !first.After(c.last), c.order < 0 && (c.last.IsZero() || last.Before(c.last)):
		return last
	}
	return first
}

// notes say what was assumed of the times that were read.
func (c *clock) notes(given bool) []string {
	var notes []string
	if c.excel {
		notes = append(notes, "times are Excel's day numbers")
	} else if c.unit != 0 && c.unit < 1 {
		notes = append(notes, "times are in "+c.unitName()+" since 1970")
	}
	if c.sawLocal && given {
		notes = append(notes, fmt.Sprintf("times have no zone: taken as those of %s", c.zone))
	} else if c.sawLocal {
		notes = append(notes, "times have no zone: taken as UTC; say with --time-zone if they are others")
	}
	return notes
}

package calendar

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A schedule is a cron line of five fields. Its occurrences are laid out here
// and not by the library, which leaves out a time that the clocks skip and
// gives one that they repeat twice: right for a job, and wrong for an event.
type schedule struct{ *cron.SpecSchedule }

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// every is the library's mark of a field that is *.
const every = 1 << 63

// parseSchedule reads a cron line that has at least one occurrence.
func parseSchedule(line string) (schedule, error) {
	if strings.Contains(line, "=") {
		// The library would take a time zone, and panics over a lone one.
		return schedule{}, errors.New("the time zone is that of the calendar: leave it out of the schedule")
	}
	if strings.HasPrefix(strings.TrimSpace(line), "@") {
		return schedule{}, fmt.Errorf("%q is not a cron line: write five fields, as \"0 9 * * MON-FRI\"", line)
	}
	parsed, err := cronParser.Parse(line)
	if err != nil {
		return schedule{}, fmt.Errorf("%q is not a cron line: %w; write five fields, as \"0 9 * * MON-FRI\"", line, err)
	}
	s := schedule{parsed.(*cron.SpecSchedule)} // without descriptors there is no other
	if s.yearly() == 0 {
		return schedule{}, fmt.Errorf("%q never comes", line)
	}
	return s, nil
}

// on reports whether s has occurrences on a day. As in every cron, a day that
// either field names is meant if both name some.
func (s schedule) on(month time.Month, dom int, dow time.Weekday) bool {
	if s.Month&(1<<uint(month)) == 0 {
		return false
	}
	byDom, byDow := s.Dom&(1<<uint(dom)) != 0, s.Dow&(1<<uint(dow)) != 0
	if s.Dom&every != 0 || s.Dow&every != 0 {
		return byDom && byDow
	}
	return byDom || byDow
}

// leapYear has the days of its months.
var leapYear = [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// yearly returns how many occurrences s has in a leap year.
func (s schedule) yearly() int {
	days, weekday := 0, time.Monday // 1 January 2024
	for month, length := range leapYear {
		for dom := 1; dom <= length; dom++ {
			if s.on(time.Month(month+1), dom, weekday) {
				days++
			}
			weekday = (weekday + 1) % 7
		}
	}
	return days * bits.OnesCount64(s.hours()) * bits.OnesCount64(s.minutes())
}

func (s schedule) hours() uint64   { return s.Hour & (1<<24 - 1) }
func (s schedule) minutes() uint64 { return s.Minute & (1<<60 - 1) }

// starts calls yield with every occurrence on the local days from that of from
// to that of to, in loc, in no strict order.
func (s schedule) starts(from, to time.Time, loc *time.Location, yield func(time.Time)) {
	last := time.Time(wallOf(to.In(loc)))
	first := time.Time(wallOf(from.In(loc)))
	hourly := s.hours() == 1<<24-1
	for d := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC); !d.After(last); d = d.Add(day) {
		if !s.on(d.Month(), d.Day(), d.Weekday()) {
			continue
		}
		for h := s.hours(); h != 0; h &= h - 1 {
			for m := s.minutes(); m != 0; m &= m - 1 {
				w := wall(d.Add(time.Duration(bits.TrailingZeros64(h))*time.Hour + time.Duration(bits.TrailingZeros64(m))*time.Minute))
				a, b, exists := w.times(loc)
				if exists || !hourly {
					yield(a)
				}
				if hourly && !a.Equal(b) {
					yield(b)
				}
			}
		}
	}
}

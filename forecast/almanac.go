package forecast

import (
	"math"
	"time"
)

// layCalendar fills the lags to the same local time of the day before and of
// the last day of the same kind, the holidays and the factors of events. Days
// are of seven kinds, one for each weekday; a holiday is of Sunday's.
func (f *frame) layCalendar(c *Calendar) {
	all := f.n + f.reach
	if cap(f.dayLag) < all {
		f.dayLag, f.weekLag = make([]int32, all, all+all/8), make([]int32, all, all+all/8)
	}
	f.dayLag, f.weekLag = f.dayLag[:all], f.weekLag[:all]
	f.free, f.factor = nil, nil
	for i := range f.dayLag {
		f.dayLag[i], f.weekLag[i] = int32(f.day), int32(7*f.day)
	}
	if c == nil {
		return
	}
	f.layDays(c)
	f.layEvents(c.Events)
}

// layDays brings the lags in line with c's local time and holidays.
func (f *frame) layDays(c *Calendar) {
	loc := c.Location
	if loc == nil {
		loc = time.UTC
	}
	shifts := f.offsets(loc)
	if shifts == nil && len(c.Holidays) == 0 {
		return
	}
	// lag returns the steps from i back to the same local time k days before.
	lag := func(i, k int) int32 {
		d := k * f.day
		if shifts != nil && i >= d {
			change := time.Duration(shifts[i]-shifts[i-d]) * time.Second
			if moved := d - int(math.Round(float64(change)/float64(f.step))); moved > d/2 && moved < 2*d { // a day may be left out of a calendar
				d = moved
			}
		}
		return int32(d)
	}
	if len(c.Holidays) == 0 {
		for i := range f.dayLag {
			f.dayLag[i], f.weekLag[i] = lag(i, 1), lag(i, 7)
		}
		return
	}
	f.free = make([]bool, len(f.dayLag))
	var kinds [7]int // the last day of each kind, counted from the first; far back if there was none
	for k := range kinds {
		kinds[k] = math.MinInt / 2
	}
	_, zone := f.start.In(loc).Zone()
	local := f.start.Unix() + int64(zone) // seconds of the local clock
	first := local / secondsPerDay
	day, kind, back, holiday := -1, 0, 7, false
	for i := range f.dayLag {
		at := local + int64(i)*int64(f.step/time.Second)
		if shifts != nil {
			at += int64(shifts[i] - shifts[0])
		}
		if d := int(at/secondsPerDay - first); d != day {
			if day >= 0 {
				kinds[kind] = day
			}
			day = d
			midnight := time.Unix(at/secondsPerDay*secondsPerDay, 0).UTC()
			kind = int(midnight.Weekday())
			if _, holiday = c.Holidays[DateOf(midnight)]; holiday {
				kind = int(time.Sunday)
			}
			if back = min(day-kinds[kind], 28); i >= f.n {
				back = min(day-kinds[likeliest(kinds, kind)], 28)
			}
		}
		f.free[i] = holiday
		f.dayLag[i], f.weekLag[i] = lag(i, 1), lag(i, back)
	}
}

const secondsPerDay = 86400

// likeliest is what a coming day is compared with: it returns kind if there was a day of it, else that of the last
// working day, or day of the weekend, whichever it is itself.
func likeliest(kinds [7]int, kind int) int {
	if kinds[kind] >= 0 {
		return kind
	}
	weekend := func(k int) bool { return k == int(time.Saturday) || k == int(time.Sunday) }
	best := kind
	for k, day := range kinds {
		if weekend(k) == weekend(kind) && day > kinds[best] {
			best = k
		}
	}
	return best
}

// offsets returns how many seconds local time is ahead of UTC at each index, or
// nil if that never changes.
func (f *frame) offsets(loc *time.Location) []int32 {
	at := func(i int) int32 {
		_, s := f.start.Add(time.Duration(i) * f.step).In(loc).Zone()
		return int32(s)
	}
	all := f.n + f.reach
	shifts, changed := make([]int32, all), false
	for i := 0; i < all; {
		end := min(i+f.day, all)
		first, last := at(i), at(end-1)
		for j := i; j < end; j++ {
			if shifts[j] = first; first != last {
				shifts[j] = at(j)
			}
		}
		changed = changed || first != last || first != shifts[0]
		i = end
	}
	if !changed {
		return nil
	}
	return shifts
}

// layEvents divides the load by the multipliers of past events and keeps those
// of coming ones. What an event did that has no multiplier is not learned from.
func (f *frame) layEvents(events []Event) {
	for _, e := range events {
		lo := max(0, f.index(e.Start))
		hi := min(f.n+f.reach, f.index(e.End))
		if lo >= hi || !(e.Multiplier > 0 && e.Multiplier <= maxFactor) {
			continue
		}
		if f.factor == nil {
			f.factor = make([]float64, f.n+f.reach)
			for i := range f.factor {
				f.factor[i] = 1
			}
		}
		for i := lo; i < hi; i++ {
			f.factor[i] = min(max(f.factor[i]*e.Multiplier, 1/maxFactor), maxFactor)
			if i < f.n && e.Multiplier == 1 {
				f.y[i] = math.NaN()
			}
		}
	}
	if f.factor == nil {
		return
	}
	for i := range f.y {
		f.y[i] /= f.factor[i]
	}
}

// maxFactor bounds what events may multiply the load by: more is a mistake, and
// passed over.
const maxFactor = 1e6

// index returns the first index at or after t.
func (f *frame) index(t time.Time) int {
	d := t.Sub(f.start)
	i := int(d / f.step)
	if d > 0 && d%f.step != 0 {
		i++
	}
	return i
}

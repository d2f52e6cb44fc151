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
			d -= int(shifts[i] - shifts[i-d])
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
	var kinds [7]int // the last day of each kind, counted from the first; -1 if there was none
	for k := range kinds {
		kinds[k] = math.MinInt / 2
	}
	day, kind, back := -1, 0, 7
	var date Date
	for i := range f.dayLag {
		at := f.start.Add(time.Duration(i) * f.step).In(loc)
		if d := DateOf(at); day < 0 || d != date {
			if day >= 0 {
				kinds[kind] = day
			}
			day, date = day+1, d
			kind = int(at.Weekday())
			if _, ok := c.Holidays[d]; ok {
				kind = int(time.Sunday)
			}
			back = min(day-kinds[kind], 28)
		}
		_, holiday := c.Holidays[date]
		f.free[i] = holiday
		f.dayLag[i], f.weekLag[i] = lag(i, 1), lag(i, back)
	}
}

// offsets returns how many steps local time is ahead of UTC at each index, or
// nil if that never changes.
func (f *frame) offsets(loc *time.Location) []int16 {
	at := func(i int) int16 {
		_, s := f.start.Add(time.Duration(i) * f.step).In(loc).Zone()
		return int16(time.Duration(s) * time.Second / f.step)
	}
	all := f.n + f.reach
	shifts, changed := make([]int16, all), false
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
		if lo >= hi || !(e.Multiplier > 0) {
			continue
		}
		if f.factor == nil {
			f.factor = make([]float64, f.n+f.reach)
			for i := range f.factor {
				f.factor[i] = 1
			}
		}
		for i := lo; i < hi; i++ {
			f.factor[i] *= e.Multiplier
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

// index returns the first index at or after t.
func (f *frame) index(t time.Time) int {
	d := t.Sub(f.start)
	i := int(d / f.step)
	if d > 0 && d%f.step != 0 {
		i++
	}
	return i
}

package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// bump is 1 at the hour of the day and falls off within two hours.
func bump(hour, at float64) float64 { return math.Exp(-(hour - at) * (hour - at) / 2) }

// offErrors returns the mean absolute error of the median of m against load,
// over the times of the forecast that want holds for.
func offErrors(m *Model, load func(time.Time) float64, want func(time.Time) bool) float64 {
	p := m.Forecast(nil, []float64{0.5})
	sum, n := 0.0, 0.0
	for i := range p.Steps() {
		if at := p.Time(i); want(at) {
			sum += math.Abs(p.Values[i] - load(at))
			n++
		}
	}
	return sum / n
}

// before returns days of noisy samples of load up to, and without, end.
func before(end time.Time, days float64, step time.Duration, load func(time.Time) float64) Series {
	r := rand.New(rand.NewPCG(3, 4))
	n := int(days * 24 * float64(time.Hour) / float64(step))
	s := Series{Start: end.Add(-time.Duration(n) * step), Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = load(s.Time(i)) * (1 + 0.03*r.NormFloat64())
	}
	return s
}

func always(time.Time) bool { return true }

// shop is a load with its peak on weekdays, half of it on Saturdays, and little
// on Sundays and holidays, by local time.
func shop(c *Calendar) func(time.Time) float64 {
	return func(at time.Time) float64 {
		at = at.In(c.Location)
		peak := 100.0
		_, holiday := c.Holidays[DateOf(at)]
		switch wd := at.Weekday(); {
		case wd == time.Sunday || holiday:
			peak = 20
		case wd == time.Saturday:
			peak = 50
		}
		hour := float64(at.Hour()) + float64(at.Minute())/60
		return 10 + peak*(bump(hour, 11)+bump(hour, 16))
	}
}

// A holiday that looks like a Sunday is forecast like one, and the days after it
// as if it had not been.
func TestAHolidayIsForecastLikeASunday(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	holidays := map[Date]string{
		{2026, time.April, 3}: "Good Friday", {2026, time.April, 6}: "Easter Monday",
		{2026, time.May, 1}: "Labour Day", {2026, time.May, 14}: "Ascension Day", {2026, time.May, 25}: "Whit Monday",
	}
	c := &Calendar{Location: berlin, Holidays: holidays}
	load := shop(c)
	tests := []struct {
		name string
		day  Date // whose load is forecast, from its midnight
		days float64
		bar  float64 // of the error with the calendar
		gain float64 // of the error without it by that with it, at least
	}{
		{"a holiday, 28 days", Date{2026, time.May, 14}, 28, 3, 5},
		{"a holiday on a Monday, 28 days", Date{2026, time.May, 25}, 28, 3, 5},
		{"a holiday, 10 days", Date{2026, time.May, 14}, 10, 4, 4},
		{"the day after one, 28 days", Date{2026, time.May, 15}, 28, 3, 1.5},
		{"the day after one, 10 days", Date{2026, time.May, 15}, 10, 6, 1.2},
		{"a week after one, 28 days", Date{2026, time.May, 21}, 28, 3, 1.5},
		{"a week after one, 10 days", Date{2026, time.May, 21}, 10, 6, 1},
	}
	for _, tt := range tests {
		midnight := time.Date(tt.day.Year, tt.day.Month, tt.day.Day, 0, 0, 0, 0, berlin).UTC()
		s := before(midnight, tt.days, 5*time.Minute, load)
		without := offErrors(mustFit(t, s, Options{}), load, always)
		with := offErrors(mustFit(t, s, Options{Calendar: c}), load, always)
		t.Logf("%-32s mean absolute error %.1f without the calendar, %.1f with", tt.name, without, with)
		if with > tt.bar || without < tt.gain*with {
			t.Errorf("%s: off by %.1f with the calendar, want at most %.0f, and %.1f without", tt.name, with, tt.bar, without)
		}
	}
}

// Beyond the first day, too, a day of the week and a holiday are told apart.
func TestDaysBeyondTheFirstKeepTheirKind(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	c := &Calendar{Location: berlin, Holidays: map[Date]string{
		{2026, time.May, 1}: "Labour Day", {2026, time.May, 14}: "Ascension Day"}}
	load := shop(c)
	tests := []struct {
		name string
		from Date // its midnight is the origin
		day  Date // that is forecast
	}{
		{"Sunday, from Friday", Date{2026, time.May, 22}, Date{2026, time.May, 24}},
		{"Monday, from Saturday", Date{2026, time.May, 23}, Date{2026, time.May, 25}},
		{"a holiday, from two days before", Date{2026, time.May, 12}, Date{2026, time.May, 14}},
		{"Friday, from Sunday", Date{2026, time.May, 17}, Date{2026, time.May, 22}},
	}
	for _, tt := range tests {
		midnight := time.Date(tt.from.Year, tt.from.Month, tt.from.Day, 0, 0, 0, 0, berlin).UTC()
		s := before(midnight, 28, 15*time.Minute, load)
		m := mustFit(t, s, Options{Calendar: c, Horizon: 7 * 24 * time.Hour})
		off := offErrors(m, load, func(at time.Time) bool { return DateOf(at.In(berlin)) == tt.day })
		t.Logf("%-32s off by %.1f on average", tt.name, off)
		if off > 5 {
			t.Errorf("%s: off by %.1f on average, and the first day's bar is 3", tt.name, off)
		}
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return loc
}

// A peak at nine stays at nine where the users live, on the day after the
// clocks change.
func TestAPeakAtNineStaysAtNineWhenTheClocksChange(t *testing.T) {
	changes := []struct {
		name, zone string
		at         time.Time
	}{
		{"Berlin, spring", "Europe/Berlin", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)},
		{"Berlin, autumn", "Europe/Berlin", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
		{"New York, spring", "America/New_York", time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC)},
		{"New York, autumn", "America/New_York", time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)},
	}
	for _, change := range changes {
		loc := zone(t, change.zone)
		load := func(at time.Time) float64 {
			at = at.In(loc)
			return 20 + 100*bump(float64(at.Hour())+float64(at.Minute())/60, 9)
		}
		for _, step := range []time.Duration{time.Hour, 5 * time.Minute} {
			for _, days := range []float64{28, 6} {
				s := before(change.at.Add(6*time.Hour), days, step, load)
				without := offErrors(mustFit(t, s, Options{}), load, always)
				with := offErrors(mustFit(t, s, Options{Calendar: &Calendar{Location: loc}}), load, always)
				t.Logf("%-17s step %-5s %2.0f days: off by %.1f without the time zone, %.1f with", change.name, step, days, without, with)
				if with > 1.6 || without < 2*with {
					t.Errorf("%s, step %s, %.0f days: off by %.1f with the time zone, %.1f without", change.name, step, days, with, without)
				}
			}
		}
	}
}

// What planned events did is taken out of the history and put on the forecast.
func TestEventsMultiplyWhenTheyAreAndNeverElse(t *testing.T) {
	end := time.Date(2026, 5, 20, 6, 0, 0, 0, time.UTC)
	usual := func(at time.Time) float64 {
		return 50 + 50*bump(float64(at.Hour())+float64(at.Minute())/60, 12)
	}
	past := Event{"sale", end.Add(-20 * time.Hour), end.Add(-14 * time.Hour), 3}
	coming := Event{"sale", end.Add(4 * time.Hour), end.Add(10 * time.Hour), 3}
	inside := func(e Event, at time.Time) bool { return !at.Before(e.Start) && at.Before(e.End) }
	load := func(at time.Time) float64 {
		y := usual(at)
		for _, e := range []Event{past, coming} {
			if inside(e, at) {
				y *= e.Multiplier
			}
		}
		return y
	}
	s := before(end, 14, 5*time.Minute, load)
	without := mustFit(t, s, Options{Window: 30 * time.Minute})
	with := mustFit(t, s, Options{Window: 30 * time.Minute, Calendar: &Calendar{Events: []Event{past, coming}}})
	plain := mustFit(t, before(end, 14, 5*time.Minute, usual), Options{Window: 30 * time.Minute})

	within := func(at time.Time) bool { return inside(coming, at) }
	other := func(at time.Time) bool { return !within(at) }
	a, b := offErrors(without, load, within), offErrors(with, load, within)
	t.Logf("within the coming event: off by %.1f without it, %.1f with", a, b)
	if b > 12 || a < 5*b {
		t.Errorf("within the coming event the median is off by %.1f, and by %.1f where it is not known", b, a)
	}
	a, b = offErrors(without, load, other), offErrors(with, load, other)
	c := offErrors(plain, usual, other)
	t.Logf("otherwise: off by %.1f without the events, %.1f with, %.1f if they had not been", a, b, c)
	if b > 1.3*c {
		t.Errorf("outside of the event the median is off by %.2f, and by %.2f if there had been none", b, c)
	}
	p := with.Peaks(nil, []float64{0.9})
	i := int(coming.Start.Sub(p.Start)/p.Step) - 3 // a window that the event begins in
	if got, want := p.Values[i], load(coming.Start); got < 0.95*want {
		t.Errorf("p90 of a peak within 30 min, a quarter of an hour before the event: %.0f, the load will be %.0f", got, want)
	}
	if got, want := p.Values[i-6], usual(p.Time(i)); got > 1.4*want {
		t.Errorf("p90 of a peak that ends before the event: %.0f, the load will be %.0f", got, want)
	}
}

// A multiplier of 1 only marks a time as unusual: what was then is not learned
// from, and nothing is made of what comes.
func TestAnUnusualTimeIsNotLearnedFrom(t *testing.T) {
	end := time.Date(2026, 5, 20, 6, 0, 0, 0, time.UTC)
	usual := func(at time.Time) float64 {
		return 50 + 50*bump(float64(at.Hour())+float64(at.Minute())/60, 12)
	}
	test := Event{"load test", end.Add(-20 * time.Hour), end.Add(-14 * time.Hour), 1}
	coming := Event{"load test", end.Add(4 * time.Hour), end.Add(10 * time.Hour), 1}
	load := func(at time.Time) float64 {
		if !at.Before(test.Start) && at.Before(test.End) {
			return 700
		}
		return usual(at)
	}
	plain := offErrors(mustFit(t, before(end, 14, 5*time.Minute, usual), Options{}), usual, always)
	s := before(end, 14, 5*time.Minute, load)
	without := offErrors(mustFit(t, s, Options{}), usual, always)
	with := mustFit(t, s, Options{Calendar: &Calendar{Events: []Event{test}}})
	off := offErrors(with, usual, always)
	t.Logf("off by %.1f without the event, %.1f with, %.1f if there had been none", without, off, plain)
	if off > 1.3*plain || without < 1.5*off {
		t.Errorf("off by %.1f, by %.1f if the test had not been, and by %.1f where it is not known", off, plain, without)
	}
	both := mustFit(t, s, Options{Calendar: &Calendar{Events: []Event{test, coming}}})
	a, b := with.Forecast(nil, taus), both.Forecast(nil, taus)
	for i := range a.Values {
		if a.Values[i] != b.Values[i] {
			t.Fatalf("a coming event with multiplier 1 changes value %d from %g to %g", i, a.Values[i], b.Values[i])
		}
	}
}

// Wherever a calendar leads, forecasts stay finite and ordered.
func TestOddCalendarsDoNoHarm(t *testing.T) {
	s := series(9*288, 5*time.Minute, daily(noise()))
	end := s.End()
	all := map[Date]string{}
	for d := -400; d < 400; d++ {
		all[DateOf(end.AddDate(0, 0, d))] = "day"
	}
	apia := zone(t, "Pacific/Apia")
	tests := []struct {
		name string
		s    Series
		c    Calendar
	}{
		{"every day a holiday", s, Calendar{Holidays: all}},
		{"only today a holiday", s, Calendar{Holidays: map[Date]string{DateOf(end): ""}}},
		{"the whole history in an event", s, Calendar{Events: []Event{{"", s.Start, end.AddDate(1, 0, 0), 1}}}},
		{"the whole history tripled", s, Calendar{Events: []Event{{"", s.Start, end.Add(time.Second), 3}}}},
		{"the last day unusual", s, Calendar{Events: []Event{{"", end.AddDate(0, 0, -1), end.Add(time.Second), 1}}}},
		{"an event that ends before it starts", s, Calendar{Events: []Event{{"", end, s.Start, 3}}}},
		{"negative, zero and unknown multipliers", s, Calendar{Events: []Event{
			{"", s.Start, end, -1}, {"", s.Start, end, 0}, {"", s.Start, end, math.NaN()}}}},
		{"an infinite multiplier", s, Calendar{Events: []Event{{"", end, end.AddDate(0, 0, 1), math.Inf(1)}}}},
		{"an infinite multiplier in the past", s, Calendar{Events: []Event{{"", s.Start, s.Start.AddDate(0, 0, 1), math.Inf(1)}}}},
		{"a tiny multiplier in the past", s, Calendar{Events: []Event{{"", s.Start, s.Start.AddDate(0, 0, 1), 1e-320}}}},
		{"multipliers that overflow", s, Calendar{Events: []Event{{"", end, end.AddDate(0, 0, 1), 1e200}, {"", end, end.AddDate(0, 0, 1), 1e200}}}},
		{"events at the ends of time", s, Calendar{Events: []Event{{"", time.Time{}, time.Unix(1<<40, 0), 2}}}},
		{"a day that was left out", Series{time.Date(2011, 12, 22, 0, 0, 0, 0, time.UTC), s.Step, s.Values}, Calendar{Location: apia}},
		{"a day that was left out, at the origin", Series{time.Date(2011, 12, 21, 12, 0, 0, 0, time.UTC), s.Step, s.Values}, Calendar{Location: apia, Holidays: all}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f frame
			f.lay(make([]float32, tt.s.Len()), tt.s.Start, tt.s.Step, 600, &tt.c)
			for i := range f.dayLag {
				if f.dayLag[i] < 1 || f.weekLag[i] < 1 {
					t.Fatalf("the day before step %d is %d steps back, the week %d: nothing ends that walks back by this", i, f.dayLag[i], f.weekLag[i])
				}
			}
			m, err := Fit(tt.s, Options{Window: time.Hour, Horizon: 48 * time.Hour, Calendar: &tt.c})
			if err != nil {
				named(t, err)
				return
			}
			checkPaths(t, m.Forecast(nil, taus))
			checkPaths(t, m.Peaks(nil, taus))
		})
	}
}

package forecast

import (
	"math"
	"slices"
	"testing"
	"time"
)

// fuzzed makes n samples of data, over and over: most bytes are loads over ten
// orders of magnitude, some unknown, some no loads at all.
func fuzzed(data []byte, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		b := data[i%len(data)]
		switch v := &values[i]; {
		case b < 200:
			*v = float64(b/8) * math.Pow(10, float64(b%8)-3)
		case b < 210:
			*v = 0
		case b < 230:
			*v = float64(i) // grows, and never repeats
		case b < 246:
			*v = math.NaN()
		default:
			*v = []float64{math.Inf(1), math.Inf(-1), -1, 1e300, 1e17, 5e-324, 1e-42, MaxLoad, math.Copysign(0, -1), 3e38}[b-246]
		}
	}
	return values
}

// fuzzedCalendar makes a calendar of bits, with days and events around at.
func fuzzedCalendar(t *testing.T, bits uint16, at time.Time) *Calendar {
	if bits&1 == 0 {
		return nil
	}
	c := &Calendar{Holidays: map[Date]string{}}
	if bits&2 > 0 {
		c.Location = zone(t, []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"}[bits>>2&3])
	}
	for d := range 12 {
		if bits>>(d%6)&16 > 0 && d%3 > 0 {
			c.Holidays[DateOf(at.AddDate(0, 0, 3-d))] = "free"
		}
	}
	for k, multiplier := range []float64{1, 3, 0.01, 1e300, math.NaN()} {
		if bits>>(10+k)&1 > 0 {
			start := at.Add(time.Duration(7*k-20) * time.Hour)
			c.Events = append(c.Events, Event{"", start, start.Add(time.Duration(11*k+3) * time.Hour), multiplier})
		}
	}
	return c
}

// starts are times when clocks change, days are left out, or nothing is.
var starts = []time.Time{t0, time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 30, 3, 0, 0, 0, time.UTC),
	time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)}

// FuzzFit checks that any samples, step, horizon, window and calendar give
// finite, ordered, non-negative quantiles or a *NoForecast.
func FuzzFit(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}, uint16(400), uint32(60), uint16(0), uint16(7), uint16(0))
	f.Add([]byte{0, 0, 0, 240}, uint16(2400), uint32(300), uint16(48), uint16(0), uint16(0xffff))
	f.Add([]byte{247, 8, 248, 16, 249, 33, 255, 40}, uint16(900), uint32(3600), uint16(168), uint16(600), uint16(0x2a3b))
	f.Add([]byte{8, 16, 250, 251, 252, 253}, uint16(3000), uint32(15), uint16(1), uint16(1), uint16(15))
	f.Add([]byte{33, 44}, uint16(60), uint32(14*86400), uint16(24), uint16(60), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, n uint16, seconds uint32, hours, window, bits uint16) {
		if len(data) == 0 || n > 4000 {
			return
		}
		step := time.Duration(1+seconds%(40*86400)) * time.Second
		o := Options{Horizon: time.Duration(hours%200) * time.Hour, Window: time.Duration(window) * time.Minute}
		if steps(o.Horizon, 24*time.Hour, step)+steps(o.Window, step, step) > 20000 {
			return
		}
		s := Series{starts[int(bits)%len(starts)], step, fuzzed(data, int(n))}
		o.Calendar = fuzzedCalendar(t, bits, s.Time(s.Len()))
		given := slices.Clone(s.Values)
		m, err := Fit(s, o)
		for i, v := range s.Values {
			if v != given[i] && v == v {
				t.Fatalf("sample %d was changed from %g to %g", i, given[i], v)
			}
		}
		if err != nil {
			named(t, err)
			return
		}
		checkPaths(t, m.Forecast(nil, taus))
		checkPaths(t, m.Peaks(nil, taus))
		for _, s := range m.Shares() {
			if total := s.Near + s.Mid + s.Far; !(total >= 0 && total <= 3.000001) || s.Name == "" {
				t.Errorf("share %+v", s)
			}
		}
		if m.Method() == "" {
			t.Error("no method")
		}
	})
}

// FuzzForecast checks the same for what is appended after a fit, for any
// quantiles, and for a fit of all of it.
func FuzzForecast(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5}, []byte{10, 20, 235, 40}, []byte{50, 90, 95, 99}, uint32(300), uint16(0))
	f.Add([]byte{8, 9, 10}, []byte{246, 247, 255, 0}, []byte{0, 255}, uint32(3600), uint16(0xffff))
	f.Add([]byte{201}, []byte{203, 100}, []byte{}, uint32(60), uint16(3))
	f.Fuzz(func(t *testing.T, data, more, quantiles []byte, seconds uint32, bits uint16) {
		if len(data) == 0 || len(more) == 0 || len(more) > 500 {
			return
		}
		step := time.Duration(30+seconds%86400) * time.Second
		n := 100 + int(bits)*7%1500
		s := Series{starts[int(bits)%len(starts)], step, fuzzed(data, n)}
		m, err := Fit(s, Options{Window: time.Hour, Calendar: fuzzedCalendar(t, bits, s.Time(n))})
		if err != nil {
			named(t, err)
			return
		}
		var ps []float64
		for _, b := range quantiles {
			ps = append(ps, []float64{1e-12, float64(b) / 256, 1 - 1e-9}[b%3])
		}
		slices.Sort(ps)
		ps = slices.DeleteFunc(slices.Compact(ps), func(p float64) bool { return p <= 0 })
		var load, peak Paths
		next := n + int(bits%3)*5 - 5 // after what is known, after a gap, or before
		for i := 0; i < len(more); i += 1 + int(bits%50) {
			part := more[i:min(i+1+int(bits%50), len(more))]
			if err := m.Append(Series{s.Time(next), step, fuzzed(part, len(part))}); err != nil {
				t.Fatal(err)
			}
			next += len(part)
			m.Forecast(&load, ps)
			m.Peaks(&peak, ps)
			checkPaths(t, &load)
			checkPaths(t, &peak)
		}
		if q := m.Questions(20); q != nil {
			answers := make([][]float64, len(q))
			for i := range answers {
				answers[i] = fuzzed(more, 30)
			}
			if m.Admit("guest", q, answers) == nil {
				checkPaths(t, m.Forecast(&load, ps))
			}
		}
		if err := m.Refit(); err != nil {
			named(t, err)
		}
		checkPaths(t, m.Forecast(&load, ps))
	})
}

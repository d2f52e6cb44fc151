package forecast

import (
	"testing"
	"time"
)

// The history that benchmarks run on: four weeks of 5-minute samples.
func fourWeeks() Series { return series(28*288, 5*time.Minute, daily(noise())) }

var halfHour = Options{Window: 30 * time.Minute}

func BenchmarkFit(b *testing.B) {
	for _, bb := range []struct {
		name string
		s    Series
		o    Options
	}{
		{"28d-of-5m", fourWeeks(), halfHour},
		{"28d-of-5m-calendar", fourWeeks(), Options{Window: 30 * time.Minute, Calendar: holidays(b)}},
		{"15d-of-1m", series(15*1440, time.Minute, daily(noise())), halfHour},
		{"28d-of-1h", series(28*24, time.Hour, daily(noise())), Options{Window: 2 * time.Hour}},
		{"9d-of-5m", series(9*288, 5*time.Minute, daily(noise())), halfHour},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Fit(bb.s, bb.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// holidays is a calendar with a clock change and a holiday within the history.
func holidays(b *testing.B) *Calendar {
	return &Calendar{Location: zone(b, "Europe/Berlin"), Holidays: map[Date]string{{2026, time.March, 12}: "", {2026, time.April, 3}: ""}}
}

func BenchmarkRefit(b *testing.B) {
	m, err := Fit(fourWeeks(), halfHour)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Refit(); err != nil {
			b.Fatal(err)
		}
	}
}

// What a tick costs: one more sample, and the forecast from it.
func BenchmarkAppendAndForecast(b *testing.B) {
	for _, bb := range []struct {
		name string
		o    Options
	}{{"28d-of-5m", halfHour}, {"28d-of-5m-calendar", Options{Window: 30 * time.Minute, Calendar: holidays(b)}}} {
		b.Run(bb.name, func(b *testing.B) {
			s := fourWeeks()
			m, err := Fit(s, bb.o)
			if err != nil {
				b.Fatal(err)
			}
			var p Paths
			next := Series{s.Time(s.Len()), s.Step, []float64{100}}
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Append(next); err != nil {
					b.Fatal(err)
				}
				next.Start = next.Start.Add(s.Step)
				m.Forecast(&p, taus)
			}
		})
	}
}

func BenchmarkForecast(b *testing.B) {
	m, err := Fit(fourWeeks(), halfHour)
	if err != nil {
		b.Fatal(err)
	}
	var p Paths
	b.ReportAllocs()
	for b.Loop() {
		m.Forecast(&p, taus)
	}
}

func BenchmarkPeaks(b *testing.B) {
	m, err := Fit(fourWeeks(), halfHour)
	if err != nil {
		b.Fatal(err)
	}
	var p Paths
	b.ReportAllocs()
	for b.Loop() {
		m.Peaks(&p, taus)
	}
}

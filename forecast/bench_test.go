package forecast

import (
	"testing"
	"time"
)

// The history that benchmarks run on: four weeks of 5-minute samples.
func fourWeeks() Series { return series(28*288, 5*time.Minute, daily(noise())) }

func BenchmarkFit(b *testing.B) {
	s := fourWeeks()
	for b.Loop() {
		if _, err := Fit(s, Options{Window: 30 * time.Minute}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkForecast(b *testing.B) {
	m, err := Fit(fourWeeks(), Options{Window: 30 * time.Minute})
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
	m, err := Fit(fourWeeks(), Options{Window: 30 * time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	var p Paths
	b.ReportAllocs()
	for b.Loop() {
		m.Peaks(&p, taus)
	}
}

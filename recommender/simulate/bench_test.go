package simulate

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// month is 28 days of one-minute load: a day's swing from 4 to 40 pods of 100,
// ripple, and a spike each day.
func month() forecast.Series {
	s := forecast.Series{Start: t0, Step: time.Minute, Values: make([]float64, 28*24*60)}
	for i := range s.Values {
		day := float64(i%1440) / 1440
		s.Values[i] = 2200 - 1800*math.Cos(2*math.Pi*day) + 150*math.Sin(float64(i)*1.7) + 80*math.Sin(float64(i)*0.37)
		if i%1440 >= 600 && i%1440 < 605 {
			s.Values[i] *= 1.6
		}
	}
	return s
}

func monthLoop() *Loop {
	return &Loop{
		Spec:   Spec{Min: 2, Max: 100, Metrics: []Metric{{Kind: Utilization, Target: 0.7, Request: 100}}},
		PerPod: []float64{100}, Start: Starts{Fixed: 90 * time.Second}, Saturates: true,
	}
}

func BenchmarkPlay28Days(b *testing.B) {
	load, to := []forecast.Series{month()}, t0.Add(28*24*time.Hour)
	delayed := monthLoop()
	delayed.Delay, delayed.Window = 30*time.Second, 15*time.Second
	behaved := monthLoop()
	behaved.Spec.Behavior = &Behavior{}
	for _, bm := range []struct {
		name string
		l    *Loop
	}{{"default", monthLoop()}, {"delay", delayed}, {"behavior", behaved}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			var o Outcome
			for b.Loop() {
				var err error
				if o, err = bm.l.Play(load, t0, to, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/161280, "ns/sync")
			b.ReportMetric(float64(o.Changes), "changes")
			b.ReportMetric(o.ShortMinutes, "short-min")
		})
	}
}

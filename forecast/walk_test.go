package forecast

import (
	"math"
	"slices"
	"testing"
	"time"
)

// TestAWalkSeesWhatWasKnownThen holds every visit of a walk against a model
// that is given one sample after the other: what comes later has no part.
func TestAWalkSeesWhatWasKnownThen(t *testing.T) {
	wave := daily(noise())
	for name, s := range map[string]Series{
		"gappy": series(16*288, 5*time.Minute, func(i int, at time.Time) float64 {
			if i%17 == 3 || i%(3*288) == 288 {
				return math.NaN()
			}
			return wave(i, at)
		}),
		"hourly": series(20*24, time.Hour, daily(noise())),
		"short":  series(90, time.Minute, daily(noise())),
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Horizon: 3 * time.Hour, Window: 10 * time.Minute}
			cut := s.Len() * 3 / 4
			walking, asking := mustFit(t, s.part(0, cut), o), mustFit(t, s.part(0, cut), o)
			rows := 4
			type visited struct {
				origin time.Time
				values []float64
			}
			var list []visited
			if err := walking.Walk(s.part(cut, s.Len()), rows, taus, func(at time.Time, load, p *Paths) {
				list = append(list, visited{at, slices.Concat(load.Values, p.Values)})
			}); err != nil {
				t.Fatal(err)
			}
			for i := cut; i < s.Len(); i++ {
				mustAppend(t, asking, s.part(i, i+1))
				if math.IsNaN(s.Values[i]) {
					continue
				}
				v := list[0]
				list = list[1:]
				n := len(v.values) / 2
				want := slices.Concat(asking.Forecast(nil, taus).Values[:n], asking.Peaks(nil, taus).Values[:n])
				if !v.origin.Equal(s.Time(i)) || !slices.Equal(v.values, want) {
					t.Fatalf("at %s the walk says %v, the model %s %v", v.origin, v.values, s.Time(i), want)
				}
			}
			if len(list) > 0 {
				t.Errorf("%d visits too many", len(list))
			}
			sameForecasts(t, "after the walk", walking, asking)
		})
	}
}

func BenchmarkWalkADay(b *testing.B) {
	s := fourWeeks()
	for b.Loop() {
		b.StopTimer()
		m, err := Fit(s.part(0, s.Len()-288), Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := m.Walk(s.part(s.Len()-288, s.Len()), 12, taus, func(time.Time, *Paths, *Paths) {}); err != nil {
			b.Fatal(err)
		}
	}
}

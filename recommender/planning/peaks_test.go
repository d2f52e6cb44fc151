package planning

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the sweep

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A plan that begins at any quarter of an hour, in zones whose days are 23, 24
// and 25 hours long, lack midnight or begin at half past an hour, has peaks that
// are its largest rows.
func TestTheLargestPeakIsTheLargestRowWheneverThePlanBegins(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "America/Havana"}
	days := []time.Time{
		time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC),   // the next day has 23 h in New York and Havana
		time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC),  // in Berlin
		time.Date(2026, 4, 23, 0, 0, 0, 0, time.UTC),  // in Cairo, and begins at 1:00
		time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), // it has 25 h in Berlin
		time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC), // in New York and Havana; a month's end
		time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), // a year's end
	}
	for k, zone := range zones {
		for d, day := range days {
			for q := range 96 {
				o := Options{From: day.Add(time.Duration(q) * 15 * time.Minute), Step: time.Hour, Samples: -1}
				switch q % 3 {
				case 0:
					o.Step = 15 * time.Minute // begins at that quarter, not at the next whole hour
				case 1:
					o.Horizon = 2 * time.Hour
				}
				if q%8 == 3 {
					o.WhatIf.Zone = &ZoneLoss{Zones: 3, Start: day.Add(20 * time.Hour), End: day.Add(30 * time.Hour)}
				}
				s := staged(t, o, zone, uint64(k<<20|d<<10|q))
				rows := make([]Row, s.rows)
				for i := range rows {
					rows[i].Time = s.o.From.Add(time.Duration(i) * s.o.Step)
				}
				s.fillLoads(rows, s.paths(func(v *loadForecast) []float64 { return v.high }))
				checkPeaks(t, s, rows, s.peaks())
				if t.Failed() {
					t.Fatalf("a plan of %s from %s, rows of %s, in %s", s.o.Horizon, s.o.From, s.o.Step, zone)
				}
			}
		}
	}
}

// staged is the simulation of two loads on a calm path with a spike of 5 min at 22:00
// UTC and one anywhere, and a high loadPaths that is largest somewhere else.
func staged(t *testing.T, o Options, zone string, seed uint64) *simulation {
	t.Helper()
	p, err := NewPlanner(o)
	if err != nil {
		t.Fatal(err)
	}
	w := shop("web", forecast.Series{})
	w.Calendar = &calendar.Spec{TimeZone: zone}
	w.Loop.Spec.Metrics = append(w.Loop.Spec.Metrics, simulate.Metric{Kind: simulate.AverageValue, Target: 80})
	w.Loop.PerPod = append(w.Loop.PerPod, 100)
	n := int(p.o.Horizon / p.tick)
	var forecasts []*loadForecast
	for m, per := range w.Loop.PerPod {
		v := &loadForecast{factor: 1, tails: &forecast.Paths{Start: p.o.From, Step: 24 * time.Hour, Taus: tails, Values: make([]float64, len(tails))}}
		spike := int(mix(seed+uint64(m)) % uint64(n))
		for i := range n {
			at := p.at(i)
			load := per * (2 + 3*math.Abs(math.Sin(float64(at.Unix())/9000)))
			if at.Hour() == 22 && at.Minute() < 5 || i >= spike && i < spike+5 {
				load = per * float64(8+mix(uint64(i)+seed)%3)
			}
			v.mid = append(v.mid, load)
			v.high = append(v.high, load*(1+float64(mix(seed^uint64(i))%100)/300))
		}
		forecasts = append(forecasts, v)
	}
	return p.newSimulation(&w, forecasts)
}

// checkPeaks holds peaks to the rows and the paths of their plan.
func checkPeaks(t *testing.T, s *simulation, rows []Row, peaks []Peak) {
	t.Helper()
	loc, n := s.w.Calendar.Location(), len(s.zone)
	date := func(at time.Time) string { return at.In(loc).Format(time.DateOnly) }
	touched := map[string]bool{}
	for i := range n {
		touched[date(s.at(i))] = true
	}
	var most, rowsMost Row // Need is a peak's PodsHigh
	byDay := map[string]Peak{}
	for i, k := range peaks {
		most.Load, most.LoadHigh, most.Need = max(most.Load, k.Load), max(most.LoadHigh, k.LoadHigh), max(most.Need, k.PodsHigh)
		byDay[date(k.Time)] = k
		if k.Time.Before(k.From) || !k.Time.Before(k.To) || date(k.From) != date(k.Time) || date(k.To.Add(-1)) != date(k.Time) {
			t.Errorf("the peak at %s lies between %s and %s", k.Time.In(loc), k.From.In(loc), k.To.In(loc))
		}
		if k.Load > k.LoadHigh || k.Pods > k.PodsHigh || i > 0 && k.PodsHigh > peaks[i-1].PodsHigh {
			t.Errorf("peak %d is %+v", i, k)
		}
		high := s.paths(func(v *loadForecast) []float64 { return v.high })
		for at := k.From; at.Before(k.To); at = at.Add(s.tick) {
			if need := pods(s.need(high, int(at.Sub(s.o.From)/s.tick))); float64(need) < k.Pods || at.Equal(k.Time) && float64(need) != k.PodsHigh {
				t.Errorf("the high load needs %d pods at %s in %+v", need, at, k)
			}
		}
	}
	if len(peaks) != len(touched) || len(byDay) != len(touched) {
		t.Errorf("%d peaks on %d days, and the plan touches %d", len(peaks), len(byDay), len(touched))
	}
	for _, r := range rows {
		rowsMost.Load, rowsMost.LoadHigh, rowsMost.Need = max(rowsMost.Load, r.Load), max(rowsMost.LoadHigh, r.LoadHigh), max(rowsMost.Need, r.Need)
		first, last := byDay[date(r.Time)], byDay[date(r.Time.Add(s.o.Step-1))] // a row may lie on two days
		if r.Need > max(first.PodsHigh, last.PodsHigh) || r.Load > max(first.Load, last.Load) || r.LoadHigh > max(first.LoadHigh, last.LoadHigh) {
			t.Errorf("row %+v is more than the peaks of its day, %+v and %+v", r, first, last)
		}
	}
	if most != rowsMost {
		t.Errorf("the largest peaks are %+v, the largest rows %+v", most, rowsMost)
	}
	if first := peaks[0]; first.PodsHigh != rowsMost.Need {
		t.Errorf("the first peak is %+v, and a row needs %g", first, rowsMost.Need)
	}
}

// evenings is the load that a plan was once made for without its peak: three
// days by the minute up to the given time, with 5 min of 1,120 requests/s at
// 22:00 and 150 else.
func evenings(until time.Time) forecast.Series {
	s := forecast.Series{Start: until.Add(-72 * time.Hour), Step: time.Minute, Values: make([]float64, 72*60)}
	for i := range s.Values {
		s.Values[i] = 150 + 5*math.Sin(float64(i)*60/7)
		if at := s.Time(i); at.Hour() == 22 && at.Minute() < 5 {
			s.Values[i] += 970
		}
	}
	return s
}

// Plans that are made just before a spike, in it, after it and at noon all have
// it as their largest peak, at its time.
func TestAPlanMadeInTheEveningHasThatEveningsPeak(t *testing.T) {
	for _, clock := range []string{"12:00", "16:30", "18:20", "20:40", "21:00", "21:20", "21:59", "22:02", "22:40", "23:59"} {
		at, err := time.Parse("2006-01-02 15:04", "2026-09-21 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		w := shop("web", evenings(at))
		w.Loop.Spec.Metrics[0].Target, w.Loop.PerPod[0] = 100, 125
		r := plan(t, Options{From: at, Samples: -1}, w)
		need := 0.0
		for _, row := range r.Workloads[0].Rows {
			need = max(need, row.Need)
		}
		p := r.Peaks[0]
		if p.PodsHigh != need || need < math.Ceil(1120./125) || need > 12 {
			t.Errorf("made at %s: the peak needs %g pods, the largest row %g: %+v", clock, p.PodsHigh, need, p)
		}
		if utc := p.Time.UTC(); utc.Hour() != 22 || utc.Minute() > 5 {
			t.Errorf("made at %s: the spike of 22:00 is told at %s", clock, utc)
		}
		if len(r.Peaks) != 2 && r.From.Hour() != 0 {
			t.Errorf("made at %s: %d peaks on two days", clock, len(r.Peaks))
		}
	}
}

package forecast

import (
	"testing"
	"time"
	"math"
	"github.com/highwater-dev/highwater/benchmarks/traces"
)

func TestProbeFalse(t *testing.T) {
	for _, tr := range traces.All() {
		s := bundled(t, tr.Name)
		for o := 4*288; o < s.Len(); o += 288+53 {
			m, err := Fit(s.upTo(o), Options{})
			if err != nil { t.Log(tr.Name, err); continue }
			for _, f := range m.Findings() {
				if f.Kind == FoundOutage || f.Kind == FoundStep { t.Log(tr.Name, o/288, s.Time(o).Format("Mon 2 Jan 15:04"), f.Kind, f.From.Format("Mon 2 Jan 15:04"), f.To.Format("Mon 2 Jan 15:04"), f.Detail) }
			}
		}
	}
}

// office: weekdays 100 in 8-18, 20 at night; weekends factor
func office(weekend float64) func(int, time.Time) float64 {
	r := noise()
	return func(_ int, at time.Time) float64 {
		h := float64(at.Unix()%86400) / 3600
		y := 20.0
		if h >= 8 && h < 18 { y = 100 }
		if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday { if h>=8 && h<18 { y = 100*weekend } else { y = 20*math.Max(weekend,.8) } }
		return y * (1 + 0.05*r.NormFloat64())
	}
}

func TestProbeWeekend(t *testing.T) {
	for _, wk := range []float64{0.2, 0.5} {
		s := series(35*288, 5*time.Minute, office(wk))
		for _, start := range []int{0, 1, 2, 3, 4, 5, 6} {
			for days := 4; days <= 21; days += 1 {
				for _, hh := range []int{10*12, 17*12} {
				from := start*288
				o := from + days*288 + hh
				if o+288 >= s.Len() { continue }
				h := Series{s.Time(from), s.Step, s.Values[from:o+1]}
				m := mustFit(t, h, Options{})
				sc := scored(m.Forecast(nil, taus), s, o)
				for _, f := range m.Findings() {
					if f.Kind == FoundOutage || f.Kind == FoundStep {
						t.Log(wk, "start", s.Time(from).Format("Mon"), "days", days, "origin", s.Time(o).Format("Mon 15:04"), f.Kind, f.From.Format("Mon 2 Jan 15:04"), f.To.Format("Mon 2 Jan 15:04"), sc)
					}
				}
				}
			}
		}
	}
}

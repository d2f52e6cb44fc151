package planning

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// cut returns n values every step up to monday, made by of.
func cut(step time.Duration, n int, of func(i int) float64) forecast.Series {
	s := forecast.Series{Start: monday.Add(-time.Duration(n) * step), Step: step, Values: make([]float64, n)}
	for i := range s.Values {
		s.Values[i] = of(i)
	}
	return s
}

// Whatever the load, numbers are finite and pods keep to the HPA's bounds.
func TestPodsKeepToTheirBoundsWhateverComes(t *testing.T) {
	loads := map[string]forecast.Series{
		"zero":       cut(5*time.Minute, 5000, func(int) float64 { return 0 }),
		"constant":   cut(5*time.Minute, 5000, func(int) float64 { return 33 }),
		"a day":      cut(5*time.Minute, 288, func(i int) float64 { return float64(i % 100) }),
		"an hour":    cut(time.Minute, 60, func(i int) float64 { return float64(i) }),
		"7 minutes":  cut(7*time.Minute, 4000, func(i int) float64 { return 50 + 40*math.Sin(float64(i)/33) }),
		"12 hours":   cut(12*time.Hour, 60, func(i int) float64 { return 50 + 40*float64(i%2) }),
		"a day each": cut(24*time.Hour, 60, func(i int) float64 { return 50 + float64(i%7) }),
		"steps":      cut(10*time.Minute, 4000, func(i int) float64 { return float64(1 + 400*(i/72%2)) }),
		"growing":    cut(15*time.Minute, 2600, func(i int) float64 { return float64(i) }),
		"bursts":     cut(5*time.Minute, 8000, func(i int) float64 { return float64(mix(uint64(i)) % 1000 / 990 * 5000) }),
	}
	for name, load := range loads {
		for _, o := range []Options{{}, {Horizon: MaxHorizon, Samples: 1}, {Horizon: 6 * time.Hour, Step: 15 * time.Minute, Samples: -1}} {
			r := plan(t, o, shop(name, load))
			w := r.Workloads[0]
			for _, row := range w.Rows {
				for _, v := range []float64{row.Need, row.Pods, row.PodsHigh, row.PodsMost, row.Floor, row.Alone, row.AloneHigh, row.Short, row.ShortAlone, row.Gap} {
					if !(v >= 0) || math.IsInf(v, 0) {
						t.Fatalf("%s: %+v", name, row)
					}
				}
				for _, v := range []float64{row.Pods, row.PodsHigh, row.PodsMost, row.Floor, row.Alone, row.AloneHigh} {
					if v < 2 || v > 60 {
						t.Fatalf("%s: %+v is not within 2 and 60 pods", name, row)
					}
				}
				if row.PodsMost < row.PodsHigh || row.Load > row.LoadHigh || row.Short > r.Step().Minutes() {
					t.Fatalf("%s: %+v", name, row)
				}
			}
		}
	}
}

// Of several metrics the one that needs most pods counts, as in the HPA, and
// is shown.
func TestTheLoadThatNeedsMostCounts(t *testing.T) {
	w := shop("web", weeks(5*time.Minute, 50, 50))
	w.Loads = append(w.Loads, weeks(10*time.Minute, 4000, 1000))
	w.Loop.Spec.Metrics = append(w.Loop.Spec.Metrics, simulate.Metric{Kind: simulate.AverageValue, Target: 160})
	w.Loop.PerPod = append(w.Loop.PerPod, 200)
	r := plan(t, Options{Horizon: 7 * 24 * time.Hour}, w)
	p := r.Workloads[0]
	if p.Forecast != nil || p.Metric != 1 || p.PerPod != 200 {
		t.Fatalf("%+v", p)
	}
	near(t, "load", float64(p.Rows[15].Load), 5000, 250)
	near(t, "need", p.Rows[15].Need, 26, 2)
	near(t, "pods of the HPA alone", p.Rows[15].Alone, 31, 3)

	w.Loads[0] = forecast.Series{}
	r = plan(t, Options{}, w)
	if p := r.Workloads[0]; p.Forecast == nil || !strings.Contains(p.Forecast.Detail, "load 1 is empty") || p.Metric != 1 {
		t.Errorf("%+v", p.Forecast)
	}
}

// A metric whose target is for all pods together says nothing of a pod; what it
// carries is then given.
func TestAMetricOfTheWholeIsPlanned(t *testing.T) {
	w := shop("queue", weeks(5*time.Minute, 50, 50))
	w.Loop.Spec.Metrics[0] = simulate.Metric{Kind: simulate.Value, Source: simulate.Object, Target: 60}
	share := 0.5
	r := plan(t, Options{WhatIf: WhatIf{Target: &share}}, w)
	p := r.Workloads[0]
	if p.Forecast != nil || len(p.Problems) != 1 || !(p.Total.PodHours > 0) || math.IsInf(p.Total.PodHours, 0) {
		t.Errorf("%+v, %q, %g pod-hours", p.Forecast, p.Problems, p.Total.PodHours)
	}
}

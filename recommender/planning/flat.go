package planning

import (
	"fmt"
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// flat plans w at what it uses now, because why.
func (p *Planner) flat(w *Workload, factor float64, out *Planned, why *NoForecast) {
	plan := &out.plan
	out.peaks, out.gaps, plan.Method, plan.Sampled = nil, nil, "", 0
	need, atTarget := 0.0, 0.0
	load := math.NaN()
	for m, l := range w.Loads {
		now := lately(l, p) * factor
		if m >= len(w.Loop.PerPod) || m >= len(w.Loop.Spec.Metrics) || !(w.Loop.PerPod[m] > 0) || math.IsNaN(now) {
			continue
		}
		full, aim := w.Loop.PerPod[m], w.Loop.Spec.Metrics[m].PerPod()
		if !(aim > 0) {
			aim = full
		}
		if math.IsNaN(load) || now/full > need {
			load, need, plan.Metric, plan.PerPod = now, now/full, m, Number(full)
		}
		atTarget = max(atTarget, now/aim)
	}
	if plan.PerPod == 0 {
		plan.PerPod = Number(math.NaN())
	}
	low, high := float64(plan.Baseline), float64(max(plan.Ceiling, plan.Baseline))
	switch {
	case need > 0:
		why.Detail += "; it is planned flat at what it used last"
	case float64(w.Replicas) > high:
		why.Detail += fmt.Sprintf("; it is planned flat at its ceiling, since it has %d pods", w.Replicas)
		low = high
	case float64(w.Replicas) >= low:
		why.Detail += fmt.Sprintf("; it is planned flat at the %d pods that it has", w.Replicas)
		low = float64(w.Replicas)
	default:
		why.Detail += "; it is planned flat at its baseline"
	}
	plan.Forecast, out.most = why, make([]float64, len(plan.Rows))
	f := gapDetector{limit: high, step: p.o.Step, at: func(i int) time.Time { return plan.Rows[i].Time }}
	scheduled := p.scheduled(w)
	for i := range plan.Rows {
		zone := p.o.WhatIf.zoneFactor(plan.Rows[i].Time)
		alone := min(max(float64(pods(atTarget*zone)), low), high)
		floor := min(max(float64(atLeast(scheduled, plan.Rows[i].Time)), float64(plan.Baseline)), high)
		n := max(alone, floor)
		needed := float64(pods(need * zone))
		plan.Rows[i] = Row{
			Time: plan.Rows[i].Time, Load: Number(load), LoadHigh: Number(math.NaN()), Need: needed, Floor: floor,
			Pods: n, PodsHigh: n, PodsMost: n, Alone: alone, AloneHigh: alone, Gap: max(needed-high, 0),
		}
		if needed > n {
			plan.Rows[i].Short = p.o.Step.Minutes()
		}
		if needed > alone {
			plan.Rows[i].ShortAlone = p.o.Step.Minutes()
		}
		out.most[i] = n
		f.add(i, needed, needed)
	}
	out.gaps = f.ceiling(plan.Key())
}

// lately returns the mean of the last hour of l that is known before the plan;
// NaN if none is.
func lately(l forecast.Series, p *Planner) float64 {
	if l.Step <= 0 || l.Len() == 0 {
		return math.NaN()
	}
	l = l.Between(l.Start, p.o.From.Add(-1))
	last := l.LastKnown()
	if last < 0 {
		return math.NaN()
	}
	sum, n := 0.0, 0.0
	for i := last; i >= 0 && l.Time(last).Sub(l.Time(i)) < latest; i-- {
		if v := l.Values[i]; v >= 0 && v <= forecast.MaxLoad {
			sum, n = sum+v, n+1
		}
	}
	return sum / n // NaN over nothing
}

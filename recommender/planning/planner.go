package planning

import (
	"errors"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/price"
)

// A Planner plans one workload at a time. Its methods may be called from any
// goroutine.
type Planner struct {
	o    Options // checked, with defaults
	to   time.Time
	rows int

	grain time.Duration // that loads are forecast at, if their own step is not longer
	tick  time.Duration // at which floors are decided, and loads are played
}

// NewPlanner checks the options.
func NewPlanner(o Options) (*Planner, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	p := &Planner{o: o, to: o.From.Add(o.Horizon), rows: int(o.Horizon / o.Step)}
	p.grain, p.tick = Grain(o.Horizon), time.Minute
	if o.Horizon > 7*24*time.Hour {
		p.tick = 5 * time.Minute
	}
	return p, nil
}

// From returns when the plan begins.
func (p *Planner) From() time.Time { return p.o.From }

// Grain returns the step that loads are forecast at for a plan of the given
// horizon, if their own step is not longer. Finer history is averaged to it.
func Grain(horizon time.Duration) time.Duration {
	switch day := 24 * time.Hour; {
	case horizon <= 3*day:
		return time.Minute
	case horizon <= 7*day:
		return 5 * time.Minute
	}
	return 15 * time.Minute
}

// Planned is a workload's plan on its way into a Report.
type Planned struct {
	plan  WorkloadPlan
	peaks []Peak
	gaps  []Gap     // in its ceiling
	most  []float64 // by row, the most pods at once if the middle load comes
}

const (
	stale         = 7 * 24 * time.Hour // how old the newest sample of a load may be
	late          = 24 * time.Hour     // from which age on that is told
	latest        = time.Hour          // what a flat plan rests on
	reasonInvalid = "Invalid"          // why a workload is not forecast that cannot be played
)

// Plan plans one workload. It always has rows: a workload that cannot be
// forecast is flat at what it uses now, and says why.
func (p *Planner) Plan(own Workload) *Planned {
	w, factor, problems := p.o.WhatIf.apply(own)
	out := &Planned{plan: WorkloadPlan{
		Namespace: w.Namespace, Name: w.Name, Unit: w.Unit, Baseline: max(w.Loop.Spec.Min, 1), Ceiling: w.Loop.Spec.Max,
		PodCPU: w.PodCPU, PodMemory: w.PodMemory, Observed: w.Observed,
		Price: p.priceOf(&own), Rows: make([]Row, p.rows), Problems: append(append([]string{}, w.Problems...), problems...),
	}}
	for i := range out.plan.Rows {
		out.plan.Rows[i].Time = p.o.From.Add(time.Duration(i) * p.o.Step)
	}
	if err := p.play(&w, factor, out); err != nil {
		why := &NoForecast{Reason: reasonInvalid, Detail: err.Error()}
		if none, ok := errors.AsType[*forecast.NoForecast](err); ok {
			why = &NoForecast{Reason: string(none.Reason), Detail: none.Detail}
		}
		p.flat(&w, factor, out, why)
	}
	p.settle(&w, out)
	return out
}

// priceOf is the workload's own price, if costs are of it.
func (p *Planner) priceOf(own *Workload) *price.Price {
	if p.o.WhatIf.Priced() || !own.Price.Known() {
		return nil
	}
	return new(own.Price)
}

// play forecasts and plays w into out.
func (p *Planner) play(w *Workload, factor float64, out *Planned) error {
	if err := w.check(); err != nil {
		return err
	}
	forecasts, problems, err := p.forecastLoads(w, factor)
	if err != nil {
		return err
	}
	out.plan.Problems = append(out.plan.Problems, problems...)
	s := p.newSimulation(w, forecasts)
	out.plan.Method, out.plan.Metric = forecasts[s.lead].method, s.lead
	out.plan.PerPod = Number(w.Loop.PerPod[s.lead])
	out.plan.Sampled = s.samples
	if err := s.fill(out); err != nil {
		return err
	}
	out.peaks, out.gaps = s.peaks(), s.gaps()
	return nil
}

// settle fills in what follows from the pods: CPU, memory, cost, and the total.
func (p *Planner) settle(w *Workload, out *Planned) {
	price, hours := p.o.WhatIf.podHour(w), p.o.Step.Hours()
	for i := range out.plan.Rows {
		r := &out.plan.Rows[i]
		r.CPU, r.CPUMost = r.Pods*w.PodCPU, r.PodsMost*w.PodCPU
		r.Memory, r.MemMost = r.Pods*w.PodMemory, r.PodsMost*w.PodMemory
		r.Cost, r.CostAlone = r.Pods*price*hours, r.Alone*price*hours
		out.plan.Total.add(*r, hours)
	}
}

// add adds a row of the given hours.
func (t *Total) add(r Row, hours float64) {
	t.PodHours += r.Pods * hours
	t.PodHoursAlone += r.Alone * hours
	t.PodHoursHigh += r.PodsHigh * hours
	t.CPUHours += r.CPU * hours
	t.MemoryHours += r.Memory * hours
	t.Cost += r.Cost
	t.CostAlone += r.CostAlone
	t.Short += r.Short
	t.ShortAlone += r.ShortAlone
	t.PodsMost, t.CPUMost, t.MemMost = max(t.PodsMost, r.PodsMost), max(t.CPUMost, r.CPUMost), max(t.MemMost, r.MemMost)
}

// span writes a duration as people say it.
func span(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
	return explain.Span(d.Round(time.Second))
}

package api

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

func summaryOf(r *scheduler.Result) Summary {
	w, d := r.Workload, r.Decision
	s := Summary{
		Namespace: w.Namespace, Name: w.Name, Kind: w.Kind, Target: Target{w.Target.Kind, w.Target.Name},
		Mode: string(w.Policy.Mode), Suspended: w.Policy.Suspend,
		Floor: d.Floor, Current: current(r), Baseline: w.Baseline, Ceiling: w.Ceiling, Replicas: w.Replicas, Desired: w.Desired,
		Reason: string(d.Reason), Cause: string(d.Cause), Message: d.Message, Bound: d.Bound, Signal: d.Signal, Needed: d.Needed, Quantile: d.Quantile,
		Plan: []PlanChange{}, Warnings: []Note{}, Problems: []Problem{}, Price: priceOf(w.Price), Proof: briefOf(r.Proof, w.Price), Error: r.Err, At: r.At,
	}
	if w.PolicyName != "" {
		s.Policy = &w.PolicyName
	}
	if d.Signal != "" {
		c := capacityOf(d.Capacity)
		s.Load, s.Capacity = &d.Load, &c
		s.Peak = &Peak{d.Peak.Time, d.Peak.Load, d.Peak.Pods}
	}
	for _, p := range r.Plan.Points {
		s.Plan = append(s.Plan, PlanChange{p.Time, p.Floor, string(p.Reason)})
	}
	for _, x := range d.Warnings {
		s.Warnings = append(s.Warnings, Note{x.Code, x.Message})
	}
	for _, p := range w.Problems {
		s.Problems = append(s.Problems, Problem{p.Code, p.Field, p.Message, p.Fatal})
	}
	for _, sig := range r.Signals {
		if sig.NoForecast != nil {
			s.NoForecast = noForecastOf(sig.NoForecast)
			break
		}
	}
	return s
}

// priceOf returns a price for JSON; nil if there is none.
func priceOf(p price.Price) *price.Price {
	if !p.Known() {
		return nil
	}
	return &p
}

// current returns the minReplicas that holds after the tick: what was seen
// before it, unless the tick has changed it.
func current(r *scheduler.Result) int32 {
	switch {
	case !r.Applied.Changed:
		return r.Workload.Floor
	case r.Applied.Lease != nil:
		return r.Applied.Lease.Floor
	}
	return r.Workload.Baseline
}

func detailOf(r *scheduler.Result) Detail {
	p := r.Workload.Policy
	d := Detail{
		Summary: summaryOf(r), Steps: []Step{}, Signals: []Signal{},
		Applied: Applied{r.Applied.Changed, r.Applied.Outcome, r.Applied.Message},
		PolicyValues: PolicyValues{
			Quantile: p.Quantile, Headroom: p.Headroom, Min: p.Min, Max: p.Max,
			LeadTime: p.LeadTime.String(), Hold: p.Hold.String(), Grace: p.Grace.String(),
			StepUp: p.StepUp, MinStepUp: p.MinStepUp, StepDown: p.StepDown, StepEvery: p.StepEvery.String(),
		},
	}
	d.Calendar, d.Proof, d.LearnedLead = calendarOf(r), proofOf(r.Proof, r.Workload.Price), leadOf(r.Lead)
	d.Scheduled = scheduledOf(r.Scheduled)
	for _, s := range r.Decision.Steps {
		d.Steps = append(d.Steps, Step{s.Name, s.In, s.Out, s.Note})
	}
	for _, s := range r.Signals {
		d.Signals = append(d.Signals, signalOf(s))
	}
	if l := r.Lease(); l != nil {
		d.Lease = &Lease{l.Baseline, l.Floor, l.Renewed, l.Expires, l.Holder}
	}
	return d
}

func scheduledOf(list []recommender.Scheduled) []Scheduled {
	out := []Scheduled{}
	bound := func(n int32) *int32 {
		if n == 0 {
			return nil
		}
		return &n
	}
	for _, s := range list {
		out = append(out, Scheduled{s.Name, s.From, s.To, bound(s.Min), bound(s.Max)})
	}
	return out
}

// calendarOf says what of the calendar matters now; nil if there is none.
func calendarOf(r *scheduler.Result) *Calendar {
	if r.Calendar == nil || r.Workload.Calendar == nil {
		return nil
	}
	c := &Calendar{TimeZone: r.Calendar.Location.String(), Holidays: []string{}}
	c.Holidays = append(c.Holidays, r.Workload.Calendar.Holidays...)
	if name := calendar.Holiday(r.Calendar, r.At); name != "" {
		c.Today = &name
	}
	if e, ok := calendar.Next(r.Calendar, r.At); ok {
		c.Event = &Event{e.Name, e.Start, e.End, e.Multiplier}
	}
	return c
}

func signalOf(s scheduler.SignalResult) Signal {
	out := Signal{
		Name: s.Name, Query: cmp.Or(s.Read, s.Query.Expr), QueryFrom: s.Query.From, Unit: s.Capacity.Unit, Capacity: capacityOf(s.Capacity),
		Full: positive(s.Full), Metric: metricOf(s), Assumed: s.Assumed, Learned: learnedOf(s.Learned),
		Newest: whenKnown(s.Newest), Value: number(s.Value),
		HistoryStart: whenKnown(s.HistoryStart), HistorySpanSeconds: s.Span.Seconds(),
		Quality: Quality(s.Quality), Warnings: []string{}, Method: s.Method, FittedAt: whenKnown(s.Fitted),
		NoForecast: noForecastOf(s.NoForecast), Findings: []Finding{}, Experts: expertsOf(s),
		Score: Score{s.Score.Matured, number(s.Score.Coverage), number(s.Score.Error)},
	}
	out.Warnings = append(out.Warnings, s.Warnings...)
	for _, f := range s.Findings {
		out.Findings = append(out.Findings, Finding{string(f.Kind), whenKnown(f.From), whenKnown(f.To), f.Detail})
	}
	return out
}

// expertsOf returns what takes part in a forecast, and the external models that do not.
func expertsOf(s scheduler.SignalResult) []Expert {
	list := []Expert{}
	for _, x := range s.Shares {
		external := slices.ContainsFunc(s.ExternalModels, func(m externalmodels.State) bool { return m.Name == x.Name })
		list = append(list, Expert{Name: x.Name, Shown: x.Shown, Near: x.Near, Mid: x.Mid, Far: x.Far, External: external})
	}
	for _, x := range s.ExternalModels {
		if x.Note != "" {
			list = append(list, Expert{Name: x.Name, Shown: "the expert " + x.Name, External: true, Note: x.Note, Failed: x.Failed})
		}
	}
	return list
}

func forecastOf(v scheduler.View, i int, part span) Forecast {
	c, s := v.Curves[i], v.Signals[i]
	f := Forecast{Signal: s.Name, Unit: s.Capacity.Unit, Quantiles: []float64{}, NoForecast: noForecastOf(s.NoForecast)}
	f.History = valuesOf(part.series(c.History, mean))
	if c.Load != nil {
		f.Quantiles, f.Forecast = c.Load.Taus, rowsOf(part.paths(c.Load))
	}
	return f
}

// valuesOf returns s for JSON; nil if it is empty.
func valuesOf(s forecast.Series) *Values {
	if s.Len() == 0 {
		return nil
	}
	v := &Values{Start: s.Start, StepSeconds: s.Step.Seconds(), Values: make([]*float64, s.Len())}
	for i, x := range s.Values {
		v.Values[i] = number(x)
	}
	return v
}

func rowsOf(p *forecast.Paths) *Rows {
	r := &Rows{Start: p.Start, StepSeconds: p.Step.Seconds(), Values: make([][]*float64, p.Steps())}
	for i := range r.Values {
		for _, x := range p.Row(i) {
			r.Values[i] = append(r.Values[i], number(x))
		}
	}
	return r
}

func planOf(v scheduler.View, pods scheduler.Pods, part span) Plan {
	p := Plan{StepSeconds: max(v.Full.Step, part.step).Seconds(), Points: make([]PlanPoint, 0, len(v.Full.Points)), Past: make([]PastPoint, 0, len(v.Past))}
	p.Pods = Pods{
		Wanted: valuesOf(part.series(pods.Wanted, slices.Max[[]float64])), Ready: valuesOf(part.series(pods.Ready, slices.Min[[]float64])),
		Warnings: append([]string{}, pods.Warnings...),
	}
	for _, x := range v.Full.Points {
		p.Points = append(p.Points, PlanPoint{x.Time, x.Floor, x.Needed, x.Load, zeroIfNaN(x.Median), string(x.Reason)})
	}
	for _, x := range v.Past {
		p.Past = append(p.Past, PastPoint{x.Time, x.Floor, x.Replicas})
	}
	p.Points, p.Past = part.plan(p.Points, v.Full.Step), part.past(p.Past, v.At)
	return p
}

func capacityOf(c recommender.Capacity) Capacity {
	out := Capacity{Unit: c.Unit, Source: c.Source}
	if c.PerPod > 0 {
		out.PerPod = number(c.PerPod)
	}
	return out
}

func noForecastOf(n *forecast.NoForecast) *NoForecast {
	if n == nil {
		return nil
	}
	return &NoForecast{string(n.Reason), n.Detail}
}

// number returns x for JSON, which knows no NaN.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func zeroIfNaN(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

func whenKnown(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

package api

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// briefOf says what a proof comes to, with what a pod-hour costs.
func briefOf(p proofs.State, cost price.Price) ProofBrief {
	told := provedOf(p)
	b := ProofBrief{Pending: p.Pending, Withdrawn: p.Withdrawn, Holds: told.Holds()}
	if p.Proof == nil {
		return b
	}
	b.Verdict = new(string(p.Verdict))
	if saved, ok := told.Saved(); ok {
		alone, _ := p.Result(proof.PolicyHPA)
		own, _ := p.Result(proof.PolicyHighwater)
		b.ShortMinutesSaved, b.PodHoursChange = number(saved), change(own.PodHours, alone.PodHours)
		if cost.Known() {
			b.CostChange = number(cost.PodHour * (own.PodHours/own.Minutes - alone.PodHours/alone.Minutes) * week.Minutes())
		}
	}
	return b
}

const week = 7 * 24 * time.Hour

// costOf is what pod-hours cost; nil without a price.
func costOf(podHours float64, p price.Price) *float64 {
	if !p.Known() {
		return nil
	}
	return number(podHours * p.PodHour)
}

// change returns by which share now differs from before; null if before is zero.
func change(now, before float64) *float64 {
	if before == 0 {
		return nil
	}
	return number(now/before - 1)
}

func proofOf(p proofs.State, cost price.Price) Proof {
	told := provedOf(p)
	out := Proof{ProofBrief: briefOf(p, cost), Message: told.Message(), Policies: []PolicyOutcome{}}
	if p.Proof == nil {
		return out
	}
	out.Detail, out.MadeAt, out.TookSeconds = p.Detail, whenKnown(p.At), number(p.Took.Seconds())
	out.From, out.To, out.Quantile = whenKnown(p.From), whenKnown(p.To), number(p.Quantile)
	alone, _ := p.Result(proof.PolicyHPA)
	for _, r := range p.Results {
		out.Policies = append(out.Policies, PolicyOutcome{
			Policy: r.Policy, Minutes: r.Minutes, ShortMinutes: r.ShortMinutes, ShortLoad: number(r.ShortLoad),
			PodHours: r.PodHours, Cost: costOf(r.PodHours, cost), PodHoursChange: change(r.PodHours, alone.PodHours), MeanUtilization: number(r.MeanUtilization),
			Changes: r.Changes, FloorChanges: r.FloorChanges, MaxPods: r.MaxPods, LongestShortSeconds: r.LongestShort.Seconds(),
		})
	}
	return out
}

func leadOf(l *capacity.Lead) *LearnedLead {
	if l == nil {
		return nil
	}
	out := &LearnedLead{
		Seconds: l.Time.Seconds(), Starts: l.N, Confidence: l.Confidence.String(), Why: l.Why,
		NeverReady: l.NeverReady, Outliers: l.Outliers,
	}
	if l.P95 > 0 {
		out.P95Seconds, out.MedianSeconds = number(l.P95.Seconds()), number(l.Median.Seconds())
	}
	if l.Slow != nil {
		out.SlowStarts = l.Slow.N
	}
	return out
}

func metricOf(s scheduler.SignalResult) *Metric {
	m := s.Metric
	if m.Kind == "" {
		return nil
	}
	return &Metric{Kind: string(m.Kind), Source: string(m.Source), Target: positive(m.Target), Request: positive(m.Request)}
}

func learnedOf(l *capacity.Learned) *Learned {
	if l == nil {
		return nil
	}
	out := &Learned{
		PerPod: positive(l.PerPod), Unit: l.Unit, Method: string(l.Method), Confidence: l.Confidence.String(), Why: l.Why,
		Clamped: l.Clamped, Estimates: []Estimate{}, Refusals: []Refusal{},
	}
	for _, e := range l.Estimates {
		est := Estimate{
			Method: string(e.Method), PerPod: e.PerPod, Low: e.Low, High: e.High, AtLeast: e.AtLeast,
			Confidence: e.Confidence.String(), Why: e.Why, Observations: e.N,
		}
		if e.Scaling != nil {
			est.PeakPods = positive(e.Scaling.PeakPods)
		}
		out.Estimates = append(out.Estimates, est)
	}
	for _, r := range l.Refusals {
		out.Refusals = append(out.Refusals, Refusal{string(r.Method), string(r.Reason), r.Detail})
	}
	return out
}

func scattersOf(s scheduler.SignalResult) Scatters {
	out := Scatters{Signal: s.Name, Unit: s.Capacity.Unit, Plots: []Scatter{}}
	if s.Learned == nil {
		return out
	}
	for _, e := range s.Learned.Estimates {
		if len(e.Points) > 0 {
			out.Plots = append(out.Plots, Scatter{string(e.Method), dots(e.Points), dots(e.Curve)})
		}
	}
	return out
}

// dots returns the points that JSON can hold.
func dots(list []capacity.Point) []Dot {
	out := []Dot{}
	for _, p := range list {
		if number(p.X) != nil && number(p.Y) != nil {
			out = append(out, Dot(p))
		}
	}
	return out
}

// positive returns x for JSON; null if it is not positive and finite.
func positive(x float64) *float64 {
	if !(x > 0) {
		return nil
	}
	return number(x)
}

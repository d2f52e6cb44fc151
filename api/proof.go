package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

const week = 7 * 24 * time.Hour

// briefOf says what a proof comes to.
func briefOf(p proofs.State) ProofBrief {
	b := ProofBrief{Pending: p.Pending, Withdrawn: p.Withdrawn}
	if p.Proof == nil {
		return b
	}
	b.Verdict, b.Holds = new(string(p.Verdict)), p.Proven() && p.Withdrawn == ""
	alone, ok := p.Result(proof.PolicyHPA)
	own, ok2 := p.Result(proof.PolicyHighwater)
	if !ok || !ok2 || alone.Minutes == 0 || own.Minutes == 0 {
		return b
	}
	b.ShortMinutesSaved = number((alone.ShortMinutes/alone.Minutes - own.ShortMinutes/own.Minutes) * week.Minutes())
	b.PodHoursChange = change(own.PodHours, alone.PodHours)
	return b
}

// change returns by which share now differs from before; null if before is zero.
func change(now, before float64) *float64 {
	if before == 0 {
		return nil
	}
	return number(now/before - 1)
}

func proofOf(p proofs.State) Proof {
	out := Proof{ProofBrief: briefOf(p), Message: tellProof(p), Policies: []PolicyOutcome{}}
	if p.Proof == nil {
		return out
	}
	out.Detail, out.MadeAt, out.TookSeconds = p.Detail, whenKnown(p.At), number(p.Took.Seconds())
	out.From, out.To, out.Quantile = whenKnown(p.From), whenKnown(p.To), number(p.Quantile)
	alone, _ := p.Result(proof.PolicyHPA)
	for _, r := range p.Results {
		out.Policies = append(out.Policies, PolicyOutcome{
			Policy: r.Policy, Minutes: r.Minutes, ShortMinutes: r.ShortMinutes, ShortLoad: number(r.ShortLoad),
			PodHours: r.PodHours, PodHoursChange: change(r.PodHours, alone.PodHours), MeanUtilization: number(r.MeanUtilization),
			Changes: r.Changes, FloorChanges: r.FloorChanges, MaxPods: r.MaxPods, LongestShortSeconds: r.LongestShort.Seconds(),
		})
	}
	return out
}

// verdicts are the words of a verdict, and what follows from it.
var verdicts = map[proof.Verdict]string{
	proof.Proven:      "proven",
	proof.NotNeeded:   "not needed: the HPA alone serves this load",
	proof.NoGain:      "no gain: floors would cost more than the short minutes that they avoid",
	proof.NaiveWins:   "refused: yesterday's load as the forecast would serve better",
	proof.NoForesight: "refused: a constant minReplicas would serve as well",
	proof.DidHarm:     "refused: floors would have done harm",
}

// tellProof tells the proof in a sentence.
func tellProof(p proofs.State) string {
	switch {
	case p.Proof == nil && p.Pending != "":
		return "no proof yet: " + p.Pending
	case p.Proof == nil:
		return "no proof yet"
	case p.Withdrawn != "":
		return "withdrawn: " + p.Withdrawn
	}
	said, ok := verdicts[p.Verdict]
	if !ok {
		said = string(p.Verdict)
	}
	if numbers := tellOutcome(p.Proof); numbers != "" {
		said += "; " + numbers
	}
	return said
}

// tellOutcome says what floors would have done over the days that count.
func tellOutcome(p *proof.Proof) string {
	alone, ok := p.Result(proof.PolicyHPA)
	own, ok2 := p.Result(proof.PolicyHighwater)
	if !ok || !ok2 || alone.PodHours == 0 {
		return ""
	}
	over := fmt.Sprintf("over %s days", figure(p.To.Sub(p.From).Hours()/24))
	if p.Verdict != proof.Proven {
		return fmt.Sprintf("%s it was short for %s of %.0f minutes", over, figure(alone.ShortMinutes), alone.Minutes)
	}
	if own.ShortMinutes >= alone.ShortMinutes { // too few days came before those that count
		return p.Detail
	}
	return fmt.Sprintf("%s floors would have left it short for %s minutes instead of %s, at %s",
		over, figure(own.ShortMinutes), figure(alone.ShortMinutes), podHours(own.PodHours/alone.PodHours-1))
}

// podHours says by how much pod-hours change.
func podHours(share float64) string {
	switch {
	case share > -0.0005 && share < 0.0005:
		return "as many pod-hours"
	case share < 0:
		return figure(-100*share) + " % fewer pod-hours"
	}
	return figure(100*share) + " % more pod-hours"
}

// figure writes x as people do: whole from 100 on, else to two places at most.
func figure(x float64) string {
	places := 2
	switch {
	case x >= 100:
		places = 0
	case x >= 10:
		places = 1
	}
	unit := math.Pow10(places)
	text := strconv.FormatFloat(math.Round(x*unit)/unit, 'f', places, 64) // ties away from zero, as the page does
	if places > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
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

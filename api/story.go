package api

import (
	"context"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// Story is the story of a workload in sentences.
type Story struct {
	Title    string            `json:"title"`
	Sections []explain.Section `json:"sections"`
	Next     []string          `json:"next" doc:"What to do, the most urgent first"`
}

func (h *handlers) story(_ context.Context, in *Named) (*body[Story], error) {
	r, ok := h.s.Result(in.key())
	if !ok {
		return nil, h.missing(*in)
	}
	s := storyOf(r)
	return &body[Story]{Story{s.Title(), s.Sections(), s.Next()}}, nil
}

// storyOf returns what the story of a workload is told from.
func storyOf(r *scheduler.Result) *explain.Story {
	w, d := &r.Workload, &r.Decision
	s := &explain.Story{
		Now: r.At, Name: w.String(), Kind: w.Kind, Target: w.Target.Kind + " " + w.Target.Name,
		Mode: string(w.Policy.Mode), Suspended: w.Policy.Suspend, Policy: w.PolicyName, Quantile: d.Quantile,
		Reason: string(d.Reason), Message: d.Message, Current: current(r), Baseline: w.Baseline, Ceiling: w.Ceiling, Replicas: w.Replicas,
		Failed: r.Err, LeadTime: w.Policy.LeadTime, Bound: d.Bound,
		Outcome: explain.Remark{Code: r.Applied.Outcome, Message: r.Applied.Message}, Proof: provedOf(r.Proof),
	}
	for i := range r.Signals {
		s.Loads = append(s.Loads, loadOf(&r.Signals[i]))
	}
	if l := r.Lead; l != nil {
		s.Lead = &explain.Lead{Time: l.Time, Confidence: l.Confidence.String(), Why: l.Why}
	}
	if d.Signal != "" {
		s.Peak = &explain.Peak{Load: d.Peak.Load, Unit: d.Peak.Unit, Time: d.Peak.Time, Pods: d.Peak.Pods}
	}
	for _, p := range r.Plan.Points {
		s.Changes = append(s.Changes, explain.FloorAt{Time: p.Time, Floor: p.Floor})
	}
	for _, st := range d.Steps {
		s.Stages = append(s.Stages, explain.Stage{Name: st.Name, Out: st.Out, Note: st.Note})
	}
	if l := r.Lease(); l != nil {
		s.Lease = &explain.Lease{Holder: l.Holder, Floor: l.Floor, Baseline: l.Baseline, Expires: l.Expires}
	}
	if r.Calendar != nil && w.Calendar != nil {
		s.Holiday = calendar.Holiday(r.Calendar, r.At)
		if e, ok := calendar.Next(r.Calendar, r.At); ok {
			s.Event = &explain.Event{Name: e.Name, Start: e.Start, End: e.End, Multiplier: e.Multiplier}
		}
	}
	for _, x := range r.Scheduled {
		s.Scheduled = append(s.Scheduled, explain.Schedule{Name: x.Name, From: x.From, To: x.To, Min: x.Min, Max: x.Max})
	}
	for _, p := range w.Problems {
		s.Problems = append(s.Problems, explain.Problem{Code: p.Code, Field: p.Field, Message: p.Message})
	}
	for _, x := range d.Warnings {
		s.Warnings = append(s.Warnings, explain.Remark{Code: x.Code, Message: x.Message})
	}
	for _, x := range r.Past {
		s.Past = append(s.Past, explain.State(x))
	}
	return s
}

func loadOf(s *scheduler.SignalResult) explain.Load {
	l := explain.Load{
		Name: s.Name, Unit: s.Capacity.Unit, Value: s.Value, Newest: s.Newest, Query: s.Query.Expr, From: s.Query.From,
		Since: s.HistoryStart, Span: s.Span, Quality: qualityOf(s.Quality), Remarks: s.Warnings,
		Capacity: explain.Capacity{PerPod: s.Capacity.PerPod, Source: s.Capacity.Source, Full: s.Full, Assumed: s.Assumed, Learned: taughtBy(s.Learned)},
		Method:   s.Method, Score: explain.Score{Matured: s.Score.Matured, Coverage: s.Score.Coverage, Error: s.Score.Error},
	}
	if n := s.NoForecast; n != nil {
		l.Missing = &explain.Remark{Code: string(n.Reason), Message: n.Detail}
	}
	for _, f := range s.Findings {
		l.Findings = append(l.Findings, f.Detail)
	}
	return l
}

func qualityOf(q forecast.Quality) explain.Quality {
	return explain.Quality{Points: q.Points, Gaps: q.Gaps, Missing: q.Missing, Duplicates: q.Duplicates, Unordered: q.Unordered, NonFinite: q.NonFinite, Negative: q.Negative}
}

// taughtBy returns what was learned of a capacity; nil if nothing could be.
func taughtBy(l *capacity.Learned) *explain.Learned {
	if l == nil {
		return nil
	}
	out := &explain.Learned{PerPod: l.PerPod, Method: string(l.Method), Confidence: l.Confidence.String(), Why: l.Why}
	for _, e := range l.Estimates {
		out.Estimates = append(out.Estimates, explain.Estimate{
			Method: string(e.Method), PerPod: e.PerPod, Low: e.Low, High: e.High, AtLeast: e.AtLeast, Observations: e.N, Confidence: e.Confidence.String()})
	}
	for _, r := range l.Refusals {
		out.Refusals = append(out.Refusals, explain.Refusal{Method: string(r.Method), Reason: string(r.Reason), Detail: r.Detail})
	}
	return out
}

// provedOf returns what a proof is told from.
func provedOf(p proofs.State) explain.Proof {
	out := explain.Proof{Pending: p.Pending, Withdrawn: p.Withdrawn}
	if p.Proof == nil {
		return out
	}
	out.Verdict, out.Detail, out.From, out.To, out.Since, out.MadeAt = string(p.Verdict), p.Detail, p.From, p.To, p.Since, p.At
	for i := range p.Results {
		out.Results = append(out.Results, playedOf(&p.Results[i]))
	}
	return out
}

// playedOf returns what a proof tells of one policy.
func playedOf(r *proof.Result) explain.Played {
	return explain.Played{Policy: r.Policy, Minutes: r.Minutes, ShortMinutes: r.ShortMinutes, PodHours: r.PodHours, Changes: r.Changes}
}

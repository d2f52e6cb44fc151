package recommender

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// An explainer hands what a decision was made by to those who put it into words.
type explainer struct {
	s     *pipeline
	words explain.Floor
	ramp  explain.Later // what the ramp begins early for
	quiet explain.Later // what the quiet time holds the floor for
}

func newExplainer(p Policy, b bounds, in *Input, d *Decision, s *pipeline, c *demandCurve, lost *forecast.NoForecast) *explainer {
	t := &explainer{s: s, words: explain.Floor{
		Now: in.Now, Floor: d.Floor, Baseline: in.Baseline,
		Only: p.OnlySchedules, Aim: s.aim, Cut: s.cut, Pace: s.pace, Edge: s.edge,
		Bare: s.bare, Ramp: s.entry.ramp, Could: s.could,
		Hold: p.Hold, Quiet: p.Quiet, Grace: p.Grace,
		NeededAt: s.mem.NeededAt, DoubtSince: s.mem.DoubtSince,
		Low: s.b.low, High: s.b.high, LowName: s.b.lowName, HighName: s.b.highName, Min: p.Min, Max: p.Max, Ceiling: in.Ceiling,
		Least: s.b.least.words(), Most: s.b.most.words(),
		From: s.from, Goal: s.goal, Next: s.next,
		Up:   explain.Steps{Share: p.StepUp, Least: p.MinStepUp, Most: p.MaxStepUp, Every: p.StepEvery},
		Down: explain.Steps{Share: p.StepDown, Every: p.StepEvery, AtOnce: s.atOnce},
		Demand: explain.Demand{
			Signal: d.Signal, Unit: d.Capacity.Unit, Load: d.Load, PerPod: d.Capacity.PerPod, Pods: d.Needed,
			Quantile: p.Quantile, Headroom: p.Headroom, Window: p.Window(),
		},
	}}
	held := s.aim == explain.Hold || s.cut == explain.Hold
	if held && !s.next.Before(s.mem.NeededAt.Add(p.Hold)) || s.mem.NeededAt.After(in.Now) && !s.next.Before(s.mem.NeededAt) {
		t.words.Next = time.Time{} // by then the hold time ends, or comes again after a clock was set back
	}
	if by := c.by[0]; by >= 0 {
		r, _ := in.Signals[by].reader(in.Now, p)
		t.words.Demand.Present = r.ahead+r.window < 0
	}
	if lost != nil {
		t.words.Lost = fmt.Sprintf("no forecast (%s): %s", lost.Reason, lost.Detail)
		if d.Signal != "" {
			t.words.Lost = fmt.Sprintf("a forecast is missing (%s): %s", lost.Reason, lost.Detail)
		}
	}
	t.ramp = c.later(b, c.goal)
	t.words.Later = t.ramp
	if s.held == explain.Quiet {
		t.quiet = c.later(b, c.first(min(s.entry.keep, s.from)))
	}
	if s.aim == explain.Quiet || s.cut == explain.Quiet {
		t.words.Later = t.quiet
	}
	return t
}

// steps lists the stages with a note on each that changed the number, and
// names the last of those.
func (t *explainer) steps() (list []Step, bound string) {
	in := int32(0)
	for i, stage := range stageOrder {
		step := Step{Name: stage.name, In: in, Out: t.s.outs[i]}
		if step.Out != in {
			step.Note, bound = t.note(stage.name), stage.name
		}
		list = append(list, step)
		in = step.Out
	}
	return list, bound
}

func (t *explainer) note(stage string) string {
	switch stage {
	case StepDemand:
		return t.words.DemandNote()
	case StepHeadroom:
		return t.words.HeadroomNote()
	case StepRamp:
		return t.words.RampNote(t.ramp)
	case StepStabilise:
		words := t.words
		words.Later = t.quiet
		return words.StabiliseNote(t.s.held)
	case StepRate:
		return t.words.RateNote()
	case StepClamp:
		return t.words.ClampNote(t.s.clamped)
	}
	return ""
}

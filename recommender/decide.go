package recommender

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// Decide makes the floor for in.Now. It changes none of its arguments.
//
// Whatever comes in, the floor lies between the baseline and the ceiling,
// moves no faster than the policy's steps allow, and is not lowered by doubt
// before the grace time is over. With a policy or a workload that makes no
// sense the floor stays as it is, with ReasonBadWorkload and a warning for
// each fault.
func Decide(p Policy, in Input) Decision {
	d, _, _ := decide(p, in, 0)
	return d
}

// PlanAhead makes the decision and walks it on until in.Now + horizon, as if
// every forecast came true. The plan has a point for each step of the walk;
// the first is the decision's.
func PlanAhead(p Policy, in Input, horizon time.Duration) (Decision, Plan) {
	n := 0
	if step := curveStep(p, in); step > 0 {
		n = int(horizon/step) + 1
	}
	b := boundsOf(p, in)
	d, s, c := decide(p, in, n)
	plan := Plan{Step: c.step, Points: []PlanPoint{c.point(in, 0, d.Floor, d.Reason)}}
	lost := s != nil && s.entry.lost // doubt about the present goes on; the end of a forecast is none
	for i := 1; i < n && s != nil; i++ {
		s.now, s.from = c.time(i), s.n
		s.entry, s.b = c.entry(i), c.boundsAt(b, i)
		s.entry.lost = lost
		s.steps = max(1, int(c.step/p.StepEvery))
		if !s.entry.known && !lost && !p.Suspend && !p.OnlySchedules {
			break
		}
		s.run()
		plan.Points = append(plan.Points, c.point(in, i, s.n, s.why))
	}
	return d, plan
}

// Changes returns the plan without the points at which the floor stays what it
// was.
func (pl Plan) Changes() Plan {
	out := Plan{Step: pl.Step}
	for i, pt := range pl.Points {
		if i == 0 || pt.Floor != pl.Points[i-1].Floor {
			out.Points = append(out.Points, pt)
		}
	}
	return out
}

// rampEntries is how many steps ahead of now a decision looks for needs that a
// ramp has to begin for. Steps of 50 % take 4 pods past 10,000 in fewer.
const rampEntries = 30

// Foresight returns how far ahead a decision looks that is made each tick.
func Foresight(p Policy, tick time.Duration) time.Duration {
	tick = max(tick, p.StepEvery)
	return max(rampEntries*tick, p.Quiet)
}

// decide makes the decision from a curve of n entries, at least rampEntries.
// It returns what the plan goes on from.
func decide(p Policy, in Input, n int) (Decision, *pipeline, demandCurve) {
	d := Decision{Time: in.Now, Quantile: p.Quantile, Memory: in.Memory}
	if d.Warnings = check(p, in); len(d.Warnings) > 0 {
		d.Floor, d.Reason, d.Cause = in.Floor, ReasonBadWorkload, explain.Invalid
		d.Message = "the floor stays as it is: " + d.Warnings[0].Message
		return d, nil, demandCurve{}
	}
	b := boundsOf(p, in)
	var (
		c demandCurve
		s pipeline
	)
	lost := p.doubtful(&in)
	c.chart(p, &in, curveStep(p, in), max(n, 1))
	c.schedule(p, b, &in)
	s.begin(p, b, &in, &c, lost != nil)
	s.run()

	d.Floor, d.Reason, d.Memory = s.n, s.why, s.mem
	d.Warnings = append(append(d.Warnings, b.warnings...), scheduleWarnings(b, c.spans)...)
	if lost != nil && !p.Suspend {
		d.Warnings = append(d.Warnings, Warning{string(lost.Reason), lost.Detail})
	}
	if by := c.by[0]; by >= 0 {
		sig := &in.Signals[by]
		d.Signal, d.Capacity = sig.Name, sig.Capacity
		d.Load, d.Needed, d.Peak = c.load[0], c.need[0], c.peak(p, in)
		if !p.Suspend {
			d.Gaps = c.gaps(b, in.Room)
			for _, g := range d.Gaps {
				d.Warnings = append(d.Warnings, g.warning(remedyOf(g, in.Room)))
			}
		}
	}
	t := newExplainer(p, b, &in, &d, &s, &c, lost)
	d.Steps, d.Bound = t.steps()
	d.Cause, d.Message = t.words.Cause(), t.words.Message()
	return d, &s, c
}

// begin prepares s for the decision that is due now.
func (s *pipeline) begin(p Policy, b bounds, in *Input, c *demandCurve, lost bool) {
	c.rampUp(p, b)
	*s = pipeline{p: p, b: c.boundsAt(b, 0), entry: c.entry(0), now: in.Now, from: in.Floor, steps: 1, mem: in.Memory}
	s.entry.lost = lost
	switch {
	case p.Mode == Observe && in.Memory.Floor > 0:
		s.from = in.Memory.Floor
	case p.Mode == Enforce && in.Memory.Floor != in.Floor:
		// The last change was only observed, or not applied: a step is due.
		s.mem.ChangedAt = time.Time{}
	}
}

// A Walker decides again and again, as Decide does, without putting anything
// into words and without allocating: for replays of the past.
type Walker struct {
	p    Policy
	tick time.Duration
	c    demandCurve
	s    pipeline
}

// NewWalker returns a walker for a policy that is asked once each tick, or what
// makes the policy unusable.
func NewWalker(p Policy, tick time.Duration) (*Walker, []Warning) {
	if faults := p.Check(); len(faults) > 0 {
		return nil, faults
	}
	return &Walker{p: p, tick: max(tick, p.StepEvery)}, nil
}

// Next returns the floor for in.Now, and what the next decision has to
// remember. With a workload that makes no sense the floor stays as it is.
func (w *Walker) Next(in *Input) (floor int32, mem Memory) {
	if in.Baseline < 0 || in.Floor < 0 || in.Ceiling < max(in.Baseline, 1) {
		return in.Floor, in.Memory
	}
	b := boundsOf(w.p, *in)
	w.c.chart(w.p, in, w.tick, 1)
	w.c.schedule(w.p, b, in)
	w.s.begin(w.p, b, in, &w.c, w.p.doubtful(in) != nil)
	w.s.steps = max(1, int(w.tick/w.p.StepEvery))
	w.s.run()
	return w.s.n, w.s.mem
}

// curveStep returns the distance of a curve's entries: the policy's own
// step, or that of the forecast if it is coarser.
func curveStep(p Policy, in Input) time.Duration {
	step := p.StepEvery
	for _, s := range in.Signals {
		if s.Peak != nil {
			step = max(step, s.Peak.Step)
		}
	}
	return step
}

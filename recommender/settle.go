package recommender

import "time"

// A want is what one entry of a course asks of the floor.
type want struct {
	known bool  // some signal is forecast
	lost  bool  // some signal is not: doubt
	bare  int32 // pods for the load
	need  int32 // headroom included
	ramp  int32 // that the floor must have reached by now for later needs
	keep  int32 // the largest need of the quiet time
}

// A settling carries one floor through the stages. The same stages make the
// decision for now and each entry of the plan.
type settling struct {
	p     Policy
	b     bounds
	want  want
	now   time.Time
	from  int32 // the floor that holds
	steps int   // that the rate allows, once it is due
	mem   Memory

	n    int32             // pods so far
	outs [stageCount]int32 // of each stage
	why  Reason

	underway bool // the rate keeps the floor from where it is going
}

const stageCount = 7

// stageOrder is the specification of a decision.
var stageOrder = [stageCount]struct {
	name string
	run  func(*settling) (n int32, why Reason)
}{
	{StepDemand, (*settling).demand},           // what the load needs, or the baseline if suspended
	{StepHeadroom, (*settling).headroom},       // and the user's share on top
	{StepFeasibility, (*settling).feasibility}, // only warns, see Decide
	{StepRamp, (*settling).ramp},               // earlier, for what steps could not reach in time
	{StepStabilise, (*settling).stabilise},     // not down while doubt or a recent need holds it
	{StepRate, (*settling).rate},               // one step from what holds
	{StepClamp, (*settling).clamp},             // whatever comes, within the bounds
}

// settle runs the stages. It leaves the floor in s.n and the memory for the
// next time in s.mem.
func (s *settling) settle() {
	s.n, s.why, s.underway = 0, ReasonBaseline, false
	for i, stage := range stageOrder {
		n, why := stage.run(s)
		if n != s.n && why != "" {
			s.why = why
		}
		s.n, s.outs[i] = n, n
	}
	if s.why == ReasonPeak && s.n <= s.b.baseline {
		s.why = ReasonBaseline
	}
	if s.n != s.from {
		s.mem.ChangedAt = s.now
	}
	s.mem.Floor = s.n
}

func (s *settling) demand() (int32, Reason) {
	switch {
	case s.p.Suspend:
		return s.b.low, ReasonSuspended
	case !s.want.known:
		return 0, ""
	}
	return s.want.bare, ReasonPeak
}

func (s *settling) headroom() (int32, Reason) {
	if s.p.Suspend || !s.want.known {
		return s.n, ""
	}
	return max(s.n, s.want.need), ReasonPeak
}

func (s *settling) feasibility() (int32, Reason) { return s.n, "" }

func (s *settling) ramp() (int32, Reason) {
	if s.p.Suspend {
		return s.n, ""
	}
	return max(s.n, s.want.ramp), ReasonRampUp
}

// stabilise keeps the floor that holds while a forecast is missing, for the
// grace time, or while it was needed within the hold time.
func (s *settling) stabilise() (int32, Reason) {
	falling := max(s.n, s.b.low) < s.from
	switch {
	case s.p.Suspend:
		s.mem.DoubtSince = time.Time{}
		return s.n, ""
	case s.want.lost:
		if s.mem.DoubtSince.IsZero() || s.mem.DoubtSince.After(s.now) {
			s.mem.DoubtSince = s.now // a clock that was set back begins anew
		}
		switch {
		case falling && s.now.Sub(s.mem.DoubtSince) < s.p.Grace:
			return s.from, ReasonDoubt
		case falling:
			s.why = ReasonDoubtOver
		case !s.want.known:
			s.why = ReasonNoForecast
		}
		return s.n, ""
	}
	s.mem.DoubtSince = time.Time{}
	if !falling {
		s.mem.NeededAt = s.now
		return s.coarse(), ""
	}
	if since := s.now.Sub(s.mem.NeededAt); since >= 0 && since < s.p.Hold {
		return s.from, ReasonHold
	}
	// It falls no further than it would have to rise again soon, and not for
	// next to nothing.
	if n := max(s.n, min(s.want.keep, s.from)); s.from-max(n, s.b.low) >= grain(s.from) || n <= s.b.low {
		return n, ReasonHold
	}
	return s.from, ReasonHold
}

// grain is the least fall of a floor that is worth making: an eighth of it.
func grain(floor int32) int32 { return (max(floor, 1) + 7) / 8 }

// coarse returns the number so far, rounded up to a twentieth if it is a rise:
// a floor that climbs takes few steps.
func (s *settling) coarse() int32 {
	if s.n <= s.from || s.n <= s.b.low {
		return s.n
	}
	g := max(1, s.n/20)
	return (s.n + g - 1) / g * g
}

// rate bounds the way from the floor that holds to the number so far.
func (s *settling) rate() (int32, Reason) {
	goal := min(max(s.n, s.b.low), s.b.high)
	steps := s.steps
	// A tick that comes a little early is still due.
	wait := s.p.StepEvery - s.p.StepEvery/10
	if since := s.now.Sub(s.mem.ChangedAt); !s.mem.ChangedAt.IsZero() && since >= 0 && since < wait {
		steps = 0
	}
	out := s.from
	switch {
	case goal > s.from:
		for range steps {
			out = s.p.above(out)
		}
		if s.underway = out < goal; s.underway {
			return out, ReasonRampUp
		}
	case goal < s.from:
		out = s.down(goal, steps)
		if s.underway = out > goal; s.underway {
			if s.why == ReasonSuspended || s.why == ReasonDoubtOver {
				return out, s.why
			}
			return out, ReasonRampDown
		}
	}
	return s.n, ""
}

// downSteps is how many steps down are taken at once, where a forecast says
// that the load is gone: a floor that comes down in fewer changes comes down as
// fast. At once it falls to its half at the most.
const downSteps = 5

// down returns the floor after the steps down that are due, of those that the
// rate allows.
func (s *settling) down(goal int32, steps int) int32 {
	if steps == 0 {
		return s.from
	}
	due, gathered := steps, s.want.known && !s.want.lost && !s.p.Suspend && !s.mem.ChangedAt.IsZero()
	if since := s.now.Sub(s.mem.ChangedAt) + s.p.StepEvery/10; gathered && since >= 0 { // else the clock was set back
		due = int(min(since/s.p.StepEvery, time.Duration(max(downSteps, steps))))
	} else {
		gathered = false
	}
	out, least := s.from, s.from/2
	for i := range due {
		if next := s.p.under(out); i == 0 || next >= least {
			out = next
		}
	}
	if gathered && due < downSteps && out > goal {
		return s.from // more of them are due soon
	}
	return out
}

// clamp keeps the floor within the bounds. On its way in steps it may still be
// outside the policy's limits, but never outside the baseline and the ceiling.
func (s *settling) clamp() (int32, Reason) {
	low, high := s.b.low, s.b.high
	if s.underway {
		low, high = s.b.baseline, s.b.ceiling
	}
	switch {
	case s.n > high:
		return high, s.b.highReason
	case s.n >= low:
		return s.n, ""
	case s.why == ReasonSuspended || s.why == ReasonDoubtOver || s.why == ReasonNoForecast:
		return low, s.why
	}
	return low, s.b.lowReason
}

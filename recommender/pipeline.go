package recommender

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// An entry is what one entry of the demand curve asks of the floor.
type entry struct {
	known bool  // some signal is forecast
	lost  bool  // some signal is not: doubt
	bare  int32 // pods for the load
	need  int32 // headroom included
	ramp  int32 // that the floor must have reached by now for later needs
	keep  int32 // the largest need of the quiet time
}

// A pipeline carries one floor through the stages. The same stages make the
// decision for now and each entry of the plan.
type pipeline struct {
	p     Policy
	b     bounds
	entry entry
	now   time.Time
	from  int32 // the floor that holds
	steps int   // that the rate allows, once it is due
	mem   Memory

	n    int32             // pods so far
	outs [stageCount]int32 // of each stage
	why  Reason

	aim     explain.Cause // of the number so far
	held    explain.Cause // as the stage that stabilises left it
	cut     explain.Cause // its cause before a bound or the rounding had it
	pace    explain.Cause // what keeps the floor from its aim; empty if nothing
	edge    explain.Cause // the bound that was not left on the way
	clamped explain.Cause // the bound that the number was brought to
	bare    int32         // pods before the rounding; 0 if nothing was rounded
	could   int32         // pods that a fall too small would have come to
	goal    int32         // of the steps
	next    time.Time     // when the next step is due, if none was
	atOnce  int           // steps down that may be taken at once; 0 without a fall
}

const stageCount = 7

// stageOrder is the specification of a decision.
var stageOrder = [stageCount]struct {
	name string
	run  func(*pipeline) int32
}{
	{StepDemand, (*pipeline).demand},           // what the load needs, or the baseline if suspended
	{StepHeadroom, (*pipeline).headroom},       // and the user's share on top
	{StepFeasibility, (*pipeline).feasibility}, // only warns, see Decide
	{StepRamp, (*pipeline).ramp},               // earlier, for what steps could not reach in time
	{StepStabilise, (*pipeline).stabilise},     // not down while doubt or a recent need holds it
	{StepRate, (*pipeline).rate},               // one step from what holds
	{StepClamp, (*pipeline).clamp},             // whatever comes, within the bounds
}

// run runs the stages. It leaves the floor in s.n, why in s.why and its
// causes, and the memory for the next time in s.mem.
func (s *pipeline) run() {
	s.n, s.aim, s.cut, s.pace, s.edge, s.clamped = 0, explain.NoForecast, "", "", "", ""
	s.held, s.bare, s.could, s.next, s.atOnce = "", 0, 0, time.Time{}, 0
	for i, stage := range stageOrder {
		s.n = stage.run(s)
		if stage.name == StepStabilise {
			s.held = s.aim
		}
		s.outs[i] = s.n
	}
	s.why = s.reason()
	if s.n != s.from {
		s.mem.ChangedAt = s.now
	}
	s.mem.Floor = s.n
}

func (s *pipeline) demand() int32 {
	switch {
	case s.p.Suspend:
		s.aim = explain.Suspended
		return s.b.low
	case s.p.OnlySchedules:
		s.aim = explain.OnlySchedules
		return s.b.low
	case !s.entry.known:
		return 0
	}
	s.aim = explain.Need
	return s.entry.bare
}

func (s *pipeline) headroom() int32 {
	if s.p.Suspend || !s.entry.known || s.entry.need <= s.n {
		return s.n
	}
	s.aim = explain.Headroom
	return s.entry.need
}

func (s *pipeline) feasibility() int32 { return s.n }

func (s *pipeline) ramp() int32 {
	least := s.n
	if s.b.least != nil {
		least = max(least, s.b.low) // which is due now, and no later need
	}
	if s.p.Suspend || s.entry.ramp <= least {
		return s.n
	}
	s.aim = explain.Ramp
	return s.entry.ramp
}

// stabilise keeps the floor that holds while a forecast is missing, for the
// grace time, or while it was needed within the hold time.
func (s *pipeline) stabilise() int32 {
	falling := max(s.n, s.b.low) < s.from
	switch {
	case s.p.Suspend:
		s.mem.DoubtSince = time.Time{}
		return s.n
	case s.entry.lost:
		if s.mem.DoubtSince.IsZero() || s.mem.DoubtSince.After(s.now) {
			s.mem.DoubtSince = s.now // a clock that was set back begins anew
		}
		switch {
		case falling && s.now.Sub(s.mem.DoubtSince) < s.p.Grace:
			s.aim = explain.Doubt
			return s.from
		case falling:
			s.aim = explain.DoubtOver
		}
		return s.n
	}
	s.mem.DoubtSince = time.Time{}
	if !falling {
		s.mem.NeededAt = s.now
		return s.coarse()
	}
	if since := s.now.Sub(s.mem.NeededAt); since >= 0 && since < s.p.Hold {
		s.aim = explain.Hold
		return s.from
	}
	// It falls no further than it would have to rise again soon, and not for
	// next to nothing.
	n := max(s.n, min(s.entry.keep, s.from))
	if s.b.least != nil && n <= s.b.low {
		n = s.n // what is scheduled now is no later need
	}
	if n > s.n {
		s.aim = explain.Quiet
	}
	if s.could = max(n, s.b.low); s.from-s.could >= grain(s.from) || n <= s.b.low || n == s.from {
		return n
	}
	s.aim = explain.SmallFall
	return s.from
}

// grain is the least fall of a floor that is worth making: an eighth of it.
func grain(floor int32) int32 { return (max(floor, 1) + 7) / 8 }

// coarse returns the number so far, rounded up to a twentieth if it is a rise:
// a floor that climbs takes few steps.
func (s *pipeline) coarse() int32 {
	if s.n <= s.from || s.n <= s.b.low {
		return s.n
	}
	g := max(1, s.n/20)
	n := (s.n + g - 1) / g * g
	if n > s.n {
		s.bare = s.n
	}
	if n > s.n && s.n < s.b.high { // else the bound takes all of the rounding away
		s.aim, s.cut = explain.RoundedUp, s.aim
	}
	return n
}

package recommender

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// rate bounds the way from the floor that holds to the number so far.
func (s *pipeline) rate() int32 {
	s.bind()
	steps := s.steps
	// A tick that comes a little early is still due.
	wait := s.p.StepEvery - s.p.StepEvery/10
	if since := s.now.Sub(s.mem.ChangedAt); !s.mem.ChangedAt.IsZero() && since >= 0 && since < wait {
		steps = 0
		s.next = s.mem.ChangedAt.Add(wait)
	}
	out := s.from
	switch {
	case s.goal > s.from:
		for range steps {
			out = s.p.above(out)
		}
		if out < s.goal {
			s.pace = explain.StepUp
		}
	case s.goal < s.from:
		if out = s.down(steps); out > s.goal {
			s.pace = explain.StepDown
		}
	}
	switch {
	case s.pace == "":
		return s.n
	case out == s.from && s.next.Equal(s.mem.ChangedAt.Add(wait)):
		s.pace = explain.StepNotDue
	case out == s.from:
		s.pace = explain.StepsGathered
	}
	return out
}

// bind finds where the number so far leads within the bounds, and what binds
// it there.
func (s *pipeline) bind() {
	s.goal = min(max(s.n, s.b.low), s.b.high)
	asked := s.n
	if s.bare > 0 {
		asked = s.bare
	}
	switch s.aim {
	case explain.OnlySchedules, explain.DoubtOver, explain.NoForecast:
		if s.b.lowCause == explain.ScheduledMin && s.goal == s.b.low {
			s.cut, s.aim = s.aim, explain.ScheduledMin
		}
		return // they go to a bound by themselves
	case explain.Suspended, explain.RoundedUp:
		return // likewise, or they lie within
	}
	switch {
	case s.entry.need > s.goal: // whatever else is held
		s.cut, s.aim = explain.Need, s.b.highCause
	case asked > s.goal && s.b.low == s.goal && s.b.least != nil:
		s.cut, s.aim = "", s.b.lowCause
	case asked > s.goal && s.entry.need == s.goal: // what is held beyond it counts no more
		s.cut, s.aim = "", explain.Need
	case asked > s.goal && s.entry.ramp == s.goal:
		s.cut, s.aim = "", explain.Ramp
	case asked > s.goal && s.b.low == s.goal:
		s.cut, s.aim = "", s.b.lowCause
	case asked > s.goal:
		s.cut, s.aim = s.aim, s.b.highCause
	case asked < s.goal:
		s.cut, s.aim = s.aim, s.b.lowCause
	}
}

// downSteps is how many steps down are taken at once, where a forecast says
// that the load is gone: a floor that comes down in fewer changes comes down as
// fast. At once it falls to its half at the most.
const downSteps = 5

// gathers says whether steps down are taken several at once.
func (s *pipeline) gathers() bool {
	return s.entry.known && !s.entry.lost && !s.p.Suspend && !s.mem.ChangedAt.IsZero() &&
		s.now.Sub(s.mem.ChangedAt)+s.p.StepEvery/10 >= 0 // else the clock was set back
}

// down returns the floor after the steps down that are due, of those that the
// rate allows.
func (s *pipeline) down(steps int) int32 {
	gathers := s.gathers()
	if steps == 0 {
		if gathers {
			s.atOnce, s.next = downSteps, s.gathered()
		}
		return s.from
	}
	due := steps
	if gathers {
		s.atOnce = downSteps
		since := s.now.Sub(s.mem.ChangedAt) + s.p.StepEvery/10
		due = int(min(since/s.p.StepEvery, time.Duration(max(downSteps, steps))))
	}
	out := s.fall(due)
	if gathers && due < downSteps && out > s.goal {
		s.next = s.gathered()
		return s.from // more of them are due soon
	}
	return out
}

// fall returns the floor after so many steps down at once.
func (s *pipeline) fall(steps int) int32 {
	out, least := s.from, s.from/2
	for i := range steps {
		if next := s.p.under(out); i == 0 || next >= least {
			out = next
		}
	}
	return out
}

// gathered returns when enough steps down are due: those that lead to the goal,
// or as many as are taken at once.
func (s *pipeline) gathered() time.Time {
	k := 1
	for k < downSteps && s.fall(k) > s.goal {
		k++
	}
	return s.mem.ChangedAt.Add(time.Duration(k)*s.p.StepEvery - s.p.StepEvery/10)
}

// clamp keeps the floor within the bounds. On its way in steps it may still be
// outside the policy's limits, but never outside the baseline and the ceiling.
func (s *pipeline) clamp() int32 {
	low, high, lowCause, highCause := s.b.low, s.b.high, s.b.lowCause, s.b.highCause
	if s.pace != "" {
		low, high, lowCause, highCause = s.b.baseline, s.b.ceiling, explain.Baseline, explain.MaxReplicas
	}
	out := s.n
	switch {
	case s.n > high:
		out, s.clamped = high, highCause
	case s.n < low:
		out, s.clamped = low, lowCause
	default:
		return out
	}
	switch {
	case s.pace == "":
	case out == s.goal:
		s.pace = "" // the bound took it there
	default:
		s.edge = s.clamped
	}
	return out
}

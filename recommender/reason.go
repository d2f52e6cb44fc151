package recommender

import "github.com/highwater-dev/highwater/recommender/explain"

// reason returns the one word for what bound the floor.
func (s *pipeline) reason() Reason {
	switch {
	case s.aim == explain.Suspended:
		return ReasonSuspended
	case s.pace != "" && s.goal > s.from:
		return ReasonRampUp
	case s.pace != "" && s.aim != explain.DoubtOver:
		return ReasonRampDown
	}
	why := reasonOf(s.aim)
	if s.aim == explain.MaxReplicas && s.entry.need <= s.b.high {
		why = reasonOf(s.cut) // no more than that is needed, but more was held
	}
	if s.n <= s.b.baseline && (why == ReasonPeak || why == ReasonRampUp || why == ReasonHold) {
		return ReasonBaseline
	}
	return why
}

// reasonOf returns the reason that a cause belongs to.
func reasonOf(cause explain.Cause) Reason {
	switch cause {
	case explain.Need, explain.Headroom, explain.RoundedUp:
		return ReasonPeak
	case explain.Ramp:
		return ReasonRampUp
	case explain.Hold, explain.Quiet, explain.SmallFall:
		return ReasonHold
	case explain.LimitsMin, explain.LimitsMax:
		return ReasonLimit
	case explain.ScheduledMin, explain.ScheduledMax:
		return ReasonScheduled
	case explain.MaxReplicas:
		return ReasonCeiling
	case explain.Doubt:
		return ReasonDoubt
	case explain.DoubtOver:
		return ReasonDoubtOver
	case explain.NoForecast:
		return ReasonNoForecast
	case explain.Suspended:
		return ReasonSuspended
	}
	return ReasonBaseline
}

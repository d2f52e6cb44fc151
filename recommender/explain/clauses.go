package explain

import "fmt"

// aim tells why the floor goes where it goes; empty if the opening says it.
func (f *Floor) aim(cause Cause) string {
	switch cause {
	case RoundedUp:
		return fmt.Sprintf("%d are rounded up to %d, so that a climb takes few changes", f.Bare, f.Goal)
	case Hold:
		return fmt.Sprintf("it counts as needed until %s, and is held for %s from then, until %s",
			f.clock(f.NeededAt), Span(f.Hold), f.clock(f.NeededAt.Add(f.Hold)))
	case Quiet:
		if f.Later.Schedule != "" {
			return fmt.Sprintf("%s asks for %d from %s on, for which it would have to rise again within the quiet time of %s, so it falls no further",
				f.Later.Schedule, f.Later.Pods, f.clock(f.Later.At), Span(f.Quiet))
		}
		return fmt.Sprintf("%s will be needed at %s, within the quiet time of %s, so it falls no further",
			Pods(f.Later.Pods), f.clock(f.Later.At), Span(f.Quiet))
	case SmallFall:
		return fmt.Sprintf("a fall to %d would be less than an eighth, which is not worth a change", f.Could)
	case Baseline:
		return fmt.Sprintf("the baseline of %d is more", f.Low)
	case LimitsMin:
		return fmt.Sprintf("limits.min asks for more: %d", f.Min) + f.leastCut()
	case ScheduledMin:
		return f.scheduled()
	case LimitsMax, MaxReplicas, ScheduledMax:
		if text := f.aim(f.Cut); text != "" {
			return text + "; " + f.most()
		}
		return f.most()
	case Doubt:
		return fmt.Sprintf("doubt holds the floor until %s, or until there is a forecast again", f.clock(f.DoubtSince.Add(f.Grace)))
	case DoubtOver:
		return f.doubtOver()
	case NoForecast:
		if f.Low > f.Baseline {
			return fmt.Sprintf("limits.min asks for %d", f.Min) + f.leastCut()
		}
	case Suspended, OnlySchedules:
		if f.Floor != f.Baseline {
			return fmt.Sprintf("it goes back to the baseline of %d", f.Baseline)
		}
	}
	return ""
}

// doubtOver tells where the floor goes back to.
func (f *Floor) doubtOver() string {
	switch {
	case f.Goal > f.Low:
		return fmt.Sprintf("it goes back to %d, for what is forecast", f.Goal)
	case f.Low > f.Baseline:
		return fmt.Sprintf("it goes back to limits.min, %d", f.Low)
	}
	return fmt.Sprintf("it goes back to the baseline of %d", f.Baseline)
}

// leastCut tells what the upper bound leaves of limits.min.
func (f *Floor) leastCut() string {
	if f.Min <= f.Low {
		return ""
	}
	return fmt.Sprintf(", of which %s allows %d", f.HighName, f.Low)
}

// most tells what the upper bound makes of the floor.
func (f *Floor) most() string {
	switch {
	case f.Aim == ScheduledMax:
		return f.allowed()
	case f.Aim == MaxReplicas:
		return fmt.Sprintf("maxReplicas allows no more than %d", f.Ceiling)
	case f.Max < f.Baseline:
		return fmt.Sprintf("limits.max allows no more than %d, but no floor is below the baseline of %d", f.Max, f.Baseline)
	}
	return fmt.Sprintf("limits.max allows no more than %d", f.Max)
}

// ramp tells what the floor begins early for.
func (f *Floor) ramp() string {
	need := fmt.Sprintf("%s will be needed at %s", Pods(f.Later.Pods), f.clock(f.Later.At))
	if f.Later.Schedule != "" {
		need = fmt.Sprintf("%s asks for %d from %s on", f.Later.Schedule, f.Later.Pods, f.clock(f.Later.At))
	}
	if f.Later.Pods > f.Later.Most {
		need += fmt.Sprintf(", of which %s allows %d", f.Later.MostName, f.Later.Most)
	}
	return fmt.Sprintf("%s, and steps reach that in time from %d on", need, f.Ramp)
}

// pace tells what keeps the floor from its aim.
func (f *Floor) pace() string {
	way, steps := "rises", f.Up.up()
	if f.Goal < f.From {
		way, steps = "comes down", f.Down.down()
	}
	next := ""
	if f.Edge == "" && !f.Next.IsZero() {
		next = ", and the next is due at " + f.clock(f.Next)
	}
	switch f.Pace {
	case StepUp, StepDown:
		return fmt.Sprintf("it %s in steps towards %d: %s", way, f.Goal, steps)
	case StepNotDue:
		return fmt.Sprintf("it %s in steps towards %d%s", way, f.Goal, next)
	case StepsGathered:
		return fmt.Sprintf("it %s in steps towards %d, up to %d at once%s", way, f.Goal, f.Down.AtOnce, next)
	}
	return ""
}

// edge tells which bound the floor was kept within on the way.
func (f *Floor) edge() string {
	switch f.Edge {
	case Baseline:
		return fmt.Sprintf("on the way it is never below the baseline of %d", f.Baseline)
	case MaxReplicas:
		return fmt.Sprintf("on the way it is never above maxReplicas, %d", f.Ceiling)
	}
	return ""
}

func (s *Steps) up() string {
	text := fmt.Sprintf("at most %s or %s each %s", Percent(s.Share), Pods(s.Least), Span(s.Every))
	if s.Most > 0 {
		text += fmt.Sprintf(", and never more than %s", Pods(s.Most))
	}
	return text
}

func (s *Steps) down() string {
	text := fmt.Sprintf("at most %s or 1 pod each %s", Percent(s.Share), Span(s.Every))
	if s.AtOnce > 1 {
		text += fmt.Sprintf(", up to %d steps at once", s.AtOnce)
	}
	return text
}

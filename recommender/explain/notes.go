package explain

import "fmt"

// The notes on the stages of a decision: why each made of the number what it did.

// DemandNote goes with the need of the load.
func (f *Floor) DemandNote() string {
	d := &f.Demand
	switch {
	case f.Aim == Suspended:
		return "suspended: the baseline"
	case f.Only:
		return "no proof holds: what is scheduled, or the baseline"
	case d.Present:
		return fmt.Sprintf("%s of %s came last, %s a pod", Quantity(d.Load, d.Unit), d.Signal, Quantity(d.PerPod, d.Unit))
	}
	return fmt.Sprintf("%s of %s at %s within %s, %s a pod", Quantity(d.Load, d.Unit), d.Signal, Quantile(d.Quantile), Span(d.Window),
		Quantity(d.PerPod, d.Unit))
}

// HeadroomNote goes with the share that is added.
func (f *Floor) HeadroomNote() string { return Percent(f.Demand.Headroom) + " headroom" }

// RampNote goes with an early beginning for later.
func (f *Floor) RampNote(later Later) string {
	if later.Schedule != "" {
		return fmt.Sprintf("%s asks for %d from %s on, in steps of %s", later.Schedule, later.Pods, f.clock(later.At), f.Up.up())
	}
	return fmt.Sprintf("%s will be needed at %s, in steps of %s", Pods(later.Pods), f.clock(later.At), f.Up.up())
}

// StabiliseNote goes with what was held, and by what, or rounded up.
func (f *Floor) StabiliseNote(cause Cause) string {
	switch cause {
	case Doubt:
		return fmt.Sprintf("a forecast has been missing since %s; doubt holds the floor for %s", f.clock(f.DoubtSince), Span(f.Grace))
	case Hold, Quiet, SmallFall:
		return f.aim(cause)
	}
	return "rounded up, so that a climb takes few changes"
}

// RateNote goes with a step, or with none where none is due.
func (f *Floor) RateNote() string {
	if f.Goal > f.From {
		return fmt.Sprintf("up from %d by %s", f.From, f.Up.up())
	}
	return fmt.Sprintf("down from %d by %s", f.From, f.Down.down())
}

// ClampNote goes with the bound that the number was brought to.
func (f *Floor) ClampNote(bound Cause) string {
	switch bound {
	case ScheduledMin:
		return f.scheduled()
	case ScheduledMax:
		return f.allowed()
	case MaxReplicas:
		return fmt.Sprintf("maxReplicas is %d", f.Ceiling)
	case LimitsMax:
		if f.Max < f.Baseline {
			return fmt.Sprintf("limits.max is %d, but no floor is below the baseline of %d", f.Max, f.Baseline)
		}
		return fmt.Sprintf("limits.max is %d", f.Max)
	case LimitsMin:
		return fmt.Sprintf("limits.min is %d", f.Min) + f.leastCut()
	}
	return fmt.Sprintf("the baseline is %d", f.Baseline)
}

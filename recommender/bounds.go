package recommender

import (
	"fmt"
	"math"
)

// bounds are what a floor lies between, and why.
type bounds struct {
	baseline, ceiling     int32 // never left
	low, high             int32 // where floors go
	lowName, highName     string
	lowReason, highReason Reason
	warnings              []Warning
}

// boundsOf finds the bounds of a checked input. The baseline wins over a lower
// limit, since a floor below the user's own minReplicas would take from them.
func boundsOf(p Policy, in Input) bounds {
	b := bounds{
		baseline: in.Baseline, ceiling: in.Ceiling,
		low: in.Baseline, lowName: "the baseline", lowReason: ReasonBaseline,
		high: in.Ceiling, highName: "maxReplicas", highReason: ReasonCeiling,
	}
	if p.Max > 0 && p.Max < b.high {
		b.high, b.highName, b.highReason = p.Max, "limits.max", ReasonLimit
		if b.high < in.Baseline {
			b.high = in.Baseline
			b.warnings = append(b.warnings, Warning{"LimitBelowBaseline", fmt.Sprintf(
				"limits.max is %d but minReplicas is %d; the floor stays at %d. Raise limits.max, or lower minReplicas", p.Max, in.Baseline, in.Baseline)})
		}
	}
	if p.Min > b.low {
		b.low, b.lowName, b.lowReason = p.Min, "limits.min", ReasonLimit
		if b.low > b.high {
			b.warnings = append(b.warnings, Warning{"LimitAboveCeiling", fmt.Sprintf(
				"limits.min is %d but %s is %d; the floor is kept at %d. Lower limits.min, or raise the other", p.Min, b.highName, b.high, b.high)})
			b.low = b.high
		}
	}
	return b
}

// check returns what makes a decision impossible, each with the field and the remedy.
func check(p Policy, in Input) (faults []Warning) {
	add := func(bad bool, field string, value any, want string) {
		if bad {
			faults = append(faults, Warning{"Invalid", fmt.Sprintf("%s is %v, but %s", field, value, want)})
		}
	}
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	add(p.Mode != Observe && p.Mode != Enforce, "mode", p.Mode, "must be Observe or Enforce")
	add(!(p.Quantile > 0 && p.Quantile < 1), "quantile", p.Quantile, "must lie between 0 and 1")
	add(!finite(p.Headroom) || p.Headroom < 0 || p.Headroom > 10, "limits.headroom", p.Headroom, "must be between 0 and 1000 %")
	add(p.Min < 0, "limits.min", p.Min, "must not be negative")
	add(p.Max < 0, "limits.max", p.Max, "must not be negative")
	add(p.LeadTime < 0, "leadTime", p.LeadTime, "must not be negative")
	add(p.Hold < 0, "hold", p.Hold, "must not be negative")
	add(p.Grace < 0, "grace", p.Grace, "must not be negative")
	add(!finite(p.StepUp) || p.StepUp < 0, "limits.stepUp", p.StepUp, "must not be negative")
	add(p.MinStepUp < 1, "minStepUp", p.MinStepUp, "must be at least 1 pod")
	add(!finite(p.StepDown) || p.StepDown < 0 || p.StepDown > 1, "limits.stepDown", p.StepDown, "must be between 0 and 100 %")
	add(p.StepEvery <= 0, "stepEvery", p.StepEvery, "must be positive")
	add(in.Baseline < 0, "minReplicas", in.Baseline, "must not be negative")
	add(in.Floor < 0, "minReplicas", in.Floor, "must not be negative")
	add(in.Ceiling < 1, "maxReplicas", in.Ceiling, "must be at least 1")
	add(in.Ceiling < in.Baseline, "maxReplicas", in.Ceiling, fmt.Sprintf("must be at least the baseline of %d", in.Baseline))
	return faults
}

package recommender

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// bounds are what a floor lies between, and why.
type bounds struct {
	baseline, ceiling   int32 // never left
	low, high           int32 // where floors go
	lowName, highName   string
	lowCause, highCause explain.Cause
	least, most         *Scheduled // whose bounds low and high are; nil if they are not of a schedule
	warnings            []Warning
}

// boundsOf finds the bounds of a checked input. The baseline wins over a lower
// limit, since a floor below the user's own minReplicas would take from them.
func boundsOf(p Policy, in Input) bounds {
	b := bounds{
		baseline: in.Baseline, ceiling: in.Ceiling,
		low: in.Baseline, lowName: "the baseline", lowCause: explain.Baseline,
		high: in.Ceiling, highName: "maxReplicas", highCause: explain.MaxReplicas,
	}
	if p.Max > 0 && p.Max < b.high {
		b.high, b.highName, b.highCause = p.Max, "limits.max", explain.LimitsMax
		if b.high < in.Baseline {
			b.high = in.Baseline
			b.warnings = append(b.warnings, Warning{"LimitBelowBaseline", fmt.Sprintf(
				"limits.max is %d but minReplicas is %d; the floor stays at %d. Raise limits.max, or lower minReplicas", p.Max, in.Baseline, in.Baseline)})
		}
	}
	if p.Min > b.low && !p.Suspend && !p.OnlySchedules { // suspended is the user's own floor, not a limit's
		b.low, b.lowName, b.lowCause = p.Min, "limits.min", explain.LimitsMin
		if b.low > b.high {
			b.warnings = append(b.warnings, Warning{"LimitAboveCeiling", fmt.Sprintf(
				"limits.min is %d but %s is %d; the floor is kept at %d. Lower limits.min, or raise the other", p.Min, b.highName, b.high, b.high)})
			b.low = b.high
		}
	}
	return b
}

// Check returns what makes the policy unusable, each with the field and the
// remedy; nothing if it is usable.
func (p Policy) Check() []Warning {
	var f faults
	f.add(p.Mode != Observe && p.Mode != Enforce, "mode", p.Mode, "must be Observe or Enforce")
	f.add(!(p.Quantile > 0 && p.Quantile < 1), "quantile", p.Quantile, "must lie between 0 and 1")
	f.add(!(p.Risk.Budget >= 0 && p.Risk.Budget < 1), "risk.budget", p.Risk.Budget, "must be at least 0 and less than 1, which is 100 %")
	f.add(!(p.Risk.Ratio >= 0 && p.Risk.Ratio <= 1e6), "risk.ratio", p.Risk.Ratio, "must lie between 0 and 1,000,000")
	f.add(!(p.Headroom >= 0 && p.Headroom <= 10), "headroom", p.Headroom, "must lie between 0 and 10, which is 1000 %")
	f.add(p.Min < 0, "limits.min", p.Min, "must not be negative")
	f.add(p.Max < 0, "limits.max", p.Max, "must not be negative")
	f.add(p.LeadTime < 0, "leadTime", p.LeadTime, "must not be negative")
	f.add(p.Hold < 0, "hold", p.Hold, "must not be negative")
	f.add(p.Quiet < 0 || p.Quiet > 24*time.Hour, "quiet", p.Quiet, "must be from 0s to 24h")
	f.add(p.Grace < 0, "grace", p.Grace, "must not be negative")
	f.add(!(p.StepUp >= 0 && p.StepUp <= 1000), "stepUp", p.StepUp, "must lie between 0 and 1000")
	f.add(p.MinStepUp < 1, "minStepUp", p.MinStepUp, "must be at least 1 pod")
	f.add(p.MaxStepUp < 0, "maxStepUp", p.MaxStepUp, "must not be negative; 0 is no bound")
	f.add(!(p.StepDown >= 0 && p.StepDown <= 1), "stepDown", p.StepDown, "must lie between 0 and 1")
	f.add(p.StepEvery < time.Second, "stepEvery", p.StepEvery, "must be at least 1s")
	return f
}

// check returns what makes a decision impossible.
func check(p Policy, in Input) []Warning {
	f := faults(p.Check())
	f.add(in.Baseline < 0, "minReplicas", in.Baseline, "must not be negative")
	f.add(in.Floor < 0, "minReplicas", in.Floor, "must not be negative")
	f.add(in.Ceiling < 1, "maxReplicas", in.Ceiling, "must be at least 1")
	f.add(in.Ceiling < in.Baseline, "maxReplicas", in.Ceiling, fmt.Sprintf("must be at least the baseline of %d", in.Baseline))
	return f
}

type faults []Warning

func (f *faults) add(bad bool, field string, value any, want string) {
	if bad {
		*f = append(*f, Warning{"Invalid", fmt.Sprintf("%s is %v, but %s", field, value, want)})
	}
}

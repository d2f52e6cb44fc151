package recommender

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// A Reason says in one word why the floor is what it is. It is the same word
// in the API, the page, the Event, the status and the metrics.
type Reason string

// Why a floor is what it is.
const (
	ReasonBaseline    Reason = "Baseline"      // the baseline carries what is coming
	ReasonPeak        Reason = "PredictedPeak" // raised for a predicted load
	ReasonRampUp      Reason = "RampingUp"     // on its way up, early, in steps
	ReasonRampDown    Reason = "RampingDown"   // on its way down, in steps
	ReasonHold        Reason = "Holding"       // more than is needed now: the cause says why it is kept
	ReasonCeiling     Reason = "AtCeiling"     // more is needed than the ceiling allows
	ReasonLimit       Reason = "AtLimit"       // a limit of the policy binds
	ReasonScheduled   Reason = "Scheduled"     // a schedule of the policy asks for it, or allows no more
	ReasonDoubt       Reason = "DoubtHolds"    // no forecast; the floor stays for the grace time
	ReasonDoubtOver   Reason = "DoubtExpired"  // no forecast for longer; back to the baseline, in steps
	ReasonNoForecast  Reason = "NoForecast"    // no forecast and nothing to hold
	ReasonSuspended   Reason = "Suspended"     // the policy says so
	ReasonBadWorkload Reason = "Invalid"       // the workload itself is not usable; see the warnings
)

// A Step is one stage of a decision: what it made of the number that it was given.
type Step struct {
	Name string // one of the Step… constants
	In   int32  // pods before
	Out  int32  // pods after
	Note string // why, in words; empty where nothing changed
}

// The stages of a decision, in their order.
const (
	StepDemand      = "demand"
	StepHeadroom    = "headroom"
	StepFeasibility = "feasibility"
	StepRamp        = "ramp"
	StepStabilise   = "stabilise"
	StepRate        = "rate"
	StepClamp       = "clamp"
)

// A Warning is a doubt that the user should see; the decision stands.
type Warning struct {
	Code    string // one word: "CeilingTooLow"
	Message string // a sentence with the remedy
}

// A Peak is the largest need within the plan.
type Peak struct {
	Time time.Time // when it is due
	Load float64   // at the policy's quantile, in Unit
	Pods int32     // that it needs, headroom included, before any limit
	Unit string    // of the signal that needs them, which may be another than that of now
}

// A Gap is a time at which more pods are needed than something holds.
type Gap struct {
	Code        string // of its warning
	Name        string // of what holds too few
	Pods        int32  // that it holds
	Most        int32  // the largest need
	From, Until time.Time
}

// A Decision is the floor for now and how it came about.
type Decision struct {
	Time     time.Time
	Floor    int32
	Reason   Reason
	Cause    explain.Cause // what bound it, finer than the reason
	Message  string        // one sentence that tells it all
	Bound    string        // the last stage that changed the number
	Steps    []Step
	Warnings []Warning
	Signal   string // the name of the signal that asked for most; empty without a forecast
	Needed   int32  // pods that the predicted load of the window needs, before any limit
	Load     float64
	Capacity Capacity
	Quantile float64
	Peak     Peak
	Gaps     []Gap  // within the plan, the first of each kind
	Memory   Memory // for the next decision
}

// A PlanPoint is the floor at one time of the plan.
type PlanPoint struct {
	Time   time.Time
	Floor  int32
	Needed int32   // pods that the load of the window from Time on needs, before any limit
	Load   float64 // that load, at the policy's quantile
	Median float64 // the median load at Time itself
	Reason Reason
}

// A Plan is the floors over the coming hours, a point each step.
type Plan struct {
	Step   time.Duration
	Points []PlanPoint
}

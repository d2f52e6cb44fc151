package explain

// A Cause says in one word what bound a floor. It is finer than the reason of a
// decision: several causes share one.
type Cause string

// What can bind a floor: its aim, the way there, or doubt.
const (
	// The aim is what is needed.
	Need      Cause = "Need"      // for the load of the window
	Headroom  Cause = "Headroom"  // and the share that the policy adds
	Ramp      Cause = "Ramp"      // now, since steps could not reach a later need in time
	RoundedUp Cause = "RoundedUp" // to a twentieth, so that a climb takes few changes

	// The aim is more than is needed.
	Hold      Cause = "Hold"      // it was needed within the hold time
	Quiet     Cause = "Quiet"     // it would have to rise again within the quiet time
	SmallFall Cause = "SmallFall" // a fall of less than an eighth is not worth a change

	// The aim is a bound.
	Baseline    Cause = "Baseline"
	LimitsMin   Cause = "LimitsMin"
	LimitsMax   Cause = "LimitsMax"
	MaxReplicas Cause = "MaxReplicas"

	ScheduledMin Cause = "ScheduledMin" // a schedule asks for as many
	ScheduledMax Cause = "ScheduledMax" // a schedule allows no more

	// There is no aim to go by.
	Doubt      Cause = "Doubt"      // a forecast is missing, within the grace time
	DoubtOver  Cause = "DoubtOver"  // for longer than that
	NoForecast Cause = "NoForecast" // with nothing to hold
	Suspended  Cause = "Suspended"  // by the policy

	OnlySchedules Cause = "OnlySchedules" // forecasts do not act, and nothing is scheduled
	Invalid       Cause = "Invalid"       // policy or workload

	// It is on the way to its aim.
	StepUp        Cause = "StepUp"
	StepDown      Cause = "StepDown"
	StepNotDue    Cause = "StepNotDue"    // the last change is too recent for the next step
	StepsGathered Cause = "StepsGathered" // steps down wait until several are taken at once
)

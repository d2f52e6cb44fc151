package explain

import "time"

// A Story is all that is told of one workload: what its load is, what a pod
// carries, what is coming, how its floor came about, what was proven, and what
// changed. It holds the values; Title, Sections and Next put them into words.
// Every time is told as seen from Now.
type Story struct {
	Now       time.Time
	Name      string // namespace/name of the autoscaler
	Kind      string // its kind
	Target    string // kind and name of what it scales
	Mode      string
	Suspended bool
	Policy    string // name of its FloorPolicy; empty if the defaults hold
	Quantile  float64

	Reason, Message   string // of the decision
	Current, Baseline int32  // minReplicas now, and the user's own
	Ceiling, Replicas int32
	Failed            string // what failed in the last tick; empty if nothing did

	Loads    []Load
	LeadTime time.Duration // that floors are raised early by
	Lead     *Lead         // nil if none was learned

	Peak    *Peak     // nil if no load is forecast
	Changes []FloorAt // of the plan; the first is the floor of now
	Event   *Event    // the event that is on, or the next one; nil if there is none
	Holiday string    // that today is; empty if it is none

	Scheduled []Schedule // over the plan, by their start

	Stages   []Stage
	Bound    string // name of the stage that changed the number last
	Outcome  Remark // what became of the decision; empty if nothing did
	Lease    *Lease // nil unless a floor is set
	Problems []Problem
	Warnings []Remark

	Proof Proof
	Past  []State // what changed of late, oldest first
}

// A Load is one load of a workload.
type Load struct {
	Name, Unit  string
	Value       float64
	Newest      time.Time // when Value was; zero if it was never known
	Query, From string    // PromQL, and where it comes from
	Since       time.Time // the history that the forecast rests on begins; zero if there is none
	Span        time.Duration
	Quality     Quality
	Remarks     []string // of Prometheus and of the reading

	Capacity Capacity
	Missing  *Remark // why there is no forecast; nil if there is one
	Method   string  // of the forecast
	Score    Score
	Findings []string // of the last fit
}

// Quality counts the points of a history, and what was wrong with some.
type Quality struct{ Points, Gaps, Missing, Duplicates, Unordered, NonFinite, Negative int }

// A Score says how forecasts did against what came.
type Score struct {
	Matured         int
	Coverage, Error float64 // NaN if not known
}

// A Capacity is what one pod carries. Numbers that are not positive are not known.
type Capacity struct {
	PerPod  float64
	Source  string
	Full    float64 // beyond which the workload is short
	Assumed string  // of either; empty if nothing was
	Learned *Learned
}

// Learned is what a workload's own history says that a pod carries.
type Learned struct {
	PerPod                  float64 // not positive if nothing is known
	Method, Confidence, Why string
	Estimates               []Estimate
	Refusals                []Refusal
}

// An Estimate is a capacity that one method found.
type Estimate struct {
	Method            string
	PerPod, Low, High float64
	AtLeast           bool // the limit was never reached
	Observations      int
	Confidence        string
}

// A Refusal is why a method found none.
type Refusal struct{ Method, Reason, Detail string }

// A Lead is how long pods were seen to take.
type Lead struct {
	Time            time.Duration
	Confidence, Why string
}

// A Peak is the largest need within the plan.
type Peak struct {
	Load float64
	Unit string
	Time time.Time
	Pods int32
}

// A FloorAt is a floor from a time on.
type FloorAt struct {
	Time  time.Time
	Floor int32
}

// An Event is a time with a load that is a known multiple of the usual one.
type Event struct {
	Name       string
	Start, End time.Time
	Multiplier float64 // 1 only marks the time as unusual
}

// A Stage is one stage of a decision.
type Stage struct {
	Name string
	Out  int32
	Note string
}

// A Lease is what a set floor carries on its object.
type Lease struct {
	Holder          string
	Floor, Baseline int32
	Expires         time.Time
}

// A Problem is something that the workload's owner has to mend.
type Problem struct{ Code, Field, Message string }

// A Remark is a sentence with the one word that it goes by.
type Remark struct{ Code, Message string }

// A State is the floor and the replicas from a time on.
type State struct {
	Time            time.Time
	Floor, Replicas int32
}

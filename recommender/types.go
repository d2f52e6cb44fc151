package recommender

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A Mode says whether floors are only recommended or also set.
type Mode string

// The modes. The zero Mode is not valid; DefaultPolicy has Observe.
const (
	Observe Mode = "Observe"
	Enforce Mode = "Enforce"
)

// Risk says how short a workload may be. The quantile that serves it is found on
// the workload's own past.
type Risk struct {
	// Budget is the share of minutes that may be short. The cheapest quantile
	// that kept to it is taken, as long as that is worth Ratio.
	Budget float64
	// Ratio is how many minutes of the whole workload's pods one short minute is
	// worth: the newsvendor's price of being short against that of an idle pod.
	// With no budget, the quantile is taken at which both together cost least.
	Ratio float64
}

// A Policy says how forecasts become floors. DefaultPolicy gives the values
// that hold where a user says nothing.
type Policy struct {
	Mode     Mode
	Suspend  bool          // go back to the baseline, in steps, and stay there, whatever is scheduled
	Quantile float64       // of the largest load in the window that is covered, in (0, 1)
	Risk     Risk          // from which the quantile follows; zero leaves it at Quantile
	Headroom float64       // share added to the load: 0.2 is 20 %
	Min      int32         // floors are at least this; 0 leaves it to the baseline
	Max      int32         // floors are at most this; 0 leaves it to the ceiling
	LeadTime time.Duration // from raising the floor to the new pods being Ready
	Hold     time.Duration // a floor stays this long after its load is due
	Quiet    time.Duration // a floor falls only as far as what is needed within this time allows
	Grace    time.Duration // how long doubt may hold a floor

	// OnlySchedules leaves floors to what is scheduled: no forecast, no limit and
	// no doubt raises or holds them.
	OnlySchedules bool

	// A floor rises by at most StepUp of itself (and may always rise by
	// MinStepUp pods, but by MaxStepUp at the most) and falls by at most StepDown
	// of itself (and may always fall by one pod) in StepEvery.
	StepUp    float64
	MinStepUp int32
	MaxStepUp int32 // 0 is no bound
	StepDown  float64
	StepEvery time.Duration
}

// DefaultRatio is what a short minute is worth where a user says nothing.
const DefaultRatio = 100

// DefaultPolicy is what holds where a user says nothing.
func DefaultPolicy() Policy {
	return Policy{
		Mode:      Observe,
		Quantile:  0.95,
		Risk:      Risk{Ratio: DefaultRatio},
		LeadTime:  2 * time.Minute,
		Hold:      2 * time.Minute,
		Quiet:     30 * time.Minute,
		Grace:     30 * time.Minute,
		StepUp:    0.5,
		MinStepUp: 4,
		StepDown:  0.1,
		StepEvery: time.Minute,
	}
}

// Window returns the span whose largest load a floor set now has to carry.
func (p Policy) Window() time.Duration { return p.LeadTime + p.Hold }

// Capacity is the load that one ready pod carries while it meets the objective.
type Capacity struct {
	PerPod float64 // in Unit; positive
	Unit   string  // of the load: "cores", "bytes", "requests/s", …
	Source string  // how it was found, as a phrase: "70% of the 500m CPU that a pod requests"
}

// A Signal is one load of a workload with its forecast. A workload has one for
// each metric of its HPA; the largest need for pods wins, as in the HPA.
type Signal struct {
	Name     string // of the metric
	Capacity Capacity

	// Load is the forecast of the load and Peak that of the largest load in
	// the policy's window from each time on. Both are nil where there is no
	// forecast; NoForecast then says why.
	Load, Peak *forecast.Paths
	NoForecast *forecast.NoForecast

	// Newest is when the load was last known, the zero time if never, and Value
	// what it was.
	Newest time.Time
	Value  float64
}

// Memory is what one decision hands to the next. The zero Memory is that of a
// workload never seen before.
type Memory struct {
	Floor      int32     // last decided; 0 is none
	ChangedAt  time.Time // when the floor last changed
	NeededAt   time.Time // when the present floor was last needed
	DoubtSince time.Time // when the last trusted forecast was lost; zero while there is one
}

// Input is the snapshot that a decision is made from.
type Input struct {
	Now      time.Time
	Signals  []Signal
	Baseline int32 // the user's own minReplicas
	Ceiling  int32 // maxReplicas
	Floor    int32 // the minReplicas that holds now
	Room     []Room
	Memory   Memory

	// Scheduled are the spans of the schedules that overlap the time from Now to
	// the end of the plan, and the lead time after it.
	Scheduled []Scheduled
}

// A Room is something beside the ceiling that holds a number of pods at the
// most: a ResourceQuota, or the nodes. Floors are not clamped to it; that it
// will be too small is said in time.
type Room struct {
	Code   string // of the warning: "QuotaTooLow", "NodesTooFew"
	Name   string // as the user knows it: "the ResourceQuota compute", "the nodes"
	Pods   int32
	Remedy string // what to do, as a phrase: "raise its requests.cpu"
}

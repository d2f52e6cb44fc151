package advice

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// A Kind says in one word what is amiss.
type Kind string

// The kinds of advice.
const (
	TargetTooLow        Kind = "TargetTooLow"        // pods could be fuller without more short minutes
	TargetTooHigh       Kind = "TargetTooHigh"       // pods are too full for what a short minute is worth
	CeilingHit          Kind = "CeilingHit"          // maxReplicas holds back pods that were needed
	Flapping            Kind = "Flapping"            // pods go, and come back within minutes
	BaselineNeverNeeded Kind = "BaselineNeverNeeded" // minReplicas is above what the load ever needed
	BaselineTooLow      Kind = "BaselineTooLow"      // a higher minReplicas pays, since nothing is foreseen
	RequestsMeaningless Kind = "RequestsMeaningless" // the request is so far off that a target in percent of it steers nothing
	StartTooSlow        Kind = "StartTooSlow"        // most short minutes are pods on their way
)

// Kinds lists them all.
var Kinds = []Kind{
	TargetTooLow, TargetTooHigh, CeilingHit, Flapping, BaselineNeverNeeded, BaselineTooLow, RequestsMeaningless, StartTooSlow,
}

// An Advice is one field to change, with what a replay of the past says of it.
// Each is measured alone; what two of them bring together is not their sum.
type Advice struct {
	Kind         Kind     `json:"kind"`
	Field        string   `json:"field"`          // of the HPA or the pod template: "spec.maxReplicas"
	Now          string   `json:"now"`            // as the user would write it
	Better       string   `json:"better"`         // likewise
	Why          string   `json:"why"`            // sentences with the evidence, and with what makes it doubtful
	Evidence     []Fact   `json:"evidence"`       // in the order in which they are best read
	PodHours     float64  `json:"podHours"`       // change per week if taken, from the HPA as it is or WithFloors: negative saves
	ShortMinutes float64  `json:"shortMinutes"`   // change per week if taken: negative is better
	Worth        float64  `json:"worth"`          // both together, in pod-hours per week: positive is better
	Cost         *float64 `json:"cost,omitempty"` // change per week if taken, where a pod-hour has a price; nil if not
	WithFloors   bool     `json:"withFloors"`     // holds while Highwater's floors are set, in mode Enforce, and was compared under them
	Confidence   string   `json:"confidence"`     // High, Medium or Low
}

// How sure an advice is.
const (
	High   = "high"
	Medium = "medium"
	Low    = "low"
)

// A Fact is one number of the evidence.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "pod-hours/week", "min/week", "pods", "%", "s", …; empty for a plain number
}

// An Input is an HPA with its history.
type Input struct {
	// Case is the HPA, its pods, their loads and the policy. With a policy that
	// Enforces, what is compared with is the HPA under Highwater's floors, if
	// they are proven; else the HPA alone.
	Case proof.Case
	// Proof is one made of Case before, with the results of the HPA alone and
	// of Highwater; it is made here if nil.
	Proof *proof.Proof
	// Fields name each metric's target:
	// "spec.metrics[0].containerResource.target.averageUtilization". Where there
	// is none it follows from the metric.
	Fields []string
	// Assumed says in a sentence, by metric, what was assumed of what a pod
	// carries; empty if that is known. A target is not raised on an assumption.
	Assumed  []string
	Observed Observed
}

// Observed is what was seen of the workload itself. All of it is optional: an
// empty series is not known.
type Observed struct {
	Wanted forecast.Series // spec.replicas of the scale target
	Ready  forecast.Series // pods that were Ready
	Use    forecast.Series // of the first metric that is a Utilization: what one ready pod used on average, in the unit of the load
}

// A Report is what an examination found.
type Report struct {
	From, To time.Time    // what was counted
	Proof    *proof.Proof // that the floors come from
	Now      Week         // as it is: the HPA alone, or under floors if they are proven and the policy Enforces
	Floors   *Week        // the HPA under Highwater's floors; nil if they are not proven
	Advice   []Advice     // the most worth first; none if there is nothing to say
	Notes    []string     // what makes all of it doubtful, and what is no advice but worth a word
}

// A Week is what a replay comes to, per week.
type Week struct {
	PodHours     float64 `json:"podHours"`
	ShortMinutes float64 `json:"shortMinutes"`
	Changes      float64 `json:"changes"` // of replicas
}

// Advise examines an HPA's past and returns what to change, the most worth
// first; nothing if there is nothing to say. Advice that saves less than 1 %
// of the pod-hours and less than one short minute a week is left out. tick is
// called with the share of the work that is done, and may end it with an
// error; it may be nil.
//
// It returns a *forecast.NoForecast if the history is too short.
func Advise(in Input, tick func(done float64) error) ([]Advice, error) {
	r, err := Examine(in, tick)
	if err != nil {
		return nil, err
	}
	return r.Advice, nil
}

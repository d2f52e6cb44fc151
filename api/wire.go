package api

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/price"
)

// Status is how the process is doing.
type Status struct {
	Version    string    `json:"version"`
	Mode       string    `json:"mode" enum:"live,demo"`
	DryRun     bool      `json:"dryRun" doc:"Observe is forced everywhere"`
	Leading    bool      `json:"leading" doc:"This replica acts on the cluster"`
	Now        time.Time `json:"now" doc:"The scheduler's time, simulated in the demo"`
	StartedAt  time.Time `json:"startedAt"`
	LastTick   *Tick     `json:"lastTick" doc:"null before the first"`
	ClockSpeed float64   `json:"clockSpeed" doc:"1 is real time"`
	Warnings   []string  `json:"warnings"`
}

// Tick is how the last round went.
type Tick struct {
	At              time.Time `json:"at"`
	DurationSeconds float64   `json:"durationSeconds"`
	Workloads       int       `json:"workloads"`
	Failed          int       `json:"failed"`
	Cut             int       `json:"cut" doc:"Workloads that the deadline left out"`
}

// List is a page of workloads.
type List struct {
	ListHead
	Items []Summary `json:"items"`
}

// ListHead is what a list says beside its items. The counts are of all that matched.
type ListHead struct {
	Now             time.Time `json:"now"`
	Total           int       `json:"total"`
	Raised          int       `json:"raised"`
	WithoutForecast int       `json:"withoutForecast"`
}

// Summary is a workload with its recommendation.
type Summary struct {
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	Kind       string       `json:"kind"`
	Target     Target       `json:"target"`
	Policy     *string      `json:"policy" doc:"Name of its FloorPolicy; null if the defaults hold"`
	Mode       string       `json:"mode"`
	Suspended  bool         `json:"suspended"`
	Floor      int32        `json:"floor" doc:"Recommended now"`
	Current    int32        `json:"current" doc:"minReplicas now"`
	Baseline   int32        `json:"baseline" doc:"The user's own minReplicas"`
	Ceiling    int32        `json:"ceiling" doc:"maxReplicas"`
	Replicas   int32        `json:"replicas"`
	Desired    int32        `json:"desired"`
	Reason     string       `json:"reason"`
	Cause      string       `json:"cause" doc:"What bound the floor, finer than the reason"`
	Message    string       `json:"message"`
	Bound      string       `json:"bound" doc:"The last stage that changed the number"`
	Signal     string       `json:"signal" doc:"The load that asked for most"`
	Needed     int32        `json:"needed" doc:"Pods that the load of the window needs"`
	Load       *float64     `json:"load" doc:"That load, at the quantile; null without a forecast"`
	Capacity   *Capacity    `json:"capacity"`
	Quantile   float64      `json:"quantile"`
	Peak       *Peak        `json:"peak" doc:"The largest need within the plan"`
	Plan       []PlanChange `json:"plan" doc:"Where the floor changes within the next day; the first is now"`
	Warnings   []Note       `json:"warnings"`
	Problems   []Problem    `json:"problems"`
	NoForecast *NoForecast  `json:"noForecast" doc:"Why some load has no forecast"`
	Price      *price.Price `json:"price,omitempty" doc:"Of an hour of a pod, and where it is from; left out if there is none"`
	Proof      ProofBrief   `json:"proof" doc:"Whether floors were proven on the workload's own past"`
	Error      string       `json:"error" doc:"What failed in the last tick"`
	At         time.Time    `json:"at"`
}

// Target is what the autoscaler scales.
type Target struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Capacity is the load that one pod carries.
type Capacity struct {
	PerPod *float64 `json:"perPod" doc:"null if not known"`
	Unit   string   `json:"unit"`
	Source string   `json:"source"`
}

// Peak is the largest need within the plan.
type Peak struct {
	Time time.Time `json:"time"`
	Load float64   `json:"load"`
	Pods int32     `json:"pods"`
}

// PlanChange is one change of the floor.
type PlanChange struct {
	Time   time.Time `json:"time"`
	Floor  int32     `json:"floor"`
	Reason string    `json:"reason"`
}

// Note is a warning.
type Note struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Problem is something that the workload's owner has to mend.
type Problem struct {
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
	Fatal   bool   `json:"fatal"`
}

// NoForecast says why there is no forecast.
type NoForecast struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Detail is a workload and all that led to its recommendation.
type Detail struct {
	Summary
	Steps        []Step       `json:"steps"`
	Signals      []Signal     `json:"signals"`
	Lease        *Lease       `json:"lease" doc:"null unless a floor is set"`
	Applied      Applied      `json:"applied"`
	PolicyValues PolicyValues `json:"policyValues"`
	Calendar     *Calendar    `json:"calendar" doc:"The calendar in force; null if there is none"`
	Scheduled    []Scheduled  `json:"scheduled" doc:"What floors keep to at times of the clock, over the plan, by their start"`
	Proof        Proof        `json:"proof"`
	LearnedLead  *LearnedLead `json:"learnedLead" doc:"How long its pods take to start; null if not learned"`

	NodeHeadroom *NodeHeadroom `json:"nodeHeadroom" doc:"Room on nodes ahead of its pods; null unless its policy asks for it"`
}

// Step is one stage of the decision.
type Step struct {
	Name string `json:"name"`
	In   int32  `json:"in"`
	Out  int32  `json:"out"`
	Note string `json:"note"`
}

// Signal is one load of a workload.
type Signal struct {
	Name               string      `json:"name"`
	Query              string      `json:"query"`
	QueryFrom          string      `json:"queryFrom"`
	Unit               string      `json:"unit"`
	Capacity           Capacity    `json:"capacity"`
	Full               *float64    `json:"full" doc:"Load that one ready pod carries at the most: beyond it the workload is short; null if not known"`
	Metric             *Metric     `json:"metric" doc:"How the autoscaler sees it; null if not known"`
	Assumed            string      `json:"assumed" doc:"What was assumed of either; empty if nothing was"`
	Learned            *Learned    `json:"learned" doc:"What a pod carries, from its own history; null if nothing could be learned from"`
	Newest             *time.Time  `json:"newest" doc:"When the load was last known"`
	Value              *float64    `json:"value" doc:"The load then"`
	HistoryStart       *time.Time  `json:"historyStart"`
	HistorySpanSeconds float64     `json:"historySpanSeconds"`
	Quality            Quality     `json:"quality"`
	Warnings           []string    `json:"warnings"`
	Method             string      `json:"method"`
	FittedAt           *time.Time  `json:"fittedAt"`
	NoForecast         *NoForecast `json:"noForecast"`
	Findings           []Finding   `json:"findings" doc:"What was found in the history when it was last fitted"`
	Experts            []Expert    `json:"experts" doc:"What the forecast is made of, the largest share first, and the outside experts that are asked"`
	Score              Score       `json:"score"`
}

// Finding is something about a history that a user would want to know.
type Finding struct {
	Kind   string     `json:"kind" enum:"Outage,Capped,LevelChange,Intermittent,Unpredictable"`
	From   *time.Time `json:"from" doc:"Where it begins; null if it is everywhere"`
	To     *time.Time `json:"to"`
	Detail string     `json:"detail"`
}

// Expert is how much an expert counts in a forecast, or why it does not.
type Expert struct {
	Name     string  `json:"name"`
	Shown    string  `json:"shown" doc:"What it does"`
	Near     float64 `json:"near" doc:"Share of the forecast up to half an hour ahead"`
	Mid      float64 `json:"mid" doc:"Share from there to three hours"`
	Far      float64 `json:"far" doc:"Share beyond"`
	External bool    `json:"guest" doc:"It is asked outside of this process"`
	Note     string  `json:"note" doc:"Why an external model does not take part; empty for all others"`
	Failed   bool    `json:"failed" doc:"It does not, for it failed"`
}

// Quality counts what was found in the history.
type Quality struct {
	Points     int `json:"points"`
	Duplicates int `json:"duplicates"`
	Unordered  int `json:"unordered"`
	NonFinite  int `json:"nonFinite"`
	Negative   int `json:"negative"`
	Gaps       int `json:"gaps"`
	Missing    int `json:"missing"`
}

// Score is how forecasts did against what came.
type Score struct {
	Matured  int      `json:"matured"`
	Coverage *float64 `json:"coverage"`
	Error    *float64 `json:"error"`
}

// Lease is what a set floor carries on its object.
type Lease struct {
	Baseline int32     `json:"baseline"`
	Floor    int32     `json:"floor"`
	Renewed  time.Time `json:"renewed"`
	Expires  time.Time `json:"expires"`
	Holder   string    `json:"holder"`
}

// Applied is what became of the decision.
type Applied struct {
	Changed bool   `json:"changed"`
	Outcome string `json:"outcome"`
	Message string `json:"message"`
}

// PolicyValues are the policy in force, defaults included.
type PolicyValues struct {
	Quantile  float64 `json:"quantile"`
	Headroom  float64 `json:"headroom"`
	Min       int32   `json:"min"`
	Max       int32   `json:"max"`
	LeadTime  string  `json:"leadTime"`
	Hold      string  `json:"hold"`
	Grace     string  `json:"grace"`
	StepUp    float64 `json:"stepUp"`
	MinStepUp int32   `json:"minStepUp"`
	StepDown  float64 `json:"stepDown"`
	StepEvery string  `json:"stepEvery"`
}

// Calendar is what the forecast knows beyond the clock.
type Calendar struct {
	TimeZone string   `json:"timeZone" doc:"Whose midnight begins the day"`
	Holidays []string `json:"holidays" doc:"Regions whose public holidays are free days"`
	Today    *string  `json:"today" doc:"The holiday that today is; null if it is none"`
	Event    *Event   `json:"event" doc:"The event that is on, or else the next one within the forecast's reach; null if there is none"`
}

// Scheduled is a span of time at which floors keep to bounds whatever the load.
type Scheduled struct {
	Name string    `json:"name" doc:"As the user knows it: the schedule \"opening hours\""`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Min  *int32    `json:"min" doc:"Floors are at least this; null for no bound"`
	Max  *int32    `json:"max" doc:"Floors are at most this; null for no bound"`
}

// Event is a time at which the load is a known multiple of what it would be.
type Event struct {
	Name       string    `json:"name"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Multiplier float64   `json:"multiplier" doc:"1 only marks the time as unusual"`
}

// Forecast is the history and the forecast of one load.
type Forecast struct {
	Signal     string      `json:"signal"`
	Unit       string      `json:"unit"`
	History    *Values     `json:"history"`
	Quantiles  []float64   `json:"quantiles"`
	Forecast   *Rows       `json:"forecast" doc:"null without a forecast"`
	NoForecast *NoForecast `json:"noForecast"`
}

// Values are samples on a grid; null is not known.
type Values struct {
	Start       time.Time  `json:"start"`
	StepSeconds float64    `json:"stepSeconds"`
	Values      []*float64 `json:"values"`
}

// Rows are quantiles on a grid.
type Rows struct {
	Start       time.Time    `json:"start"`
	StepSeconds float64      `json:"stepSeconds"`
	Values      [][]*float64 `json:"values" doc:"One row a step, one value for each quantile"`
}

// Plan is the floors over the coming hours, and those of the past.
type Plan struct {
	StepSeconds float64     `json:"stepSeconds"`
	Points      []PlanPoint `json:"points"`
	Past        []PastPoint `json:"past"`
	Pods        Pods        `json:"pods"`
}

// Pods are the replicas of the past, from kube-state-metrics where there are any.
type Pods struct {
	Wanted   *Values  `json:"wanted" doc:"Replicas that were asked for; null if not known"`
	Ready    *Values  `json:"ready" doc:"Replicas that were ready; null if not known"`
	Warnings []string `json:"warnings"`
}

// PlanPoint is the floor at one time of the plan.
type PlanPoint struct {
	Time   time.Time `json:"time"`
	Floor  int32     `json:"floor"`
	Needed int32     `json:"needed"`
	Load   float64   `json:"load"`
	Median float64   `json:"median"`
	Reason string    `json:"reason"`
}

// PastPoint is the floor and the replicas at one time of the past.
type PastPoint struct {
	Time     time.Time `json:"time"`
	Floor    int32     `json:"floor"`
	Replicas int32     `json:"replicas"`
}

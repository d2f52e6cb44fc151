package planning

import (
	"encoding/json"
	"math"
	"time"

	"github.com/highwater-dev/highwater/recommender/price"
)

// A Number is a value that may not be known: NaN, and null in JSON.
type Number float64

// Known says whether n is known.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// A Report is a plan of capacity. Its JSON has the field names of the tags.
type Report struct {
	From        time.Time  `json:"from"`
	To          time.Time  `json:"to"`                 // not part of it
	StepSeconds int        `json:"stepSeconds"`        // of the rows
	Quantiles   [2]float64 `json:"quantiles"`          // the middle, and the high one
	WhatIf      []string   `json:"whatIf"`             // what was changed, in words; empty if nothing was
	Priced      bool       `json:"priced"`             // costs are known
	Currency    string     `json:"currency,omitempty"` // of costs; empty if it is not known

	Total     Total          `json:"total"`     // the sum over Fleet
	Fleet     []Row          `json:"fleet"`     // the sum over the workloads, by step; its loads are null
	Peaks     []Peak         `json:"peaks"`     // one a local day and workload with a forecast, the largest in pods first
	Gaps      []Gap          `json:"gaps"`      // by time
	Workloads []WorkloadPlan `json:"workloads"` // in the order given
	Notes     []string       `json:"notes"`     // what to keep in mind when reading it
}

// Step is the time between two rows.
func (r *Report) Step() time.Duration { return time.Duration(r.StepSeconds) * time.Second }

// A WorkloadPlan is the plan of one workload.
type WorkloadPlan struct {
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
	Unit      string       `json:"unit,omitempty"`
	Baseline  int32        `json:"baseline"`
	Ceiling   int32        `json:"ceiling"`
	PerPod    Number       `json:"perPod"` // load that one ready pod carries at the most
	PodCPU    float64      `json:"podCPU"` // cores; 0 if not known
	PodMemory float64      `json:"podMemory"`
	Price     *price.Price `json:"price,omitempty"` // of a pod-hour as things are, with its source; not there if there is none, or the what-if has one
	Metric    int          `json:"metric"`          // index of the load that the rows show: the one that needs most pods
	Method    string       `json:"method"`          // of the forecast; empty without one
	Forecast  *NoForecast  `json:"forecast"`        // why there is none, and the plan is flat; null if there is one
	Observed  string       `json:"observed"`        // why it is planned without floors: none would be set as things are; empty if they are
	Sampled   int          `json:"sampled"`         // paths that short minutes are the mean of; 0: of the middle one alone
	Total     Total        `json:"total"`
	Rows      []Row        `json:"rows"`
	Problems  []string     `json:"problems"`
}

// Key is the workload's name with its namespace, if it has one.
func (w *WorkloadPlan) Key() string {
	if w.Namespace == "" {
		return w.Name
	}
	return w.Namespace + "/" + w.Name
}

// NoForecast says why a workload could not be forecast.
type NoForecast struct {
	Reason string `json:"reason"` // one word, a forecast.Reason or "Invalid"
	Detail string `json:"detail"` // with what was planned instead
}

// A Row is what is expected within one step from Time on. Pods are means over
// the step, so that they add up to pod-hours, but for PodsMost and Need.
type Row struct {
	Time      time.Time `json:"time"`
	Load      Number    `json:"load"`     // the largest of the step, at the middle quantile
	LoadHigh  Number    `json:"loadHigh"` // at the high one
	Need      float64   `json:"need"`     // most pods that the high load needs at once, before any limit
	Pods      float64   `json:"pods"`     // with Highwater, if the middle load comes
	PodsHigh  float64   `json:"podsHigh"` // if the high one comes
	PodsMost  float64   `json:"podsMost"` // the most of them at once, if the high one comes
	Floor     float64   `json:"floor"`    // the highest minReplicas, if the middle load comes
	Alone     float64   `json:"alone"`    // pods of the HPA alone, if the middle load comes
	AloneHigh float64   `json:"aloneHigh"`
	CPU       float64   `json:"cpu"`       // cores that Pods request
	CPUMost   float64   `json:"cpuMost"`   // that PodsMost request
	Memory    float64   `json:"memory"`    // bytes, likewise
	MemMost   float64   `json:"memMost"`   // likewise
	Cost      float64   `json:"cost"`      // of Pods
	CostAlone float64   `json:"costAlone"` // of Alone

	// Short minutes are expected ones: the mean of the sampled paths.
	Short      float64 `json:"shortMinutes"`
	ShortAlone float64 `json:"shortMinutesAlone"`
	Gap        float64 `json:"gap"` // pods that Need is above the ceiling

	// NodeHeadroom is the most pods that there has to be room for on nodes ahead,
	// if the middle load comes; 0 where none is asked for.
	NodeHeadroom float64 `json:"nodeHeadroom"`
}

// A Total is a plan in a few numbers. Hours are of pods, means are over time.
type Total struct {
	PodHours      float64 `json:"podHours"`
	PodHoursAlone float64 `json:"podHoursAlone"`
	PodHoursHigh  float64 `json:"podHoursHigh"`
	PodsMost      float64 `json:"podsMost"` // the largest of the rows'
	CPUMost       float64 `json:"cpuMost"`
	MemMost       float64 `json:"memMost"`
	CPUHours      float64 `json:"cpuHours"`
	MemoryHours   float64 `json:"memoryHours"` // byte-hours
	Cost          float64 `json:"cost"`
	CostAlone     float64 `json:"costAlone"`
	Short         float64 `json:"shortMinutes"`
	ShortAlone    float64 `json:"shortMinutesAlone"`
}

// A Peak is the largest that a workload needs on one local day, or in the part
// of that day that the plan holds. The largest PodsHigh is the largest Need of
// a Row, and the largest Load and LoadHigh are those of the rows.
type Peak struct {
	Workload string    `json:"workload"`
	Time     time.Time `json:"time"` // when the high load needs most
	From     time.Time `json:"from"` // around Time on that day, while the high load needs Pods or more
	To       time.Time `json:"to"`
	Load     Number    `json:"load"`     // the largest at the middle quantile
	LoadHigh Number    `json:"loadHigh"` // at the high one
	Pods     float64   `json:"pods"`     // most that the middle load needs at once, before any limit
	PodsHigh float64   `json:"podsHigh"` // that the high load needs
	Ceiling  int32     `json:"ceiling"`
	// Exceeds is the probability that the load is then more than the ceiling's
	// pods carry. Forecasts tell 0.5 % from 99.5 %; what is beyond is 0 or 1.
	Exceeds float64 `json:"exceeds"`
}

// What a Gap lacks room in.
const (
	InCeiling = "ceiling" // of one workload
	InQuota   = "quota"   // of a namespace
	InNodes   = "nodes"   // all of them
)

// A Gap is a time in which more is needed than there is room for, if the high
// load comes.
type Gap struct {
	In       string    `json:"in"`       // InCeiling, InQuota or InNodes
	Of       string    `json:"of"`       // the workload or the namespace; empty for the nodes
	Resource string    `json:"resource"` // pods, cpu or memory
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Worst    time.Time `json:"worst"` // when Need is largest
	Need     float64   `json:"need"`
	Limit    float64   `json:"limit"`
	Lack     float64   `json:"lack"`     // Need − Limit
	Expected bool      `json:"expected"` // it is there if the middle load comes, too
	Remedy   string    `json:"remedy"`
}

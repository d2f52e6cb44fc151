package api

import "time"

// ProofBrief is the proof of a workload in a few numbers.
type ProofBrief struct {
	Verdict           *string  `json:"verdict" enum:"Proven,NotNeeded,NoGain,NaiveWins,NoForesight,DidHarm" doc:"null if there is no proof yet"`
	Holds             bool     `json:"holds" doc:"Floors may be set: it is Proven and was not withdrawn"`
	Pending           string   `json:"pending" doc:"Why there is no proof yet; empty if there is"`
	Withdrawn         string   `json:"withdrawn" doc:"Why it holds no more; empty if it does"`
	ShortMinutesSaved *float64 `json:"shortMinutesSaved" doc:"Short minutes a week that Highwater would have avoided, against the HPA alone; null if not known"`
	CostChange        *float64 `json:"costChange,omitempty" doc:"By how much it changes the cost of a week, in the currency of the workload's price: negative saves; left out without a price"`
	PodHoursChange    *float64 `json:"podHoursChange" doc:"By which share it changes the pod-hours: -0.02 is 2 % fewer; null if not known"`
}

// Proof is a replay of the workload's own history through the HPA's algorithm,
// with and without Highwater.
type Proof struct {
	ProofBrief
	Message     string          `json:"message" doc:"The proof in a sentence"`
	Detail      string          `json:"detail" doc:"The numbers that the verdict rests on"`
	MadeAt      *time.Time      `json:"madeAt"`
	TookSeconds *float64        `json:"tookSeconds"`
	From        *time.Time      `json:"from" doc:"From when outcomes count"`
	To          *time.Time      `json:"to"`
	Quantile    *float64        `json:"quantile" doc:"That serves best now"`
	Policies    []PolicyOutcome `json:"policies" doc:"What each way to set floors came to; the HPA alone first"`
}

// PolicyOutcome is what one way to set floors came to in a replay.
type PolicyOutcome struct {
	Policy              string   `json:"policy" enum:"hpa,highwater,naive,constant,oracle"`
	Minutes             float64  `json:"minutes" doc:"That were replayed and are known"`
	ShortMinutes        float64  `json:"shortMinutes" doc:"With fewer ready pods than the load needed"`
	ShortLoad           *float64 `json:"shortLoad" doc:"Load beyond the capacity of the ready pods, times minutes"`
	PodHours            float64  `json:"podHours"`
	Cost                *float64 `json:"cost,omitempty" doc:"Of the pod-hours, in the currency of the workload's price; left out without a price"`
	PodHoursChange      *float64 `json:"podHoursChange" doc:"Against the HPA alone: -0.02 is 2 % fewer"`
	MeanUtilization     *float64 `json:"meanUtilization" doc:"Load served, as a share of the capacity of the ready pods"`
	Changes             int      `json:"changes" doc:"Of replicas"`
	FloorChanges        int      `json:"floorChanges" doc:"Of minReplicas"`
	MaxPods             int32    `json:"maxPods"`
	LongestShortSeconds float64  `json:"longestShortSeconds"`
}

// LearnedLead is how long the pods of a workload take from raising the floor to
// being Ready, as they were seen to start.
type LearnedLead struct {
	Seconds       float64  `json:"seconds" doc:"To plan with: the 95th percentile and the time until pods are created, within bounds"`
	P95Seconds    *float64 `json:"p95Seconds" doc:"From creation to Ready; null if there was too little to learn from"`
	MedianSeconds *float64 `json:"medianSeconds"`
	Starts        int      `json:"starts" doc:"That it was learned from"`
	Confidence    string   `json:"confidence" enum:"None,Weak,Good"`
	Why           string   `json:"why"`
	NeverReady    int      `json:"neverReady" doc:"Starts left out because the pod never became Ready"`
	Outliers      int      `json:"outliers" doc:"Starts left out because they took absurdly long"`
	SlowStarts    int      `json:"slowStarts" doc:"Starts that waited for a node, if they are usual"`
}

// Metric is how the autoscaler sees a load.
type Metric struct {
	Kind    string   `json:"kind" enum:"Utilization,AverageValue,Value"`
	Source  string   `json:"source" doc:"Resource, Memory, Pods, Object or External; empty for the kind's usual one"`
	Target  *float64 `json:"target" doc:"Utilization: share of the request; AverageValue: load per pod; Value: load of all"`
	Request *float64 `json:"request" doc:"What one pod requests; null but for Utilization"`
}

// Learned is what the workload's own history says that a pod carries.
type Learned struct {
	PerPod     *float64   `json:"perPod" doc:"null if nothing is known"`
	Unit       string     `json:"unit"`
	Method     string     `json:"method" doc:"The one that decided; empty if none did"`
	Confidence string     `json:"confidence" enum:"None,Weak,Good"`
	Why        string     `json:"why"`
	Clamped    bool       `json:"clamped" doc:"The data say less, or more, than is believed"`
	Estimates  []Estimate `json:"estimates"`
	Refusals   []Refusal  `json:"refusals" doc:"Ways that gave none, and why"`
}

// Estimate is a capacity and how sure it is.
type Estimate struct {
	Method       string   `json:"method" enum:"Target,CPU,Latency,USL"`
	PerPod       float64  `json:"perPod"`
	Low          float64  `json:"low" doc:"Lower end of its 90 % interval"`
	High         float64  `json:"high" doc:"Upper end; perPod if atLeast"`
	AtLeast      bool     `json:"atLeast" doc:"The limit was never reached: it is perPod or more"`
	Confidence   string   `json:"confidence" enum:"None,Weak,Good"`
	Why          string   `json:"why"`
	Observations int      `json:"observations"`
	PeakPods     *float64 `json:"peakPods" doc:"Beyond so many pods more carry less together; null if no such number is in sight"`
}

// Refusal is why a way gives no capacity.
type Refusal struct {
	Method string `json:"method" enum:"Target,CPU,Latency,USL"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Scatters are what the capacities of one load were found from.
type Scatters struct {
	Signal string    `json:"signal"`
	Unit   string    `json:"unit"`
	Plots  []Scatter `json:"plots" doc:"One for each estimate that was found from data"`
}

// Scatter is what one estimate was found from. X is the load per pod and Y is in
// cores for CPU and in seconds for Latency; for USL, X is the number of ready
// pods and Y the load of all of them.
type Scatter struct {
	Method string `json:"method" enum:"CPU,Latency,USL"`
	Points []Dot  `json:"points"`
	Curve  []Dot  `json:"curve"`
}

// Dot is one point of a scatter or a curve.
type Dot struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

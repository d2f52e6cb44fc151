package scheduler

import (
	"context"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
	"github.com/highwater-dev/highwater/scheduler/learning"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// Cluster knows the workloads, from memory. One that is a Notifier also tells of
// changes.
type Cluster interface {
	// Workloads lists all of them.
	Workloads(ctx context.Context) ([]workload.Workload, error)
	// Workload is one of them as it is now. It waits for nothing.
	Workload(k workload.Key) (w workload.Workload, ok bool)
}

// Actuator makes a floor so. In Observe mode it gives back what the object
// still carries, in the steps that the decision takes.
type Actuator interface {
	// Recall completes w.Baseline and w.Own by what was written before.
	Recall(w *workload.Workload)
	// Forget forgets what was written before: somebody else may have written since.
	Forget()
	Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error)
}

// NodeRoom asks for room on nodes ahead of pods.
type NodeRoom interface {
	// Keep asks for what is requested, and no more for what is not.
	Keep(ctx context.Context, requests []workload.RoomRequest) error
	// Problem is what keeps a workload's room from being had; nil for nothing.
	Problem(w *workload.Workload) *workload.Problem
	// Room is what asks for a workload's room.
	Room(k workload.Key) workload.Room
}

// History reads the load that a query asks for.
type History = history.Source

// ReplicaHistory reads the replicas that an object had.
type ReplicaHistory = learning.ReplicaHistory

// Publisher is told of the results once a tick is done, by the leader: it
// writes the policies' status.
type Publisher interface {
	Publish(ctx context.Context, results []*Result) error
}

// A SignalResult is one load of a workload as the last tick saw it.
type SignalResult struct {
	workload.Source
	Read           string        // of the query's expressions, the one that selects something; empty if it is not known
	HistoryStart   time.Time     // of the first sample that the forecast rests on
	Span           time.Duration // of those samples
	Newest         time.Time     // when the load was last known; zero if never
	Value          float64       // the load then
	NoForecast     *forecast.NoForecast
	Quality        forecast.Quality
	Warnings       []string // of Prometheus and of the reading
	Method         string   // of the forecast, in words
	Fitted         time.Time
	Findings       []forecast.Finding     // of the last fit
	Shares         []forecast.Share       // of the methods in the forecast, the largest first
	ExternalModels []externalmodels.State // those that are asked about this load
	Score          Score
	LeftOut        string            // why no floor is made of it; empty if floors are
	Learned        *capacity.Learned // what a pod carries, from its own history; nil if nothing could be learned from
}

// A Score says how the forecasts of one signal did against what came.
type Score struct {
	Matured  int     // forecasts of the window's peak whose window is over
	Coverage float64 // share of them that the upper quantile covered; NaN if none
	Expected float64 // share of them that it was to cover; NaN if none
	Error    float64 // mean absolute error of the median, relative to the mean peak; NaN if none
}

// A FloorAt is the floor and the replicas at one time in the past.
type FloorAt struct {
	Time     time.Time
	Floor    int32
	Replicas int32
}

// A Result is all that is known of one workload after a tick. It is not
// changed once published.
type Result struct {
	Workload workload.Workload
	Decision recommender.Decision
	Plan     recommender.Plan // its changes only
	SetPlan  recommender.Plan // likewise, where only what is scheduled is set and nodes are asked for; else empty
	Signals  []SignalResult
	Applied  workload.Applied
	Calendar *forecast.Calendar // in force, laid out around now; nil if there is none
	Proof    proofs.State

	Scheduled []recommender.Scheduled // over the plan, by their start

	Lead     *capacity.Lead // how long its pods take to start; nil if not learned
	NodeLead time.Duration  // from asking for a node to pods being Ready on it; 0 if no node headroom is asked for
	Past     []FloorAt      // what this process saw change within the last day, oldest first
	Err      string         // what failed in this tick, for the user; empty if nothing did
	At       time.Time
	Revision uint64 // no other result of this process has it

	served string // why as many pods are asked for as a metric as are; empty if that is no matter
}

// Unread reports whether the workload was decided before any of its loads had been
// read, and nothing failed: that is over in a moment, and not worth telling.
func (r *Result) Unread() bool {
	if r.Err != "" || len(r.Signals) == 0 {
		return false
	}
	for _, s := range r.Signals {
		if s.NoForecast == nil || s.NoForecast.Reason != forecast.ReasonPending {
			return false
		}
	}
	return true
}

// Lease returns the lease that the object carries after the tick; nil if none.
func (r *Result) Lease() *workload.Lease {
	if r.Applied.Lease == nil && !r.Applied.Changed {
		return r.Workload.Lease
	}
	return r.Applied.Lease
}

// Withheld says in one word why the floor is not set although the policy asks for
// that; empty if it is set, or nobody asks.
func (r *Result) Withheld() string {
	w := &r.Workload
	switch {
	case w.Policy.Suspend:
		return ""
	case w.Policy.Mode != recommender.Enforce:
		for _, x := range r.Decision.Warnings {
			switch x.Code {
			case workload.ProofPending, workload.ProofFailed, workload.ProofWithdrawn:
				return x.Code
			}
		}
		return ""
	}
	switch r.Applied.Outcome {
	case workload.OutcomeContested, workload.OutcomeBroken, workload.OutcomeOtherInstallation:
		return r.Applied.Outcome
	case "":
		if r.Err != "" {
			return "NotApplied"
		}
	}
	return ""
}

// A View is a Result with what it was made from, for a closer look.
type View struct {
	*Result
	Full   recommender.Plan // every step
	Curves []Curve          // one for each signal
}

// Pods are the replicas of a workload over time, as kube-state-metrics told
// them. What was not told is an empty series.
type Pods struct {
	Wanted, Ready forecast.Series
	Warnings      []string  // why something is not known
	At            time.Time // when they were last asked for; zero if never
}

// A Curve is the history and the forecast of one signal.
type Curve struct {
	History forecast.Series
	Load    *forecast.Paths // nil if there is no forecast
}

package scheduler

import (
	"context"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/workload"
)

// Cluster lists the workloads, from memory.
type Cluster interface {
	Workloads(ctx context.Context) ([]workload.Workload, error)
}

// Actuator makes a floor so. In Observe mode it gives back what the object
// still carries, in the steps that the decision takes.
type Actuator interface {
	Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error)
}

// History reads the load that a query asks for.
type History interface {
	Read(ctx context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error)
}

// Publisher is told of every result once a tick is done: the policies' status.
type Publisher interface {
	Publish(ctx context.Context, r *Result) error
}

// A SignalResult is one load of a workload as the last tick saw it.
type SignalResult struct {
	workload.Source
	History    forecast.Series // recent
	Load, Peak *forecast.Paths
	NoForecast *forecast.NoForecast
	Quality    forecast.Quality
	Warnings   []string // of Prometheus and of the reading
	Method     string   // of the forecast, in words
	Fitted     time.Time
	Score      Score
}

// A Score says how the forecasts of one signal did against what came.
type Score struct {
	Matured  int     // forecasts of the window's peak whose window is over
	Coverage float64 // share of them that the upper quantile covered; NaN if none
	Error    float64 // mean absolute error of the median, relative to the mean load; NaN if none
}

// A FloorAt is one change in the past of a floor.
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
	Plan     recommender.Plan
	Signals  []SignalResult
	Applied  workload.Applied
	Past     []FloorAt // floors of the last day that this process saw, oldest first
	Err      string    // what failed in this tick, for the user
	At       time.Time
}

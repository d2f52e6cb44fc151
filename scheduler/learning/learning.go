package learning

import (
	"context"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

// ReplicaHistory reads how many replicas of an object were asked for and how
// many were ready. What is not known is an empty series and a warning.
type ReplicaHistory interface {
	Replicas(ctx context.Context, namespace, kind, name string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error)
}

// CapacitySources is what the capacity of a pod is learned from beside the load,
// and the sources of loads as they are without what was learned.
type CapacitySources struct {
	Loads   []workload.Source
	Target  workload.Ref
	Latency *workload.Objective
	CPU     *workload.CPU
}

// SourcesOf returns the capacity sources of a workload to which nothing that was
// learned has been applied.
func SourcesOf(w *workload.Workload) CapacitySources {
	return CapacitySources{w.Sources, w.Target, w.Latency, w.CPU}
}

// Learnable reports whether there is one load, and something beside it to learn
// from.
func (c CapacitySources) Learnable() bool {
	return len(c.Loads) == 1 && c.Loads[0].Full > 0 && (c.Latency != nil || c.CPU != nil)
}

// Learned is what was learned from one load. It is not changed once made. The
// zero Learned is that nothing was yet.
type Learned struct {
	Capacity *capacity.Learned // nil if there was nothing to learn from
	Notes    []string          // why something could not be read
	At       time.Time
}

// Age returns how old l is, the longest of all times if nothing was learned yet.
func (l Learned) Age(now time.Time) time.Duration {
	if l.At.IsZero() {
		return 1<<63 - 1
	}
	return now.Sub(l.At)
}

// patience is how long the reading may take.
const patience = 2 * time.Minute

// A Learner reads what capacity is learned from.
type Learner struct {
	History  history.Source
	Replicas ReplicaHistory // nil if how many pods were ready is not known
}

// Learn learns what a pod of k carries, from sources that are Learnable and from
// their load. Whatever fails is a note: what the user and the autoscaler say
// holds then. ok is false if ctx has ended.
func (r Learner) Learn(ctx context.Context, now time.Time, k workload.Key, sources CapacitySources, load forecast.Series) (l Learned, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	src, from, to := sources.Loads[0], load.Start, load.End()
	read := func(what string, q history.Query) forecast.Series {
		res, err := r.History.Read(ctx, q, from, to, load.Step)
		if err != nil {
			l.Notes = append(l.Notes, fmt.Sprintf("nothing is learned from the %s: %v", what, err))
		}
		return res.Series
	}
	obs := capacity.Observations{Load: load}
	o := capacity.Options{
		Unit:   src.Capacity.Unit,
		Target: recommender.Capacity{PerPod: src.Full, Unit: src.Capacity.Unit, Source: "what the policy or the autoscaler says that a pod carries"},
	}
	if r.Replicas == nil {
		l.Notes = append(l.Notes, "no capacity is learned: how many pods were ready is not known")
	} else {
		_, ready, warnings, err := r.Replicas.Replicas(ctx, k.Namespace, sources.Target.Kind, sources.Target.Name, from, to, load.Step)
		obs.Pods = ready
		for _, w := range warnings {
			l.Notes = append(l.Notes, "no capacity is learned: "+w)
		}
		if err != nil {
			l.Notes = append(l.Notes, fmt.Sprintf("no capacity is learned: %v", err))
		}
	}
	if sources.Latency != nil {
		obs.Latency, o.Objective = read("latency", sources.Latency.Query), sources.Latency.Most
	}
	if sources.CPU != nil {
		obs.CPU, o.Request, o.Utilization = read("CPU", sources.CPU.Query), sources.CPU.Request, 1
	}
	learned := capacity.Learn(obs, o)
	l.Capacity, l.At = &learned, now
	return l, ctx.Err() == nil
}

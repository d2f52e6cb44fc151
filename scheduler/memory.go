package scheduler

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// Memory is mostly the pods' own: a floor that it asks for brings more pods, and
// these more memory. So a load of memory makes floors only once its past shows that
// it follows the load and not the number of pods; until then it is left to the
// autoscaler.

// MemoryNotLoad is the code of the problem that says so.
const MemoryNotLoad = "MemoryNotLoad"

const (
	ownAgain = 6 * time.Hour    // how often that is looked at again
	ownRetry = 10 * time.Minute // while it is not known
)

// An ownMemory is what is known of whose a signal's memory is.
type ownMemory struct {
	capacity.Own
	at time.Time // when it was looked at; zero if never
}

func isMemory(s workload.Source) bool { return s.Metric.Source == simulate.Memory }

// leftOut says whether floors are made without the signal.
func (s *signal) leftOut() bool {
	return isMemory(s.source) && (s.own.at.IsZero() || !s.own.FollowsLoad())
}

// why says in a sentence why it is left out.
func (o ownMemory) why() string {
	if o.at.IsZero() {
		return "memory is left to the autoscaler until it is known whether it follows the load"
	}
	return "memory is left to the autoscaler: " + o.Own.Why()
}

// problem says why a signal is left out, and what to do.
func (s *signal) problem() workload.Problem {
	return workload.Problem{Code: MemoryNotLoad, Field: s.source.Query.From,
		Message: s.own.why() + "; for floors ahead of peaks give the load itself by spec.load.query of a FloorPolicy"}
}

// learnOwn looks at whose the memory of a signal is, if that is due.
func (s *Scheduler) learnOwn(ctx context.Context, now time.Time, w *workload.Workload, st *state, sig *signal) {
	st.mu.Lock()
	own, load, wait := sig.own, sig.series, ownAgain
	st.mu.Unlock()
	if own.Changes == 0 || own.Share != own.Share {
		wait = ownRetry
	}
	if s.opts.Replicas == nil || load.Len() == 0 || !own.at.IsZero() && now.Sub(own.at) < wait {
		return
	}
	load = load.Between(load.End().Add(-s.opts.ProofHistory), load.End())
	_, ready, _, err := s.opts.Replicas.Replicas(ctx, w.Namespace, w.Target.Kind, w.Target.Name, load.Start, load.End(), load.Step)
	if err != nil {
		return // it is tried again with the next read
	}
	own = ownMemory{capacity.OwnOf(load, ready), now}
	st.mu.Lock()
	defer st.mu.Unlock()
	sig.own = own
}

// leaveOut returns the sources without those that the signals leave out. The lock
// is held.
func (st *state) leaveOut(sources []workload.Source) []workload.Source {
	return slices.DeleteFunc(slices.Clone(sources), func(src workload.Source) bool {
		return isMemory(src) && !slices.ContainsFunc(st.signals, func(sig *signal) bool {
			return sig.source.Query.Expr == src.Query.Expr && !sig.leftOut()
		})
	})
}

// onlyMemory stands for the loads of a workload that are all left out.
func onlyMemory(signals []*signal) *forecast.NoForecast {
	return &forecast.NoForecast{Reason: forecast.ReasonNoMetric, Detail: fmt.Sprintf("%s is its only load, and %s", signals[0].source.Name, signals[0].own.why())}
}

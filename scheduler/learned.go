package scheduler

import (
	"context"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/scheduler/learning"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// learnAgain is the share of the time between two proofs after which capacity is
// learned anew, so that each of them knows.
const learnAgain = 0.5

// learnCapacity learns what a pod carries, if its policy gives what that is learned
// from and if that is due. It is done before a proof, which rests on it.
func (s *Scheduler) learnCapacity(ctx context.Context, k workload.Key, st *state) {
	now := s.opts.Now()
	st.mu.Lock()
	sources := st.sources
	if len(st.signals) != 1 || !sources.Learnable() {
		st.mu.Unlock()
		return
	}
	sig := st.signals[0]
	load, age := sig.series, sig.learned.Age(now)
	st.mu.Unlock()
	if age < time.Duration(learnAgain*float64(s.opts.ProofEvery)) || load.Len() == 0 {
		return
	}
	learner := learning.Learner{History: s.history, Replicas: s.opts.Replicas}
	l, ok := learner.Learn(ctx, now, k, sources, load.Between(load.End().Add(-s.opts.ProofHistory), load.End()))
	if !ok {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	sig.learned = l
}

// applyLearned gives a workload what was learned of it: the lead time, what a pod
// carries, and the quantile that its proof found.
func (st *state) applyLearned(w *workload.Workload, layout *calendarLayout, o Options) {
	st.mu.Lock()
	defer st.mu.Unlock()
	w.Policy.LeadTime = st.lead.Of(w, o.Horizon)
	st.sources = learning.SourcesOf(w)
	w.Sources = slices.Clone(w.Sources)
	for i, src := range w.Sources {
		w.Sources[i] = learning.Apply(src, w.Policy, st.learnedOf(src.Query.Expr))
	}
	proven := *w
	proven.Sources = st.leaveOut(w.Sources)
	st.proof.SetInputs(proofs.InputsOf(&proven), layout.calendar())
	w.Policy = st.proof.Apply(w.Policy)
}

// learnedOf returns what was learned of the load that a query reads; nil if
// nothing was.
func (st *state) learnedOf(query string) *capacity.Learned {
	for _, sig := range st.signals {
		if sig.source.Query.Expr == query {
			return sig.learned.Capacity
		}
	}
	return nil
}

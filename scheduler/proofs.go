package scheduler

import (
	"context"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// newProofs returns the queue of proofs.
func (s *Scheduler) newProofs() *proofs.Queue {
	return proofs.New(proofs.Options{
		Every: s.opts.ProofEvery, History: s.opts.ProofHistory, Step: s.opts.Step, Workers: s.opts.ProofWorkers,
		Now: s.Now, Go: s.background.Go, Log: s.opts.Log,
		Replay:   func(c *proof.Case, tick proof.Tick) (*proof.Proof, error) { return s.replay(c, tick) },
		Made:     s.opts.Metrics.proofMade,
		Panicked: func() { s.opts.Metrics.failed("panic") },
	})
}

// replayAll replays a case with all policies.
func replayAll(c *proof.Case, tick proof.Tick) (*proof.Proof, error) { return c.Prove(nil, tick) }

// loads returns the loads as a proof needs them.
func (st *state) loads() []proofs.Load {
	var list []proofs.Load
	for i, sig := range st.signals {
		if sig.leftOut() {
			continue
		}
		load := proofs.Load{Source: sig.source, Series: sig.series, Model: sig.model, NoForecast: sig.none, Learned: sig.learned.Capacity}
		if i < len(st.sources.Loads) {
			load.Declared = st.sources.Loads[i]
		}
		list = append(list, load)
	}
	return list
}

// A lockedWorkload is the workload that a proof is made of.
type lockedWorkload struct {
	s   *Scheduler
	key workload.Key
	st  *state
}

// Learn implements proofs.Workload.
func (l lockedWorkload) Learn(ctx context.Context) { l.s.learnCapacity(ctx, l.key, l.st) }

// Use implements proofs.Workload.
func (l lockedWorkload) Use(f func(proofs.Snapshot)) {
	known := l.s.knows(l.key, l.st)
	l.st.mu.Lock()
	defer l.st.mu.Unlock()
	notable := l.st.result != nil && floorRequested(l.st.result)
	f(proofs.Snapshot{Record: &l.st.proof, Loads: l.st.loads(), Gone: !known, Notable: notable})
}

package proofs

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// A Workload is one whose proof is made. It may be used from any goroutine.
type Workload interface {
	// Learn learns the capacity that the proof rests on. It takes its time.
	Learn(ctx context.Context)
	// Use calls f with the workload as it is now, under its lock.
	Use(f func(Snapshot))
}

// A Snapshot is a workload while its lock is held.
type Snapshot struct {
	Record  *Record
	Loads   []Load
	Gone    bool // the cluster has it no more
	Notable bool // somebody asked for its floor, so that its verdict is worth a line of the log
}

// Options are how proofs are made.
type Options struct {
	Every   time.Duration // between two proofs of one workload, give or take a quarter
	History time.Duration // that a proof replays
	Step    time.Duration // of the history
	Workers int           // proofs at once

	Now      func() time.Time
	Go       func(func()) // starts what whoever ends this process waits for
	Replay   func(*proof.Case, proof.Tick) (*proof.Proof, error)
	Log      *slog.Logger
	Made     func(verdict string, took time.Duration) // counts proofs; of "none" if nothing came of it
	Panicked func()                                   // counts panics
}

// A Queue is the workloads that wait for their proof. Its methods may be called
// from any goroutine; mu is taken last.
type Queue struct {
	opts Options

	mu      sync.Mutex
	waiting []*request
	running int
}

// A request is one workload that waits for its proof.
type request struct {
	key workload.Key
	of  Workload

	enforce bool      // floors wait for it; guarded by the queue
	last    time.Time // when the last one was made; likewise
}

// New returns an empty queue.
func New(o Options) *Queue { return &Queue{opts: o} }

// Enqueue makes a workload wait for its proof if that is due. The workload's lock
// is held.
func (q *Queue) Enqueue(now time.Time, w *workload.Workload, record *Record, loads []Load, of Workload) {
	due := record.review(now, w.Key, loads, q.opts.Every)
	fresh := record.request == nil
	switch {
	case !due && fresh:
		return
	case fresh:
		record.request = &request{key: w.Key, of: of}
	}
	q.add(record.request, w.Policy.Mode == recommender.Enforce && !w.SkipProof, record.At, fresh)
}

// add makes a request wait, or brings it up to date if it does.
func (q *Queue) add(r *request, enforce bool, last time.Time, fresh bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r.enforce, r.last = enforce, last
	if fresh {
		q.waiting = append(q.waiting, r)
	}
}

// next returns the request whose turn it is, and nil if it is nobody's: those
// that floors wait for go first, then those whose proof is the oldest.
func (q *Queue) next() *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running >= q.opts.Workers || len(q.waiting) == 0 {
		return nil
	}
	first := 0
	for i, r := range q.waiting {
		f := q.waiting[first]
		if r.enforce != f.enforce && r.enforce || r.enforce == f.enforce && r.last.Before(f.last) {
			first = i
		}
	}
	r := q.waiting[first]
	q.waiting = slices.Delete(q.waiting, first, first+1)
	q.running++
	return r
}

func (q *Queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
}

// Start starts every proof whose turn it is; each that ends starts the next. They
// end with ctx.
func (q *Queue) Start(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	for r := q.next(); r != nil; r = q.next() {
		q.opts.Go(func() {
			q.run(ctx, r)
			q.done()
			q.Start(ctx)
		})
	}
}

package scheduler

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
)

// A readQueue says whose loads are read next, so that nobody takes the time of
// others: namespaces take turns; one of several has three lanes of four at the
// most; and workloads whose last read ran out of time share a quarter of them, as
// long as others answer.
type readQueue struct {
	workers int // reads at once

	mu          sync.Mutex
	namespaces  int  // there are
	answering   bool // some workload was read in time lately
	waiting     map[string][]*readJob
	order       []string // namespaces that wait, the next first
	busy        map[string]int
	jobs        map[workload.Key]*readJob // waiting or under way
	running     int
	slowRunning int
}

// A readJob is one workload whose loads are to be read.
type readJob struct {
	key  workload.Key
	slow bool // its last read ran out of time
}

// survey notes what the fairness rests on.
func (q *readQueue) survey(namespaces int, answering bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.namespaces, q.answering = namespaces, answering
}

// add makes a workload wait for its turn, unless it does or is being read.
func (q *readQueue) add(k workload.Key, slow bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.jobs[k] != nil {
		return
	}
	if q.jobs == nil {
		q.jobs, q.waiting, q.busy = map[workload.Key]*readJob{}, map[string][]*readJob{}, map[string]int{}
	}
	j := &readJob{k, slow}
	q.jobs[k] = j
	if len(q.waiting[k.Namespace]) == 0 {
		q.order = append(q.order, k.Namespace)
	}
	q.waiting[k.Namespace] = append(q.waiting[k.Namespace], j)
}

// next returns the job whose turn it is, and nil if it is nobody's.
func (q *readQueue) next() *readJob {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running >= q.workers {
		return nil
	}
	share, slow := q.workers, q.workers
	if q.namespaces > 1 {
		share = max(1, q.workers*3/4)
	}
	if q.answering {
		slow = max(1, q.workers/4)
	}
	for i, ns := range q.order {
		if q.busy[ns] >= share {
			continue
		}
		list := q.waiting[ns]
		k := slices.IndexFunc(list, func(j *readJob) bool { return !j.slow || q.slowRunning < slow })
		if k < 0 {
			continue
		}
		j := list[k]
		q.order = slices.Delete(q.order, i, i+1)
		if list = slices.Delete(list, k, k+1); len(list) == 0 {
			delete(q.waiting, ns)
		} else {
			q.waiting[ns] = list
			q.order = append(q.order, ns) // its next turn comes after the others'
		}
		q.running++
		q.busy[ns]++
		if j.slow {
			q.slowRunning++
		}
		return j
	}
	return nil
}

// release ends a job's use of a lane.
func (q *readQueue) release(j *readJob) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	if q.busy[j.key.Namespace]--; q.busy[j.key.Namespace] == 0 {
		delete(q.busy, j.key.Namespace)
	}
	if j.slow {
		q.slowRunning--
	}
}

// ended lets a workload be read again.
func (q *readQueue) ended(j *readJob) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.jobs, j.key)
}

const (
	// readGrace is how much longer than it may a read can take before its lane is
	// given to the next.
	readGrace = 10 * time.Second
	// maxReadBudget bounds the time that a slow store is given for one workload.
	maxReadBudget = 2 * time.Minute
)

// answering reports whether some load was read in time within the last few
// ticks: if none was, it is the store that is slow, and not the loads.
func (s *Scheduler) answering(now time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, st := range s.states {
		if at := st.answered.Load(); at != nil && now.Sub(*at) <= s.opts.Stale {
			return true
		}
	}
	return false
}

// submit has the loads of a workload read, and the workload decided then.
func (s *Scheduler) submit(ctx context.Context, k workload.Key) {
	s.mu.RLock()
	st := s.states[k]
	s.mu.RUnlock()
	s.reads.add(k, st != nil && st.timeouts.Load() > 0)
	s.readNext(ctx)
}

// readNext starts every read whose turn it is; each that ends starts the next.
func (s *Scheduler) readNext(ctx context.Context) {
	for j := s.reads.next(); j != nil; j = s.reads.next() {
		s.background.Go(func() {
			within(s.budgetOf(j.key)+readGrace, func() {
				defer s.reads.ended(j)
				s.readWorkload(ctx, j.key)
			})
			s.reads.release(j)
			if ctx.Err() == nil {
				s.decideSoon(ctx, j.key, false)
				s.readNext(ctx)
			}
		})
	}
}

// within calls f and returns once it has returned, or patience is over: what
// hangs in spite of its context costs a goroutine and no more.
func within(patience time.Duration, f func()) (ended bool) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// budgetOf is the time that the reads of a workload may take: twice as much after
// each that ran out of it, for a store that is slow rather than hung.
func (s *Scheduler) budgetOf(k workload.Key) time.Duration {
	s.mu.RLock()
	st := s.states[k]
	s.mu.RUnlock()
	budget := s.opts.Deadline / 2
	if st != nil {
		budget = min(budget<<min(st.timeouts.Load(), 8), max(maxReadBudget, budget))
	}
	return budget
}

// readWorkload reads what is new of the loads of a workload.
func (s *Scheduler) readWorkload(ctx context.Context, k workload.Key) {
	w, ok := s.cluster.Workload(k)
	if !ok {
		return
	}
	st := s.stateOf(&w)
	defer func() {
		if p := recover(); p != nil {
			s.opts.Metrics.failed("panic")
			s.opts.Log.Error("panic while reading loads; please report it", "workload", k.String(), "panic", p, "stack", string(debug.Stack()))
			st.mu.Lock()
			defer st.mu.Unlock()
			st.panicked = fmt.Sprint(p)
		}
	}()
	now := s.opts.Now().Truncate(time.Second)
	ctx, cancel := context.WithTimeout(ctx, s.budgetOf(k))
	defer cancel()
	signals := st.match(w.Sources)
	queries := st.ask(signals)
	parts := len(signals)
	if w.Backlog != nil {
		parts++
	}
	late, read := false, false
	// Each query has its share of the time that is left.
	share := func() (context.Context, context.CancelFunc) {
		end, _ := ctx.Deadline()
		part := time.Until(end) / time.Duration(max(parts, 1))
		parts--
		return context.WithTimeout(ctx, part)
	}
	if w.Backlog != nil {
		part, done := share()
		st.readBacklog(part, now, w.Backlog, s.opts, s.history)
		done()
	}
	for i, sig := range signals {
		if now.Before(sig.notBefore) {
			parts--
			continue
		}
		part, done := share()
		res, err := sig.read(part, now, queries[i], s.opts, s.history)
		done()
		if errors.Is(ctx.Err(), context.Canceled) {
			return // this process is asked to end
		}
		kind := history.KindOf(err)
		if err != nil {
			s.opts.Metrics.failed(string(kind))
		}
		late, read = late || kind == history.Timeout || errors.Is(err, context.DeadlineExceeded), read || err == nil
		st.mu.Lock()
		sig.received(now, res, err, s.opts)
		st.mu.Unlock()
		if err == nil && isMemory(sig.source) {
			s.learnOwn(ctx, now, &w, st, sig)
		}
	}
	if read {
		st.answered.Store(&now)
	}
	switch {
	case late:
		st.timeouts.Add(1)
	case read || len(signals) == 0:
		st.timeouts.Store(0)
	}
}

// ask notes that a read of each of the signals was begun, and returns their queries.
func (st *state) ask(signals []*signal) []history.Query {
	st.mu.Lock()
	defer st.mu.Unlock()
	queries := make([]history.Query, len(signals))
	for i, sig := range signals {
		sig.asked, queries[i] = true, sig.source.Query
	}
	return queries
}

// unasked reports whether some load has never been read.
func (st *state) unasked() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.ContainsFunc(st.signals, func(sig *signal) bool { return !sig.asked })
}

// The waits after failures of a query that will fail again until somebody mends
// it, one after the other. The store's own failures are tried again each tick.
const (
	firstBackoff = 30 * time.Second
	maxBackoff   = 5 * time.Minute
)

// hopeless are the failures that come again until the query, or what it selects,
// is another one, and that cost the store and this process much each time.
var hopeless = []history.Kind{history.BadQuery, history.ManySeries, history.TooLarge, history.NotUsable, history.Counter}

// backoff returns how long to leave a query alone after n failures of a kind.
func backoff(kind history.Kind, n int, tick time.Duration) time.Duration {
	if n < 2 || !slices.Contains(hopeless, kind) {
		return 0
	}
	return min(min(firstBackoff, tick)<<min(n-1, 10), maxBackoff)
}

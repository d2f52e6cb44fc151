package scheduler

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// An actQueue says which workload is decided next. Each is decided by one
// goroutine at a time; one that is asked for meanwhile is decided again.
type actQueue struct {
	workers int // decided at once

	mu      sync.Mutex
	changed sync.Cond // running has become 0; its L is set by idle
	queue   []workload.Key
	queued  map[workload.Key]bool
	acting  map[workload.Key]*round // to the round in which it was begun
	again   map[workload.Key]bool
	hung    map[workload.Key]bool // being decided for so long that nobody waits for them
	running int
	round   *round // the newest
}

// A round is done once each of its workloads was decided since it began.
type round struct {
	left map[workload.Key]bool
	done chan struct{}
}

// begin begins a round, in the place of the one before. It returns how many of the
// workloads hang and are left out.
func (q *actQueue) begin(keys []workload.Key) (r *round, hung int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r = &round{left: make(map[workload.Key]bool, len(keys)), done: make(chan struct{})}
	for _, k := range keys {
		if q.hung[k] {
			hung++
			continue
		}
		r.left[k] = true
	}
	if len(r.left) == 0 {
		close(r.done)
	}
	q.round = r
	return r, hung
}

// hangs notes that a workload is being decided for too long.
func (q *actQueue) hangs(k workload.Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.acting[k]; !ok {
		return // it has just ended
	}
	q.hung[k] = true
	if r := q.round; r != nil && r.left[k] {
		if delete(r.left, k); len(r.left) == 0 {
			close(r.done)
		}
	}
}

// left returns how many workloads r still waits for, and those of them that are
// neither being decided for it nor waiting for their turn.
func (q *actQueue) left(r *round) (n int, idle []workload.Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k := range r.left {
		if !q.queued[k] && q.acting[k] != r {
			idle = append(idle, k)
		}
	}
	return len(r.left), idle
}

// add makes a workload wait for its turn: the next one if it is urgent.
func (q *actQueue) add(k workload.Key, urgent bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.queued == nil {
		q.queued, q.acting = map[workload.Key]bool{}, map[workload.Key]*round{}
		q.again, q.hung = map[workload.Key]bool{}, map[workload.Key]bool{}
	}
	if _, ok := q.acting[k]; ok {
		q.again[k] = true
		return
	}
	if q.queued[k] {
		if !urgent {
			return
		}
		i := slices.Index(q.queue, k)
		q.queue = slices.Delete(q.queue, i, i+1)
	}
	q.queued[k] = true
	if urgent {
		q.queue = slices.Insert(q.queue, 0, k)
	} else {
		q.queue = append(q.queue, k)
	}
}

// next returns the workload whose turn it is; ok is false if it is nobody's.
func (q *actQueue) next() (k workload.Key, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running >= q.workers || len(q.queue) == 0 {
		return k, false
	}
	k, q.queue = q.queue[0], q.queue[1:]
	delete(q.queued, k)
	q.acting[k] = q.round
	q.running++
	return k, true
}

// release ends the use of a worker.
func (q *actQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running--; q.running == 0 && q.changed.L != nil {
		q.changed.Broadcast()
	}
}

// ended notes that a workload was decided, and reports whether it is asked for
// again.
func (q *actQueue) ended(k workload.Key) (again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.acting[k]; r != nil && r.left[k] {
		if delete(r.left, k); len(r.left) == 0 {
			close(r.done)
		}
	}
	again = q.again[k]
	delete(q.acting, k)
	delete(q.again, k)
	delete(q.hung, k)
	return again
}

// idle returns once nothing is being decided.
func (q *actQueue) idle() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.changed.L == nil {
		q.changed.L = &q.mu
	}
	for q.running > 0 {
		q.changed.Wait()
	}
}

const (
	// actPatience is how long deciding and applying one workload may take.
	actPatience = 15 * time.Second
	// hungAfter is when its worker is given to the next.
	hungAfter = 30 * time.Second
	// decideAgain is how long after a conflict it is decided again: the object
	// that was met is known by then.
	decideAgain = 300 * time.Millisecond
	// decideDelayed is when a change that others kept waiting is tried again.
	decideDelayed = 2 * time.Second
)

// decideIn has a workload decided again after a while, if this process leads then.
func (s *Scheduler) decideIn(after time.Duration, k workload.Key) {
	whole := s.whole.Load()
	if whole == nil {
		return
	}
	time.AfterFunc(after, func() {
		if (*whole).Err() == nil && s.Leading() {
			s.decideSoon(*whole, k, true)
		}
	})
}

// decideSoon has a workload decided when it is its turn.
func (s *Scheduler) decideSoon(ctx context.Context, k workload.Key, urgent bool) {
	s.acts.add(k, urgent)
	s.actNext(ctx)
}

// actNext starts every decision whose turn it is; each that ends starts the next.
func (s *Scheduler) actNext(ctx context.Context) {
	for k, ok := s.acts.next(); ok; k, ok = s.acts.next() {
		s.background.Go(func() {
			ended := within(hungAfter, func() {
				defer func() {
					if s.acts.ended(k) && ctx.Err() == nil {
						s.decideSoon(ctx, k, true)
					}
				}()
				if ctx.Err() == nil {
					s.act(ctx, k)
				}
			})
			if !ended {
				s.acts.hangs(k)
				s.opts.Metrics.failed("hung")
				s.opts.Log.Error("a workload hangs while it is decided; the others go on without it. Please report it", "workload", k.String())
			}
			s.acts.release()
			s.actNext(ctx)
		})
	}
}

// act decides one workload as it is now.
func (s *Scheduler) act(ctx context.Context, k workload.Key) {
	w, ok := s.cluster.Workload(k)
	if !ok {
		return // it is gone; the next tick forgets it
	}
	short, cancel := context.WithTimeout(ctx, actPatience)
	defer cancel()
	r := s.handle(short, s.opts.Now().Truncate(time.Second), w)
	s.mu.Lock()
	st := s.states[k]
	if st != nil && st.uid == w.UID {
		s.show(k, r)
	}
	s.mu.Unlock()
	if st != nil && st.unasked() {
		s.submit(ctx, k) // somebody has just asked for another load
	}
}

// A Notifier tells of workloads whose autoscaler or policy somebody has written.
type Notifier interface {
	OnChange(changed func(workload.Key))
}

// changed has a workload that somebody has written decided at once.
func (s *Scheduler) changed(k workload.Key) {
	whole := s.whole.Load()
	if whole == nil || (*whole).Err() != nil || !s.Ready() {
		return // the tick that runs, or the first, looks at it
	}
	s.mu.RLock()
	known := s.states[k] != nil
	s.mu.RUnlock()
	if !known {
		s.submit(*whole, k)
		return
	}
	s.decideSoon(*whole, k, true)
}

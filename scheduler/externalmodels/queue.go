package externalmodels

import (
	"slices"
	"sync"
	"time"
)

// A queue is the requests that wait for one model. Its methods may be called from
// any goroutine; mu is taken last.
type queue struct {
	Model

	mu        sync.Mutex
	waiting   []*request
	running   int       // requests under way
	failures  int       // one after the other
	pausedTo  time.Time // the model is not asked until then
	lastError error     // its last failure; nil once it answers
}

// A request is one load that waits for a model, or is being asked about.
type request struct {
	load  Load
	state *requestState // guarded by the load's lock
	tries int           // that failed
}

const (
	// maxRunning bounds the requests to one model that are under way: a server
	// forecasts one after the other anyway.
	maxRunning = 4
	// A model that fails is not asked for firstPause, twice as long after each
	// further failure, and maxPause at the most.
	firstPause = time.Minute
	maxPause   = 15 * time.Minute
)

// add makes a request wait for its turn.
func (q *queue) add(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
}

// next returns the request whose turn it is, and nil if it is nobody's. While
// the model fails, one request at a time finds out whether it still does; those
// that failed least often go first, so that none of them can hold up others.
func (q *queue) next(now time.Time) *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	most := maxRunning
	if q.failures > 0 {
		most = 1
	}
	if q.running >= most || len(q.waiting) == 0 || now.Before(q.pausedTo) {
		return nil
	}
	first := 0
	for i, r := range q.waiting {
		if r.tries < q.waiting[first].tries {
			first = i
		}
		if r.tries == 0 {
			break // nothing is less
		}
	}
	r := q.waiting[first]
	q.waiting = slices.Delete(q.waiting, first, first+1)
	q.running++
	return r
}

// An outcome is how a request ended for the model.
type outcome int

const (
	noOutcome outcome = iota // it was not asked, or it is not to blame
	answered
	failed
)

// done ends a request, or makes it wait again.
func (q *queue) done(r *request, now time.Time, o outcome, err error, again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	switch o {
	case answered:
		q.failures, q.pausedTo, q.lastError = 0, time.Time{}, nil
	case failed:
		q.lastError = err
		r.tries++
		if !now.Before(q.pausedTo) { // else a request that was under way beside this one failed before
			pause := min(maxPause, firstPause<<min(q.failures, 10))
			q.failures++
			q.pausedTo = now.Add(pause)
		}
	case noOutcome:
	}
	if again {
		q.waiting = append(q.waiting, r)
	}
}

// health returns until when the model is not asked, and its last failure, nil if
// it answers.
func (q *queue) health() (pausedTo time.Time, lastError error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pausedTo, q.lastError
}

package scheduler

import (
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// A desk is where loads wait for one guest. Its methods may be called from any
// goroutine; mu is taken last.
type desk struct {
	Guest

	mu       sync.Mutex
	queue    []*errand
	asking   int       // errands under way
	failures int       // one after the other
	rests    time.Time // the guest is left alone until then
	trouble  error     // its last failure; nil once it answers
}

// An errand is one load that waits for a guest, or is being asked about.
type errand struct {
	key    workload.Key
	st     *state
	sig    *signal
	advice *advice
	tries  int // that failed
}

const (
	// asksAtOnce bounds the questions to one guest that are under way: a server
	// forecasts one after the other anyway.
	asksAtOnce = 4
	// A guest that fails is left alone for restFirst, twice as long after each
	// further failure, and restMost at the most.
	restFirst = time.Minute
	restMost  = 15 * time.Minute
)

// join makes an errand wait for its turn.
func (d *desk) join(e *errand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, e)
}

// next returns the errand whose turn it is, and nil if it is nobody's. While
// the guest fails, one errand at a time finds out whether it still does; those
// that failed least often go first, so that none of them can hold up others.
func (d *desk) next(now time.Time) *errand {
	d.mu.Lock()
	defer d.mu.Unlock()
	most := asksAtOnce
	if d.failures > 0 {
		most = 1
	}
	if d.asking >= most || len(d.queue) == 0 || now.Before(d.rests) {
		return nil
	}
	first := 0
	for i, e := range d.queue {
		if e.tries < d.queue[first].tries {
			first = i
		}
		if e.tries == 0 {
			break // nothing is less
		}
	}
	e := d.queue[first]
	d.queue = slices.Delete(d.queue, first, first+1)
	d.asking++
	return e
}

// An outcome is how the guest did.
type outcome int

const (
	noOutcome outcome = iota // it was not asked, or it is not to blame
	answered
	failed
)

// done ends an errand, or makes it wait again.
func (d *desk) done(e *errand, now time.Time, o outcome, err error, again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asking--
	switch o {
	case answered:
		d.failures, d.rests, d.trouble = 0, time.Time{}, nil
	case failed:
		d.trouble = err
		e.tries++
		if !now.Before(d.rests) { // else an errand that was under way beside this one failed before
			rest := min(restMost, restFirst<<min(d.failures, 10))
			d.failures++
			d.rests = now.Add(rest)
		}
	case noOutcome:
	}
	if again {
		d.queue = append(d.queue, e)
	}
}

// standing says how the guest does: until when it is left alone, and its last
// failure, nil if it answers.
func (d *desk) standing() (rests time.Time, trouble error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rests, d.trouble
}

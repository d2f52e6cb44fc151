package scheduler

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler/learning"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// A state is what is remembered of one workload between decisions. The decision
// that is made has it alone, but for what mu guards, which is looked at and
// written from outside.
type state struct {
	uid    string
	giving recommender.Memory // of giving a floor back while only observing
	served servedFloor
	past   []FloorAt

	answered atomic.Pointer[time.Time] // when some load was last read in time
	timeouts atomic.Int32              // reads that ran out of time, one after the other

	mu       sync.Mutex
	signals  []*signal // and all of theirs but the window
	result   *Result
	memory   recommender.Memory
	last     recommender.Input // of the last decision, for a closer look
	policy   recommender.Policy
	proof    proofs.Record
	lead     learning.LeadTime
	nodeLead learning.NodeLeadTime
	sources  learning.CapacitySources
	queue    backlog
	panicked string // what the last read panicked with, until it is told

	pods podsRead
}

// takePanic returns what the last read panicked with, once.
func (st *state) takePanic() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.panicked
	st.panicked = ""
	return p
}

// pastKept is how long past floors are kept for the page.
const pastKept = 24 * time.Hour

// remember adds what holds now to the past, if it changed, and keeps the result.
func (st *state) remember(now time.Time, r *Result) {
	at := FloorAt{Time: now, Floor: r.Decision.Floor, Replicas: r.Workload.Replicas}
	n := len(st.past)
	if n == 0 || st.past[n-1].Floor != at.Floor || st.past[n-1].Replicas != at.Replicas {
		st.past = append(st.past, at)
	}
	// The newest one before the day is kept: it still held when the day began.
	for len(st.past) > 1 && now.Sub(st.past[1].Time) > pastKept {
		st.past = st.past[1:]
	}
	r.Past = slices.Clone(st.past)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.result = r
}

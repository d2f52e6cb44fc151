package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
)

const (
	plansAtOnce  = 2                // that are being made
	plansKept    = 8                // finished ones included
	planKeptFor  = 15 * time.Minute // after it is finished
	planPatience = 15 * time.Minute // for one to be made

	// A row of a report takes some 200 bytes: a plan has no more than maxPlanRows,
	// and of finished ones no more than maxKeptRows are kept.
	maxPlanRows = 500_000
	maxKeptRows = 1_000_000
)

// errTooMany says that as many plans are being made as may be.
var errTooMany = errors.New("as many plans are being made as may be at once")

// A planJob is a plan that is being made, or was.
type planJob struct {
	id     string
	cancel context.CancelFunc

	mu      sync.Mutex
	state   PlanJob
	ended   time.Time // zero while it runs
	report  *planning.Report
	changed chan struct{} // closed at the next change
}

// now returns how the job stands, its report if it is done, and a channel that
// is closed when that changes.
func (j *planJob) now() (PlanJob, *planning.Report, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state, j.report, j.changed
}

func (j *planJob) change(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
	close(j.changed)
	j.changed = make(chan struct{})
}

// planJobs keep the plans that were asked for, the oldest first.
type planJobs struct {
	mu   sync.Mutex
	jobs []*planJob
}

// A planWork makes a plan; it tells how far it is and ends with ctx.
type planWork func(ctx context.Context, tell func(done, total int, name string)) (*planning.Report, error)

// start makes a plan in the background, or returns errTooMany.
func (p *planJobs) start(work planWork) (*planJob, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(time.Now())
	running := 0
	for _, j := range p.jobs {
		if j.running() {
			running++
		}
	}
	if running >= plansAtOnce {
		return nil, errTooMany
	}
	if len(p.jobs) >= plansKept { // some have finished, for few may run
		i := slices.IndexFunc(p.jobs, func(j *planJob) bool { return !j.running() })
		p.jobs = slices.Delete(p.jobs, i, i+1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), planPatience)
	id := newID()
	j := &planJob{id: id, cancel: cancel, changed: make(chan struct{}), state: PlanJob{
		ID: id, State: "running", Started: time.Now().UTC(), Report: "api/v1/plan/" + id, Events: "api/v1/plan/" + id + "/events",
	}}
	p.jobs = append(p.jobs, j)
	go func() {
		j.run(ctx, work)
		p.trim()
	}()
	return j, nil
}

// trim forgets the oldest reports while there are too many rows, but for the
// newest.
func (p *planJobs) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows := 0
	for i, j := range slices.Backward(slices.Clone(p.jobs)) {
		_, report, _ := j.now()
		if report == nil {
			continue
		}
		if n := len(report.Fleet) * len(report.Workloads); rows == 0 || rows+n <= maxKeptRows {
			rows += n
		} else {
			p.jobs = slices.Delete(p.jobs, i, i+1)
		}
	}
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (j *planJob) run(ctx context.Context, work planWork) {
	defer j.cancel()
	report, err := guarded(ctx, work, func(done, total int, name string) {
		j.change(func() { j.state.Done, j.state.Total, j.state.Workload = done, total, name })
	})
	j.change(func() {
		j.ended, j.state.Workload = time.Now(), ""
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			j.state.State, j.state.Error = "failed", "it took longer than "+planPatience.String()+"; plan fewer workloads, by namespace or q, or not so far ahead"
		case ctx.Err() != nil:
			j.state.State = "cancelled"
		case err != nil:
			j.state.State, j.state.Error = "failed", err.Error()
		default:
			j.state.State, j.report = "done", report
		}
	})
}

// guarded does the work; a panic is an error, since nobody else would catch it.
func guarded(ctx context.Context, work planWork, tell func(done, total int, name string)) (report *planning.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while making a plan; please report it", "panic", p, "stack", string(debug.Stack()))
			report, err = nil, fmt.Errorf("internal error: %v", p)
		}
	}()
	return work(ctx, tell)
}

func (j *planJob) running() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ended.IsZero()
}

// sweep forgets the jobs that ended long ago. p.mu is held.
func (p *planJobs) sweep(now time.Time) {
	p.jobs = slices.DeleteFunc(p.jobs, func(j *planJob) bool {
		j.mu.Lock()
		defer j.mu.Unlock()
		return !j.ended.IsZero() && now.Sub(j.ended) > planKeptFor
	})
}

// find returns a job that is kept; nil if there is none.
func (p *planJobs) find(id string) *planJob {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(time.Now())
	i := slices.IndexFunc(p.jobs, func(j *planJob) bool { return j.id == id })
	if i < 0 {
		return nil
	}
	return p.jobs[i]
}

// remove cancels a job and forgets it.
func (p *planJobs) remove(j *planJob) {
	j.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	// One that still runs counts until it has ended.
	p.jobs = slices.DeleteFunc(p.jobs, func(k *planJob) bool { return k == j && !k.running() })
}

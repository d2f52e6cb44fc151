package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/replay"
	"github.com/highwater-dev/highwater/workload"
)

// Options say how the crank is turned. Defaults gives those that hold where a
// user says nothing.
type Options struct {
	Tick     string        // cron schedule of ticks: "@every 1m"
	Deadline time.Duration // of one tick
	Workers  int           // workloads at once
	Span     time.Duration // of history
	Step     time.Duration // of history
	Horizon  time.Duration // of forecasts and plans
	Refit    time.Duration // between two fits of one signal, give or take a quarter
	Stale    time.Duration // a load not known for this long is not forecast
	DryRun   bool          // every workload is only observed

	ProofEvery   time.Duration // between two proofs of one workload, give or take a quarter
	ProofHistory time.Duration // that a proof replays, of Span at the most
	ProofWorkers int           // proofs at once; with none, no floor waits for a proof

	Replicas ReplicaHistory // for Pods; nothing is known of the past if nil
	Experts  []Guest        // from outside, that take part in forecasts

	Now     func() time.Time // time.Now if nil
	Log     *slog.Logger     // slog.Default if nil
	Metrics *Metrics         // not kept if nil
}

// Defaults returns the options that hold where a user says nothing.
func Defaults() Options {
	return Options{
		Tick:     "@every 1m",
		Deadline: 50 * time.Second,
		Workers:  8,
		Span:     15 * 24 * time.Hour,
		Step:     time.Minute,
		Horizon:  24 * time.Hour,
		Refit:    time.Hour,
		Stale:    5 * time.Minute,

		ProofEvery:   24 * time.Hour,
		ProofHistory: 28 * 24 * time.Hour,
		ProofWorkers: 1,
	}
}

// Validate returns the first option that makes no sense, with the remedy.
func (o Options) Validate() error {
	if _, err := cron.ParseStandard(o.Tick); err != nil {
		return fmt.Errorf("tick %q: %w; use a cron line of five fields or \"@every 1m\"", o.Tick, err)
	}
	switch {
	case o.Deadline <= 0:
		return fmt.Errorf("tick deadline %s: must be positive", o.Deadline)
	case o.Workers < 1:
		return fmt.Errorf("workers %d: must be at least 1", o.Workers)
	case o.Step < time.Second || o.Step > time.Hour || o.Step%time.Second != 0:
		return fmt.Errorf("step %s: must be whole seconds from 1s to 1h", o.Step)
	case o.Span < 30*o.Step:
		return fmt.Errorf("history %s: must hold at least 30 steps of %s", o.Span, o.Step)
	case o.Horizon < o.Step || o.Horizon > 28*24*time.Hour:
		return fmt.Errorf("horizon %s: must be from one step of %s to 28 days", o.Horizon, o.Step)
	case o.Refit <= 0:
		return fmt.Errorf("refit %s: must be positive", o.Refit)
	case o.Stale < o.Step:
		return fmt.Errorf("stale %s: must be at least one step of %s", o.Stale, o.Step)
	case o.ProofWorkers < 0:
		return fmt.Errorf("proof workers %d: must not be negative", o.ProofWorkers)
	case o.ProofWorkers > 0 && o.ProofEvery < time.Minute:
		return fmt.Errorf("proof every %s: must be at least 1m", o.ProofEvery)
	case o.ProofWorkers > 0 && o.ProofHistory < minProofHistory:
		return fmt.Errorf("proof history %s: must be at least %s, since a replay learns from the first days and counts the last", o.ProofHistory, minProofHistory)
	}
	return checkGuests(o.Experts)
}

// A Scheduler ticks. Its methods may be called from any goroutine.
type Scheduler struct {
	opts     Options
	cluster  Cluster
	history  History
	actuator Actuator
	publish  Publisher

	leadership atomic.Pointer[leadership] // nil before the first
	ticking    sync.Mutex                 // held by the tick that runs
	story      chronicle                  // likewise
	resume     workload.Key               // likewise: where the next round begins
	skips      atomic.Int64               // of ticks, ever
	slow       atomic.Bool                // the log was told of a skipped tick
	ready      atomic.Bool
	lastTick   atomic.Pointer[TickSummary]

	mu      sync.RWMutex
	states  map[workload.Key]*state
	results map[workload.Key]*Result

	almanacs almanacs
	desks    []*desk        // one for each of Options.Experts
	asking   sync.WaitGroup // errands and proofs under way

	docket    docket
	proveCase func(*replay.Case, replay.Tick) (*replay.Proof, error)
}

// A TickSummary says how the last tick went.
type TickSummary struct {
	At        time.Time
	Duration  time.Duration
	Workloads int
	Failed    int // workloads with an error
	Cut       int // workloads that the deadline left out
}

// New returns a scheduler that has not ticked yet. publish may be nil.
func New(o Options, c Cluster, h History, a Actuator, publish Publisher) (*Scheduler, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Scheduler{
		opts: o, cluster: c, history: h, actuator: a, publish: publish,
		states: map[workload.Key]*state{}, results: map[workload.Key]*Result{}, proveCase: proveCase,
	}
	for _, g := range o.Experts {
		s.desks = append(s.desks, &desk{Guest: g})
	}
	return s, nil
}

// Lead lets this process act on the cluster for good, where there is nobody
// to agree with.
func (s *Scheduler) Lead() { s.leadership.Store(&leadership{context.Background()}) }

// lead lets this process act until ctx ends. Calls that are under way then are
// cut short, so that nothing is written after the leadership.
func (s *Scheduler) lead(ctx context.Context) {
	s.leadership.Store(&leadership{ctx})
	if s.Ready() {
		go s.Tick(ctx)
	}
}

// settled returns once no tick runs.
func (s *Scheduler) settled() {
	s.ticking.Lock()
	defer s.ticking.Unlock()
}

// A leadership lasts as long as its context.
type leadership struct{ ctx context.Context }

// Leading reports whether this process may act on the cluster.
func (s *Scheduler) Leading() bool {
	l := s.leadership.Load()
	return l != nil && l.ctx.Err() == nil
}

// acting returns ctx, cut short by the end of the leadership.
func (s *Scheduler) acting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if l := s.leadership.Load(); l != nil {
		stop := context.AfterFunc(l.ctx, cancel)
		return ctx, func() { stop(); cancel() }
	}
	cancel()
	return ctx, cancel
}

// Ready reports whether the first tick is done.
func (s *Scheduler) Ready() bool { return s.ready.Load() }

// LastTick returns how the last tick went; nil before the first.
func (s *Scheduler) LastTick() *TickSummary { return s.lastTick.Load() }

// Now returns the scheduler's time.
func (s *Scheduler) Now() time.Time { return s.opts.Now() }

// Run ticks at once and then by the schedule, until ctx ends. It returns when
// the last tick, the last question to an expert and the last proof have ended,
// which ctx cuts short.
func (s *Scheduler) Run(ctx context.Context) error {
	c := cron.New()
	if _, err := c.AddFunc(s.opts.Tick, func() { s.Tick(ctx) }); err != nil {
		return fmt.Errorf("tick %q: %w", s.opts.Tick, err)
	}
	s.Tick(ctx)
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	s.settled() // a tick of a new leader is not cron's
	s.asking.Wait()
	return nil
}

// Tick does one round over all workloads. It returns false, having done
// nothing, if one is running already.
func (s *Scheduler) Tick(ctx context.Context) bool {
	if !s.ticking.TryLock() {
		s.opts.Metrics.tickSkipped()
		s.skips.Add(1)
		if !s.slow.Swap(true) {
			s.opts.Log.Warn("tick skipped: the one before still runs; told once until they keep up again", "deadline", s.opts.Deadline)
		}
		return false
	}
	defer s.ticking.Unlock()
	skips := s.skips.Load()
	defer func() {
		if s.skips.Load() == skips {
			s.slow.Store(false)
		}
	}()
	whole := ctx // questions to experts and proofs outlive the tick
	ctx, cancel := context.WithTimeout(ctx, s.opts.Deadline)
	defer cancel()
	// A store that hangs must not take the time to act: doubt acts, too.
	reading, done := context.WithTimeout(ctx, s.opts.Deadline/2)
	defer done()

	began, now := time.Now(), s.opts.Now().Truncate(time.Second)
	sum := TickSummary{At: now}
	list, err := s.cluster.Workloads(ctx)
	if ctx.Err() != nil && err != nil {
		return true // asked to end
	}
	s.story.step(s.opts.Log, "list of workloads", err)
	if err != nil {
		s.opts.Metrics.failed("list")
		return true
	}
	results := s.round(ctx, reading, now, list)
	s.consult(whole)
	s.prove(whole)
	for i, r := range results {
		switch {
		case r == nil:
			sum.Cut++
			s.opts.Metrics.failed("deadline")
			// What was known of it stays known.
			s.mu.RLock()
			results[i] = s.results[list[i].Key]
			s.mu.RUnlock()
		case r.Err != "":
			sum.Failed++
		}
	}
	s.keep(list, results)
	s.almanacs.sweep(now)
	s.story.round(s.opts.Log, results)
	s.tellOfGuests()
	if s.publish != nil && s.Leading() {
		ctx, done := s.acting(ctx)
		defer done()
		if err := s.publish.Publish(ctx, results); ctx.Err() == nil {
			s.story.step(s.opts.Log, "status of policies", err)
			if err != nil {
				s.opts.Metrics.failed("publish")
			}
		}
	}
	sum.Workloads, sum.Duration = len(list), time.Since(began)
	s.lastTick.Store(&sum)
	s.opts.Metrics.ticked(sum)
	if ctx.Err() == nil || sum.Cut < len(list) {
		s.ready.Store(true)
	}
	s.opts.Log.Debug("tick", "workloads", sum.Workloads, "failed", sum.Failed, "cut", sum.Cut, "took", sum.Duration)
	return true
}

// round handles every workload that the deadline allows; a nil result is one
// that it did not. The next round begins where this one was cut.
func (s *Scheduler) round(ctx, reading context.Context, now time.Time, list []workload.Workload) []*Result {
	results := make([]*Result, len(list))
	first := max(0, slices.IndexFunc(list, func(w workload.Workload) bool { return w.Key == s.resume }))
	var g errgroup.Group
	g.SetLimit(s.opts.Workers)
	for k := range list {
		i := (first + k) % len(list)
		g.Go(func() error {
			if ctx.Err() == nil {
				results[i] = s.handle(ctx, reading, now, list[i])
			}
			return nil
		})
	}
	_ = g.Wait() // the functions return nil: failures are results
	for k := range list {
		if i := (first + k) % len(list); results[i] == nil {
			s.resume = list[i].Key
			break
		}
	}
	return results
}

// keep publishes the results of a tick and forgets workloads that are gone.
func (s *Scheduler) keep(list []workload.Workload, results []*Result) {
	next := make(map[workload.Key]*Result, len(list))
	for i, w := range list {
		if results[i] != nil {
			next[w.Key] = results[i]
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results = next
	known := make(map[workload.Key]bool, len(list))
	for _, w := range list {
		known[w.Key] = true
	}
	for k := range s.states {
		if !known[k] {
			delete(s.states, k)
		}
	}
}

// Results returns the results of the last tick, in no order. The slice is the
// caller's; the results are not to be changed.
func (s *Scheduler) Results() []*Result {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*Result, 0, len(s.results))
	for _, r := range s.results {
		list = append(list, r)
	}
	return list
}

// Result returns the last result of one workload.
func (s *Scheduler) Result(k workload.Key) (*Result, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.results[k]
	return r, ok
}

// stateOf returns the state of a workload, a fresh one if the object is new.
func (s *Scheduler) stateOf(w *workload.Workload) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.states[w.Key]
	if st == nil || st.uid != w.UID {
		st = &state{uid: w.UID}
		s.states[w.Key] = st
	}
	return st
}

// nan is the value of what is not known.
var nan = math.NaN()

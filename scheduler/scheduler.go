package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// Options say how the crank is turned. Defaults gives those that hold where a
// user says nothing.
type Options struct {
	Tick     string        // cron schedule of ticks: "@every 1m"
	Deadline time.Duration // of one tick, and twice that of reading one workload's loads
	Patience time.Duration // a tick decides without the loads that have not been read by then
	Workers  int           // workloads that are read at once, and those that are decided
	Span     time.Duration // of history
	Step     time.Duration // of history
	Horizon  time.Duration // of forecasts and plans
	Refit    time.Duration // between two fits of one signal, give or take a quarter
	Stale    time.Duration // a load not known for this long is not forecast
	DryRun   bool          // every workload is only observed

	ProofEvery   time.Duration // between two proofs of one workload, give or take a quarter
	ProofHistory time.Duration // that a proof replays, of Span at the most
	ProofWorkers int           // proofs at once; with none, no floor waits for a proof

	Replicas       ReplicaHistory         // for Pods; nothing is known of the past if nil
	Nodes          NodeRoom               // asks for nodes; nobody does if nil
	ExternalModels []externalmodels.Model // that take part in forecasts

	Now     func() time.Time // time.Now if nil
	Log     *slog.Logger     // slog.Default if nil
	Metrics *Metrics         // not kept if nil
}

// Defaults returns the options that hold where a user says nothing.
func Defaults() Options {
	return Options{
		Tick:     "@every 1m",
		Deadline: 50 * time.Second,
		Patience: 5 * time.Second,
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
	case o.Patience <= 0 || o.Patience > o.Deadline:
		return fmt.Errorf("patience %s: must be positive and no longer than the tick's deadline of %s", o.Patience, o.Deadline)
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
	}
	if err := o.validateProofs(); err != nil {
		return err
	}
	return externalmodels.Validate(o.ExternalModels)
}

func (o Options) validateProofs() error {
	switch {
	case o.ProofWorkers < 0:
		return fmt.Errorf("proof workers %d: must not be negative", o.ProofWorkers)
	case o.ProofWorkers > 0 && o.ProofEvery < time.Minute:
		return fmt.Errorf("proof every %s: must be at least 1m", o.ProofEvery)
	case o.ProofWorkers > 0 && o.ProofHistory < proofs.MinHistory:
		return fmt.Errorf("proof history %s: must be at least %s, since a replay learns from the first days and counts the last", o.ProofHistory, proofs.MinHistory)
	}
	return nil
}

// A Scheduler reads and acts. Its methods may be called from any goroutine.
//
// Reading brings the loads and their models up to date, as fast as Prometheus
// answers: see readQueue. Acting (forecast, decide, apply) takes each workload's
// newest object and newest model, when its loads have been read, when somebody
// has written its autoscaler or its policy, and at the latest Options.Patience
// into each tick. So a Prometheus that is slow or hangs keeps no floor from being
// set, renewed or lowered in time, and no workload waits for another.
type Scheduler struct {
	opts     Options
	cluster  Cluster
	history  History
	actuator Actuator
	publish  Publisher

	leadership  atomic.Pointer[leadership] // nil before the first
	ticking     sync.Mutex                 // held by the tick that runs
	transitions transitionLog              // likewise
	turn        int                        // likewise: with which workload the next round begins
	publishing  atomic.Bool                // statuses are being written
	ordering    atomic.Bool                // nodes are being asked for
	skips       atomic.Int64               // of ticks, ever
	slow        atomic.Bool                // the log was told of a skipped tick
	ready       atomic.Bool
	lastTick    atomic.Pointer[TickSummary]
	progress    progress
	known       atomic.Int64  // workloads of the newest list
	revisions   atomic.Uint64 // of results, ever

	reads readQueue
	acts  actQueue
	whole atomic.Pointer[context.Context] // that what outlives a tick ends with; nil before the first

	mu      sync.RWMutex
	states  map[workload.Key]*state
	results map[workload.Key]*Result

	version  uint64    // of the results
	snapshot *Snapshot // of this version; nil until somebody asks

	calendars      calendarCache
	externalModels *externalmodels.Queues
	background     sync.WaitGroup // what outlives a tick: reads, acts, requests to external models, proofs, statuses

	proofs *proofs.Queue
	replay func(*proof.Case, proof.Tick) (*proof.Proof, error)
}

// A TickSummary says how the last tick went.
type TickSummary struct {
	At        time.Time
	Duration  time.Duration
	Workloads int
	Failed    int // workloads with an error
	Cut       int // workloads that were not decided before the deadline
	Unread    int // workloads that were decided without loads of this tick
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
		states: map[workload.Key]*state{}, results: map[workload.Key]*Result{}, replay: replayAll,
	}
	s.reads.workers, s.acts.workers = o.Workers, o.Workers
	s.externalModels, s.proofs = s.newExternalModels(), s.newProofs()
	if n, ok := c.(Notifier); ok {
		n.OnChange(s.changed)
	}
	return s, nil
}

// settled returns once no tick runs and nothing is being decided.
func (s *Scheduler) settled() {
	s.ticking.Lock()
	defer s.ticking.Unlock()
	s.acts.idle()
}

// Ready reports whether the first tick is done.
func (s *Scheduler) Ready() bool { return s.ready.Load() }

// LastTick returns how the last tick went; nil before the first.
func (s *Scheduler) LastTick() *TickSummary { return s.lastTick.Load() }

// Now returns the scheduler's time.
func (s *Scheduler) Now() time.Time { return s.opts.Now() }

// Run ticks at once and then by the schedule, until ctx ends. It returns when
// the last tick, and all that was begun beside it, has ended, which ctx cuts
// short.
func (s *Scheduler) Run(ctx context.Context) error {
	c := cron.New()
	if _, err := c.AddFunc(s.opts.Tick, func() { s.Tick(ctx) }); err != nil {
		return fmt.Errorf("tick %q: %w", s.opts.Tick, err)
	}
	s.progress.begin(s.opts)
	s.Tick(ctx)
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	s.settled() // what was decided because of a change is not cron's
	s.background.Wait()
	return nil
}

// Tick does one round over all workloads: their loads are read, and each is
// decided once that is done, or after Options.Patience. It returns false, having
// done nothing, if one is running already. What is still being read when it
// returns goes on until ctx ends.
func (s *Scheduler) Tick(ctx context.Context) bool {
	if !s.ticking.TryLock() {
		s.opts.Metrics.tickSkipped()
		s.skips.Add(1)
		if !s.slow.Swap(true) {
			s.opts.Log.Warn("tick skipped: the one before still runs; logged once until they keep up again", "deadline", s.opts.Deadline)
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
	s.whole.Store(&ctx)
	short, cancel := context.WithTimeout(ctx, s.opts.Deadline)
	defer cancel()

	began, now := time.Now(), s.opts.Now().Truncate(time.Second)
	sum := TickSummary{At: now}
	list, err := s.cluster.Workloads(short)
	if short.Err() != nil && err != nil {
		return true // asked to end
	}
	s.transitions.logStep(s.opts.Log, "list of workloads", err)
	if err != nil {
		s.opts.Metrics.failed("list")
		s.progress.ended()
		return true
	}
	s.known.Store(int64(len(list)))
	s.forget(list)
	sum.Unread, sum.Cut = s.round(ctx, short, now, list)
	s.externalModels.Start(ctx)
	s.proofs.Start(ctx)
	results := s.Snapshot().Results
	for _, r := range results {
		if r.Err != "" {
			sum.Failed++
		}
	}
	if sum.Cut > 0 {
		s.opts.Metrics.failed("deadline")
	}
	s.calendars.evict(now)
	s.transitions.logWorkloads(s.opts.Log, results)
	s.externalModels.Health(func(model string, err error) {
		s.transitions.logStep(s.opts.Log, "external model "+model, err)
	})
	s.publishResults(ctx, results)
	s.askForNodes(ctx, list)
	sum.Workloads, sum.Duration = len(list), time.Since(began)
	s.lastTick.Store(&sum)
	s.opts.Metrics.ticked(sum)
	if ctx.Err() == nil {
		s.ready.Store(true)
	}
	s.progress.ended()
	s.opts.Log.Debug("tick", "workloads", sum.Workloads, "failed", sum.Failed, "unread", sum.Unread, "cut", sum.Cut, "took", sum.Duration)
	return true
}

// round has the loads of every workload read, and every workload decided: once
// that is done, and after Options.Patience without. It returns how many were
// decided without, and how many not at all before short ended.
func (s *Scheduler) round(ctx, short context.Context, now time.Time, list []workload.Workload) (unread, undecided int) {
	if len(list) == 0 {
		return 0, 0
	}
	keys, namespaces := make([]workload.Key, len(list)), map[string]bool{}
	s.turn = (s.turn + 1) % len(list)
	for i := range list {
		keys[i] = list[(s.turn+i)%len(list)].Key
		namespaces[list[i].Namespace] = true
	}
	r, hung := s.acts.begin(keys)
	s.reads.survey(len(namespaces), s.answering(now))
	for _, k := range keys {
		s.submit(ctx, k)
	}
	patience := time.NewTimer(s.opts.Patience)
	defer patience.Stop()
	for {
		select {
		case <-r.done:
			return unread, hung
		case <-patience.C:
			_, idle := s.acts.left(r)
			unread = len(idle)
			for _, k := range idle {
				s.decideSoon(ctx, k, false)
			}
		case <-short.Done():
			undecided, _ = s.acts.left(r)
			return unread, undecided + hung
		}
	}
}

// publishResults tells the policies what came of a tick, beside the next one: the
// API server may take its time. What is still being told makes this one wait for
// the next tick.
func (s *Scheduler) publishResults(ctx context.Context, results []*Result) {
	if s.publish == nil || !s.Leading() || !s.publishing.CompareAndSwap(false, true) {
		return
	}
	s.background.Go(func() {
		defer s.publishing.Store(false)
		ctx, done := s.acting(ctx)
		defer done()
		ctx, cancel := context.WithTimeout(ctx, publishPatience)
		defer cancel()
		err := s.publish.Publish(ctx, results)
		if ctx.Err() != nil {
			return
		}
		s.transitions.logStep(s.opts.Log, "status of policies", err)
		if err != nil {
			s.opts.Metrics.failed("publish")
		}
	})
}

// publishPatience is how long the statuses of one tick may take to write.
const publishPatience = 5 * time.Minute

// forget drops what is known of workloads that are gone.
func (s *Scheduler) forget(list []workload.Workload) {
	known := make(map[workload.Key]bool, len(list))
	for _, w := range list {
		known[w.Key] = true
	}
	gone := func(k workload.Key) bool { return !known[k] }
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hide(gone)
	maps.DeleteFunc(s.states, func(k workload.Key, _ *state) bool { return gone(k) })
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

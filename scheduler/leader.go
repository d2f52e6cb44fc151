package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

// Election says how replicas agree on the one that acts.
type Election struct {
	Namespace string // of the Lease object
	Name      string
	Identity  string // of this process
	Term      *Term  // kept up to date, for what guards the writes; not nil
}

// A standby looks every retryPeriod to 2.2 × retryPeriod and takes over once the
// Lease has not changed for leaseDuration: 10 s to 17 s after a leader was
// killed, and at its next look after one has given the Lease back. A leader that
// cannot renew stops acting retryPeriod + renewDeadline after its last renewal,
// before a standby may start.
//
// Timers alone do not keep a process that was stopped for a while from writing
// when it wakes, so each write looks at the clock, too: freshFor after the last
// renewal nothing goes out, which leaves half of the Lease for what is under way.
const (
	leaseDuration = 10 * time.Second
	renewDeadline = 6 * time.Second
	retryPeriod   = 1500 * time.Millisecond
	freshFor      = 5 * time.Second
	aliveEvery    = 5 * time.Second // the leader looks whether its loop still goes round
)

// A termLock tells a Term of the renewals that succeed.
type termLock struct {
	resourcelock.Interface
	term *Term
}

func (l termLock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.write(r, func() error { return l.Interface.Create(ctx, r) })
}

func (l termLock) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.write(r, func() error { return l.Interface.Update(ctx, r) })
}

func (l termLock) write(r resourcelock.LeaderElectionRecord, send func() error) error {
	at := time.Now()
	err := send()
	switch {
	case r.HolderIdentity != l.Identity():
		l.term.renew(time.Time{}) // it is given back
	case err == nil:
		l.term.renew(at)
	}
	return err
}

// Campaign runs for leader until ctx ends, again after each loss. While this
// process leads, s acts; a new leader decides all workloads at once. On the way
// out it gives the Lease back once the last decision has ended, so that a standby
// need not wait. A process whose loop has come to a halt leads no more.
func (e Election) Campaign(ctx context.Context, client kubernetes.Interface, log *slog.Logger, s *Scheduler) error {
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, e.Namespace, e.Name,
		client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: e.Identity})
	if err != nil {
		return fmt.Errorf("lease %s/%s: %w", e.Namespace, e.Name, err)
	}
	lock = termLock{lock, e.Term}
	for ctx.Err() == nil {
		if !s.Alive() {
			pause(ctx, aliveEvery)
			continue
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, Name: e.Name,
			LeaseDuration: leaseDuration, RenewDeadline: renewDeadline, RetryPeriod: retryPeriod,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(ctx context.Context) { s.lead(ctx, e.Term) },
				OnStoppedLeading: func() { log.Info("leadership ended", "identity", e.Identity) },
				OnNewLeader:      func(id string) { log.Info("leader", "identity", id, "self", id == e.Identity) },
			},
		})
		if err != nil {
			return fmt.Errorf("leader election: %w", err)
		}
		e.run(ctx, elector, lock, log, s)
	}
	s.settled()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewDeadline)
	defer cancel()
	if err := e.release(last, lock); err != nil {
		log.Warn("the Lease was not given back; a standby waits until it has run out", "error", err)
	}
	return nil
}

// run runs for leader until ctx ends, the Lease is lost, or the loop of s has come
// to a halt; then it gives the Lease back.
func (e Election) run(ctx context.Context, elector *leaderelection.LeaderElector, lock resourcelock.Interface, log *slog.Logger, s *Scheduler) {
	term, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for term.Err() == nil && s.Alive() {
			pause(term, aliveEvery)
		}
		cancel()
	}()
	elector.Run(term)
	if ctx.Err() != nil || s.Alive() {
		return
	}
	log.Error("no tick has ended for long, so this process leads no more; please report it", "identity", e.Identity)
	last, done := context.WithTimeout(ctx, renewDeadline)
	defer done()
	if err := e.release(last, lock); err != nil {
		log.Warn("the Lease was not given back; a standby waits until it has run out", "error", err)
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// release gives the Lease back if this process holds it.
//
// leaderelection's own ReleaseOnCancel will not do: it also releases after a
// failed renewal, where it lets the leader act until the API server answers,
// for longer than the Lease lasts, and then takes the Lease from whoever holds
// it by now.
func (e Election) release(ctx context.Context, lock resourcelock.Interface) error {
	return retry.RetryOnConflict(retry.DefaultRetry, func() error { // a renewal may have been under way
		held, _, err := lock.Get(ctx)
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil:
			return fmt.Errorf("read lease %s: %w", lock.Describe(), err)
		case held.HolderIdentity != e.Identity:
			return nil
		}
		now := metav1.Now()
		return lock.Update(ctx, resourcelock.LeaderElectionRecord{
			LeaseDurationSeconds: 1, AcquireTime: now, RenewTime: now, LeaderTransitions: held.LeaderTransitions,
		})
	})
}

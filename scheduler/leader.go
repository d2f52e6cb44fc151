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
}

// A standby looks every retryPeriod to 2.2 × retryPeriod and takes over once the
// Lease has not changed for leaseDuration: 10 s to 17 s after a leader was
// killed, and at its next look after one has given the Lease back. A leader that
// cannot renew stops acting retryPeriod + renewDeadline after its last renewal,
// before a standby may start.
const (
	leaseDuration = 10 * time.Second
	renewDeadline = 6 * time.Second
	retryPeriod   = 1500 * time.Millisecond
)

// Campaign runs for leader until ctx ends, again after each loss. While this
// process leads, s acts; a new leader ticks at once. On the way out it gives
// the Lease back once the last tick has ended, so that a standby need not wait.
func (e Election) Campaign(ctx context.Context, client kubernetes.Interface, log *slog.Logger, s *Scheduler) error {
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, e.Namespace, e.Name,
		client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: e.Identity})
	if err != nil {
		return fmt.Errorf("lease %s/%s: %w", e.Namespace, e.Name, err)
	}
	for ctx.Err() == nil {
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, Name: e.Name,
			LeaseDuration: leaseDuration, RenewDeadline: renewDeadline, RetryPeriod: retryPeriod,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: s.lead,
				OnStoppedLeading: func() { log.Info("leadership ended", "identity", e.Identity) },
				OnNewLeader:      func(id string) { log.Info("leader", "identity", id, "self", id == e.Identity) },
			},
		})
		if err != nil {
			return fmt.Errorf("leader election: %w", err)
		}
		elector.Run(ctx)
	}
	s.settled()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewDeadline)
	defer cancel()
	if err := e.release(last, lock); err != nil {
		log.Warn("the Lease was not given back; a standby waits until it has run out", "error", err)
	}
	return nil
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

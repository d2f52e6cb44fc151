package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Election says how replicas agree on the one that acts.
type Election struct {
	Namespace string // of the Lease object
	Name      string
	Identity  string // of this process
}

// A standby takes over at most leaseDuration + retryPeriod after a leader was
// killed. A leader that cannot renew stops acting renewDeadline after its last
// renewal, well before a standby may start.
const (
	leaseDuration = 12 * time.Second
	renewDeadline = 8 * time.Second
	retryPeriod   = 2 * time.Second
)

// Campaign runs for leader until ctx ends, again after each loss. While this
// process leads, s acts; a new leader ticks at once. On the way out it gives
// the Lease back, so that a standby need not wait.
func (e Election) Campaign(ctx context.Context, client kubernetes.Interface, log *slog.Logger, s *Scheduler) error {
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, e.Namespace, e.Name,
		client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: e.Identity})
	if err != nil {
		return fmt.Errorf("lease %s/%s: %w", e.Namespace, e.Name, err)
	}
	for ctx.Err() == nil {
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, Name: e.Name, ReleaseOnCancel: true,
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
	return nil
}

package server

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/scheduler"
)

// A policyPublisher writes results into the status of the policies.
type policyPublisher struct{ cluster *discovery.Cluster }

// publishers bounds how many statuses are written at once.
const publishers = 8

// Publish writes every status that has news. It goes on past failures and
// joins them.
func (p policyPublisher) Publish(ctx context.Context, results []*scheduler.Result) error {
	list := p.cluster.Stray()
	for _, r := range results {
		if r == nil || r.Workload.PolicyName == "" || r.Unread() {
			continue
		}
		list = append(list, discovery.PolicyStatus{
			Namespace: r.Workload.Namespace, PolicyName: r.Workload.PolicyName, Workload: r.Workload,
			Decision: r.Decision, Applied: r.Applied, Message: r.Err,
			Proof: r.Proof.Proof, ProvenAt: r.Proof.At, Unproven: r.Proof.Pending + r.Proof.Withdrawn, // one at the most
		})
	}
	w := p.cluster.StatusWriter()
	errs := make([]error, len(list))
	var g errgroup.Group
	g.SetLimit(publishers)
	for i, st := range list {
		g.Go(func() error {
			errs[i] = w.Publish(ctx, st)
			return nil
		})
	}
	_ = g.Wait() // the functions return nil
	return errors.Join(errs...)
}

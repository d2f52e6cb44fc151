package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// FromCluster makes the fleet of the autoscalers of a cluster, with the loads of
// a source.
func (r *Reader) FromCluster(ctx context.Context, source *Source) (Fleet, error) {
	c, err := r.connect()
	if err != nil {
		return Fleet{}, err
	}
	return r.survey(ctx, c, source)
}

// survey lists the workloads, and reads their loads, pods and limits.
func (r *Reader) survey(ctx context.Context, c cluster, source *Source) (Fleet, error) {
	f := Fleet{From: source.To}
	list, known, err := r.discover(ctx, c, r.Config.Kubernetes.Namespaces, source.Reader)
	if err != nil {
		return f, err
	}
	found := len(list)
	list = slices.DeleteFunc(list, func(w workload.Workload) bool { return !chosen(r.Names, w.Namespace, w.Name) })
	switch {
	case found == 0:
		return f, errors.New("there is no HorizontalPodAutoscaler in the cluster, or in its --namespaces")
	case len(list) == 0:
		return f, fmt.Errorf("none of %d autoscalers is %s", found, strings.Join(r.Names, " or "))
	}
	pods := newPodReader(ctx, c.client, r.Config.Kubernetes.Namespaces)
	f.Workloads = make([]planning.Workload, len(list))
	done := r.Begin(len(list))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for i := range list {
		g.Go(func() error {
			defer done()
			var queries []history.Query
			f.Workloads[i], queries = plannedOf(&list[i])
			f.Workloads[i].Observed = known.Observed(&list[i])
			pods.fill(gctx, &list[i], &f.Workloads[i])
			return source.read(gctx, &f.Workloads[i], queries)
		})
	}
	if err := g.Wait(); err != nil {
		return f, err
	}
	f.Limits, f.Notes = pods.limits(ctx, f.Workloads)
	f.Notes = append(f.Notes, r.notes...)
	return f, nil
}

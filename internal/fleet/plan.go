package fleet

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// Plan plans the fleet, as many workloads at a time as there are processors. begin
// is told how many there are, and done is called after each.
func (f *Fleet) Plan(ctx context.Context, o planning.Options, begin func(of int) (done func())) (*planning.Report, error) {
	p, err := planning.NewPlanner(o)
	if err != nil {
		return nil, err
	}
	plans := make([]*planning.Planned, len(f.Workloads))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	done := begin(len(plans))
	for i := range plans {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			plans[i] = p.Plan(f.Workloads[i])
			done()
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r := p.Gather(plans)
	r.Notes = append(r.Notes, f.Notes...)
	return r, nil
}

package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/internal/server"
	"github.com/highwater-dev/highwater/scheduler"
)

// Run serves a simulated cluster with real traces, on a clock that runs so many
// times as fast as real time, until ctx ends. It tells on out what to look at.
func Run(ctx context.Context, out io.Writer, c *config.Config, version string, speed float64) error {
	log := c.Log.Logger(os.Stderr)
	slog.SetDefault(log)
	began := time.Now()
	from := began.UTC().Truncate(time.Minute)
	world, err := New(from)
	if err != nil {
		return err
	}
	defer world.Close()
	clock := NewClock(from, speed)
	registry := server.NewRegistry(version)
	cluster := discovery.New(world.Client, world.Dynamic, discovery.Options{
		Describe: c.DescribeOptions(),
		Log:      log, Now: clock.Now,
	})
	options := c.SchedulerOptions()
	options.Tick, options.Now = "@every 1s", clock.Now
	options.ProofWorkers = 2 // somebody is watching
	s := server.Server{
		Config: c, Version: version, Log: log, Registry: registry, Cluster: cluster,
		Reader:  history.NewReader(world.Engine, history.ReaderOptions{Observe: server.NewReadMetrics(registry).Observe}),
		Options: options, Demo: true, Speed: speed,
		List: playedCluster{world, cluster, clock.Now},
		Actuate: func(context.Context) scheduler.Actuator {
			return actuator.NewEnforcer(world.Client, actuator.Options{TTL: time.Duration(c.Scheduler.LeaseTTL), Holder: "demo", Now: clock.Now})
		},
		Lead: func(ctx context.Context, loop *scheduler.Scheduler) error {
			loop.Lead()
			<-ctx.Done()
			return nil
		},
		Opened: func(addr net.Addr) {
			fmt.Fprintf(out, "highwater demo: %d workloads on real traces, %g times as fast as real time\n\n  page  http://%s/\n  API   http://%s/api/v1/workloads\n\nCtrl-C ends it.\n",
				world.Size(), speed, addr, addr)
		},
	}
	if err := s.Run(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nended: %s of the cluster's time in %s\n", clock.Now().Sub(from).Round(time.Minute), time.Since(began).Round(time.Second))
	return nil
}

// A playedCluster brings the simulated cluster up to now before it lists it.
type playedCluster struct {
	world   *Cluster
	cluster *discovery.Cluster
	now     func() time.Time
}

func (c playedCluster) Workloads(ctx context.Context) ([]workload.Workload, error) {
	if err := c.world.Play(ctx, c.now()); err != nil {
		return nil, err
	}
	return c.cluster.Workloads(ctx)
}

func (c playedCluster) Workload(k workload.Key) (workload.Workload, bool) {
	return c.cluster.Workload(k)
}

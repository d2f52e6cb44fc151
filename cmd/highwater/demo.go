//go:build !controller

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/demo"
	"github.com/highwater-dev/highwater/scheduler"
)

func demoCommand() *cobra.Command {
	c, speed := defaultConfig(), 60.0
	c.Listen, c.Log.Level = "127.0.0.1:8080", "warn"
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run on bundled real traces and a simulated cluster, on a clock that runs fast",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !(speed >= 1 && speed <= 600) {
				return fmt.Errorf("--speed %g: must lie between 1 and 600", speed)
			}
			if err := c.Log.validate(); err != nil {
				return err
			}
			return runDemo(cmd.Context(), cmd.OutOrStdout(), &c, speed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", c.Listen, "address to serve HTTP on")
	f.Float64Var(&speed, "speed", speed, "how many times as fast as real time the clock runs; above 120 a tick comes too late for what it decides")
	f.BoolVar(&c.DryRun, "dry-run", c.DryRun, "force Observe everywhere and write nothing to the cluster")
	f.StringVar(&c.Log.Level, "log-level", c.Log.Level, "debug, info, warn or error")
	return cmd
}

func runDemo(ctx context.Context, out io.Writer, c *Config, speed float64) error {
	log := newLogger(c.Log)
	slog.SetDefault(log)
	began := time.Now()
	from := began.UTC().Truncate(time.Minute)
	world, err := demo.New(from)
	if err != nil {
		return err
	}
	defer world.Close()
	clock := demo.NewClock(from, speed)
	registry := newRegistry()
	cluster := discovery.New(world.Client, world.Dynamic, discovery.Options{
		Describe: c.describe(),
		Log:      log, Now: clock.Now,
	})
	options := c.options()
	options.Tick, options.Now = "@every 1s", clock.Now
	options.ProofWorkers = 2 // somebody is watching
	m := machine{
		config: c, log: log, registry: registry, identity: "demo", client: world.Client, cluster: cluster,
		reader:  history.NewReader(world.Engine, history.ReaderOptions{Observe: newReadMetrics(registry).observe}),
		options: options, demo: true, speed: speed,
		list: stagehand{world, cluster, clock.Now},
		actuate: func(context.Context) scheduler.Actuator {
			return actuator.NewEnforcer(world.Client, actuator.Options{TTL: time.Duration(c.Scheduler.LeaseTTL), Holder: "demo", Now: clock.Now})
		},
		lead: func(ctx context.Context, s *scheduler.Scheduler) error {
			s.Lead()
			<-ctx.Done()
			return nil
		},
		opened: func(addr net.Addr) {
			fmt.Fprintf(out, "highwater demo: %d workloads on real traces, %g times as fast as real time\n\n  page  http://%s/\n  API   http://%s/api/v1/workloads\n\nCtrl-C ends it.\n",
				world.Size(), speed, addr, addr)
		},
	}
	if err := m.run(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nended: %s of the cluster's time in %s\n", clock.Now().Sub(from).Round(time.Minute), time.Since(began).Round(time.Second))
	return nil
}

// A stagehand brings the simulated cluster up to now before it lists it.
type stagehand struct {
	world   *demo.Cluster
	cluster *discovery.Cluster
	now     func() time.Time
}

func (h stagehand) Workloads(ctx context.Context) ([]workload.Workload, error) {
	if err := h.world.Play(ctx, h.now()); err != nil {
		return nil, err
	}
	return h.cluster.Workloads(ctx)
}

func (h stagehand) Workload(k workload.Key) (workload.Workload, bool) { return h.cluster.Workload(k) }

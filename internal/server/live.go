package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/scheduler"
)

// A Build is the binary that runs.
type Build struct {
	Version string
	Variant string // "controller", or "full"
}

// Live serves the cluster and the Prometheus of the configuration until ctx ends.
func Live(ctx context.Context, c *config.Config, build Build) error {
	log := c.Log.Logger(os.Stderr)
	slog.SetDefault(log)
	klog.SetSlogLogger(log)

	prom, err := history.NewClient(c.ClientOptions())
	if err != nil {
		return err
	}
	defer prom.Close()
	restConfig, namespace, err := c.Kubernetes.Connect(build.Version)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	// Floors and statuses are written only while the Lease is fresh, and neither
	// waits for the other, or for what is read.
	var term *scheduler.Term
	if c.Leader.Elect {
		term = &scheduler.Term{}
	}
	floors, err := kubernetes.NewForConfig(guarded(restConfig, term))
	if err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	scaled, err := dynamic.NewForConfig(guarded(restConfig, term)) // of ScaledObjects
	if err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(guarded(restConfig, term))
	if err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	matchers, err := history.ParseMatchers(c.Prometheus.Matchers)
	if err != nil {
		return err
	}
	if c.Leader.Namespace == "" {
		c.Leader.Namespace = namespace
	}

	experts, err := c.ExpertClients()
	if err != nil {
		return err
	}
	options := c.SchedulerOptions()
	for i, x := range experts {
		defer x.Close()
		options.ExternalModels = append(options.ExternalModels, c.Experts[i].ExternalModel(x))
	}

	registry := NewRegistry(build.Version)
	reads := NewReadMetrics(registry)
	describe := c.DescribeOptions()
	describe.NoNodeHeadroom = !c.Kubernetes.NodeHeadroom
	cluster := discovery.New(client, dyn, discovery.Options{
		Namespaces: c.Kubernetes.Namespaces,
		Describe:   describe,
		NoKEDA:     !c.Kubernetes.KEDA,
		Log:        log,
	})
	identity := identity()
	s := Server{
		Config: c, Version: build.Version, Log: log, Registry: registry, Cluster: cluster,
		// One request at a time for each load, so that a load whose queries hang takes one connection.
		Reader:  history.NewReader(prom, history.ReaderOptions{Matchers: matchers, Observe: reads.Observe, Parallel: 1}),
		Options: options, Speed: 1,
		Checks: []Check{
			{"prometheus does not answer as it should; no load is known until it does", prom.Check},
			{"experts do not answer as they should; forecasts are made without them until they do", func(ctx context.Context) error { return config.CheckExperts(ctx, experts) }},
		},
	}
	s.Lead = func(ctx context.Context, loop *scheduler.Scheduler) error {
		if c.DryRun || !c.Leader.Elect {
			loop.Lead()
			<-ctx.Done()
			return nil
		}
		e := scheduler.Election{Namespace: c.Leader.Namespace, Name: c.Leader.Name, Identity: identity, Term: term}
		return e.Campaign(ctx, client, log, loop)
	}
	events, stopEvents := context.WithCancel(context.WithoutCancel(ctx))
	defer stopEvents()
	acting := actuator.Options{
		TTL: time.Duration(c.Scheduler.LeaseTTL), Beat: scheduler.Interval(c.Scheduler.Tick), Holder: identity, Installation: c.Leader.Namespace + "/" + c.Leader.Name,
		Events: actuator.Recorder(events, client, identity),
	}
	s.Actuate = func(context.Context) scheduler.Actuator {
		clients := actuator.Clients{Kubernetes: floors}
		if c.Kubernetes.KEDA {
			clients.Dynamic = scaled
		}
		return actuator.NewEnforcer(clients, acting)
	}
	if c.Kubernetes.NodeHeadroom {
		s.Options.Nodes = actuator.NewBuffers(actuator.Clients{Kubernetes: client, Buffers: dyn}, c.Kubernetes.Namespaces, acting, log)
	}
	if c.Price.OpenCost {
		s.Prices = &Prices{Store: s.Reader, Cluster: cluster, Configured: c.Price.Book(), Log: log}
	}
	if c.Prometheus.RateWindow == 0 {
		s.Before = func(ctx context.Context) { learnRateWindow(ctx, s.Reader, cluster, log) }
	}
	limitMemory(ctx, log)
	log.Info("highwater", "version", build.Version, "build", build.Variant, "listen", c.Listen, "prometheus", config.Redacted(c.Prometheus.URL), "cluster", restConfig.Host,
		"dryRun", c.DryRun, "identity", identity)
	return s.Run(ctx)
}

// guarded returns a configuration whose clients write only while term is fresh.
func guarded(c *rest.Config, term *scheduler.Term) *rest.Config {
	out := rest.CopyConfig(c)
	out.Wrap(term.Guard)
	return out
}

// identity names this process, as no other is named.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "highwater"
	}
	return host + "_" + uuid.NewString()[:8]
}

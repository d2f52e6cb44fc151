package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/scheduler"
)

func serveCommand() *cobra.Command {
	c, path := defaultConfig(), ""
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Forecast, recommend and, where a policy enforces, set floors",
		Long: "Watches the HorizontalPodAutoscalers and FloorPolicies of a cluster, forecasts their load from Prometheus, and\n" +
			"serves recommendations over HTTP. Floors are set only where a FloorPolicy has mode: Enforce.\n\n" +
			"Every flag is also a key of the configuration file and an environment variable: --prometheus-url is\n" +
			"prometheus.url and " + envPrefix + "PROMETHEUS_URL. Flags win over the environment, that over the file.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if v, ok := os.LookupEnv(envPrefix + "CONFIG"); ok && path == "" {
				path = v
			}
			if err := c.load(cmd.Flags(), path); err != nil {
				return err
			}
			if err := c.validate(); err != nil {
				return err
			}
			return serve(cmd.Context(), &c)
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "configuration file in YAML")
	c.bind(cmd.Flags())
	return cmd
}

// serve runs until ctx ends.
func serve(ctx context.Context, c *Config) error {
	log := newLogger(c.Log)
	slog.SetDefault(log)
	klog.SetSlogLogger(log)

	prom, err := history.NewClient(c.client())
	if err != nil {
		return err
	}
	defer prom.Close()
	restConfig, namespace, err := c.Kubernetes.connect()
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

	experts, err := c.experts()
	if err != nil {
		return err
	}
	options := c.options()
	for i, x := range experts {
		defer x.Close()
		options.ExternalModels = append(options.ExternalModels, c.Experts[i].externalModel(x))
	}

	registry := newRegistry()
	reads := newReadMetrics(registry)
	cluster := discovery.New(client, dyn, discovery.Options{
		Namespaces: c.Kubernetes.Namespaces,
		Describe:   c.describe(),
		Log:        log,
	})
	identity := identity()
	m := machine{
		config: c, log: log, registry: registry, identity: identity, client: client, cluster: cluster,
		// One request at a time for each load, so that a load whose queries hang takes one connection.
		reader:  history.NewReader(prom, history.ReaderOptions{Matchers: matchers, Observe: reads.observe, Parallel: 1}),
		options: options, speed: 1,
		checks: []check{
			{"prometheus does not answer as it should; no load is known until it does", prom.Check},
			{"experts do not answer as they should; forecasts are made without them until they do", func(ctx context.Context) error { return checkExperts(ctx, experts) }},
		},
	}
	m.lead = func(ctx context.Context, s *scheduler.Scheduler) error {
		if c.DryRun || !c.Leader.Elect {
			s.Lead()
			<-ctx.Done()
			return nil
		}
		e := scheduler.Election{Namespace: c.Leader.Namespace, Name: c.Leader.Name, Identity: identity, Term: term}
		return e.Campaign(ctx, client, log, s)
	}
	m.actuate = func(ctx context.Context) scheduler.Actuator {
		return actuator.NewEnforcer(floors, actuator.Options{
			TTL: time.Duration(c.Scheduler.LeaseTTL), Beat: scheduler.Interval(c.Scheduler.Tick), Holder: identity, Installation: c.Leader.Namespace + "/" + c.Leader.Name,
			Events: actuator.Recorder(ctx, client, identity),
		})
	}
	limitMemory(ctx, log)
	log.Info("highwater", "version", version(), "build", variant, "listen", c.Listen, "prometheus", redacted(c.Prometheus.URL), "cluster", restConfig.Host,
		"dryRun", c.DryRun, "identity", identity)
	return m.run(ctx)
}

// connect returns how the cluster is reached, and the namespace that this
// process is in.
func (k KubernetesConfig) connect() (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: k.Context})
	c, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubernetes: %w; give --kubeconfig, or run in a cluster", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("kubernetes: %w", err)
	}
	// client-go's default of 5 calls a second is for interactive tools.
	c.QPS, c.Burst = 50, 100
	c.UserAgent = "highwater/" + strings.ReplaceAll(version(), " ", "-")
	return c, namespace, nil
}

// guarded returns a configuration whose clients write only while term is fresh.
func guarded(config *rest.Config, term *scheduler.Term) *rest.Config {
	out := rest.CopyConfig(config)
	out.Wrap(term.Guard)
	return out
}

// redacted is a URL without the password that it may hold.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "a URL that does not parse"
	}
	return u.Redacted()
}

// identity names this process, as no other is named.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "highwater"
	}
	return host + "_" + uuid.NewString()[:8]
}

func newLogger(c LogConfig) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // validated
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

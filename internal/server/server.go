package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/api/ui"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/scheduler"
)

// A machine is everything wired once: what serve and demo have in common.
type machine struct {
	config   *Config
	log      *slog.Logger
	registry *prometheus.Registry
	identity string
	client   kubernetes.Interface
	cluster  *discovery.Cluster
	reader   *history.Reader
	options  scheduler.Options
	demo     bool
	speed    float64 // of the clock

	list    scheduler.Cluster                                 // cluster if nil
	actuate func(context.Context) scheduler.Actuator          // not asked for in a dry run
	lead    func(context.Context, *scheduler.Scheduler) error // returns when ctx ends
	checks  []check                                           // made once at the start, beside the first ticks
	opened  func(addr net.Addr)                               // told of the address; nil for nobody
}

// A check tries whether something outside answers.
type check struct {
	trouble string // what the log says if it does not
	run     func(context.Context) error
}

// run serves and ticks until ctx ends. What it started has ended when it
// returns, in the reverse order: ticks, leadership, informers, HTTP.
func (m *machine) run(ctx context.Context) error {
	m.options.Log, m.options.Metrics, m.options.Replicas = m.log, scheduler.NewMetrics(m.registry), m.reader
	var act scheduler.Actuator = actuator.Observer{TTL: time.Duration(m.config.Scheduler.LeaseTTL), Now: m.options.Now}
	var publish scheduler.Publisher
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if !m.config.DryRun {
		act, publish = m.actuate(background), policyPublisher{m.cluster}
	}
	if m.list == nil {
		m.list = m.cluster
	}
	s, err := scheduler.New(m.options, m.list, m.reader, act, publish)
	if err != nil {
		return err
	}
	m.registry.MustRegister(scheduler.NewCollector(s))

	listener, err := net.Listen("tcp", m.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", m.config.Listen, err)
	}
	srv := api.Server(m.config.Listen, api.Handler(s, api.Options{
		Version: version(), Demo: m.demo, DryRun: m.config.DryRun, ClockSpeed: m.speed, Synced: m.cluster.Synced,
		Metrics: promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}), Page: ui.FS(),
	}))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	if m.opened != nil {
		m.opened(listener.Addr())
	}

	informers := make(chan struct{})
	go func() { defer close(informers); m.cluster.Run(background) }()

	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		select {
		case err := <-served:
			return fmt.Errorf("http: %w", err)
		case <-gctx.Done():
			return nil
		}
	})
	g.Go(func() error { return m.tick(gctx, s) })
	g.Go(func() error { return m.lead(gctx, s) })
	err = g.Wait()

	stop()
	<-informers
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := srv.Shutdown(last); e != nil && err == nil {
		err = fmt.Errorf("http: %w", e)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	m.log.Info("stopped")
	return err
}

// tick waits for the informers and runs the scheduler.
func (m *machine) tick(ctx context.Context, s *scheduler.Scheduler) error {
	for _, c := range m.checks {
		go func() {
			if err := c.run(ctx); err != nil && ctx.Err() == nil {
				m.log.Error(c.trouble, "error", err)
			}
		}()
	}
	wait := time.AfterFunc(20*time.Second, func() {
		m.log.Warn("still waiting for the list of autoscalers; is the API server reachable, and may this service account list them?")
	})
	err := m.cluster.WaitForSync(ctx)
	wait.Stop()
	if ctx.Err() == nil && err != nil {
		return err
	}
	return s.Run(ctx) // returns at once if it was asked to end meanwhile
}

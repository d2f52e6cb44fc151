// Package server runs highwater: the loop, leadership, the informers and the HTTP
// API, started in that order and ended in the reverse one.
package server

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

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/api/ui"
	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/scheduler"
)

// A Server is everything wired once: what serve and the demo have in common.
type Server struct {
	Config   *config.Config
	Version  string
	Log      *slog.Logger
	Registry *prometheus.Registry
	Cluster  *discovery.Cluster
	Reader   *history.Reader
	Options  scheduler.Options
	Demo     bool
	Speed    float64 // of the clock

	List    scheduler.Cluster                                 // Cluster if nil
	Actuate func(context.Context) scheduler.Actuator          // not asked for in a dry run
	Lead    func(context.Context, *scheduler.Scheduler) error // returns when ctx ends
	Checks  []Check                                           // made once at the start, beside the first ticks
	Prices  *Prices                                           // nil if OpenCost is not asked
	Before  func(context.Context)                             // what the first tick waits for; nil for nothing
	Opened  func(addr net.Addr)                               // told of the address; nil for nobody
}

// A Check tries whether something outside answers.
type Check struct {
	Trouble string // what the log says if it does not
	Run     func(context.Context) error
}

// Run serves and ticks until ctx ends. What it started has ended when it
// returns, in the reverse order: ticks, leadership, informers, HTTP.
func (s *Server) Run(ctx context.Context) error {
	s.Options.Log, s.Options.Metrics, s.Options.Replicas = s.Log, scheduler.NewMetrics(s.Registry), s.Reader
	var act scheduler.Actuator = actuator.Observer{TTL: time.Duration(s.Config.Scheduler.LeaseTTL), Now: s.Options.Now}
	var publish scheduler.Publisher
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if !s.Config.DryRun {
		act, publish = s.Actuate(background), policyPublisher{s.Cluster}
	}
	if s.List == nil {
		s.List = s.Cluster
	}
	loop, err := scheduler.New(s.Options, s.List, s.Reader, act, publish)
	if err != nil {
		return err
	}
	s.Registry.MustRegister(scheduler.NewCollector(loop))

	listener, err := net.Listen("tcp", s.Config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.Config.Listen, err)
	}
	warnings := func() []string { return nil }
	if s.Prices != nil {
		warnings = s.Prices.warnings
	}
	srv := api.Server(s.Config.Listen, api.Handler(loop, api.Options{
		Version: s.Version, Demo: s.Demo, DryRun: s.Config.DryRun, ClockSpeed: s.Speed, Synced: s.Cluster.Synced, Warnings: warnings,
		Metrics: promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{}), Page: ui.FS(),
	}))
	served := make(chan error, 2)
	scaler, err := s.serveScaler(background, loop, served)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	go func() { served <- fmt.Errorf("http: %w", srv.Serve(listener)) }()
	if s.Opened != nil {
		s.Opened(listener.Addr())
	}

	informers := make(chan struct{})
	go func() { defer close(informers); s.Cluster.Run(background) }()

	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		select {
		case err := <-served:
			return err
		case <-gctx.Done():
			return nil
		}
	})
	g.Go(func() error { return s.tick(gctx, loop) })
	g.Go(func() error { return s.Lead(gctx, loop) })
	err = g.Wait()

	stop()
	<-informers
	<-scaler
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := srv.Shutdown(last); e != nil && err == nil {
		err = fmt.Errorf("http: %w", e)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	s.Log.Info("stopped")
	return err
}

// tick waits for the informers and runs the scheduler.
func (s *Server) tick(ctx context.Context, loop *scheduler.Scheduler) error {
	for _, c := range s.Checks {
		go func() {
			if err := c.Run(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error(c.Trouble, "error", err)
			}
		}()
	}
	wait := time.AfterFunc(20*time.Second, func() {
		s.Log.Warn("still waiting for the list of autoscalers; is the API server reachable, and may this service account list them?")
	})
	err := s.Cluster.WaitForSync(ctx)
	wait.Stop()
	if ctx.Err() == nil && err != nil {
		return err
	}
	if s.Prices != nil {
		go s.Prices.Run(ctx)
	}
	if s.Before != nil {
		s.Before(ctx)
	}
	return loop.Run(ctx) // returns at once if it was asked to end meanwhile
}

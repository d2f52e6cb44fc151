package config

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// SchedulerOptions returns the scheduler's options.
func (c *Config) SchedulerOptions() scheduler.Options {
	s := c.Scheduler
	return scheduler.Options{
		Tick: s.Tick, Deadline: time.Duration(s.Deadline), Patience: min(scheduler.Defaults().Patience, time.Duration(s.Deadline)), Workers: s.Workers, Span: time.Duration(s.History), Step: time.Duration(s.Step),
		Horizon: time.Duration(s.Horizon), Refit: time.Duration(s.Refit), Stale: time.Duration(s.Stale), DryRun: c.DryRun,
		ProofEvery: time.Duration(s.ProofEvery), ProofHistory: time.Duration(s.ProofHistory), ProofWorkers: s.ProofWorkers,
	}
}

// Policy returns the policy that holds where a FloorPolicy says nothing. A
// quantile takes the place of a risk.
func (c *Config) Policy() recommender.Policy {
	d, p := c.Defaults, recommender.DefaultPolicy()
	p.Risk = recommender.Risk{Budget: d.RiskBudget, Ratio: d.CostRatio}
	if d.Quantile != 0 {
		p.Quantile, p.Risk = d.Quantile, recommender.Risk{}
	}
	p.Headroom, p.LeadTime, p.Hold = d.Headroom, time.Duration(d.LeadTime), time.Duration(d.Hold)
	p.Quiet, p.Grace = time.Duration(d.Quiet), time.Duration(d.Grace)
	p.StepUp, p.MinStepUp, p.MaxStepUp = d.StepUp, podsOf(d.MinStepUp), podsOf(d.MaxStepUp)
	p.StepDown, p.StepEvery = d.StepDown, time.Duration(d.StepEvery)
	return p
}

// podsOf is a number of pods that a user gave, as policies hold it; what is
// absurd is left for Check to refuse.
func podsOf(n int) int32 { return int32(min(max(n, -1), 1<<20)) }

// DescribeOptions returns how workloads are described.
func (c *Config) DescribeOptions() discovery.DescribeOptions {
	o := discovery.DescribeOptions{Defaults: c.Policy(), RateWindow: time.Duration(c.Prometheus.RateWindow),
		Horizon: time.Duration(c.Scheduler.Horizon), SkipProof: c.Defaults.Proof == string(v1alpha1.ProofSkip),
		Store: discovery.Store{URL: c.Prometheus.URL, Headers: c.Prometheus.Headers, Params: c.Prometheus.Params}, Prices: c.Price.Book()}
	if !c.Defaults.Calendar.IsZero() {
		o.Calendar = &c.Defaults.Calendar
	}
	return o
}

// ClientOptions returns how Prometheus is reached.
func (c *Config) ClientOptions() history.ClientOptions {
	p := c.Prometheus
	return history.ClientOptions{
		URL: p.URL, TokenFile: p.TokenFile, Username: p.Username, PasswordFile: p.PasswordFile, Login: p.Options,
		CAFile: p.CAFile, CertFile: p.CertFile, KeyFile: p.KeyFile, ServerName: p.ServerName, InsecureSkipVerify: p.InsecureSkipVerify,
		Headers: p.Headers, Params: p.Params, AllowPartial: p.AllowPartial, Timeout: time.Duration(p.Timeout), MaxConcurrent: p.Concurrency,
	}
}

package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// A Config is what a user can set. Each field is a key of the configuration
// file, a flag and an environment variable; see fields.
type Config struct {
	Listen     string           `json:"listen"`
	DryRun     bool             `json:"dryRun"`
	Log        LogConfig        `json:"log"`
	Prometheus PrometheusConfig `json:"prometheus"`
	Kubernetes KubernetesConfig `json:"kubernetes"`
	Leader     LeaderConfig     `json:"leader"`
	Scheduler  SchedulerConfig  `json:"scheduler"`
	Experts    []ExpertConfig   `json:"experts"`
	Defaults   DefaultsConfig   `json:"defaults"`
}

// LogConfig says what is logged.
type LogConfig struct {
	Level  string `json:"level"`  // debug, info, warn or error
	Format string `json:"format"` // text or json
}

// ServerConfig says how a server is reached over HTTP.
type ServerConfig struct {
	URL                string            `json:"url"`
	TokenFile          string            `json:"tokenFile,omitempty"`
	Username           string            `json:"username,omitempty"`
	PasswordFile       string            `json:"passwordFile,omitempty"`
	CAFile             string            `json:"caFile,omitempty"`
	CertFile           string            `json:"certFile,omitempty"`
	KeyFile            string            `json:"keyFile,omitempty"`
	ServerName         string            `json:"serverName,omitempty"`
	InsecureSkipVerify bool              `json:"insecureSkipVerify,omitempty"`
	Headers            map[string]string `json:"headers,omitempty"`
}

// PrometheusConfig says where loads are read.
type PrometheusConfig struct {
	ServerConfig
	Matchers    []string       `json:"matchers"`
	Timeout     model.Duration `json:"timeout"`
	Concurrency int            `json:"concurrency"`
	RateWindow  model.Duration `json:"rateWindow"`
}

// KubernetesConfig says which cluster, and what of it.
type KubernetesConfig struct {
	Kubeconfig string   `json:"kubeconfig"`
	Context    string   `json:"context"`
	Namespaces []string `json:"namespaces"`
}

// LeaderConfig says how replicas agree on the one that acts.
type LeaderConfig struct {
	Elect     bool   `json:"elect"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// SchedulerConfig says how the crank is turned.
type SchedulerConfig struct {
	Tick     string         `json:"tick"`
	Deadline model.Duration `json:"deadline"`
	Workers  int            `json:"workers"`
	History  model.Duration `json:"history"`
	Step     model.Duration `json:"step"`
	Horizon  model.Duration `json:"horizon"`
	Refit    model.Duration `json:"refit"`
	Stale    model.Duration `json:"stale"`
	LeaseTTL model.Duration `json:"leaseTTL"`

	ProofEvery   model.Duration `json:"proofEvery"`
	ProofHistory model.Duration `json:"proofHistory"`
	ProofWorkers int            `json:"proofWorkers"`
}

// DefaultsConfig holds for workloads whose policy says nothing.
type DefaultsConfig struct {
	RiskBudget float64        `json:"riskBudget"`
	CostRatio  float64        `json:"costRatio"`
	Quantile   float64        `json:"quantile"`
	Headroom   float64        `json:"headroom"`
	Proof      string         `json:"proof"`
	LeadTime   model.Duration `json:"leadTime"`
	Hold       model.Duration `json:"hold"`
	Quiet      model.Duration `json:"quiet"`
	Grace      model.Duration `json:"grace"`
	StepUp     float64        `json:"stepUp"`
	MinStepUp  int            `json:"minStepUp"`
	MaxStepUp  int            `json:"maxStepUp"`
	StepDown   float64        `json:"stepDown"`
	StepEvery  model.Duration `json:"stepEvery"`
	Calendar   calendar.Spec  `json:"calendar"`
}

// defaultConfig is what holds where a user says nothing.
func defaultConfig() Config {
	s, p := scheduler.Defaults(), recommender.DefaultPolicy()
	return Config{
		Listen:     ":8080",
		Log:        LogConfig{Level: "info", Format: "text"},
		Prometheus: PrometheusConfig{Timeout: model.Duration(30 * time.Second), Concurrency: 8, RateWindow: model.Duration(2 * time.Minute)},
		Leader:     LeaderConfig{Elect: true, Name: "highwater"},
		Scheduler: SchedulerConfig{
			Tick: s.Tick, Deadline: model.Duration(s.Deadline), Workers: s.Workers, History: model.Duration(s.Span), Step: model.Duration(s.Step),
			Horizon: model.Duration(s.Horizon), Refit: model.Duration(s.Refit), Stale: model.Duration(s.Stale), LeaseTTL: model.Duration(30 * time.Minute),
			ProofEvery: model.Duration(s.ProofEvery), ProofHistory: model.Duration(s.ProofHistory), ProofWorkers: s.ProofWorkers,
		},
		Defaults: DefaultsConfig{
			CostRatio: p.Risk.Ratio, Headroom: p.Headroom, Proof: string(v1alpha1.ProofRequired),
			LeadTime: model.Duration(p.LeadTime), Hold: model.Duration(p.Hold), Quiet: model.Duration(p.Quiet), Grace: model.Duration(p.Grace),
			StepUp: p.StepUp, MinStepUp: int(p.MinStepUp), MaxStepUp: int(p.MaxStepUp), StepDown: p.StepDown, StepEvery: model.Duration(p.StepEvery),
		},
	}
}

// read lays the file over c. A key that is not known is an error.
func (c *Config) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := yaml.UnmarshalStrict(data, c); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}

// validate returns every problem, each with its key and the remedy.
func (c *Config) validate() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if err := c.Prometheus.validate(); err != nil {
		errs = append(errs, err)
	}
	add(c.Prometheus.RateWindow < model.Duration(10*time.Second), "prometheus.rateWindow: %s is too short; at least two scrape intervals are needed", c.Prometheus.RateWindow)
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %w; use an address such as :8080 or 127.0.0.1:8080", err))
	}
	if err := c.Log.validate(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.Defaults.validate(time.Duration(c.Scheduler.Horizon))...)
	add(c.Scheduler.ProofWorkers < 1, "scheduler.proofWorkers: %d; at least one proof has to be under way, or floors are never set", c.Scheduler.ProofWorkers)
	if err := c.options().Validate(); err != nil {
		errs = append(errs, fmt.Errorf("scheduler: %w", err))
	}
	add(time.Duration(c.Scheduler.LeaseTTL) > ownership.MaxTTL, "scheduler.leaseTTL: %s is too long; a floor may outlive this process by %s at the most", c.Scheduler.LeaseTTL, ownership.MaxTTL)
	add(time.Duration(c.Scheduler.LeaseTTL) < 2*scheduler.Interval(c.Scheduler.Tick), "scheduler.leaseTTL: %s is too short for ticks %s apart; a floor has to outlive two of them",
		c.Scheduler.LeaseTTL, scheduler.Interval(c.Scheduler.Tick))
	add(time.Duration(c.Scheduler.LeaseTTL) < 2*time.Minute, "scheduler.leaseTTL: %s is too short; a floor has to outlive a few ticks", c.Scheduler.LeaseTTL)
	for _, w := range c.policy().Check() {
		errs = append(errs, fmt.Errorf("defaults: %s", w.Message))
	}
	errs = append(errs, c.expertProblems()...)
	for _, p := range c.Defaults.Calendar.Problems() {
		errs = append(errs, fmt.Errorf("defaults.calendar.%w", p))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("configuration:\n  %s", strings.ReplaceAll(errors.Join(errs...).Error(), "\n", "\n  "))
}

// validate returns every problem of the defaults that their own Check does not
// see. Forecasts reach as far as the horizon.
func (d *DefaultsConfig) validate(horizon time.Duration) (errs []error) {
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("defaults."+format, args...))
		}
	}
	add(d.Quantile != 0 && !(d.Quantile >= 0.5 && d.Quantile < 1), "quantile: %g is no share of peaks worth covering; use 0.5 to below 1, as 0.95, or 0 to have it found from riskBudget and costRatio", d.Quantile)
	add(d.Quantile != 0 && d.RiskBudget != 0, "riskBudget: %g, and quantile is %g: set only one, since from a risk the quantile follows", d.RiskBudget, d.Quantile)
	add(d.Quantile != 0 && d.CostRatio != recommender.DefaultRatio, "costRatio: %g, and quantile is %g: set only one, since from a risk the quantile follows", d.CostRatio, d.Quantile)
	add(!(d.RiskBudget >= 0 && d.RiskBudget < 1), "riskBudget: %g; use a share of minutes more than 0 and less than 1, as 0.005 for 0.5 %%", d.RiskBudget)
	add(!(d.CostRatio > 0), "costRatio: %g; a short minute has to be worth something, as 50", d.CostRatio)
	add(d.Proof != string(v1alpha1.ProofRequired) && d.Proof != string(v1alpha1.ProofSkip), "proof: %q is neither Required nor Skip", d.Proof)
	add(time.Duration(d.LeadTime+d.Hold) > horizon, "leadTime: %s, and a hold of %s, look further ahead than scheduler.horizon, which is %s; shorten them or raise it", d.LeadTime, d.Hold, model.Duration(horizon))
	add(time.Duration(d.Quiet) > horizon, "quiet: %s is further ahead than scheduler.horizon, which is %s; shorten it or raise that", d.Quiet, model.Duration(horizon))
	return errs
}

// validate returns every problem of how Prometheus is to be reached.
func (p PrometheusConfig) validate() error {
	var errs []error
	add := func(bad bool, message string) {
		if bad {
			errs = append(errs, errors.New(message))
		}
	}
	add(p.URL == "", "prometheus.url: not set; give --prometheus-url, as in http://prometheus.monitoring:9090")
	add((p.CertFile == "") != (p.KeyFile == ""), "prometheus.certFile and prometheus.keyFile: set both or neither")
	add(p.TokenFile != "" && p.Username != "", "prometheus.tokenFile and prometheus.username: set only one")
	if _, err := history.ParseMatchers(p.Matchers); err != nil {
		errs = append(errs, fmt.Errorf("prometheus.matchers: %w", err))
	}
	add(p.Concurrency < 1, fmt.Sprintf("prometheus.concurrency: %d; at least one request has to be under way", p.Concurrency))
	return errors.Join(errs...)
}

// validate returns every problem of the log's settings.
func (l LogConfig) validate() error {
	var errs []error
	if !slices.Contains([]string{"text", "json"}, l.Format) {
		errs = append(errs, fmt.Errorf("log.format: %q is neither text nor json", l.Format))
	}
	if err := new(slog.Level).UnmarshalText([]byte(l.Level)); err != nil {
		errs = append(errs, fmt.Errorf("log.level: %q is none of debug, info, warn, error", l.Level))
	}
	return errors.Join(errs...)
}

// options returns the scheduler's options.
func (c *Config) options() scheduler.Options {
	s := c.Scheduler
	return scheduler.Options{
		Tick: s.Tick, Deadline: time.Duration(s.Deadline), Patience: min(scheduler.Defaults().Patience, time.Duration(s.Deadline)), Workers: s.Workers, Span: time.Duration(s.History), Step: time.Duration(s.Step),
		Horizon: time.Duration(s.Horizon), Refit: time.Duration(s.Refit), Stale: time.Duration(s.Stale), DryRun: c.DryRun,
		ProofEvery: time.Duration(s.ProofEvery), ProofHistory: time.Duration(s.ProofHistory), ProofWorkers: s.ProofWorkers,
	}
}

// policy returns the policy that holds where a FloorPolicy says nothing. A
// quantile takes the place of a risk.
func (c *Config) policy() recommender.Policy {
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

// describe returns how workloads are described.
func (c *Config) describe() discovery.DescribeOptions {
	o := discovery.DescribeOptions{Defaults: c.policy(), RateWindow: time.Duration(c.Prometheus.RateWindow),
		Horizon: time.Duration(c.Scheduler.Horizon), SkipProof: c.Defaults.Proof == string(v1alpha1.ProofSkip)}
	if !c.Defaults.Calendar.IsZero() {
		o.Calendar = &c.Defaults.Calendar
	}
	return o
}

// client returns how Prometheus is reached.
func (c *Config) client() history.ClientOptions {
	p := c.Prometheus
	return history.ClientOptions{
		URL: p.URL, TokenFile: p.TokenFile, Username: p.Username, PasswordFile: p.PasswordFile,
		CAFile: p.CAFile, CertFile: p.CertFile, KeyFile: p.KeyFile, ServerName: p.ServerName, InsecureSkipVerify: p.InsecureSkipVerify,
		Headers: p.Headers, Timeout: time.Duration(p.Timeout), MaxConcurrent: p.Concurrency,
	}
}

package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

// Validate returns every problem, each with its key and the remedy.
func (c *Config) Validate() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if err := c.Prometheus.Validate(); err != nil {
		errs = append(errs, err)
	}
	add(c.Prometheus.RateWindow != 0 && c.Prometheus.RateWindow < model.Duration(10*time.Second), "prometheus.rateWindow: %s is too short; at least two scrape intervals are needed", c.Prometheus.RateWindow)
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %w; use an address such as :8080 or 127.0.0.1:8080", err))
	}
	errs = append(errs, c.Scaler.problems()...)
	if err := c.Log.Validate(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.Defaults.Validate(time.Duration(c.Scheduler.Horizon))...)
	add(c.Scheduler.ProofWorkers < 1, "scheduler.proofWorkers: %d; at least one proof has to be under way, or floors are never set", c.Scheduler.ProofWorkers)
	if err := c.SchedulerOptions().Validate(); err != nil {
		errs = append(errs, fmt.Errorf("scheduler: %w", err))
	}
	add(time.Duration(c.Scheduler.LeaseTTL) > ownership.MaxTTL, "scheduler.leaseTTL: %s is too long; a floor may outlive this process by %s at the most", c.Scheduler.LeaseTTL, ownership.MaxTTL)
	add(time.Duration(c.Scheduler.LeaseTTL) < 2*scheduler.Interval(c.Scheduler.Tick), "scheduler.leaseTTL: %s is too short for ticks %s apart; a floor has to outlive two of them",
		c.Scheduler.LeaseTTL, scheduler.Interval(c.Scheduler.Tick))
	add(time.Duration(c.Scheduler.LeaseTTL) < 2*time.Minute, "scheduler.leaseTTL: %s is too short; a floor has to outlive a few ticks", c.Scheduler.LeaseTTL)
	for _, w := range c.Policy().Check() {
		errs = append(errs, fmt.Errorf("defaults: %s", w.Message))
	}
	if err := c.Price.Validate(); err != nil {
		errs = append(errs, err)
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

// problems returns every problem of how floors are served to KEDA.
func (s Scaler) problems() (errs []error) {
	if (s.CertFile == "") != (s.KeyFile == "") {
		errs = append(errs, errors.New("scaler.certFile and scaler.keyFile: set both or neither"))
	}
	if s.Listen == "" {
		if s.CertFile != "" {
			errs = append(errs, errors.New("scaler.certFile: set, and scaler.listen is not, so nothing is served; set scaler.listen, as :8090"))
		}
		return errs
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		errs = append(errs, fmt.Errorf("scaler.listen: %w; use an address such as :8090 or 127.0.0.1:8090", err))
	}
	return errs
}

// Validate returns every problem of the defaults that their own Check does not
// see. Forecasts reach as far as the horizon.
func (d *Defaults) Validate(horizon time.Duration) (errs []error) {
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

// Validate returns every problem of how Prometheus is to be reached.
func (p Prometheus) Validate() error {
	var errs []error
	add := func(bad bool, message string) {
		if bad {
			errs = append(errs, errors.New(message))
		}
	}
	add(p.URL == "", "prometheus.url: not set; give --prometheus-url, as in http://prometheus.monitoring:9090")
	add((p.CertFile == "") != (p.KeyFile == ""), "prometheus.certFile and prometheus.keyFile: set both or neither")
	if ways := p.logins(); len(ways) > 1 {
		add(true, strings.Join(ways, " and ")+": set only one")
	}
	if err := p.Options.Validate(); err != nil {
		for line := range strings.Lines(err.Error()) {
			add(true, "prometheus."+strings.TrimSuffix(line, "\n"))
		}
	}
	if _, err := history.ParseMatchers(p.Matchers); err != nil {
		errs = append(errs, fmt.Errorf("prometheus.matchers: %w", err))
	}
	add(p.Concurrency < 1, fmt.Sprintf("prometheus.concurrency: %d; at least one request has to be under way", p.Concurrency))
	return errors.Join(errs...)
}

// logins lists the keys of the ways to log in that are set.
func (p Prometheus) logins() (keys []string) {
	if p.TokenFile != "" {
		keys = append(keys, "prometheus.tokenFile")
	}
	if p.Username != "" {
		keys = append(keys, "prometheus.username")
	}
	for _, name := range p.Names() {
		keys = append(keys, "prometheus."+name)
	}
	if u, err := url.Parse(p.URL); err == nil && u.User != nil && len(p.Names()) > 0 {
		keys = append(keys, "the user in prometheus.url")
	}
	return keys
}

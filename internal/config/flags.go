package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/forecast/calendar"
)

// envPrefix begins the names of environment variables: --prometheus-url is
// HIGHWATER_PROMETHEUS_URL.
const envPrefix = "HIGHWATER_"

// bind makes a flag of each field of c, with c's values as the defaults.
func (c *Config) bind(f *pflag.FlagSet) {
	f.StringVar(&c.Listen, "listen", c.Listen, "address to serve HTTP on")
	f.BoolVar(&c.DryRun, "dry-run", c.DryRun, "force Observe everywhere and write nothing to the cluster")
	f.StringVar(&c.Log.Level, "log-level", c.Log.Level, "debug, info, warn or error")
	f.StringVar(&c.Log.Format, "log-format", c.Log.Format, "text or json")

	c.Prometheus.bind(f)
	f.Var(duration(&c.Prometheus.RateWindow), "rate-window", "range of rate() in derived queries; at least two scrape intervals")

	f.StringVar(&c.Kubernetes.Kubeconfig, "kubeconfig", c.Kubernetes.Kubeconfig, "kubeconfig file; the pod's service account if empty and in a cluster")
	f.StringVar(&c.Kubernetes.Context, "context", c.Kubernetes.Context, "context of the kubeconfig")
	f.StringSliceVar(&c.Kubernetes.Namespaces, "namespaces", c.Kubernetes.Namespaces, "namespaces to look at; all if empty")
	f.BoolVar(&c.Leader.Elect, "leader-elect", c.Leader.Elect, "let only one of several replicas act")
	f.StringVar(&c.Leader.Namespace, "leader-namespace", c.Leader.Namespace, "namespace of the Lease; that of the pod if empty")
	f.StringVar(&c.Leader.Name, "leader-name", c.Leader.Name, "name of the Lease")

	s := &c.Scheduler
	f.StringVar(&s.Tick, "tick", s.Tick, "cron schedule of ticks")
	f.Var(duration(&s.Deadline), "tick-deadline", "of one tick")
	f.IntVar(&s.Workers, "workers", s.Workers, "workloads handled at once")
	f.Var(duration(&s.History), "history", "how much history is read")
	f.Var(duration(&s.Step), "step", "of the history and the forecast")
	f.Var(duration(&s.Horizon), "horizon", "of forecasts and plans")
	f.Var(duration(&s.Refit), "refit", "time between two fits, give or take a quarter")
	f.Var(duration(&s.Stale), "stale", "a load not known for this long is not forecast")
	f.Var(duration(&s.LeaseTTL), "lease-ttl", "how long a floor outlives this process")

	f.Var(duration(&s.ProofEvery), "proof-every", "time between two proofs of a workload, give or take a quarter")
	f.Var(duration(&s.ProofHistory), "proof-history", "how much history a proof replays; no more than is read")
	f.IntVar(&s.ProofWorkers, "proof-workers", s.ProofWorkers, "proofs made at once")

	f.Var((*expertsValue)(&c.Experts), "experts", "models on inference servers in YAML, as [{url: http://lstm.models, model: lstm, length: 96, step: 15m}]")

	d := &c.Defaults
	f.Float64Var(&d.RiskBudget, "risk-budget", d.RiskBudget, "share of minutes in which there may be too few pods: 0.005 is 0.5 %; none if 0")
	f.Float64Var(&d.CostRatio, "cost-ratio", d.CostRatio, "how many minutes of all its pods one minute with too few of them is worth")
	f.Float64Var(&d.Quantile, "quantile", d.Quantile, "of the window's largest load that is covered; found on the workload's own past, from budget and ratio, if 0")
	f.Float64Var(&d.Headroom, "headroom", d.Headroom, "share added to the load: 0.2 is 20 %")
	f.StringVar(&d.Proof, "proof", d.Proof, "Required sets floors only while a replay of the workload's own past proves them; Skip takes the risk")
	f.Var(duration(&d.LeadTime), "lead-time", "from raising a floor to the new pods being Ready, until that is learned")
	f.Var(duration(&d.Hold), "hold", "how long a floor stays after its load is due")
	f.Var(duration(&d.Quiet), "quiet", "a floor falls only as far as what is needed within this time allows")
	f.Var(duration(&d.Grace), "grace", "how long doubt may hold a floor")
	f.Float64Var(&d.StepUp, "step-up", d.StepUp, "a floor rises by at most this share of itself in one step")
	f.IntVar(&d.MinStepUp, "min-step-up", d.MinStepUp, "pods that a floor may always rise by in one step")
	f.IntVar(&d.MaxStepUp, "max-step-up", d.MaxStepUp, "pods that a floor rises by at the most in one step; no bound if 0")
	f.Float64Var(&d.StepDown, "step-down", d.StepDown, "a floor falls by at most this share of itself in one step")
	f.Var(duration(&d.StepEvery), "step-every", "time between two steps")
	f.StringVar(&d.Calendar.TimeZone, "time-zone", d.Calendar.TimeZone, "of the people who make the load, as Europe/Berlin; UTC if empty")
	f.StringSliceVar(&d.Calendar.Holidays, "holidays", d.Calendar.Holidays, "regions whose public holidays are free days, as DE-BY or US")
	f.Var((*eventsValue)(&d.Calendar.Events), "calendar-events", "events in YAML, as [{name: sale, start: 2026-11-27T08:00, end: 2026-11-30T24:00, multiplier: 3}]")
}

// bind makes a flag of each field of p that says how to reach Prometheus.
func (p *PrometheusConfig) bind(f *pflag.FlagSet) {
	f.StringVar(&p.URL, "prometheus-url", p.URL, "base URL of Prometheus, or of a store that speaks its API")
	f.StringVar(&p.TokenFile, "prometheus-token-file", p.TokenFile, "file with a bearer token, read anew for each request")
	f.StringVar(&p.Username, "prometheus-username", p.Username, "user for basic auth")
	f.StringVar(&p.PasswordFile, "prometheus-password-file", p.PasswordFile, "file with the password for basic auth")
	f.StringVar(&p.CAFile, "prometheus-ca-file", p.CAFile, "PEM file with the authority of the server's certificate")
	f.StringVar(&p.CertFile, "prometheus-cert-file", p.CertFile, "PEM file with the client's certificate")
	f.StringVar(&p.KeyFile, "prometheus-key-file", p.KeyFile, "PEM file with the client's key")
	f.StringVar(&p.ServerName, "prometheus-server-name", p.ServerName, "name expected in the server's certificate")
	f.BoolVar(&p.InsecureSkipVerify, "prometheus-insecure-skip-verify", p.InsecureSkipVerify, "accept any server certificate")
	f.StringToStringVar(&p.Headers, "prometheus-header", p.Headers, "header sent with each request, as in X-Scope-OrgID=shop; may be repeated")
	f.StringArrayVar(&p.Matchers, "prometheus-matcher", p.Matchers, `label matcher added to every selector, as in cluster="eu-1"; may be repeated`)
	f.Var(duration(&p.Timeout), "prometheus-timeout", "of one request")
	f.IntVar(&p.Concurrency, "prometheus-concurrency", p.Concurrency, "requests under way at once")
}

// duration makes a flag of a Prometheus duration, which knows days: 15d.
func duration(d *model.Duration) pflag.Value { return (*durationValue)(d) }

type durationValue model.Duration

func (d *durationValue) String() string { return (*model.Duration)(d).String() }
func (d *durationValue) Type() string   { return "duration" }
func (d *durationValue) Set(s string) error {
	v, err := model.ParseDuration(s)
	if err != nil {
		return err
	}
	*d = durationValue(v)
	return nil
}

// eventsValue makes a flag of events: it is their list in YAML.
type eventsValue []calendar.EventSpec

func (e *eventsValue) Type() string { return "events" }

func (e *eventsValue) String() string { return listText(*e) }

func (e *eventsValue) Set(s string) error { return setList((*[]calendar.EventSpec)(e), s) }

// listText shows the list of a flag that is given in YAML.
func listText[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// setList reads the list of such a flag; what it held is replaced.
func setList[T any](list *[]T, s string) error {
	var read []T
	if err := yaml.UnmarshalStrict([]byte(s), &read); err != nil {
		return err
	}
	*list = read
	return nil
}

// load completes c, which flags are bound to: what a flag sets wins over the
// environment, that over the file, and that over the defaults.
func (c *Config) load(flags *pflag.FlagSet, path string) error {
	type given struct {
		f     *pflag.Flag
		value string
		list  []string
	}
	var set []given
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed {
			return
		}
		g := given{f: f, value: f.Value.String()}
		if l, ok := f.Value.(pflag.SliceValue); ok {
			g.list = l.GetSlice()
		}
		set = append(set, g)
	})
	headers := c.Prometheus.Headers
	fresh := defaultConfig()
	if path != "" {
		if err := fresh.read(path); err != nil {
			return err
		}
	}
	*c = fresh
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v, ok := os.LookupEnv(name); ok && !f.Changed && err == nil && f.Name != "config" && f.Name != "help" {
			if e := f.Value.Set(v); e != nil {
				err = fmt.Errorf("environment variable %s=%q: %w", name, v, e)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, g := range set {
		switch l, ok := g.f.Value.(pflag.SliceValue); {
		case g.f.Name == "prometheus-header":
			c.Prometheus.Headers = headers
		case ok:
			err = l.Replace(g.list)
		default:
			err = g.f.Value.Set(g.value)
		}
		if err != nil {
			return fmt.Errorf("flag --%s: %w", g.f.Name, err)
		}
	}
	return nil
}

package config

import "github.com/spf13/pflag"

// Bind makes a flag of each field of c, with c's values as the defaults.
func (c *Config) Bind(f *pflag.FlagSet) {
	f.StringVar(&c.Listen, "listen", c.Listen, "address to serve HTTP on")
	f.StringVar(&c.Scaler.Listen, "scaler-listen", c.Scaler.Listen, "address to serve floors to KEDA on, as an external scaler over gRPC, as in :8090; not served if empty")
	f.StringVar(&c.Scaler.CertFile, "scaler-cert-file", c.Scaler.CertFile, "PEM file with the external scaler's certificate; in the clear if empty")
	f.StringVar(&c.Scaler.KeyFile, "scaler-key-file", c.Scaler.KeyFile, "PEM file with its key")
	f.BoolVar(&c.DryRun, "dry-run", c.DryRun, "force Observe everywhere and write nothing to the cluster")
	f.StringVar(&c.Log.Level, "log-level", c.Log.Level, "debug, info, warn or error")
	f.StringVar(&c.Log.Format, "log-format", c.Log.Format, "text or json")

	c.BindSources(f)
	f.BoolVar(&c.Kubernetes.NodeHeadroom, "node-headroom", c.Kubernetes.NodeHeadroom, "let policies ask for nodes ahead of pods, by CapacityBuffers")
	f.BoolVar(&c.Leader.Elect, "leader-elect", c.Leader.Elect, "let only one of several replicas act")
	f.StringVar(&c.Leader.Namespace, "leader-namespace", c.Leader.Namespace, "namespace of the Lease; that of the pod if empty")
	f.StringVar(&c.Leader.Name, "leader-name", c.Leader.Name, "name of the Lease")

	s := &c.Scheduler
	f.StringVar(&s.Tick, "tick", s.Tick, "cron schedule of ticks")
	f.Var(Duration(&s.Deadline), "tick-deadline", "of one tick")
	f.IntVar(&s.Workers, "workers", s.Workers, "workloads handled at once")
	f.Var(Duration(&s.History), "history", "how much history is read")
	f.Var(Duration(&s.Step), "step", "of the history and the forecast")
	f.Var(Duration(&s.Horizon), "horizon", "of forecasts and plans")
	f.Var(Duration(&s.Refit), "refit", "time between two fits, give or take a quarter")
	f.Var(Duration(&s.Stale), "stale", "a load not known for this long is not forecast")
	f.Var(Duration(&s.LeaseTTL), "lease-ttl", "how long a floor outlives this process")

	f.Var(Duration(&s.ProofEvery), "proof-every", "time between two proofs of a workload, give or take a quarter")
	f.Var(Duration(&s.ProofHistory), "proof-history", "how much history a proof replays; no more than is read")
	f.IntVar(&s.ProofWorkers, "proof-workers", s.ProofWorkers, "proofs made at once")

	p := &c.Price
	f.BoolVar(&p.OpenCost, "price-opencost", p.OpenCost, "take prices from OpenCost's costs of nodes, where they are in Prometheus")
	f.Float64Var(&p.PodHour, "price-pod-hour", p.PodHour, "what a pod costs for an hour, where OpenCost does not say it; not known if 0")
	f.Float64Var(&p.CPUHour, "price-cpu-hour", p.CPUHour, "likewise of a core that pods request, in place of a price per pod")
	f.Float64Var(&p.GiBHour, "price-gib-hour", p.GiBHour, "likewise of a GiB of memory that pods request")
	f.Float64Var(&p.GPUHour, "price-gpu-hour", p.GPUHour, "likewise of a GPU that pods request")
	f.StringVar(&p.Currency, "price-currency", p.Currency, "of all prices, as EUR; of OpenCost's it is USD if empty")

	f.Var((*expertsValue)(&c.Experts), "experts", "models on inference servers in YAML, as [{url: http://lstm.models, model: lstm, length: 96, step: 15m}]")

	d := &c.Defaults
	f.Float64Var(&d.RiskBudget, "risk-budget", d.RiskBudget, "share of minutes in which there may be too few pods: 0.005 is 0.5 %; none if 0")
	f.Float64Var(&d.CostRatio, "cost-ratio", d.CostRatio, "how many minutes of all its pods one minute with too few of them is worth")
	f.Float64Var(&d.Quantile, "quantile", d.Quantile, "of the window's largest load that is covered; found on the workload's own past, from budget and ratio, if 0")
	f.Float64Var(&d.Headroom, "headroom", d.Headroom, "share added to the load: 0.2 is 20 %")
	f.StringVar(&d.Proof, "proof", d.Proof, "Required sets floors only while a replay of the workload's own past proves them; Skip takes the risk")
	f.Var(Duration(&d.LeadTime), "lead-time", "from raising a floor to the new pods being Ready, until that is learned")
	f.Var(Duration(&d.Hold), "hold", "how long a floor stays after its load is due")
	f.Var(Duration(&d.Quiet), "quiet", "a floor falls only as far as what is needed within this time allows")
	f.Var(Duration(&d.Grace), "grace", "how long doubt may hold a floor")
	f.Float64Var(&d.StepUp, "step-up", d.StepUp, "a floor rises by at most this share of itself in one step")
	f.IntVar(&d.MinStepUp, "min-step-up", d.MinStepUp, "pods that a floor may always rise by in one step")
	f.IntVar(&d.MaxStepUp, "max-step-up", d.MaxStepUp, "pods that a floor rises by at the most in one step; no bound if 0")
	f.Float64Var(&d.StepDown, "step-down", d.StepDown, "a floor falls by at most this share of itself in one step")
	f.Var(Duration(&d.StepEvery), "step-every", "time between two steps")
	f.StringVar(&d.Calendar.TimeZone, "time-zone", d.Calendar.TimeZone, "of the people who make the load, as Europe/Berlin; UTC if empty")
	f.StringSliceVar(&d.Calendar.Holidays, "holidays", d.Calendar.Holidays, "regions whose public holidays are free days, as DE-BY or US")
	f.Var((*eventsValue)(&d.Calendar.Events), "calendar-events", "events in YAML, as [{name: sale, start: 2026-11-27T08:00, end: 2026-11-30T24:00, multiplier: 3}]")
}

// BindSources makes a flag of each field of c that says where workloads and loads
// are read.
func (c *Config) BindSources(f *pflag.FlagSet) {
	c.Prometheus.Bind(f)
	f.Var(Duration(&c.Prometheus.RateWindow), "rate-window", "range of rate() in derived queries, at least two scrape intervals; four, from 2m to 10m, of what is in Prometheus if 0")
	c.Kubernetes.Bind(f)
	f.StringSliceVar(&c.Kubernetes.Namespaces, "namespaces", c.Kubernetes.Namespaces, "namespaces to look at; all if empty")
	f.BoolVar(&c.Kubernetes.KEDA, "keda", c.Kubernetes.KEDA, "set floors on KEDA's ScaledObjects, too; what they scale is only observed if not")
}

// Bind makes a flag of each field of k that says how to reach the cluster.
func (k *Kubernetes) Bind(f *pflag.FlagSet) {
	f.StringVar(&k.Kubeconfig, "kubeconfig", k.Kubeconfig, "kubeconfig file; the pod's service account if empty and in a cluster")
	f.StringVar(&k.Context, "context", k.Context, "context of the kubeconfig")
}

// Bind makes a flag of each field of p that says how to reach Prometheus.
func (p *Prometheus) Bind(f *pflag.FlagSet) {
	f.StringVar(&p.URL, "prometheus-url", p.URL, "base URL of Prometheus, or of a store that speaks its API")
	f.StringVar(&p.TokenFile, "prometheus-token-file", p.TokenFile, "file with a bearer token, read anew for each request")
	f.StringVar(&p.Username, "prometheus-username", p.Username, "user for basic auth")
	f.StringVar(&p.PasswordFile, "prometheus-password-file", p.PasswordFile, "file with the password for basic auth")
	f.Var(optional(&p.OAuth2), "prometheus-oauth2", "log-in by OAuth2 client credentials in YAML, as {tokenURL: https://login.example/token, clientID: highwater, clientSecretFile: /etc/highwater/credentials/secret}")
	f.Var(optional(&p.SigV4), "prometheus-sigv4", "log-in by AWS Signature V4 with the pod's credentials in YAML, as {region: eu-west-1}; {} finds the region")
	f.Var(optional(&p.Azure), "prometheus-azure", "log-in by Microsoft Entra workload identity in YAML; {} takes what its webhook sets")
	f.Var(optional(&p.Google), "prometheus-google", "log-in by the pod's Google identity in YAML, {}, or by a service account's key, as {credentialsFile: /etc/highwater/credentials/key.json}")
	f.StringVar(&p.CAFile, "prometheus-ca-file", p.CAFile, "PEM file with the authority of the server's certificate")
	f.StringVar(&p.CertFile, "prometheus-cert-file", p.CertFile, "PEM file with the client's certificate")
	f.StringVar(&p.KeyFile, "prometheus-key-file", p.KeyFile, "PEM file with the client's key")
	f.StringVar(&p.ServerName, "prometheus-server-name", p.ServerName, "name expected in the server's certificate")
	f.BoolVar(&p.InsecureSkipVerify, "prometheus-insecure-skip-verify", p.InsecureSkipVerify, "accept any server certificate")
	f.StringToStringVar(&p.Headers, "prometheus-header", p.Headers, "header sent with each request, as in X-Scope-OrgID=shop; may be repeated")
	f.StringToStringVar(&p.Params, "prometheus-param", p.Params, "parameter of each request's URL, as in dedup=true or partial_response=false; may be repeated")
	f.BoolVar(&p.AllowPartial, "prometheus-allow-partial", p.AllowPartial, "take answers of which the store says that they lack a part; what is missing then looks like less load")
	f.StringArrayVar(&p.Matchers, "prometheus-matcher", p.Matchers, `label matcher added to every selector, as in cluster="eu-1"; may be repeated`)
	f.Var(Duration(&p.Timeout), "prometheus-timeout", "of one request")
	f.IntVar(&p.Concurrency, "prometheus-concurrency", p.Concurrency, "requests under way at once")
}

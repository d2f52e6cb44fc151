package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/forecast/inference"
	"github.com/highwater-dev/highwater/recommender"
)

// loaded parses args as `serve` would, with a configuration file.
func loaded(t *testing.T, file string, args ...string) (*Config, error) {
	t.Helper()
	c, path := Default(), ""
	cmd := &cobra.Command{Use: "serve"}
	c.Bind(cmd.Flags())
	if err := cmd.ParseFlags(args); err != nil {
		return nil, err
	}
	if file != "" {
		path = filepath.Join(t.TempDir(), "highwater.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Load(cmd.Flags(), path); err != nil {
		return nil, err
	}
	return &c, c.Validate()
}

func TestFlagsWinOverEnvironmentOverFileOverDefaults(t *testing.T) {
	t.Setenv("HIGHWATER_WORKERS", "5")
	t.Setenv("HIGHWATER_STEP", "30s")
	t.Setenv("HIGHWATER_NAMESPACES", "a,b")
	c, err := loaded(t, "prometheus: {url: 'http://file:9090', headers: {X-Scope-OrgID: file}}\nscheduler: {workers: 3, step: 2m, history: 20d}\nkubernetes: {namespaces: [file]}\n",
		"--step", "15s", "--prometheus-header", "X-Scope-OrgID=flag", "--namespaces", "c")
	if err != nil {
		t.Fatal(err)
	}
	s := c.Scheduler
	if s.Workers != 5 || time.Duration(s.Step) != 15*time.Second || time.Duration(s.History) != 20*24*time.Hour || s.Tick != "@every 1m" {
		t.Errorf("workers %d, step %s, history %s, tick %s", s.Workers, s.Step, s.History, s.Tick)
	}
	if c.Prometheus.URL != "http://file:9090" || c.Prometheus.Headers["X-Scope-OrgID"] != "flag" {
		t.Errorf("prometheus %+v", c.Prometheus)
	}
	if got := strings.Join(c.Kubernetes.Namespaces, ","); got != "c" {
		t.Errorf("namespaces %s", got)
	}
}

func TestTheDefaultCalendar(t *testing.T) {
	const file = "prometheus: {url: 'http://p:9090'}\ndefaults: {calendar: {timeZone: Europe/Berlin, holidays: [DE], events: [{name: a, schedule: 0 9 * * *, duration: 1h, multiplier: 2}]}}\n"
	c, err := loaded(t, file)
	if err != nil {
		t.Fatal(err)
	}
	want := calendar.Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}, Events: []calendar.EventSpec{
		{Name: "a", Schedule: "0 9 * * *", Duration: "1h", Multiplier: 2}}}
	if got := c.DescribeOptions().Calendar; got == nil || !got.Equal(want) {
		t.Errorf("of the file: %+v", got)
	}
	c, err = loaded(t, "", "--prometheus-url=http://p:9090")
	if err != nil || c.DescribeOptions().Calendar != nil {
		t.Errorf("of nobody: %+v, %v", c.DescribeOptions().Calendar, err)
	}
	t.Setenv("HIGHWATER_HOLIDAYS", "DE-BY,US")
	c, err = loaded(t, file, "--calendar-events", "[{name: b, start: 2026-11-27T08:00, end: 2026-11-28T08:00}]", "--time-zone=America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	want = calendar.Spec{TimeZone: "America/New_York", Holidays: []string{"DE-BY", "US"}, Events: []calendar.EventSpec{
		{Name: "b", Start: "2026-11-27T08:00", End: "2026-11-28T08:00"}}}
	if got := c.DescribeOptions().Calendar; got == nil || !got.Equal(want) {
		t.Errorf("of flags and environment: %+v", got)
	}
}

func TestExperts(t *testing.T) {
	const file = `
prometheus: {url: 'http://p:9090'}
experts:
- url: http://lstm.models
  tokenFile: experts.go
  headers: {Host: lstm.example}
  model: lstm
  length: 96
  step: 15m
  workloads: [shop/*]
- {name: big, url: 'http://big', model: chronos, version: "3", input: x, output: "y", length: 512, step: 5m, horizon: 12h, batch: 8, timeout: 1m, every: 6h}
`
	c, err := loaded(t, file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.ExpertClients()
	if err != nil || len(list) != 2 || list[1].Name() != "chronos/3" {
		t.Fatalf("%v, %v", list, err)
	}
	one, two := c.Experts[0].ClientOptions(), c.Experts[1].ClientOptions()
	if one.TokenFile != "experts.go" || one.Headers["Host"] != "lstm.example" || one.Timeout != 30*time.Second ||
		two.Input != "x" || two.Output != "y" || two.MaxBatch != 8 || two.Timeout != time.Minute || two.Step != 5*time.Minute {
		t.Errorf("clients %+v and %+v", one, two)
	}
	g, h := c.Experts[0].ExternalModel(list[0]), c.Experts[1].ExternalModel(list[1])
	if g.Name != "lstm" || g.History != 24*time.Hour || g.Horizon != 0 || g.Every != 0 || g.Loads[0] != "shop/*" ||
		h.Name != "big" || h.Horizon != 12*time.Hour || h.Every != 6*time.Hour || h.Timeout != time.Minute {
		t.Errorf("external models %+v and %+v", g, h)
	}
	t.Setenv("HIGHWATER_EXPERTS", "[{url: http://a, model: a, length: 96, step: 15m}]")
	c, err = loaded(t, file)
	if err != nil || len(c.Experts) != 1 || c.Experts[0].Model != "a" {
		t.Errorf("of the environment: %+v, %v", c.Experts, err)
	}
	c, err = loaded(t, file, "--experts", "[{url: http://b, model: b, length: 96, step: 15m}]")
	if err != nil || len(c.Experts) != 1 || c.Experts[0].Model != "b" || c.Experts[0].Step != model.Duration(15*time.Minute) {
		t.Errorf("of a flag: %+v, %v", c.Experts, err)
	}
	for err, want := range map[error]string{
		&inference.Error{Kind: inference.Timeout}: "Timeout", &inference.Error{Kind: inference.TooShort}: "TooShort of the history", errors.New("other"): "",
	} {
		kind, history := expertFailure(err)
		if history {
			kind += " of the history"
		}
		if kind != want {
			t.Errorf("%v is %s, want %s", err, kind, want)
		}
	}
}

func TestLogIns(t *testing.T) {
	t.Setenv("HIGHWATER_PROMETHEUS_OAUTH2", "{tokenURL: https://env/token, clientID: env, clientSecretFile: /s}")
	c, err := loaded(t, "prometheus: {url: 'https://p', oauth2: {tokenURL: https://file/token, clientID: file, clientSecretFile: /s, scopes: [a], endpointParams: {audience: b}}}\n")
	if err != nil || c.ClientOptions().Login.OAuth2.ClientID != "env" || len(c.ClientOptions().Login.OAuth2.Scopes) != 0 {
		t.Errorf("the environment wins, as a whole: %+v, %v", c, err)
	}
	c, err = loaded(t, "", "--prometheus-url=https://p", "--prometheus-oauth2={tokenURL: https://flag/token, clientID: flag, clientSecretFile: /s, scopes: [a], endpointParams: {audience: b}}")
	if err != nil || c.Prometheus.OAuth2.ClientID != "flag" || c.Prometheus.OAuth2.EndpointParams["audience"] != "b" {
		t.Errorf("of a flag: %+v, %v", c, err)
	}
	t.Setenv("HIGHWATER_PROMETHEUS_OAUTH2", "{clientSecret: hunter2}")
	if _, err = loaded(t, "", "--prometheus-url=https://p"); err == nil || !strings.Contains(err.Error(), "clientSecret") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret in the environment: %v", err)
	}
	t.Setenv("HIGHWATER_PROMETHEUS_OAUTH2", "")
	c, err = loaded(t, "prometheus: {url: 'https://p', sigv4: {region: eu-west-1, roleARN: 'arn:aws:iam::1:role/r'}}\n")
	if err != nil || c.Prometheus.OAuth2 != nil || c.ClientOptions().Login.SigV4.RoleARN != "arn:aws:iam::1:role/r" {
		t.Errorf("of the file: %+v, %v", c, err)
	}
	c, err = loaded(t, "prometheus: {url: 'https://p', google: {}}\n")
	if err != nil || c.ClientOptions().Login.Google == nil {
		t.Errorf("an empty section is one: %+v, %v", c, err)
	}
}

func TestConfigurationProblemsAreNamed(t *testing.T) {
	const url = "--prometheus-url=http://p:9090"
	tests := []struct {
		name string
		file string
		args []string
		says []string
	}{
		{"nothing given", "", nil, []string{"prometheus.url: not set", "--prometheus-url"}},
		{"unknown key", "promteus: {}\n", []string{url}, []string{"highwater.yaml: line 1: there is no key", "promteus"}},
		{"unknown inner key", "scheduler: {steps: 1m}\n", []string{url}, []string{"steps"}},
		{"not YAML", "a: [\n", []string{url}, []string{"highwater.yaml"}},
		{"a bad duration in the file", "scheduler: {step: soon}\n", []string{url}, []string{"soon"}},
		{"several at once", "", []string{url, "--listen=nowhere", "--log-level=loud", "--log-format=xml", "--step=2h"},
			[]string{"listen: ", `log.level: "loud"`, `log.format: "xml"`, "scheduler: step 2h"}},
		{"a quantile in percent", "", []string{url, "--quantile=95"}, []string{"defaults.quantile: 95", "defaults: quantile is 95"}},
		{"a certificate without a key", "", []string{url, "--prometheus-cert-file=a"}, []string{"certFile and prometheus.keyFile"}},
		{"floors served nowhere", "", []string{url, "--scaler-cert-file=a", "--scaler-key-file=b"}, []string{"scaler.certFile: set, and scaler.listen is not"}},
		{"floors served at no address", "scaler: {listen: '8090', keyFile: b}\n", []string{url}, []string{"scaler.listen: address 8090: missing port", "scaler.certFile and scaler.keyFile: set both or neither"}},
		{"two credentials", "", []string{url, "--prometheus-token-file=a", "--prometheus-username=b"}, []string{"set only one"}},
		{"two log-ins", "prometheus: {sigv4: {}}\n", []string{url, "--prometheus-google={}", "--prometheus-token-file=a"},
			[]string{"prometheus.tokenFile and prometheus.sigv4 and prometheus.google: set only one"}},
		{"a log-in and a user in the URL", "", []string{"--prometheus-url=http://me:x@p:9090", "--prometheus-azure={}"},
			[]string{"prometheus.azure and the user in prometheus.url: set only one"}},
		{"half a log-in", "prometheus: {oauth2: {tokenURL: login.example}}\n", []string{url},
			[]string{"prometheus.oauth2.clientID: not set", "prometheus.oauth2.clientSecretFile: not set", "prometheus.oauth2.tokenURL: no URL"}},
		{"a secret in the file", "prometheus: {oauth2: {clientSecret: hunter2}}\n", []string{url}, []string{"there is no key", "clientSecret"}},
		{"prices that are none", "price: {podHour: -1, gibHour: -2}\n", []string{url, "--price-cpu-hour=1e9", "--price-gpu-hour=NaN"},
			[]string{"price.podHour: -1 is no price: it is negative", "price.cpuHour: 1e+09 is no price: it is more than 1000000", "price.gibHour: -2", "price.gpuHour: NaN", "or those of its parts"}},
		{"a bad matcher", "", []string{url, "--prometheus-matcher=cluster"}, []string{"prometheus.matchers"}},
		{"no concurrency", "", []string{url, "--prometheus-concurrency=-5"}, []string{"prometheus.concurrency: -5"}},
		{"a calendar with problems", "defaults: {calendar: {timeZone: Mars, holidays: [DE], events: [{name: a, start: 2026-01-01T00:00}]}}\n", []string{url, "--holidays=US,UK"},
			[]string{`defaults.calendar.timeZone: "Mars"`, `defaults.calendar.holidays[1]: "UK"`, "did you mean GB", "defaults.calendar.events[0].end: it is missing"}},
		{"an unknown key of an event", "defaults: {calendar: {events: [{title: a}]}}\n", []string{url}, []string{"title"}},
		{"experts with problems", "experts: [{url: 'http://lstm/v2/', length: 96, step: 90s, horizon: 1m, workloads: [web]}, {url: 'http://lstm', model: lstm, length: 5000, step: 15m, tokenFile: /none}, {url: 'http://b', model: a, name: lstm, length: 1, step: 15m}]\n", []string{url},
			[]string{`experts[0].url: "http://lstm/v2/"`, "experts[0].model: not set", "experts[0].step: 1m30s is no multiple of scheduler.step, 1m", "experts[0].horizon: 1m is less",
				`experts[0].workloads: "web"`, "experts[1].credentials: open /none", "experts[1].length: 5000 samples of 15m are more than half of scheduler.history, 15d", `experts[2].name: "lstm" is that of another`}},
		{"an unknown key of an expert", "experts: [{address: a}]\n", []string{url}, []string{"address"}},
		{"experts that are none", "", []string{url, "--experts={}"}, []string{"experts"}},
		{"events that are none", "", []string{url, "--calendar-events={}"}, []string{"calendar-events"}},
		{"a quantile and a budget", "defaults: {riskBudget: 0.01}\n", []string{url, "--quantile=0.9"}, []string{"defaults.riskBudget: 0.01, and quantile is 0.9: set only one"}},
		{"a quantile and a ratio", "", []string{url, "--quantile=0.9", "--cost-ratio=7"}, []string{"defaults.costRatio: 7, and quantile is 0.9: set only one"}},
		{"a budget in percent", "", []string{url, "--risk-budget=5"}, []string{"defaults.riskBudget: 5; use a share"}},
		{"a ratio of nothing", "", []string{url, "--cost-ratio=0"}, []string{"defaults.costRatio: 0; a short minute has to be worth something"}},
		{"a proof that is none", "", []string{url, "--proof=maybe"}, []string{`defaults.proof: "maybe" is neither Required nor Skip`}},
		{"nobody proves", "", []string{url, "--proof-workers=0"}, []string{"scheduler.proofWorkers: 0; at least one"}},
		{"proofs without a past", "", []string{url, "--proof-history=1d"}, []string{"proof history 24h0m0s: must be at least 96h"}},
		{"a lead time beyond the forecast", "", []string{url, "--horizon=2h", "--lead-time=3h"}, []string{"defaults.leadTime: 3h, and a hold of 2m, look further ahead than scheduler.horizon, which is 2h"}},
		{"quiet beyond the forecast", "", []string{url, "--horizon=2h", "--quiet=3h"}, []string{"defaults.quiet: 3h is further ahead than scheduler.horizon, which is 2h"}},
		{"a step of less than nothing", "", []string{url, "--max-step-up=-2"}, []string{"maxStepUp is -1, but must not be negative"}},
		{"a bad tick", "", []string{url, "--tick=often"}, []string{`tick "often"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := loaded(t, tt.file, tt.args...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

// A quantile is the plain way, and a risk finds one: whichever is given holds.
func TestAQuantileSwitchesRiskOff(t *testing.T) {
	for _, tt := range []struct {
		args     []string
		risk     recommender.Risk
		quantile float64
	}{
		{nil, recommender.Risk{Ratio: recommender.DefaultRatio}, 0.95},
		{[]string{"--risk-budget=0.005"}, recommender.Risk{Budget: 0.005, Ratio: recommender.DefaultRatio}, 0.95},
		{[]string{"--cost-ratio=7"}, recommender.Risk{Ratio: 7}, 0.95},
		{[]string{"--quantile=0.99"}, recommender.Risk{}, 0.99},
	} {
		c, err := loaded(t, "", append(tt.args, "--prometheus-url=http://p:9090", "--proof=Skip", "--quiet=1h", "--max-step-up=9", "--proof-every=6h", "--proof-history=7d", "--proof-workers=3")...)
		if err != nil {
			t.Fatal(err)
		}
		p, d, o := c.Policy(), c.DescribeOptions(), c.SchedulerOptions()
		if p.Risk != tt.risk || p.Quantile != tt.quantile || p.Quiet != time.Hour || p.MaxStepUp != 9 {
			t.Errorf("%v: %+v", tt.args, p)
		}
		if !d.SkipProof || d.Horizon != 24*time.Hour || o.ProofEvery != 6*time.Hour || o.ProofHistory != 7*24*time.Hour || o.ProofWorkers != 3 {
			t.Errorf("%v: %+v, %+v", tt.args, d, o)
		}
	}
}

func TestEnvironmentErrorsNameTheVariable(t *testing.T) {
	t.Setenv("HIGHWATER_WORKERS", "many")
	if _, err := loaded(t, "", "--prometheus-url=http://p:9090"); err == nil || !strings.Contains(err.Error(), `HIGHWATER_WORKERS="many"`) {
		t.Errorf("error %v", err)
	}
}

func TestDefaultsAreValid(t *testing.T) {
	c := Default()
	c.Prometheus.URL = "http://p:9090"
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.Scheduler.History != model.Duration(15*24*time.Hour) {
		t.Errorf("history %s", c.Scheduler.History)
	}
}

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A mistake is a workload that cannot be served as asked, and what there is to
// say of it: the object, the field and the remedy.
type mistake struct {
	name, hpa, policy string
	says              []string // in the API and the status of the policy
	event             string   // reason of the Event
	usable            bool     // there can be a floor all the same
	floor             int      // that is set; the baseline 2 if zero
}

var mistakes = []mistake{
	{
		name: "ghost", hpa: cpuHPA("Deployment", "ghost"), policy: floorPolicy("ghost", "Enforce", ""), floor: 1,
		says: []string{"spec.scaleTargetRef", "Deployment shop/ghost does not exist", "create it"}, event: "TargetMissing",
	},
	{
		name: "modest", hpa: cpuHPA("Deployment", "modest"), policy: floorPolicy("modest", "Enforce", ""), floor: 1,
		says:  []string{"spec.metrics[0].resource.target", `container "app" of Deployment shop/modest requests no cpu`, "set spec.template.spec.containers[0].resources.requests.cpu"},
		event: "MissingRequest",
	},
	{
		name: "uncounted", hpa: cpuHPA("Deployment", "uncounted"), floor: 1,
		policy: floorPolicy("uncounted", "Enforce", `  load: {query: 'sum(requests_per_second{app="uncounted"})'}`),
		says:   []string{"FloorPolicy uncounted: spec.load.perPod", "it is missing", "set it to the load that one ready pod carries"}, event: "NoCapacity",
	},
	{
		name: "low", hpa: plainHPA("low", 2, 9), policy: floorPolicy("low", "Enforce", "  limits: {min: 12}"), floor: 9,
		says:  []string{"FloorPolicy low: spec.limits.min", "min 12 is more than maxReplicas 9 of HorizontalPodAutoscaler shop/low", "lower min or raise maxReplicas"},
		event: "LimitOutOfRange", usable: true,
	},
	{
		name: "narrow", hpa: plainHPA("narrow", 4, 9), policy: floorPolicy("narrow", "Enforce", "  limits: {max: 3}"), floor: 4,
		says:  []string{"FloorPolicy narrow: spec.limits.max", "max 3 is less than minReplicas 4 of HorizontalPodAutoscaler shop/narrow", "raise max or lower minReplicas"},
		event: "LimitOutOfRange", usable: true,
	},
	{
		name: "garbled", hpa: plainHPA("garbled", 2, 9), policy: floorPolicy("garbled", "Enforce", "  load: {query: 'sum(rate(up[5m])', perPod: 100}"),
		says: []string{`query "sum(rate(up[5m])"`, "prometheus does not accept it", "parse error"}, event: "BadQuery", usable: true,
	},
	{
		name: "silent", hpa: plainHPA("silent", 2, 9), policy: floorPolicy("silent", "Enforce", "  load: {query: 'sum(nothing_of_that_name)', perPod: 100}"),
		says: []string{`query "sum(nothing_of_that_name)"`, "FloorPolicy silent: spec.load.query", "does the metric exist, do the labels fit"}, event: "NoSeries", usable: true,
	},
	{
		name: "split", hpa: plainHPA("split", 2, 9), policy: floorPolicy("split", "Enforce", "  load: {query: 'requests_per_second', perPod: 100}"),
		says: []string{`query "requests_per_second"`, "series", "sum("}, event: "ManySeries", usable: true,
	},
}

// TestMistakesAreTold is wrong input on real parts: each mistake gives one
// message that names what to mend, wherever its owner may look, and harms
// nobody else.
func TestMistakesAreTold(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 760, "low": 500, "narrow": 800, "garbled": 500, "silent": 500, "split": 500, "uncounted": 500})
	f.CreateDeployment(t, "shop", "modest", 1, "")
	f.Apply(t, plainHPA("web", 2, 20)+floorPolicy("web", "Enforce", ""))
	for _, m := range mistakes {
		f.Apply(t, m.hpa)
	}
	d := f.serve(t, "--log-level", "info")
	f.raised(t, "web", 8)
	for _, m := range mistakes { // once Highwater knows the autoscalers, as it mostly is
		f.Apply(t, m.policy)
	}
	t.Run("workload", func(t *testing.T) {
		for _, m := range mistakes {
			t.Run(m.name, func(t *testing.T) { f.told(t, d, m) })
		}
	})
	healthy := func(t *testing.T) {
		t.Helper()
		f.raised(t, "web", 8)
		f.statusIs(t, "web", "True Usable", "True Forecast", "True Enforcing")
		plane.Eventually(t, patience, func() error { // the last read may have met the wrong Prometheus
			rec, err := d.workload("shop", "web")
			if err == nil && (rec.Error != "" || len(rec.Problems) != 0) {
				err = fmt.Errorf("web: %+v", rec)
			}
			return err
		})
	}
	healthy(t)
	t.Run("log", func(t *testing.T) { f.quiet(t, d) })
	healthy(t)
	t.Run("prometheus", f.wrongPrometheus)
	healthy(t)
}

// told looks for a mistake's message in the API, the status, the log and, unless
// it is Prometheus that tells of it, in an Event.
func (f *fleet) told(t *testing.T, d *daemon, m mistake) {
	lacks := func(text string) error {
		for _, s := range m.says {
			if !strings.Contains(text, s) {
				return fmt.Errorf("%q is not said in %q", s, text)
			}
		}
		return nil
	}
	plane.Eventually(t, patience, func() error {
		rec, err := d.workload("shop", m.name)
		if err != nil {
			return err
		}
		text := rec.Error
		for _, p := range rec.Problems {
			text += "\n" + p.Field + ": " + p.Message
		}
		if err := lacks(text); err != nil {
			return fmt.Errorf("api: %w", err)
		}
		return nil
	})
	ready := "True Usable"
	if !m.usable {
		ready = "False " + m.event
	}
	plane.Eventually(t, patience, func() error {
		s := f.statusIs(t, m.name, ready, "", "")
		if err := lacks(s.because("Ready") + "\n" + s.because("Forecasting") + "\n" + s.Message); err != nil {
			return fmt.Errorf("status: %w", err)
		}
		return nil
	})
	plane.Eventually(t, patience, func() error {
		if err := lacks(f.Kubectl(t, "get", "events", "-n", "shop", "-o", "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}",
			"--field-selector=involvedObject.name="+m.name+",source=highwater,reason="+m.event)); err != nil {
			return fmt.Errorf("event: %w", err)
		}
		return nil
	})
	plane.Eventually(t, patience, func() error {
		for line := range strings.Lines(d.log.String()) {
			if strings.Contains(line, "shop/"+m.name) && lacks(strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(line)) == nil {
				return nil
			}
		}
		return fmt.Errorf("the log does not tell of %s", m.name)
	})
	want := m.floor
	if want == 0 {
		want = 2
	}
	plane.Eventually(t, patience, func() error {
		if floor := f.floorOf(t, m.name); floor != want {
			return fmt.Errorf("minReplicas of %s is %d, not %d", m.name, floor, want)
		}
		return nil
	})
}

// quiet lets Prometheus be away for more than 20 ticks.
func (f *fleet) quiet(t *testing.T, d *daemon) {
	time.Sleep(2 * time.Second)
	before := len(d.log.String())
	since := func() []string {
		return strings.Split(strings.TrimSpace(d.log.String()[before:]), "\n")
	}
	f.prom.Kill()
	plane.Eventually(t, patience, func() error {
		if rec, err := d.workload("shop", "web"); err != nil || !strings.Contains(rec.Error, "cannot be reached, check --prometheus-url") {
			return fmt.Errorf("web: %q, %v", rec.Error, err)
		}
		return nil
	})
	time.Sleep(22 * time.Second)
	lines := since()
	if len(lines) > 5 {
		t.Errorf("%d lines for one outage:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	text := strings.Join(lines, "\n")
	if n := strings.Count(text, "workloads fail;"); n < 1 || n > 3 || !strings.Contains(text, "cannot be reached, check --prometheus-url") {
		t.Errorf("the log does not tell of the outage just once:\n%s", text)
	}
	f.prom.Start(t)
	plane.Eventually(t, patience, func() error {
		if n := strings.Count(strings.Join(since(), "\n"), "workloads recovered"); n == 0 {
			return fmt.Errorf("the log does not tell that it is over:\n%s", strings.Join(since(), "\n"))
		}
		return nil
	})
	t.Logf("the outage in the log:\n%s", strings.Join(since(), "\n"))
}

// wrongPrometheus starts a Highwater for every way to get the address or the
// credentials wrong, beside the one that serves.
func (f *fleet) wrongPrometheus(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<html><body>Sign in</body></html>")
	})
	html, secure := httptest.NewServer(page), httptest.NewTLSServer(page)
	t.Cleanup(html.Close)
	t.Cleanup(secure.Close)
	guarded := plane.StartProxy(t, f.prom.URL())
	guarded.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer right" {
			http.Error(w, "wrong token", http.StatusUnauthorized)
			return false
		}
		return true
	})
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + freeAddr(t)
	for _, tt := range []struct {
		name, url string
		args      []string
		says      []string
	}{
		{"nobody listens", nobody, nil, []string{"prometheus at " + nobody + " cannot be reached", "check --prometheus-url"}},
		{"an HTML page", html.URL, nil, []string{html.URL + " answers 200 with text/html, which is not the Prometheus API: is --prometheus-url right?"}},
		{"the kube-apiserver", f.URL(), []string{"--prometheus-insecure-skip-verify"}, []string{"prometheus at " + f.URL() + " answers 403", "--prometheus-token-file"}},
		{"a wrong path", f.prom.URL() + "/graph", nil, []string{"answers 404", "is --prometheus-url right?"}},
		{"no token", guarded.URL(), nil, []string{"answers 401 (wrong token)", "no credential is set; set --prometheus-token-file"}},
		{"a wrong token", guarded.URL(), []string{"--prometheus-token-file", token}, []string{"answers 401 (wrong token)", "check the token in --prometheus-token-file " + token}},
		{"an authority that is not known", secure.URL, nil, []string{"an authority that is not trusted here", "set --prometheus-ca-file"}},
		{"TLS where there is none", strings.Replace(html.URL, "http:", "https:", 1), nil, []string{"it does not speak TLS; use http:// in --prometheus-url"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := serve(t, f.kubeconfig, tt.url, append([]string{"--dry-run", "--log-level", "info"}, tt.args...)...)
			d.ready(t)
			rec, err := d.workload("shop", "web")
			if err != nil {
				t.Fatal(err)
			}
			for _, says := range tt.says {
				if !strings.Contains(rec.Error, says) {
					t.Errorf("the API does not say %q: %q", says, rec.Error)
				}
				if !strings.Contains(d.log.String(), says) {
					t.Errorf("the log does not say %q", says)
				}
			}
			if rec.Floor != rec.Current {
				t.Errorf("floor %d, minReplicas %d: doubt holds", rec.Floor, rec.Current)
			}
		})
	}
}

// TestWrongConfigurationStopsTheStart is what `highwater serve` says of a
// configuration that cannot be meant, before it does anything.
func TestWrongConfigurationStopsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(text string) string {
		f, err := os.CreateTemp(dir, "*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	url := []string{"--prometheus-url", "http://127.0.0.1:1"}
	with := func(args ...string) []string { return append(args, url...) }
	for _, tt := range []struct {
		name string
		args []string
		env  string
		says []string
	}{
		{"nothing", nil, "", []string{"prometheus.url: not set", "--prometheus-url"}},
		{"an unknown key", with("--config", file("prometheus: {uri: http://x}")), "", []string{"line 1", `no key "uri"`}},
		{"an unknown key at the top", with("--config", file("shceduler: {}")), "", []string{"line 1", `no key "shceduler"`}},
		{"a key twice", with("--config", file("listen: ':1'\nlisten: ':2'")), "", []string{"listen", "already"}},
		{"a value of the wrong type", with("--config", file("scheduler: {workers: many}")), "", []string{"workers"}},
		{"a file that is not there", with("--config", "/nowhere.yaml"), "", []string{"/nowhere.yaml"}},
		{"a flag that is not known", with("--interval", "1m"), "", []string{"unknown flag: --interval"}},
		{"a flag's value", with("--history", "soon"), "", []string{"--history", "soon"}},
		{"a variable's value", url, "HIGHWATER_WORKERS=many", []string{`environment variable HIGHWATER_WORKERS="many"`}},
		{"a schedule", with("--tick", "often"), "", []string{`tick "often"`, "@every 1m"}},
		{"a lease shorter than ticks", with("--lease-ttl", "10s"), "", []string{"scheduler.leaseTTL: 10s is too short"}},
		{"a share above one", with("--quantile", "95"), "", []string{"defaults:", "quantile"}},
		{"a format", with("--log-format", "xml"), "", []string{`log.format: "xml" is neither text nor json`}},
		{"several at once", with("--log-level", "loud", "--rate-window", "1s", "--listen", "here"), "", []string{"log.level", "prometheus.rateWindow", "listen"}},
		{"a URL of another kind", []string{"--prometheus-url", "prometheus:9090"}, "", []string{`"prometheus:9090"`, "want http://host:port"}},
		{"a URL with the API's path", []string{"--prometheus-url", "http://x/api/v1"}, "", []string{"want the base URL, without /api/v1"}},
		{"a token that is not there", with("--prometheus-token-file", "/nowhere"), "", []string{"prometheus credentials", "/nowhere"}},
		{"a matcher", with("--prometheus-matcher", "cluster"), "", []string{"prometheus.matchers", "cluster"}},
		{"two credentials", with("--prometheus-token-file", "/a", "--prometheus-username", "b"), "", []string{"prometheus.tokenFile and prometheus.username: set only one"}},
		{"a cluster that is not there", with("--kubeconfig", "/nowhere"), "", []string{"kubernetes", "/nowhere"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"serve", "--listen", "127.0.0.1:0"}, tt.args...)
			out, problem, code := runWith(t, tt.env, args...)
			if code != 1 || out != "" {
				t.Errorf("code %d, output %q", code, out)
			}
			for _, says := range tt.says {
				if !strings.Contains(problem, says) {
					t.Errorf("%q is not said in:\n%s", says, problem)
				}
			}
			if strings.Contains(problem, "goroutine") || strings.Contains(problem, "Usage:") {
				t.Errorf("more than a message:\n%s", problem)
			}
		})
	}
}

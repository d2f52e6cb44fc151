package plane

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// PromOptions say what a Prometheus is like. The zero value scrapes nothing and keeps 60 days.
type PromOptions struct {
	// Targets are what it scrapes, as host:port, in a job named "e2e". See Exporter.Target.
	Targets []string
	// ScrapeInterval is also the evaluation interval; zero means one second.
	ScrapeInterval time.Duration
	// ExternalLabels tell this Prometheus from its replicas where Thanos reads it.
	ExternalLabels map[string]string
	// History is written into the storage before the first start.
	History []Series
	// Dir is the folder of the storage; empty means a temporary one. With a folder that outlives the test, a second
	// Prometheus continues where the first ended.
	Dir string
	// Retention of the samples; zero means 60 days.
	Retention time.Duration
	// Web is the access control; the zero value is plain HTTP for everyone.
	Web WebConfig
	// Config is YAML appended to the generated configuration, such as rule_files or remote_write.
	Config string
	// Args are added to the flags.
	Args []string
}

// A Prometheus is a real one, on a port of its own. It keeps port and data from Stop or Kill to Start.
type Prometheus struct {
	opts PromOptions
	dir  string // of everything but the storage
	port int
	web  *webAccess

	process *process
}

// StartPrometheus runs a Prometheus for the length of a test. If the test fails, the end of its log is shown.
func StartPrometheus(t testing.TB, opts PromOptions) *Prometheus {
	t.Helper()
	p := NewPrometheus(t, opts)
	p.Start(t)
	return p
}

// NewPrometheus prepares a Prometheus that does not run yet.
func NewPrometheus(t testing.TB, opts PromOptions) *Prometheus {
	t.Helper()
	Require(t)
	p := &Prometheus{opts: opts, dir: t.TempDir()}
	if p.opts.Dir == "" {
		p.opts.Dir = filepath.Join(p.dir, "data")
	}
	if err := p.prepare(); err != nil {
		t.Fatalf("prepare a prometheus: %v", err)
	}
	t.Cleanup(func() { p.process.end(t) })
	p.Backfill(t, opts.History)
	return p
}

func (p *Prometheus) prepare() (err error) {
	if err := freePorts(&p.port); err != nil {
		return err
	}
	if p.web, err = p.opts.Web.write(p.dir); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "prometheus.yml"), []byte(p.config()), 0o600); err != nil {
		return err
	}
	retention := p.opts.Retention
	if retention == 0 {
		retention = 60 * 24 * time.Hour
	}
	p.process = &process{name: "prometheus", dir: p.dir, args: append([]string{
		"--config.file=" + filepath.Join(p.dir, "prometheus.yml"),
		"--web.config.file=" + filepath.Join(p.dir, "web.yml"),
		"--web.listen-address=" + address(p.port),
		"--storage.tsdb.path=" + p.opts.Dir,
		fmt.Sprintf("--storage.tsdb.retention.time=%ds", int(retention.Seconds())),
		"--scrape.discovery-reload-interval=100ms", // else the first scrape comes after 5 s
	}, p.opts.Args...)}
	return nil
}

func (p *Prometheus) config() string {
	interval := p.opts.ScrapeInterval
	if interval == 0 {
		interval = time.Second
	}
	var external []string
	for _, name := range slices.Sorted(maps.Keys(p.opts.ExternalLabels)) {
		external = append(external, fmt.Sprintf("%s: %q", name, p.opts.ExternalLabels[name]))
	}
	config := fmt.Sprintf("global: {scrape_interval: %dms, scrape_timeout: %[1]dms, evaluation_interval: %[1]dms, external_labels: {%s}}\n",
		interval.Milliseconds(), strings.Join(external, ", "))
	return config + scrapeConfig(p.opts.Targets) + p.opts.Config
}

// scrapeConfig is the part of the configuration that says what is scraped.
func scrapeConfig(targets []string) string {
	if len(targets) == 0 {
		return ""
	}
	return fmt.Sprintf("scrape_configs: [{job_name: e2e, static_configs: [{targets: ['%s']}]}]\n", strings.Join(targets, "', '"))
}

// Backfill writes history into the storage. Prometheus must not run, and must not have scraped those times.
func (p *Prometheus) Backfill(t testing.TB, history []Series) {
	t.Helper()
	if err := Backfill(p.opts.Dir, history); err != nil {
		t.Fatal(err)
	}
}

// Start runs it, also again after Stop or Kill, and returns once it answers queries.
func (p *Prometheus) Start(t testing.TB) {
	t.Helper()
	if err := p.process.startReady(p.HTTPClient(), p.URL()+"/-/ready"); err != nil {
		t.Fatal(err)
	}
}

// Stop ends it in its orderly way.
func (p *Prometheus) Stop() { p.process.stop(30 * time.Second) }

// Kill ends it as a crash does; what it scraped last is in its write-ahead log.
func (p *Prometheus) Kill() { p.process.stop(0) }

// URL returns its address, without a path: http, or https if it has a certificate.
func (p *Prometheus) URL() string { return p.web.scheme + "://" + address(p.port) }

// HTTPClient returns a client that knows its certificate and gives its user and password.
func (p *Prometheus) HTTPClient() *http.Client { return p.web.client }

// CAFile returns the certificate to verify its TLS with, in PEM. The file exists if Options.Web.TLS is set.
func (p *Prometheus) CAFile() string { return filepath.Join(p.dir, "ca.crt") }

package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// VMOptions say what a VictoriaMetrics is like. The zero value scrapes nothing and keeps 60 days.
type VMOptions struct {
	// Targets are what it scrapes, as host:port, in a job named "e2e". See Exporter.Target.
	Targets []string
	// ScrapeInterval is one second if zero.
	ScrapeInterval time.Duration
	// History is imported after the first start.
	History []Series
	// Path is the path of its URL, that of -http.pathPrefix.
	Path string
	// Args are added to the flags.
	Args []string
}

// A VictoriaMetrics is a real one, single node, on a port of its own.
type VictoriaMetrics struct {
	port    int
	path    string
	process *process
}

// StartVictoriaMetrics runs a VictoriaMetrics for the length of a test. If the test fails, the end of its log is shown.
func StartVictoriaMetrics(t testing.TB, opts VMOptions) *VictoriaMetrics {
	t.Helper()
	Require(t)
	v := &VictoriaMetrics{path: opts.Path}
	if err := v.prepare(t.TempDir(), opts); err != nil {
		t.Fatalf("prepare VictoriaMetrics: %v", err)
	}
	t.Cleanup(func() { v.process.end(t) })
	v.Start(t)
	v.Import(t, opts.History)
	return v
}

func (v *VictoriaMetrics) prepare(dir string, opts VMOptions) error {
	if err := freePorts(&v.port); err != nil {
		return err
	}
	interval := opts.ScrapeInterval
	if interval == 0 {
		interval = time.Second
	}
	config := filepath.Join(dir, "scrape.yml")
	content := fmt.Sprintf("global: {scrape_interval: %dms, scrape_timeout: %[1]dms}\n", interval.Milliseconds()) + scrapeConfig(opts.Targets)
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		return err
	}
	v.process = &process{name: "victoria-metrics", dir: dir, args: append([]string{
		"-httpListenAddr=" + address(v.port),
		"-storageDataPath=" + filepath.Join(dir, "data"),
		"-promscrape.config=" + config,
		"-retentionPeriod=60d",
		"-memory.allowedBytes=64MiB",
	}, opts.Args...)}
	return nil
}

// Start runs it, also again after Stop, and returns once it answers queries.
func (v *VictoriaMetrics) Start(t testing.TB) {
	t.Helper()
	if err := v.process.startReady(probes, v.URL()+"/health"); err != nil {
		t.Fatal(err)
	}
}

// Stop ends it in its orderly way.
func (v *VictoriaMetrics) Stop() { v.process.stop(30 * time.Second) }

// URL returns its address.
func (v *VictoriaMetrics) URL() string { return "http://" + address(v.port) + v.path }

// Query evaluates an expression now, for MetricsSource.External.
func (v *VictoriaMetrics) Query(ctx context.Context, promQL string) ([]ExternalValue, error) {
	return query(ctx, v.URL(), http.DefaultClient, promQL)
}

// Import writes history and returns once queries see it.
func (v *VictoriaMetrics) Import(t testing.TB, history []Series) {
	t.Helper()
	if len(history) == 0 {
		return
	}
	var lines bytes.Buffer
	encode := json.NewEncoder(&lines)
	for _, s := range history {
		line := struct {
			Metric     map[string]string `json:"metric"`
			Values     []float64         `json:"values"`
			Timestamps []int64           `json:"timestamps"`
		}{Metric: map[string]string{"__name__": s.Name}}
		for name, value := range s.Labels {
			line.Metric[name] = value
		}
		for _, p := range s.Points {
			line.Values, line.Timestamps = append(line.Values, p.Value), append(line.Timestamps, p.At.UnixMilli())
		}
		if err := encode.Encode(line); err != nil {
			t.Fatalf("import of %s: %v", s.Name, err)
		}
	}
	for _, path := range []string{"/api/v1/import", "/internal/force_flush"} {
		resp, err := http.Post(v.URL()+path, "application/json", &lines)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode/100 != 2 {
			t.Fatalf("VictoriaMetrics answers %s to %s", resp.Status, path)
		}
	}
}

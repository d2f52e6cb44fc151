package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// ThanosOptions say what a Thanos is like.
type ThanosOptions struct {
	// Prometheus are the servers it reads, each through a sidecar. Their external labels have to differ, or they are one
	// to Thanos; the label "replica" is the one by which it removes duplicates.
	Prometheus []PromOptions
	// Path is the path of its URL, that of --web.external-prefix.
	Path string
	// Args are added to the flags of thanos query.
	Args []string
	// Strict keeps a store in every query while it does not answer (--endpoint-strict), instead of leaving it out.
	Strict bool
}

// A Thanos is a real one: Prometheus servers, a sidecar for each, and a querier over them.
type Thanos struct {
	Prometheus []*Prometheus

	sidecars []*sidecar
	query    *process
	port     int
	path     string
}

// A sidecar lets a querier read one Prometheus.
type sidecar struct {
	process    *process
	http, grpc int
}

// StartThanos runs a Thanos for the length of a test and returns once its querier reads each Prometheus. If the test
// fails, the ends of the logs are shown.
func StartThanos(t testing.TB, opts ThanosOptions) *Thanos {
	t.Helper()
	Require(t)
	th := &Thanos{path: opts.Path}
	endpoint := "--endpoint="
	if opts.Strict {
		endpoint = "--endpoint-strict="
	}
	dir := t.TempDir()
	var grpc int
	if err := freePorts(&th.port, &grpc); err != nil {
		t.Fatal(err)
	}
	args := []string{"query", "--http-address=" + address(th.port), "--grpc-address=" + address(grpc), "--query.replica-label=replica"}
	for i, o := range opts.Prometheus {
		th.Prometheus = append(th.Prometheus, StartPrometheus(t, o))
		s := newSidecar(t, filepath.Join(dir, fmt.Sprintf("sidecar-%d", i)), th.Prometheus[i])
		th.sidecars = append(th.sidecars, s)
		t.Cleanup(func() { s.process.end(t) })
		th.StartSidecar(t, i)
		args = append(args, endpoint+address(s.grpc))
	}
	th.query = &process{name: "thanos", dir: dir, args: append(args, opts.Args...)}
	t.Cleanup(func() { th.query.end(t) })
	if err := th.query.startReady(probes, "http://"+address(th.port)+"/-/ready"); err != nil {
		t.Fatal(err)
	}
	th.WaitForStores(t, len(opts.Prometheus))
	return th
}

func newSidecar(t testing.TB, dir string, prom *Prometheus) *sidecar {
	t.Helper()
	s := &sidecar{}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = freePorts(&s.http, &s.grpc)
	}
	if err != nil {
		t.Fatalf("prepare a sidecar: %v", err)
	}
	s.process = &process{name: "thanos", dir: dir, args: []string{"sidecar",
		"--prometheus.url=" + prom.URL(), "--prometheus.get_config_interval=1s",
		"--http-address=" + address(s.http), "--grpc-address=" + address(s.grpc), "--tsdb.path=" + dir}}
	return s
}

// StartSidecar runs the sidecar of a Prometheus, also again after StopSidecar.
func (th *Thanos) StartSidecar(t testing.TB, i int) {
	t.Helper()
	s := th.sidecars[i]
	if err := s.process.startReady(probes, "http://"+address(s.http)+"/-/ready"); err != nil {
		t.Fatal(err)
	}
}

// StopSidecar ends the sidecar of a Prometheus as a crash does: its part of the data drops out.
func (th *Thanos) StopSidecar(i int) { th.sidecars[i].process.stop(0) }

// WaitForStores returns once the querier reads so many stores.
func (th *Thanos) WaitForStores(t testing.TB, want int) {
	t.Helper()
	Eventually(t, startTimeout, func() error {
		resp, err := http.Get(th.URL() + "/api/v1/stores")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var body struct {
			Data map[string][]struct {
				Name      string
				LastError any
			}
		}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			return err
		}
		good := 0
		for _, stores := range body.Data {
			for _, s := range stores {
				if s.LastError == nil {
					good++
				}
			}
		}
		if good != want {
			return fmt.Errorf("the querier reads %d stores, not %d: %v", good, want, body.Data)
		}
		return nil
	})
}

// URL returns the address of the querier.
func (th *Thanos) URL() string { return "http://" + address(th.port) + th.path }

// Query evaluates an expression now, for MetricsSource.External.
func (th *Thanos) Query(ctx context.Context, promQL string) ([]ExternalValue, error) {
	return query(ctx, th.URL(), http.DefaultClient, promQL)
}

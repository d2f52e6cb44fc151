package plane

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"
)

// A Mimir is a real one in a single process, with tenants.
type Mimir struct {
	port    int
	process *process
}

// StartMimir runs a Mimir for the length of a test, and skips it where none was built. The limits are those of each tenant, as "key: value". If the test
// fails, the end of its log is shown.
func StartMimir(t testing.TB, limits ...string) *Mimir {
	t.Helper()
	Require(t)
	if _, err := binary("mimir"); err != nil {
		t.Skipf("no Mimir, which `make test-mimir` builds: %v", err)
	}
	m := &Mimir{}
	dir := t.TempDir()
	var grpc int
	if err := freePorts(&m.port, &grpc); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "mimir.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, mimirConfig, dir, m.port, grpc, strings.Join(limits, "\n  ")), 0o600); err != nil {
		t.Fatal(err)
	}
	m.process = &process{name: "mimir", dir: dir, args: []string{"-config.file=" + config}}
	t.Cleanup(func() { m.process.end(t) })
	if err := m.process.startReady(probes, "http://"+address(m.port)+"/ready"); err != nil {
		t.Fatal(err)
	}
	return m
}

// The ingester alone answers, however old a sample is, so that nothing waits for blocks to be shipped and synced.
const mimirConfig = `
target: all
multitenancy_enabled: true
usage_stats: {enabled: false}
server: {http_listen_address: 127.0.0.1, http_listen_port: %[2]d, grpc_listen_address: 127.0.0.1, grpc_listen_port: %[3]d, log_level: warn}
memberlist: {bind_addr: [127.0.0.1], bind_port: 0}
common: {storage: {backend: filesystem, filesystem: {dir: '%[1]s/bucket'}}}
blocks_storage:
  storage_prefix: blocks
  tsdb: {dir: '%[1]s/tsdb', head_compaction_interval: 15m, retention_period: 1000h}
  bucket_store: {sync_dir: '%[1]s/sync'}
compactor: {data_dir: '%[1]s/compactor', sharding_ring: {kvstore: {store: inmemory}, instance_addr: 127.0.0.1}}
distributor: {ring: {kvstore: {store: inmemory}, instance_addr: 127.0.0.1}}
ingester: {ring: {kvstore: {store: inmemory}, replication_factor: 1, instance_addr: 127.0.0.1, min_ready_duration: 0s}}
frontend: {address: 127.0.0.1}
query_scheduler: {ring: {kvstore: {store: inmemory}, instance_addr: 127.0.0.1}}
store_gateway: {sharding_ring: {kvstore: {store: inmemory}, replication_factor: 1, instance_addr: 127.0.0.1}}
ruler: {rule_path: '%[1]s/rules', ring: {kvstore: {store: inmemory}, instance_addr: 127.0.0.1}}
alertmanager: {data_dir: '%[1]s/alertmanager', sharding_ring: {kvstore: {store: inmemory}, replication_factor: 1, instance_addr: 127.0.0.1}}
limits:
  query_ingesters_within: 0s
  ingestion_rate: 10000000
  ingestion_burst_size: 10000000
  %[4]s
`

// URL returns the address of its Prometheus API.
func (m *Mimir) URL() string { return "http://" + address(m.port) + "/prometheus" }

// WriteURL returns where samples are written to.
func (m *Mimir) WriteURL() string { return "http://" + address(m.port) + "/api/v1/push" }

// Import writes history for a tenant.
func (m *Mimir) Import(t testing.TB, tenant string, history []Series) {
	t.Helper()
	// An ingester takes no sample that is older than its newest by an hour.
	const slice = 30 * time.Minute
	slices.SortStableFunc(history, func(a, b Series) int { return cmp.Compare(a.Name, b.Name) })
	bySlice := map[int64]*prompb.WriteRequest{}
	for _, s := range history {
		labels := []prompb.Label{{Name: "__name__", Value: s.Name}}
		for name, value := range s.Labels {
			if value != "" {
				labels = append(labels, prompb.Label{Name: name, Value: value})
			}
		}
		slices.SortFunc(labels, func(a, b prompb.Label) int { return cmp.Compare(a.Name, b.Name) })
		last := int64(-1)
		for _, p := range s.Points {
			at := p.At.UnixMilli()
			key := at / slice.Milliseconds()
			request := bySlice[key]
			if request == nil {
				request = &prompb.WriteRequest{}
				bySlice[key] = request
			}
			if key != last {
				request.Timeseries = append(request.Timeseries, prompb.TimeSeries{Labels: labels})
				last = key
			}
			into := &request.Timeseries[len(request.Timeseries)-1]
			into.Samples = append(into.Samples, prompb.Sample{Timestamp: at, Value: p.Value})
		}
	}
	keys := make([]int64, 0, len(bySlice))
	for key := range bySlice {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		m.push(t, tenant, bySlice[key])
	}
}

func (m *Mimir) push(t testing.TB, tenant string, request *prompb.WriteRequest) {
	t.Helper()
	body, err := request.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, m.WriteURL(), bytes.NewReader(snappy.Encode(nil, body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Scope-OrgID", tenant)
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
		t.Fatalf("mimir answers %s: %s", resp.Status, said)
	}
}

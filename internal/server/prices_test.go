package server

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"k8s.io/apimachinery/pkg/runtime"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
	"github.com/highwater-dev/highwater/recommender/price"
)

// What OpenCost says is told once while it is wrong, and no more once it is right;
// a store that does not answer changes nothing.
func TestBadCostsAreToldOnce(t *testing.T) {
	store := func(cpu float64) *history.Reader {
		db, err := embedded.NewDB(filepath.Join(t.TempDir(), "db"), embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		now := time.Now().Truncate(time.Minute)
		for name, v := range map[string]float64{"node_cpu_hourly_cost": cpu, "node_ram_hourly_cost": 0.004} {
			if err := db.Append(labels.FromStrings("__name__", name, "node", "a"), []forecast.Point{{Time: now.Add(-2 * time.Minute), Value: v}}); err != nil {
				t.Fatal(err)
			}
		}
		return history.NewReader(db, history.ReaderOptions{})
	}
	var log bytes.Buffer
	p := &Prices{
		Cluster:    discovery.New(fake.NewClientset(), dynamicfake.NewSimpleDynamicClient(runtime.NewScheme()), discovery.Options{}),
		Configured: price.New(price.Rates{}, ""), Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	read := func(r *history.Reader, ok bool, warns string) {
		t.Helper()
		p.Store = r
		if got := p.read(t.Context()); got != ok {
			t.Errorf("read: %t, want %t", got, ok)
		}
		if got := strings.Join(p.warnings(), ""); !strings.Contains(got, warns) || warns == "" && got != "" {
			t.Errorf("%q, want %q", got, warns)
		}
	}
	bad := store(-1)
	read(bad, true, "BadPrice: node_cpu_hourly_cost of node a is -1, which is no cost (it is negative): no price is taken from OpenCost")
	read(bad, true, "BadPrice: node_cpu_hourly_cost")
	gone, err := history.NewClient(history.ClientOptions{URL: "http://127.0.0.1:1", MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	read(history.NewReader(gone, history.ReaderOptions{}), false, "BadPrice: node_cpu_hourly_cost")
	if n := strings.Count(log.String(), "code=BadPrice"); n != 1 {
		t.Errorf("it is logged %d times:\n%s", n, &log)
	}
	read(store(0.03), true, "")
}

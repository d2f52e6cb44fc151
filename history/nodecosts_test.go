package history_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// OpenCost's series as they are scraped with and without honor_labels, from two
// replicas of it, and of two clusters; a node without a GPU has no cost of one.
func TestNodeCostsAreThoseOfOpenCost(t *testing.T) {
	binary(t)
	dir := t.TempDir()
	db, err := embedded.NewDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Truncate(time.Minute)
	start := end.Add(-2 * time.Hour)
	add := func(value func(i int) float64, pairs ...string) {
		t.Helper()
		points := make([]float64, 120)
		for i := range points {
			points[i] = value(i)
		}
		if err := db.Append(labels.FromStrings(pairs...), minutes(start, points...)); err != nil {
			t.Fatal(err)
		}
	}
	is := func(v float64) func(int) float64 { return func(int) float64 { return v } }
	for _, pod := range []string{"opencost-1", "opencost-2"} {
		add(is(0.03), "__name__", "node_cpu_hourly_cost", "node", "a", "instance", "a", "provider_id", "aws:///i-1", "pod", pod, "cluster", "eu")
		add(is(0.004), "__name__", "node_ram_hourly_cost", "node", "a", "instance", "a", "pod", pod, "cluster", "eu")
	}
	add(func(i int) float64 { return 0.02 + 0.04*float64(i%2) }, "__name__", "node_cpu_hourly_cost", "exported_node", "b", "node", "a", "exported_instance", "b", "instance", "10.0.0.1:9003", "cluster", "eu")
	add(is(0.008), "__name__", "node_ram_hourly_cost", "exported_node", "b", "node", "a", "cluster", "eu")
	add(is(2), "__name__", "node_gpu_hourly_cost", "exported_node", "b", "node", "a", "cluster", "eu")
	add(is(9), "__name__", "node_cpu_hourly_cost", "node", "far", "cluster", "us")
	for i := range 300 {
		add(is(0.05), "__name__", "node_cpu_hourly_cost", "node", fmt.Sprintf("n%03d", i), "cluster", "large")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	local, err := embedded.OpenDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	c := client(t, history.ClientOptions{URL: "http://" + serve(t, dir, "", "")})
	ready(t, c)

	for name, engine := range map[string]history.Engine{"server": c, "embedded": local} {
		read := func(cluster string) []history.NodeCost {
			t.Helper()
			matchers, err := history.ParseMatchers([]string{`cluster="` + cluster + `"`})
			if err != nil {
				t.Fatal(err)
			}
			list, err := history.NewReader(engine, history.ReaderOptions{Matchers: matchers}).NodeCosts(t.Context(), end, 2*time.Hour)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return list
		}
		got := map[string]history.NodeCost{}
		for _, n := range read("eu") {
			got[n.Node] = n
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
		a, b := got["a"], got["b"]
		if len(got) != 2 || !near(a.CPU, 0.03) || !near(a.GiB, 0.004) || !math.IsNaN(a.GPU) || math.Abs(b.CPU-0.04) > 0.001 || !near(b.GiB, 0.008) || !near(b.GPU, 2) {
			t.Errorf("%s: %+v", name, got)
		}
		if list := read("large"); len(list) != 300 || !math.IsNaN(list[7].GiB) {
			t.Errorf("%s: %d nodes", name, len(list))
		}
		if list := read("nowhere"); len(list) != 0 {
			t.Errorf("%s: %v", name, list)
		}
	}
	// A load of many series is still refused at the second.
	_, err = history.NewReader(c, history.ReaderOptions{}).Read(t.Context(), history.Query{Expr: "node_cpu_hourly_cost"}, end, end, time.Minute)
	if history.KindOf(err) != history.ManySeries || !strings.Contains(err.Error(), "sum(...)") {
		t.Errorf("%v", err)
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// A priced is what the API, a plan and advice tell of a price.
type priced struct {
	PodHour          float64
	Currency, Source string
}

// TestPricesOfOpenCost has OpenCost's series in the Prometheus: pods are priced by
// the nodes that they run on, a node whose cost is none is left out and told, and
// without the series there is no word of money.
func TestPricesOfOpenCost(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, plane.Options{}, 40*time.Minute, 5*time.Minute)
	w.Apply(t, policy("Observe", ""))
	var nodes []string
	plane.Eventually(t, patience, func() error {
		nodes = strings.Fields(w.Kubectl(t, "get", "pods", "-n", "shop", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}"))
		if len(nodes) != baseline {
			return fmt.Errorf("pods are on %q", nodes)
		}
		return nil
	})
	end := time.Now().Truncate(time.Second)
	history := []plane.Series{{
		Name: "requests_per_second", Labels: map[string]string{"app": "web", "job": "e2e"},
		Points: plane.Sample(end.Add(-3*24*time.Hour), end, 10*time.Second, w.load),
	}}
	cost := func(node string, cpu, ram float64) {
		for name, v := range map[string]float64{"node_cpu_hourly_cost": cpu, "node_ram_hourly_cost": ram, "node_gpu_hourly_cost": 0} {
			history = append(history, plane.Series{Name: name, Labels: map[string]string{"node": node, "instance": node, "job": "opencost"},
				Points: plane.Sample(end.Add(-2*time.Hour), end, time.Minute, func(time.Time) float64 { return v })})
		}
	}
	seen := map[string]bool{}
	for _, n := range nodes {
		if !seen[n] {
			cost(n, 0.5, 0.004)
		}
		seen[n] = true
	}
	cost("elsewhere", 9, 9)
	cost("broken", -1, 0.004)
	prom := plane.StartPrometheus(t, plane.PromOptions{History: history})

	is := func(t *testing.T, what string, p *priced) {
		t.Helper()
		// The pods of the world request 100m.
		if p == nil || math.Abs(p.PodHour-0.05) > 1e-9 || p.Currency != "USD" || p.Source != fmt.Sprintf("OpenCost's mean of %s over 24 h", count(len(seen), "node")) {
			t.Errorf("%s: %+v", what, p)
		}
	}
	reach := []string{"--kubeconfig", w.kubeconfig, "--prometheus-url", prom.URL()}
	t.Run("plan", func(t *testing.T) {
		out, problem, code := run(t, append([]string{"plan", "shop/web", "--span", "3d", "-o", "json"}, reach...)...)
		var p struct {
			Priced    bool
			Currency  string
			Total     struct{ PodHours, Cost float64 }
			Workloads []struct{ Price *priced }
			Notes     []string
		}
		if err := json.Unmarshal([]byte(out), &p); err != nil || code != 0 || len(p.Workloads) != 1 {
			t.Fatalf("exit %d, %v: %s", code, err, problem)
		}
		is(t, "plan", p.Workloads[0].Price)
		if !p.Priced || p.Currency != "USD" || math.Abs(p.Total.Cost-0.05*p.Total.PodHours) > 1e-6 || !(p.Total.Cost > 0) {
			t.Errorf("%+v", p)
		}
		if !strings.Contains(strings.Join(p.Notes, "\n"), "node_cpu_hourly_cost of node broken is -1, which is no cost (it is negative): prices are made without") {
			t.Errorf("notes: %q", p.Notes)
		}
		table, _, _ := run(t, append([]string{"plan", "shop/web", "--span", "3d"}, reach...)...)
		if !strings.Contains(table, "cost, USD") {
			t.Errorf("the table does not speak of money:\n%s", table)
		}
		// The world's own Prometheus has no such series.
		out, _, _ = run(t, "plan", "shop/web", "--span", "3d", "-o", "json", "--kubeconfig", w.kubeconfig, "--prometheus-url", w.prom.URL())
		if !strings.Contains(out, `"priced": false`) || strings.Contains(out, "prices of") {
			t.Errorf("without OpenCost there is money: %.300s", out)
		}
	})
	t.Run("advise", func(t *testing.T) {
		out, problem, code := run(t, append([]string{"advise", "shop/web", "--history", "3d", "--step", "10s", "-o", "json"}, reach...)...)
		var a struct{ Price *priced }
		if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 {
			t.Fatalf("exit %d, %v: %s", code, err, problem)
		}
		is(t, "advise", a.Price)
	})
	t.Run("serve", func(t *testing.T) {
		d := serve(t, w.kubeconfig, prom.URL())
		d.ready(t)
		read := func(path string, into any) error {
			_, text, err := d.get(path)
			if err != nil {
				return err
			}
			return json.Unmarshal([]byte(text), into)
		}
		var shown struct{ Price *priced }
		plane.Eventually(t, patience, func() error {
			if err := read("/api/v1/workloads/shop/web", &shown); err != nil || shown.Price == nil {
				return fmt.Errorf("no price yet: %v", err)
			}
			return nil
		})
		is(t, "serve", shown.Price)
		var st struct{ Warnings []string }
		if err := read("/api/v1/status", &st); err != nil || !strings.Contains(strings.Join(st.Warnings, "\n"), "BadPrice: node_cpu_hourly_cost of node broken is -1") {
			t.Errorf("%v, %q", err, st.Warnings)
		}
		if n := strings.Count(d.log.String(), "code=BadPrice"); n != 1 {
			t.Errorf("the log tells it %d times", n)
		}
	})
}

// count is a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

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

const smallQuota = `---
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: shop}
spec: {hard: {pods: "8"}}
`

// A fleetPlan is the JSON of `highwater plan`, as far as tests look.
type fleetPlan struct {
	Peaks []struct {
		Time, From, To time.Time
		PodsHigh       float64
	}
	Gaps []struct {
		In, Of, Resource  string
		Worst             time.Time
		Need, Limit, Lack float64
	}
	Workloads []struct {
		Namespace, Name   string
		Baseline, Ceiling int
		PerPod            float64
		Forecast          *struct{ Reason, Detail string }
		Rows              []planRow
		Problems          []string
	}
}

type planRow struct {
	Time       time.Time
	Load       *float64
	Pods, Need float64
}

// TestATeamPlans is a team that looks before it lets Highwater act: what the
// cluster will need, where a quota holds less, what to change, and why the
// floor is what it is. Nothing of it writes.
func TestATeamPlans(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, plane.Options{}, 40*time.Minute, 5*time.Minute) // minutes long: plans go by the minute
	w.Apply(t, policy("Observe", "")+smallQuota)
	plane.Eventually(t, patience, func() error { // both controllers have counted
		if n := w.HPA(t, "shop", "web").Status.CurrentReplicas; n != baseline {
			return fmt.Errorf("the autoscaler counts %d pods", n)
		}
		if used := w.Kubectl(t, "get", "resourcequota", "compute", "-n", "shop", "-o", "jsonpath={.status.used.pods}"); used != fmt.Sprint(baseline) {
			return fmt.Errorf("the quota counts %q pods", used)
		}
		return nil
	})
	before := w.HPA(t, "shop", "web")

	t.Run("plan", func(t *testing.T) {
		out, problem, code := run(t, "plan", "shop/web", "--kubeconfig", w.kubeconfig, "--prometheus-url", w.prom.URL(), "--span", "3d", "--horizon", "1d", "-o", "json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, problem)
		}
		var p fleetPlan
		if err := json.Unmarshal([]byte(out), &p); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		if len(p.Workloads) != 1 || len(p.Peaks) == 0 || len(p.Gaps) == 0 {
			t.Fatalf("workloads, peaks or gaps are missing:\n%s", out)
		}
		web := p.Workloads[0]
		if web.Namespace != "shop" || web.Name != "web" || web.Baseline != baseline || web.Ceiling != ceiling || web.Forecast != nil {
			t.Errorf("workload: %+v", web)
		}
		most := 0.0
		for _, r := range web.Rows {
			most = max(most, r.Need)
			if r.Load == nil || *r.Load < calm-20 || r.Pods < baseline {
				t.Errorf("row %+v", r)
			}
		}
		// A plan begins with the next whole hour and holds a day: where today's
		// spike comes before that hour, it holds tomorrow's.
		near := func(at time.Time, within time.Duration) bool {
			since := at.Sub(w.spike.Add(-within)) % (24 * time.Hour)
			return since >= 0 && since <= w.width+2*within
		}
		if p.Peaks[0].PodsHigh != most {
			t.Errorf("the largest peak is %+v, and a row needs %g pods", p.Peaks[0], most)
		}
		need := math.Ceil(spikeLoad / web.PerPod)
		if at := p.Peaks[0]; at.PodsHigh < need || at.PodsHigh > need+2 || !near(at.Time, time.Minute) {
			t.Errorf("the spike comes at %s and takes %g pods; the plan's peak: %+v", w.spike.UTC().Format("15:04:05"), need, at)
		}
		if g := p.Gaps[0]; g.In != "quota" || g.Of != "shop" || g.Resource != "pods" || g.Limit != 8 || g.Lack != g.Need-8 || g.Lack < 1 || !near(g.Worst, time.Hour) {
			t.Errorf("gap: %+v", g)
		}
	})
	t.Run("advise", func(t *testing.T) {
		out, problem, code := run(t, "advise", "shop/web", "--kubeconfig", w.kubeconfig, "--prometheus-url", w.prom.URL(), "--history", "3d", "--step", "10s", "-o", "json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, problem)
		}
		var a struct {
			Workload, Verdict, Detail string
			Now, Floors               struct{ PodHours, ShortMinutes float64 }
			Advice                    []struct{ Kind, Field, Now, Better, Why string }
		}
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		if a.Workload != "shop/web" || a.Verdict == "" || a.Detail == "" || a.Now.PodHours <= 0 {
			t.Errorf("advice: %+v", a)
		}
		t.Logf("%s\n%s", out, problem)
		for _, format := range []string{"patch", "kustomize", "helm"} {
			out, problem, code := run(t, "advise", "shop/web", "--kubeconfig", w.kubeconfig, "--prometheus-url", w.prom.URL(), "--history", "3d", "--step", "10s", "-o", format)
			if proven := strings.Contains(out, "# Proof, "); code != 0 || proven == strings.Contains(out, "# No patch: ") {
				t.Errorf("%s, exit %d: %s\n%s", format, code, problem, out)
			}
			t.Log(out)
		}
	})
	t.Run("explain", func(t *testing.T) {
		d := serve(t, w.kubeconfig, w.prom.URL())
		d.ready(t)
		d.expect(t, patience, func(r recommendation) error {
			for _, w := range r.Warnings {
				if w.Code == "QuotaTooLow" && strings.Contains(w.Message, "4 more than the ResourceQuota compute") {
					return nil
				}
			}
			return fmt.Errorf("no word of the quota: %+v", r.Warnings)
		})
		out, problem, code := run(t, "explain", "shop/web", "--url", d.URL)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, problem)
		}
		for _, want := range []string{"requests_per_second", "4 more than the ResourceQuota compute allows", "Observe"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("%q is not told:\n%s", want, out)
			}
		}
	})
	if after := w.HPA(t, "shop", "web"); after.Generation != before.Generation || len(after.Annotations) != 0 {
		t.Errorf("the autoscaler was written to: %+v", after.ObjectMeta)
	}
}

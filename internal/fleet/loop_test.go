package fleet

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// What a pod carries is assumed from the target where that alone is known; a load
// of which neither is known is left out, and both are told.
func TestAPlanTellsWhatItAssumes(t *testing.T) {
	known := simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: 0.5, Request: 2}
	w := &workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: "web"}, Policy: recommender.DefaultPolicy(), Baseline: 2, Ceiling: 9, Replicas: 3,
		Problems: []workload.Problem{{Code: "NoMetrics", Field: "spec.metrics[3]", Message: "it has no target"}},
		Sources: []workload.Source{
			{Name: "cpu", Query: history.Query{Expr: "one"}, Capacity: recommender.Capacity{PerPod: 1, Unit: "cores"}, Metric: known, Full: 2},
			{Name: "rps", Query: history.Query{Expr: "two"}, Capacity: recommender.Capacity{PerPod: 80, Unit: "requests/s"}},
			{Name: "odd", Query: history.Query{Expr: "three"}},
		},
	}
	out, queries := plannedOf(w)
	l := out.Loop
	if len(queries) != 2 || queries[1].Expr != "two" || len(l.PerPod) != 2 || l.PerPod[0] != 2 || l.PerPod[1] != 100 || l.Spec.Metrics[0] != known ||
		l.Spec.Metrics[1] != (simulate.Metric{Kind: simulate.AverageValue, Target: 80}) || l.Spec.Min != 2 || l.Spec.Max != 9 {
		t.Errorf("%+v of %+v", l, queries)
	}
	if out.Unit != "cores" || !l.Saturates || l.Delay != 30*time.Second || l.Start.Fixed != w.Policy.LeadTime-30*time.Second || out.Replicas != 3 {
		t.Errorf("%+v", out)
	}
	if got, want := strings.Join(out.Problems, "; "), "NoMetrics spec.metrics[3]: it has no target; rps: a pod is taken to carry 100 requests/s at the most, a quarter more than its target; odd is left out of the plan: it is not known what a pod carries of it"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

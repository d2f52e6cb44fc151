package fleet

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/config"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// dayLoad is a load that 3 pods of 100 carry at night and 20 in the day.
func dayLoad(at time.Time) float64 {
	if h := at.UTC().Hour(); h >= 9 && h < 17 {
		return 2000
	}
	return 300
}

// A cannedPast answers each query with dayLoad, or with what is set.
type cannedPast struct {
	trouble  error
	replicas error
	late     time.Duration // the second load begins so much later
}

func (c *cannedPast) Read(_ context.Context, q history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	s := forecast.Series{Start: from, Step: step}
	if q.Expr == "two" {
		s.Start = from.Add(c.late)
	}
	for at := s.Start; at.Before(to); at = at.Add(step) {
		s.Values = append(s.Values, dayLoad(at))
	}
	return history.Result{Series: s, Warnings: []string{"told by " + q.Expr}}, c.trouble
}

func (c *cannedPast) Replicas(_ context.Context, _, _, _ string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	return spec, ready, []string{"no replica history"}, c.replicas
}

func TestASubjectIsWhatIsKnownOfAWorkload(t *testing.T) {
	c := config.Default()
	r := Reader{Config: &c}
	c.Scheduler.History, c.Scheduler.Step = model.Duration(10*24*time.Hour), model.Duration(5*time.Minute)
	metric := simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: 0.5, Request: 100}
	w := &workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: "web"}, Policy: recommender.DefaultPolicy(), Baseline: 2, Ceiling: 50,
		Sources: []workload.Source{
			{Name: "cpu", Query: history.Query{Expr: "one", From: "spec.metrics[1] (ContainerResource cpu)"}, Metric: metric, Full: 100},
			{Name: "rps", Query: history.Query{Expr: "two"}, Metric: metric, Full: 100, Assumed: "a pod is taken to carry 100"},
			{Name: "odd", Query: history.Query{Expr: "three"}},
		},
	}
	now := time.Date(2026, 3, 20, 7, 3, 1, 0, time.UTC)
	x, err := r.examine(t.Context(), w, nil, &cannedPast{late: time.Hour}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Case.Check(); err != nil {
		t.Fatal(err)
	}
	if len(x.Case.Loads) != 2 || x.Fields[0] != "spec.metrics[1].containerResource.target.averageUtilization" || x.Fields[1] != "" || x.Input.Assumed[1] == "" {
		t.Errorf("%q %q", x.Fields, x.Input.Assumed)
	}
	if b := x.Case.Loads[1]; !math.IsNaN(b.Values[0]) || b.Values[12] != 300 {
		t.Errorf("an hour later begins with %v", b.Values[:13])
	}
	if x.Case.Loop.Start.Fixed != 90*time.Second || x.Case.Loop.Spec.Max != 50 {
		t.Errorf("%+v", x.Case.Loop)
	}
	notes := strings.Join(x.Notes, "; ")
	for _, want := range []string{"told by one", "odd was left out", "no replica history"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q does not say %q", notes, want)
		}
	}

	if _, err := r.examine(t.Context(), w, nil, &cannedPast{trouble: errors.New("down")}, now); err == nil || !strings.Contains(err.Error(), "cpu: down") {
		t.Errorf("%v", err)
	}
	w.Sources = w.Sources[2:]
	if _, err := r.examine(t.Context(), w, nil, &cannedPast{}, now); err == nil || !strings.Contains(err.Error(), "no metric") {
		t.Errorf("%v", err)
	}
	w.Problems = []workload.Problem{{Field: "spec.metrics", Message: "there are none", Fatal: true}}
	if _, err := r.examine(t.Context(), w, nil, &cannedPast{}, now); err == nil || !strings.Contains(err.Error(), "spec.metrics: there are none") {
		t.Errorf("%v", err)
	}
}

func TestWhatAPatchIsForIsReadAsItIs(t *testing.T) {
	hpa := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": map[string]any{"namespace": "shop", "name": "web"}, "spec": map[string]any{"minReplicas": int64(9)},
	}}
	so := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": map[string]any{"namespace": "shop", "name": "jobs"}, "spec": map[string]any{"minReplicaCount": int64(2)},
	}}
	lists := map[schema.GroupVersionResource]string{
		{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}: "HorizontalPodAutoscalerList", keda.Resource: "ScaledObjectList",
	}
	c := cluster{dynamic: dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, hpa, so)}
	w := &workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: "web"}, Kind: workload.HorizontalPodAutoscaler, PolicyName: "all",
		Policy: recommender.Policy{Mode: recommender.Enforce}, Lease: &workload.Lease{Baseline: 2, Floor: 9},
	}
	a, err := c.autoscaler(t.Context(), w)
	if err != nil || a.Object.GetName() != "web" || !a.Raised || !a.Enforced || a.Policy != "all" || a.FromFile {
		t.Errorf("%+v, %v", a, err)
	}
	w.Kind, w.Name, w.Lease, w.Policy.Suspend = workload.ScaledObject, "jobs", nil, true
	a, err = c.autoscaler(t.Context(), w)
	if err != nil || a.Object.GetKind() != "ScaledObject" || a.Raised || a.Enforced {
		t.Errorf("%+v, %v", a, err)
	}
	w.Name = "gone"
	if _, err := c.autoscaler(t.Context(), w); err == nil || !strings.Contains(err.Error(), "ScaledObject shop/gone") {
		t.Errorf("%v", err)
	}
}

func TestAFileMakesAnHPA(t *testing.T) {
	f := func(h HPA, path string, want any) {
		t.Helper()
		h.PodCapacity, h.Baseline, h.Ceiling = 100, 2, 20
		a, err := h.Subject("web", forecast.Series{}, recommender.DefaultPolicy(), nil).Autoscaler(t.Context())
		if err != nil || !a.FromFile || a.Enforced {
			t.Fatalf("%+v, %v", a, err)
		}
		got, _, err := unstructured.NestedFieldNoCopy(a.Object.Object, strings.Split("spec."+path, ".")...)
		if metrics, ok := got.([]any); ok {
			got, _, err = unstructured.NestedFieldNoCopy(metrics[0].(map[string]any), strings.Split(want.([]any)[0].(string), ".")...)
			want = want.([]any)[1]
		}
		if err != nil || got != want {
			t.Errorf("%s is %v, want %v: %v", path, got, want, err)
		}
	}
	window := 10 * time.Minute
	f(HPA{Target: "70%"}, "metrics", []any{"resource.target.averageUtilization", int64(70)})
	f(HPA{Target: "85"}, "metrics", []any{"pods.target.averageValue", "85"})
	f(HPA{Target: "0.25"}, "metrics", []any{"pods.target.averageValue", "250m"}) // as an API server writes it
	f(HPA{Target: "70%"}, "minReplicas", int64(2))
	f(HPA{Target: "70%"}, "maxReplicas", int64(20))
	f(HPA{Target: "70%", DownWindow: &window}, "behavior.scaleDown.stabilizationWindowSeconds", int64(600))
}

func TestATriggersThresholdIsNamed(t *testing.T) {
	f := func(from, want string) {
		t.Helper()
		if got := fieldOfSource(workload.Source{Query: history.Query{From: from}}); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
	f("spec.triggers[2] (prometheus)", "spec.triggers[2].metadata.threshold")
	f("spec.triggers[2] (kafka)", "spec.triggers[2]")
	f("FloorPolicy web, spec.load.query", "")
}

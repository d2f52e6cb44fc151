package fleet

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

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

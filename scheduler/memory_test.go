package scheduler

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// stepping are pods whose number changes every half hour.
type stepping struct{ same bool }

func (p stepping) pods(at time.Time) float64 {
	if p.same {
		return 6
	}
	return 6 + float64((at.Unix()/1800)*7%5)
}

func (p stepping) Replicas(_ context.Context, _, _, _ string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	s := forecast.Series{Start: from.Truncate(step), Step: step}
	for at := s.Start; !at.After(to); at = at.Add(step) {
		s.Values = append(s.Values, p.pods(at))
	}
	return s, s, nil, nil
}

// A floor from memory that is the pods' own would feed on its own pods: it is left to the autoscaler, and told. Memory that
// follows the load makes floors, and so does every other load beside it.
func TestMemoryOfThePodsMakesNoFloor(t *testing.T) {
	const pod = 100.0 // at the target
	own := func(p stepping) func(time.Time) float64 {
		return func(at time.Time) float64 { return 0.66 / 0.7 * pod * p.pods(at) }
	}
	for name, c := range map[string]struct {
		pods    ReplicaHistory
		memory  func(time.Time) float64
		beside  bool // there is a load of requests, too
		reached int32
		says    string
	}{
		"the pods' own":              {stepping{}, own(stepping{}), false, 2, "it is the pods' own"},
		"never another number":       {stepping{same: true}, noon, false, 2, "has not changed"},
		"no history of replicas":     {nil, noon, false, 2, "until it is known"},
		"the load's":                 {stepping{}, noon, false, 9, ""},
		"the pods' own, and a load":  {stepping{}, own(stepping{}), true, 9, "it is the pods' own"},
		"of the load, and a load of": {stepping{}, noon, true, 9, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet("web")
				w := &f.list[0]
				memory := workload.Source{Name: "memory", Query: history.Query{Expr: "memory", From: "spec.metrics[0] (Resource memory)"},
					Capacity: recommender.Capacity{PerPod: pod, Unit: "bytes"}, Metric: simulate.Metric{Kind: simulate.Utilization, Source: simulate.Memory}}
				if c.beside {
					w.Sources = append(w.Sources, memory)
				} else {
					w.Sources = []workload.Source{memory}
				}
				o := quiet()
				o.Replicas = c.pods
				s := build(t, o, f, &loads{others: map[string]func(time.Time) float64{"memory": c.memory}})
				s.Lead()
				top, said := int32(0), ""
				for range 24 {
					s.Tick(t.Context())
					r := result(t, s, "web")
					top, said = max(top, r.Decision.Floor), ""
					if i := slices.IndexFunc(r.Workload.Problems, func(p workload.Problem) bool { return p.Code == MemoryNotLoad }); i >= 0 {
						said = r.Workload.Problems[i].Message
					}
					if len(r.Signals) != len(w.Sources) || math.IsNaN(r.Signals[len(r.Signals)-1].Value) {
						t.Fatalf("memory is not shown: %+v", r.Signals)
					}
					time.Sleep(time.Hour)
				}
				if top < c.reached || c.reached == 2 && top > 2 {
					t.Errorf("the floor reaches %d, want %d", top, c.reached)
				}
				if c.says == "" && said != "" || !strings.Contains(said, c.says) {
					t.Errorf("it says %q, want %q", said, c.says)
				}
			})
		})
	}
}

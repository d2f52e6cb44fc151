package scheduler

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// five are always five replicas, or what kube-state-metrics does not know.
type five struct{ unknown bool }

func (f five) Replicas(_ context.Context, _, _, _ string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	if f.unknown {
		return spec, ready, []string{"no replica history: are kube-state-metrics scraped?"}, nil
	}
	ready = forecast.Series{Start: from, Step: step}
	for range int(to.Sub(from)/step) + 1 {
		ready.Values = append(ready.Values, 5)
	}
	return ready, ready, nil, nil
}

// slower is the latency of five pods under the load of noon: 200 ms at 120
// requests/s a pod.
func slower(at time.Time) float64 {
	x := noon(at) / 5
	return 0.05 / math.Max(0.05, 1-x/160)
}

func learnedFrom(t *testing.T, pods ReplicaHistory, l *loads, change func(w *workload.Workload)) (*Scheduler, *replayer) {
	t.Helper()
	f, c := replayable("web"), saysVerdict(proof.Proven, 0.8)
	s := &f.list[0].Sources[0]
	s.Full, s.Guessed, s.Assumed = 160, true, "a pod is taken to carry more"
	change(&f.list[0])
	sched := schedulerWithProofs(t, f, c, func(o *Options) { o.Replicas = pods })
	sched.history = l
	sched.Tick(t.Context())
	minute(t, sched)
	minute(t, sched)
	return sched, c
}

func TestCapacityIsLearnedFromTheLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &loads{others: map[string]func(time.Time) float64{"p95": slower}}
		s, c := learnedFrom(t, five{}, l, func(w *workload.Workload) {
			w.Latency = &workload.Objective{Query: history.Query{Expr: "p95"}, Most: 200 * time.Millisecond}
		})
		sig := result(t, s, "web").Signals[0]
		if sig.Learned == nil || sig.Learned.Method != capacity.MethodLatency || math.Abs(sig.Learned.PerPod-120) > 6 {
			t.Fatalf("learned %+v", sig.Learned)
		}
		if sig.Full != sig.Learned.PerPod || sig.Capacity.PerPod != sig.Full || !strings.HasPrefix(sig.Capacity.Source[strings.Index(sig.Capacity.Source, ","):], ", learned: ") || sig.Guessed || sig.Assumed != "" {
			t.Errorf("a pod carries %g: %+v", sig.Full, sig.Source)
		}
		if c.count() != 1 || c.cases[0].Loop.PerPod[0] != sig.Full {
			t.Errorf("%d proofs, the first of a pod that carries %g", c.count(), c.cases[0].Loop.PerPod[0])
		}
		was := sig.Learned
		for range 10 {
			minute(t, s)
		}
		if r := result(t, s, "web"); r.Signals[0].Learned != was || c.count() != 1 || !enforced(r) {
			t.Errorf("%d proofs; capacity is learned anew each tick", c.count())
		}
	})
}

// A quantile of the user's own is of the target, but no pod carries more than it
// was learned to.
func TestAUsersQuantileIsOfWhatPodsCarry(t *testing.T) {
	for target, want := range map[float64]float64{100: 100, 140: 120} {
		synctest.Test(t, func(t *testing.T) {
			l := &loads{others: map[string]func(time.Time) float64{"p95": slower}}
			s, c := learnedFrom(t, five{}, l, func(w *workload.Workload) {
				w.Latency = &workload.Objective{Query: history.Query{Expr: "p95"}, Most: 200 * time.Millisecond}
				w.Policy.Risk, w.Policy.Quantile = recommender.Risk{}, 0.9
				w.Sources[0].Capacity.PerPod = target
			})
			if sig := result(t, s, "web").Signals[0]; math.Abs(sig.Capacity.PerPod-want) > 6 {
				t.Errorf("a target of %g: floors take a pod to carry %+v", target, sig.Capacity)
			}
			if got := c.cases[0].Capacity[0]; math.Abs(got-want) > 6 {
				t.Errorf("a target of %g: the proof takes a pod to carry %g", target, got)
			}
		})
	}
}

func TestNothingLearnedLeavesWhatTheUserSays(t *testing.T) {
	latency := &workload.Objective{Query: history.Query{Expr: "p95"}, Most: 200 * time.Millisecond}
	tests := []struct {
		name   string
		pods   ReplicaHistory
		fault  func(string) error
		change func(w *workload.Workload)
		note   string
	}{
		{"no kube-state-metrics", five{unknown: true}, nil, func(*workload.Workload) {}, "are kube-state-metrics scraped?"},
		{"nobody to ask for replicas", nil, nil, func(*workload.Workload) {}, "how many pods were ready is not known"},
		{"a query that fails", five{}, func(expr string) error {
			if expr == "p95" || expr == "cpu" {
				return errors.New("parse error")
			}
			return nil
		}, func(w *workload.Workload) {
			w.CPU = &workload.CPU{Query: history.Query{Expr: "cpu"}, Request: 1}
		}, "nothing is learned from the latency: parse error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &loads{fault: tt.fault, others: map[string]func(time.Time) float64{"p95": slower}}
				s, c := learnedFrom(t, tt.pods, l, func(w *workload.Workload) {
					w.Latency = latency
					tt.change(w)
				})
				r := result(t, s, "web")
				sig := r.Signals[0]
				if sig.Learned == nil || sig.Learned.Method != capacity.MethodTarget || len(sig.Learned.Refusals) == 0 || sig.Full != 160 || !sig.Guessed {
					t.Errorf("learned %+v; full %g", sig.Learned, sig.Full)
				}
				if !strings.Contains(strings.Join(sig.Warnings, "\n"), tt.note) || r.Err != "" {
					t.Errorf("warnings %q, error %q", sig.Warnings, r.Err)
				}
				if c.count() != 1 || !r.Proof.Proven() {
					t.Errorf("%d proofs: %+v", c.count(), r.Proof)
				}
			})
		})
	}
}

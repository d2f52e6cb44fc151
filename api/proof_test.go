package api

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
	"github.com/highwater-dev/highwater/scheduler"
	"github.com/highwater-dev/highwater/scheduler/proofs"
)

// proven is a proof made of a load that rises steeply each morning.
var proven = sync.OnceValues(func() (*proof.Proof, error) {
	s := forecast.Series{Start: now.AddDate(0, 0, -10), Step: 5 * time.Minute, Values: make([]float64, 10*288)}
	for i := range s.Values {
		s.Values[i] = 200
		if h := s.Time(i).Hour(); h >= 9 && h < 17 {
			s.Values[i] = 2000
		}
	}
	c := proof.Case{
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 100, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 70}}},
			PerPod: []float64{100}, Start: simulate.Starts{Fixed: 90 * time.Second},
		},
		Loads: []forecast.Series{s}, Policy: recommender.DefaultPolicy(),
	}
	return c.Prove(nil, nil)
})

func mustProve(t *testing.T) *proof.Proof {
	t.Helper()
	p, err := proven()
	if err != nil {
		t.Fatal(err)
	}
	if p.Verdict != proof.Proven {
		t.Fatalf("%s: %s", p.Verdict, p.Detail)
	}
	return p
}

// A proving scheduler says of one workload what the test wants.
type proving struct {
	*scheduler.Scheduler
	key    workload.Key
	adjust func(*scheduler.Result)
}

func (p proving) Result(k workload.Key) (*scheduler.Result, bool) {
	r, ok := p.Scheduler.Result(k)
	return p.adjusted(r), ok
}

func (p proving) Snapshot() scheduler.Snapshot {
	snap := p.Scheduler.Snapshot()
	snap.Results = slices.Clone(snap.Results)
	for i, r := range snap.Results {
		snap.Results[i] = p.adjusted(r)
	}
	return snap
}

func (p proving) adjusted(r *scheduler.Result) *scheduler.Result {
	if r == nil || r.Workload.Key != p.key {
		return r
	}
	c := *r
	c.Signals = append([]scheduler.SignalResult{}, r.Signals...)
	p.adjust(&c)
	return &c
}

func TestTheProofIsTold(t *testing.T) {
	p := mustProve(t)
	srv := startWith(t, shop(), func(s *scheduler.Scheduler) Scheduler {
		return proving{s, workload.Key{Namespace: "shop", Name: "web"}, func(r *scheduler.Result) {
			r.Proof = proofs.State{Proof: p, At: now, Took: 1500 * time.Millisecond}
			r.Lead = &capacity.Lead{Time: 105 * time.Second, P95: 90 * time.Second, Median: 60 * time.Second, N: 50, Confidence: capacity.Good, Why: "95% of pods are Ready within 1m30s"}
			r.Signals[0].Full, r.Signals[0].Assumed = 142, "a pod is full at 142 requests/s"
			r.Signals[0].Metric = simulate.Metric{Kind: simulate.Value, Target: math.NaN()}
		}}
	})
	var d Detail
	get(t, srv, "/api/v1/workloads/shop/web", &d)
	if d.Proof.Verdict == nil || *d.Proof.Verdict != "Proven" || !d.Proof.Holds || d.Proof.Detail != p.Detail || *d.Proof.TookSeconds != 1.5 || !d.Proof.MadeAt.Equal(now) {
		t.Errorf("proof %+v", d.Proof)
	}
	for _, part := range []string{"proven; over 4 days", "minutes instead of", "pod-hours"} {
		if !strings.Contains(d.Proof.Message, part) {
			t.Errorf("%q does not say %q", d.Proof.Message, part)
		}
	}
	if len(d.Proof.Policies) != len(proof.Policies) || d.Proof.Policies[0].Policy != "hpa" || *d.Proof.Policies[0].PodHoursChange != 0 {
		t.Errorf("policies %+v", d.Proof.Policies)
	}
	alone, own := d.Proof.Policies[0], d.Proof.Policies[1]
	want := (alone.ShortMinutes - own.ShortMinutes) / 4 * 7
	if *d.Proof.ShortMinutesSaved < 5 || math.Abs(*d.Proof.ShortMinutesSaved-want) > 1e-6 || *d.Proof.PodHoursChange != *own.PodHoursChange {
		t.Errorf("saves %v minutes a week and changes pod-hours by %v; want %v and %v", *d.Proof.ShortMinutesSaved, *d.Proof.PodHoursChange, want, *own.PodHoursChange)
	}
	if l := d.LearnedLead; l == nil || l.Seconds != 105 || *l.P95Seconds != 90 || l.Starts != 50 || l.Confidence != "Good" {
		t.Errorf("lead %+v", l)
	}
	if s := d.Signals[0]; *s.Full != 142 || s.Assumed == "" || s.Metric.Kind != "Value" || s.Metric.Target != nil || s.Learned != nil {
		t.Errorf("signal %+v", s)
	}
	var list List
	get(t, srv, "/api/v1/workloads?sort=proof&order=desc", &list)
	if list.Items[0].Name != "web" || !list.Items[0].Proof.Holds || list.Items[1].Proof.Verdict != nil {
		t.Errorf("the list's proofs: %+v", list.Items)
	}
}

func TestWhyThereIsNoProof(t *testing.T) {
	p := mustProve(t)
	refused := *p
	refused.Verdict, refused.Detail = proof.NotNeeded, "the HPA alone was short for 0 of 5760 minutes"
	empty := proof.Proof{Verdict: proof.NoGain}
	tests := []struct {
		name  string
		proof proofs.State
		holds bool
		want  string
	}{
		{"nothing known", proofs.State{}, false, "no proof yet"},
		{"pending", proofs.State{Pending: "1.2 of 2 days of history"}, false, "no proof yet: 1.2 of 2 days of history"},
		{"withdrawn", proofs.State{Proof: p, Withdrawn: "the load has doubled"}, false, "withdrawn: the load has doubled"},
		{"refused", proofs.State{Proof: &refused}, false, "not needed: the HPA alone serves this load; over 4 days it was short for"},
		{"nothing replayed", proofs.State{Proof: &empty}, false, "no gain: floors would cost more than the short minutes that they avoid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := proofOf(tt.proof, price.Price{})
			if got.Holds != tt.holds || !strings.HasPrefix(got.Message, tt.want) {
				t.Errorf("holds %v: %q, want %q", got.Holds, got.Message, tt.want)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLearnedCapacityIsTold(t *testing.T) {
	l := &capacity.Learned{
		PerPod: 80, Unit: "requests/s", Method: capacity.MethodCPU, Confidence: capacity.Good, Why: "a pod uses its target there",
		Estimates: []capacity.Estimate{
			{Method: capacity.MethodTarget, PerPod: 100, Low: 100, High: 100, Confidence: capacity.Good},
			{Method: capacity.MethodCPU, PerPod: 80, Low: 78, High: 82, Confidence: capacity.Good, N: 900,
				Points: []capacity.Point{{X: 10, Y: 0.1}, {X: math.NaN(), Y: 1}}, Curve: []capacity.Point{{X: 0, Y: 0}, {X: 100, Y: 1}}},
		},
		Refusals: []*capacity.Refusal{{Method: capacity.MethodUSL, Reason: capacity.ReasonNotSaturated, Detail: "never near the objective"}},
	}
	srv := startWith(t, shop(), func(s *scheduler.Scheduler) Scheduler {
		return proving{s, workload.Key{Namespace: "shop", Name: "web"}, func(r *scheduler.Result) { r.Signals[0].Learned = l }}
	})
	var d Detail
	get(t, srv, "/api/v1/workloads/shop/web", &d)
	got := d.Signals[0].Learned
	if got == nil || *got.PerPod != 80 || got.Method != "CPU" || len(got.Estimates) != 2 || got.Estimates[1].Low != 78 || got.Refusals[0].Reason != "NotSaturated" {
		t.Errorf("learned %+v", got)
	}
	var plots Scatters
	get(t, srv, "/api/v1/workloads/shop/web/capacity", &plots)
	if len(plots.Plots) != 1 || plots.Plots[0].Method != "CPU" || len(plots.Plots[0].Points) != 1 || len(plots.Plots[0].Curve) != 2 {
		t.Errorf("plots %+v", plots)
	}
	get(t, srv, "/api/v1/workloads/shop/api/capacity", &plots)
	if len(plots.Plots) != 0 {
		t.Errorf("a workload of which nothing was learned has plots: %+v", plots)
	}
}

// Where the days that count come before anything could be chosen, the proof
// does not boast of what floors did on them.
func TestAYoungProofIsOfAllDays(t *testing.T) {
	p := *mustProve(t)
	p.Results = slices.Clone(p.Results)
	p.Results[1].Outcome = p.Results[0].Outcome
	told := provedOf(proofs.State{Proof: &p})
	if got := told.Message(); got != "proven; "+p.Detail {
		t.Error(got)
	}
}

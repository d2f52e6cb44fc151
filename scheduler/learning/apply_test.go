package learning

import (
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

func TestApply(t *testing.T) {
	risk := recommender.DefaultPolicy()
	own := risk
	own.Risk = recommender.Risk{}
	byLatency := &capacity.Learned{PerPod: 120, Method: capacity.MethodLatency, Why: "the latency"}
	byTarget := &capacity.Learned{PerPod: 120, Method: capacity.MethodTarget}
	tests := []struct {
		name    string
		target  float64
		full    float64
		policy  recommender.Policy
		learned *capacity.Learned

		wantFull, wantCapacity float64
		says                   string
	}{
		{"nothing learned, a stated risk", 100, 160, risk, nil, 160, 160, "160 requests/s, what a pod carries at the most; the autoscaler aims at t"},
		{"nothing learned, the user's quantile", 100, 160, own, nil, 160, 100, "t"},
		{"learned, a stated risk", 100, 160, risk, byLatency, 120, 120, "120 requests/s, learned: the latency"},
		{"learned more than the target, the user's quantile", 100, 160, own, byLatency, 120, 100, "t"},
		{"learned less than the target, the user's quantile", 140, 160, own, byLatency, 120, 120, "120 requests/s, learned: the latency"},
		{"learned nothing but the target", 100, 160, risk, byTarget, 160, 160, "what a pod carries at the most"},
		{"what a pod carries is not known", 100, 0, risk, nil, 0, 100, "t"},
	}
	for _, tt := range tests {
		src := workload.Source{Full: tt.full, Guessed: true, Assumed: "assumed", Capacity: recommender.Capacity{PerPod: tt.target, Unit: "requests/s", Source: "t"}}
		got := Apply(src, tt.policy, tt.learned)
		if got.Full != tt.wantFull || got.Capacity.PerPod != tt.wantCapacity || !strings.Contains(got.Capacity.Source, tt.says) {
			t.Errorf("%s: full %g, capacity %+v", tt.name, got.Full, got.Capacity)
		}
		if guessed := tt.learned == nil || tt.learned.Method == capacity.MethodTarget; got.Guessed != guessed || (got.Assumed != "") != guessed {
			t.Errorf("%s: guessed %v: %q", tt.name, got.Guessed, got.Assumed)
		}
	}
}

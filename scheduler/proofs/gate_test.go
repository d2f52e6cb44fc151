package proofs

import (
	"strings"
	"testing"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

func TestGate(t *testing.T) {
	proven, refused := &proof.Proof{Verdict: proof.Proven}, &proof.Proof{Verdict: proof.NoGain, Detail: "numbers"}
	tests := []struct {
		name   string
		state  State
		change func(w *workload.Workload)

		mode recommender.Mode
		code string
		says string
	}{
		{"proven", State{Proof: proven}, nil, recommender.Enforce, "", ""},
		{"none yet", State{Pending: "it is under way"}, nil, recommender.Observe, workload.ProofPending, "until there is a proof: it is under way"},
		{"none yet, and a floor of before", State{Pending: "it is under way"}, func(w *workload.Workload) { w.Lease = &workload.Lease{} }, recommender.Enforce, workload.ProofPending, "stays in force"},
		{"refused", State{Proof: refused}, nil, recommender.Observe, workload.ProofFailed, "(NoGain): numbers"},
		{"withdrawn", State{Proof: proven, Withdrawn: "the load has doubled"}, nil, recommender.Observe, workload.ProofWithdrawn, "the load has doubled"},
		{"skipped", State{Proof: refused}, func(w *workload.Workload) { w.SkipProof = true }, recommender.Enforce, "", ""},
		{"suspended", State{}, func(w *workload.Workload) { w.Policy.Suspend = true }, recommender.Enforce, "", ""},
		{"only observed", State{}, func(w *workload.Workload) { w.Policy.Mode = recommender.Observe }, recommender.Observe, "", ""},
	}
	for _, tt := range tests {
		w := &workload.Workload{Policy: recommender.DefaultPolicy()}
		w.Policy.Mode = recommender.Enforce
		if tt.change != nil {
			tt.change(w)
		}
		got := recommender.Warning{}
		if warning := tt.state.Gate(w); warning != nil {
			got = *warning
		}
		if w.Policy.Mode != tt.mode || got.Code != tt.code || !strings.Contains(got.Message, tt.says) {
			t.Errorf("%s: %s, %+v", tt.name, w.Policy.Mode, got)
		}
	}
}

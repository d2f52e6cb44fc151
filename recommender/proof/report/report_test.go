package report

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

func TestEachVerdictHasItsWords(t *testing.T) {
	for _, v := range []proof.Verdict{proof.Proven, proof.NotNeeded, proof.NoGain, proof.NaiveWins, proof.NoForesight, proof.DidHarm} {
		if said := explain.Verdict(string(v)); !strings.HasPrefix(said, string(v)+": ") || len(said) < len(v)+20 {
			t.Errorf("%s: %q", v, said)
		}
	}
}

// The verdict may rest on other days than the table: both say which.
func TestTheTableAndTheVerdictNameTheirDays(t *testing.T) {
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	load := forecast.Series{Start: start, Step: time.Hour, Values: make([]float64, 6*24)}
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	r := Replay{
		Name: "web", Policies: []string{"hpa", "highwater", "q0.5"},
		Case: &proof.Case{Loads: []forecast.Series{load}, Policy: recommender.DefaultPolicy(), Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 20, Metrics: []simulate.Metric{{Kind: simulate.AverageValue, Target: 35}}},
			PerPod: []float64{50}, Start: simulate.Starts{Fixed: 90 * time.Second}}},
		Proof: &proof.Proof{From: day(4), To: day(6), Since: day(2), Verdict: proof.Proven, Detail: "numbers", Quantile: 0.9, Results: []proof.Result{
			{Policy: "hpa", Outcome: simulate.Outcome{Minutes: 2880, ShortMinutes: 9, ShortLoad: 19090, PodHours: 100}},
			{Policy: "highwater", Outcome: simulate.Outcome{Minutes: 2880, ShortMinutes: 9, ShortLoad: 19090, PodHours: 100}}}},
	}
	told := func() string {
		var b strings.Builder
		if err := r.Table(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("it does not say %q:\n%s", w, text)
			}
		}
	}
	has(told(), "19.1k", "The table is of web, scored from 2026-03-06T00:00:00Z to 2026-03-08T00:00:00Z, all of it known.",
		"Proven: floors serve better", "That is of all days replayed, those before the scored ones included, from 2026-03-04T00:00:00Z to 2026-03-08T00:00:00Z: numbers; the quantile of 0.9 serves best on them.",
		"aims at 70 % of the 50 that a pod carries", "pods start in 90 s")
	r.Proof.Verdict, r.Proof.Since = proof.DidHarm, r.Proof.From
	has(told(), "That is of the days scored, from 2026-03-06T00:00:00Z", "is the default, as none serves")
	r.Proof.Since, r.Case.Policy.Risk = day(5), recommender.Risk{}
	has(told(), "That is of the last of the days scored, from 2026-03-07T00:00:00Z", "the quantile of 0.9 is as given")
}

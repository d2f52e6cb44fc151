package advice

import (
	"fmt"
	"math"

	"github.com/highwater-dev/highwater/recommender/proof"
)

// baseline looks at minReplicas both ways.
func baseline(s *study) ([]Advice, error) {
	a, err := s.lowerBaseline()
	if err != nil || a != nil {
		return one(a), err
	}
	a, err = s.higherBaseline()
	return one(a), err
}

func one(a *Advice) []Advice {
	if a == nil {
		return nil
	}
	return []Advice{*a}
}

// baselineReserve is kept above the lowest baseline that cost nothing.
const baselineReserve = 0.1

// lowerBaseline looks for the lowest baseline that costs no short minutes. Two
// pods are never made one: the second is there for when the first one fails.
func (s *study) lowerBaseline() (*Advice, error) {
	old := max(s.Case.Loop.Spec.Min, 1)
	try := func(n int32) (*replay, error) {
		l, floors := s.withMin(n)
		return s.play(l, floors)
	}
	lo, hi := min(old, 2)-1, old // too few, enough
	for lo+1 < hi {
		mid := lo + (hi-lo)/2
		w, err := try(mid)
		if err != nil {
			return nil, err
		}
		if w.total.short <= s.now.total.short {
			hi = mid
		} else {
			lo = mid
		}
	}
	better := int32(math.Ceil(float64(hi)*(1+baselineReserve) - 1e-9))
	if hi <= 2 {
		better = hi
	}
	if better >= old {
		return nil, nil
	}
	then, err := try(better)
	if err != nil || then.total.short > s.now.total.short || !s.matters(s.now, then) {
		return nil, err
	}
	a := s.advise(Advice{
		Kind: BaselineNeverNeeded, Field: "spec.minReplicas", Now: itoa(old), Better: itoa(better), WithFloors: s.floorsNow() != nil,
		Why: fmt.Sprintf("The baseline of %d was never needed: with %d %s.", old, better, outcome(s.now, then)),
	}, s.now, then, Fact{"lowest baseline that cost no short minutes", float64(hi), "pods"})
	return &a, nil
}

// higherBaseline looks for the constant minReplicas that serves best, where
// floors from a forecast serve no better.
func (s *study) higherBaseline() (*Advice, error) {
	switch s.proof.Verdict {
	case proof.Proven, proof.NotNeeded, proof.NaiveWins:
		return nil, nil
	}
	if s.blocked {
		return nil, nil
	}
	old := max(s.Case.Loop.Spec.Min, 1)
	best, better := s.now, old
	for n := old + 1; n <= s.now.most; n += max(1, n/8) {
		l, floors := s.withMin(n)
		w, err := s.play(l, floors)
		if err != nil {
			return nil, err
		}
		if s.cost(w.total) < s.cost(best.total) {
			best, better = w, n
		}
	}
	if better == old || !s.matters(s.now, best) {
		return nil, nil
	}
	a := s.advise(Advice{
		Kind: BaselineTooLow, Field: "spec.minReplicas", Now: itoa(old), Better: itoa(better), WithFloors: s.floorsNow() != nil,
		Why: fmt.Sprintf("Floors from a forecast serve this load no better than a constant minReplicas; of those that were tried %d serves best: %s.", better, outcome(s.now, best)),
	}, s.now, best, Fact{"most pods", float64(s.now.most), "pods"})
	return &a, nil
}

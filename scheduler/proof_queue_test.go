package scheduler

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

func TestProofsKeepToTheirOrderAndEndWithTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("a", "b", "c"), saysVerdict(proof.Proven, 0.8)
		c.hold = make(chan struct{})
		f.list[0].Policy.Mode, f.list[1].Policy.Mode = recommender.Observe, recommender.Observe
		for i := range f.list {
			f.list[i].Ceiling = 10 + int32(i) // by which the cases are told apart
		}
		s := schedulerWithProofs(t, f, c, func(o *Options) { o.Workers = 1 })
		ctx, cancel := context.WithCancel(t.Context())
		s.Tick(ctx)
		synctest.Wait()
		if c.count() != 1 || c.cases[0].Loop.Spec.Max != 12 {
			t.Fatalf("%d proofs at once, the first of ceiling %d", c.count(), c.cases[0].Loop.Spec.Max)
		}
		cancel()
		close(c.hold)
		s.background.Wait()
		if c.count() != 1 {
			t.Errorf("%d proofs after the end", c.count())
		}
		minute(t, s)
		minute(t, s)
		for _, name := range []string{"a", "b", "c"} {
			if r := result(t, s, name); !r.Proof.Proven() {
				t.Errorf("%s: %+v", name, r.Proof)
			}
		}
	})
}

func TestAProofThatFailsIsToldAndKeepsWhatWasProven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("mad", "web"), saysVerdict(proof.Proven, 0.8)
		good, broken := c.say, false
		c.say = func(k *proof.Case) (*proof.Proof, error) {
			switch {
			case k.Loop.Spec.Max == 41:
				panic("a bug")
			case broken:
				return nil, errors.New("no luck")
			}
			return good(k)
		}
		f.list[0].Ceiling = 41
		s := schedulerWithProofs(t, f, c, func(o *Options) { o.ProofEvery = 10 * time.Minute })
		s.Tick(t.Context())
		minute(t, s)
		if r := result(t, s, "mad"); !strings.Contains(r.Proof.Pending, "a bug") || enforced(r) {
			t.Errorf("mad: %+v", r.Proof)
		}
		broken = true
		for range 20 {
			minute(t, s)
		}
		if r := result(t, s, "web"); c.count() < 4 || !enforced(r) || !r.Proof.Proven() {
			t.Errorf("after a try that failed: %+v", r.Proof)
		}
	})
}

func TestWhatCannotBeReplayedSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := replayable("none", "odd", "bad"), saysVerdict(proof.Proven, 0.8)
		f.list[0].Sources, f.list[1].Sources[0].Full = nil, 0
		s := schedulerWithProofs(t, f, c)
		s.history = &loads{fault: func(expr string) error {
			if expr == "bad" {
				return &history.Error{Kind: history.BadQuery, Query: expr, Err: errors.New("parse error")}
			}
			return nil
		}}
		s.Tick(t.Context())
		minute(t, s)
		for name, want := range map[string]string{"none": "no load to replay", "odd": "what one pod carries is not known", "bad": "parse error"} {
			if r := result(t, s, name); !strings.Contains(r.Proof.Pending, want) || enforced(r) {
				t.Errorf("%s: %+v", name, r.Proof)
			}
		}
		if c.count() != 0 {
			t.Errorf("%d proofs of nothing", c.count())
		}
	})
}

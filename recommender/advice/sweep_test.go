package advice

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// What is advised does not depend on when the history begins: the same load, and
// the same proof, at each quarter of an hour of a day.
func TestAdviceDoesNotDependOnWhenTheHistoryBegins(t *testing.T) {
	var want *Report
	begin := time.Date(2028, 2, 27, 0, 0, 0, 0, time.UTC)
	for _, at := range house.Quarters(begin) {
		c := caseOf(0.5, of(2.52, time.Hour, func(at time.Time) float64 { return 400 - 300*math.Cos(2*math.Pi*hour(at)/24) }))
		c.Loads[0].Start, c.Step, c.Loop.Spec.Max = at, time.Hour, 7
		in := Input{Case: c}
		if want != nil {
			in.Proof = later(want.Proof, at.Sub(begin))
		}
		got, err := Examine(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if got.Now != want.Now || len(got.Advice) != len(want.Advice) || len(got.Advice) == 0 || got.To.Sub(got.From) != want.To.Sub(want.From) {
			t.Fatalf("from %s: %+v, %d pieces of advice, and not %+v and %d", at, got.Now, len(got.Advice), want.Now, len(want.Advice))
		}
		for i, a := range got.Advice {
			b := want.Advice[i]
			if a.Kind != b.Kind || a.Now != b.Now || a.Better != b.Better || a.Worth != b.Worth || a.Why != b.Why {
				t.Fatalf("from %s: %+v, and not %+v", at, a, b)
			}
		}
	}
}

// later is the proof of a history that comes later by so much.
func later(p *proof.Proof, by time.Duration) *proof.Proof {
	out := *p
	out.From, out.To, out.Results = p.From.Add(by), p.To.Add(by), nil
	for _, r := range p.Results {
		if r.Floors != nil {
			floors := *r.Floors
			floors.Start = floors.Start.Add(by)
			r.Floors = &floors
		}
		out.Results = append(out.Results, r)
	}
	return &out
}

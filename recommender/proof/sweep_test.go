package proof

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// A replay of a history that comes later is the replay, later, at each quarter
// of an hour of a day; and its days add up to the whole.
func TestAReplayDoesNotDependOnWhenTheHistoryBegins(t *testing.T) {
	var want *Proof
	for _, at := range house.Quarters(time.Date(2028, 2, 27, 0, 0, 0, 0, time.UTC)) {
		c := wavy(2.55, 15*time.Minute)
		c.Loads[0].Start, c.Loop.Spec.Max = at, 12
		c.Step = 15 * time.Minute
		x, err := c.Tournament(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Prove(c.Policy.Risk, []string{PolicyHPA, PolicyHighwater})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if got.Verdict != want.Verdict || got.Detail != want.Detail || got.To.Sub(got.From) != want.To.Sub(want.From) || !got.To.Equal(c.Loads[0].End().Add(c.Loads[0].Step)) {
			t.Fatalf("from %s: %s, %s, up to %s", at, got.Verdict, got.Detail, got.To)
		}
		for i, r := range got.Results {
			if r.Outcome != want.Results[i].Outcome {
				t.Fatalf("from %s, %s comes to %+v and not to %+v", at, r.Policy, r.Outcome, want.Results[i].Outcome)
			}
		}
		l := x.stage.Loop
		l.Score = x.stage.from
		all, err := l.Play(x.stage.Loads, x.stage.from, x.stage.to, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		days, whole := x.policies.hpa.over(0, x.stage.days()), totalsOf(all)
		if math.Abs(days.minutes-whole.minutes)+math.Abs(days.short-whole.short)+math.Abs(days.podHours-whole.podHours) > 1e-6 {
			t.Fatalf("from %s the days add up to %+v, and the whole is %+v", at, days, whole)
		}
	}
}

package advice

import (
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// What is advised does not depend on when the history begins: the same load at
// each quarter of an hour of a day.
func TestAdviceDoesNotDependOnWhenTheHistoryBegins(t *testing.T) {
	var want *Report
	for _, at := range house.Quarters(time.Date(2028, 2, 27, 0, 0, 0, 0, time.UTC)) {
		c := caseOf(0.5, of(2.52, 30*time.Minute, func(at time.Time) float64 {
			return 400 - 300*math.Cos(2*math.Pi*hour(at)/24)
		}))
		c.Loads[0].Start, c.Step, c.Loop.Spec.Max = at, 30*time.Minute, 7
		got, err := Examine(Input{Case: c}, nil)
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

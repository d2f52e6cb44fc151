package capacity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// An HPA on memory, replayed: pods follow the sum, and the sum is partly theirs and partly the load's.
func TestWhoseASumOverPodsIs(t *testing.T) {
	const perPod, days = 100.0, 4
	play := func(own float64, swing float64) (sum, pods forecast.Series) {
		r := rand.New(rand.NewPCG(1, uint64(own*100)))
		n := days * 24 * 60
		sum = forecast.Series{Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Step: time.Minute, Values: make([]float64, n)}
		pods = sum
		pods.Values = make([]float64, n)
		have, since := 10.0, 0
		for i := range n {
			load := perPod * 10 * (1 + swing*math.Sin(2*math.Pi*float64(i)/(24*60)))
			sum.Values[i] = (own*perPod*0.95*have + (1-own)*load) * (1 + 0.01*r.NormFloat64())
			want := math.Ceil(sum.Values[i] / perPod)
			if r.IntN(240) == 0 { // somebody else, or a floor, changes it
				want = math.Max(2, have+float64(r.IntN(9)-4))
			}
			if i-since > 15 && (want > have || want < have && i-since > 40) {
				have, since = want, i
			}
			pods.Values[i] = have
		}
		return sum, pods
	}
	for _, c := range []struct {
		own, swing float64
		follows    bool
	}{{0, 0.6, true}, {0.2, 0.6, true}, {0.85, 0.6, false}, {1, 0.6, false}, {1, 0, false}} {
		sum, pods := play(c.own, c.swing)
		got := OwnOf(sum, pods)
		if got.FollowsLoad() != c.follows || math.Abs(got.Share-c.own) > 0.2 || got.Changes < ownChanges {
			t.Errorf("own %g: %+v (%s)", c.own, got, got.Why())
		}
	}

	sum, pods := play(1, 0.6)
	for i := range pods.Values {
		pods.Values[i] = 10
	}
	if got := OwnOf(sum, pods); !math.IsNaN(got.Share) || got.FollowsLoad() || !strings.Contains(got.Why(), "has not changed") {
		t.Errorf("%+v: %s", got, got.Why())
	}
	if got := OwnOf(sum, forecast.Series{}); got.FollowsLoad() || got.Changes != 0 {
		t.Errorf("%+v", got)
	}
}

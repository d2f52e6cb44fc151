package capacity

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCensoredDataTeachNoWrongCapacity plays many worlds in which CPU limits cut
// what pods use, with and without series or options that tell of it. What is
// Good must be right, whatever was hidden; what is Weak may only err within the
// bounds that Learn holds it to.
func TestCensoredDataTeachNoWrongCapacity(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	good, weak, refused := 0, 0, map[Reason]int{}
	worst := 0.0
	for seed := range uint64(200) {
		w, o := standard(seed), options()
		w.days = 3
		w.limit = 0.25 + 0.5*rng.Float64()
		w.target = 40 + 50*rng.Float64()
		w.minPods = float64(2 + rng.IntN(12))
		w.noise = 0.02 + 0.2*rng.Float64()
		w.hideThrottled = rng.IntN(2) == 0
		o.Utilization = 0.4 + 0.5*rng.Float64()
		if rng.IntN(2) == 0 {
			o.Limit = w.limit
		}
		e, r := FromCPU(w.observe(), o)
		if r != nil {
			refused[r.Reason]++
			continue
		}
		off := e.PerPod/w.byCPU(o.Request*o.Utilization) - 1
		told := "limit told"
		if o.Limit == 0 && w.hideThrottled {
			told = "nothing told"
		}
		if e.Confidence == Good {
			good++
			worst = max(worst, math.Abs(off))
			if math.Abs(off) > 0.1 {
				t.Errorf("seed %d, %s: off by %.0f%%: %s; limit %.2f", seed, told, 100*off, short(e), w.limit)
			}
		} else {
			weak++
			if off < -0.2 || off > 1 {
				t.Errorf("seed %d, %s: off by %.0f%%: %s; limit %.2f", seed, told, 100*off, short(e), w.limit)
			}
		}
	}
	t.Logf("%d Good, the worst off by %.1f%%; %d Weak; refused: %v", good, 100*worst, weak, refused)
	if good < 30 {
		t.Errorf("only %d Good: too much is refused", good)
	}
}

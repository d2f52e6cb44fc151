package capacity

import (
	"flag"
	"math"
	"testing"
)

var worlds = flag.Int("worlds", 6, "how many seeds of each world TestIntervalsHold plays")

// TestIntervalsHold counts how many of the 90 % intervals hold the truth, and
// how far off the estimates are. docs/capacity.md has it with -worlds=40.
func TestIntervalsHold(t *testing.T) {
	all, held := 0, 0
	for _, f := range findings {
		if f.reason != "" || f.least {
			continue
		}
		n, in, bias, square := 0, 0, 0.0, 0.0
		for seed := range uint64(*worlds) {
			w, o := f.make(seed + 100)
			e, r := f.find(w, o)
			if r != nil || e.AtLeast {
				continue
			}
			truth := f.truth(w, o, e)
			n++
			if e.Low <= truth && truth <= e.High {
				in++
			}
			off := e.PerPod/truth - 1
			bias += off
			square += off * off
		}
		t.Logf("%s, %s: %d of %d hold the truth; off by %+.1f%% on average, %.1f%% root mean square",
			f.method, f.world, in, n, 100*bias/float64(n), 100*math.Sqrt(square/float64(n)))
		all, held = all+n, held+in
	}
	if 100*held < 85*all {
		t.Errorf("%d of %d intervals hold the truth", held, all)
	}
}

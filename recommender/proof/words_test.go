package proof

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// TestTheNumbersOfAVerdictAreTrue draws tallies of any size and reads the words
// on them back: to three digits they are what was tallied, without exponents.
func TestTheNumbersOfAVerdictAreTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 20261128))
	minutes := regexp.MustCompile(`^([0-9.]+)( m?s)? of (\d+) minutes$`)
	hours := regexp.MustCompile(`^([0-9.]+) % (more|fewer) pod-hours$`)
	for range 20_000 {
		size := func() float64 { return math.Pow(10, 6*r.Float64()-2) }
		base := totals{minutes: math.Round(size()) + 1, podHours: size()}
		base.short = math.Round(base.minutes*r.Float64()*100) / 100
		is := base
		is.podHours *= []float64{1, 1 + 1e-6, 0.5 + r.Float64(), 100 * r.Float64(), 1e4 * r.Float64()}[r.IntN(5)]
		m := minutes.FindStringSubmatch(minutesOf(base))
		if m == nil {
			t.Fatalf("%q", minutesOf(base))
		}
		short, _ := strconv.ParseFloat(m[1], 64)
		if part := map[string]float64{" s": 60, " ms": 60_000}[m[2]]; part > 0 {
			short /= part
		}
		if (m[2] != "") != (base.short > 0 && base.short < 1) || math.Abs(short-base.short) > max(0.005*base.short, 0.5/60) {
			t.Fatalf("%q for %g", minutesOf(base), base.short)
		}
		share := is.podHours/base.podHours - 1
		said := more(is, base)
		if said == "as many pod-hours" {
			if math.Abs(share) > 5e-5 {
				t.Fatalf("%q for %g", said, share)
			}
			continue
		}
		m = hours.FindStringSubmatch(said)
		if m == nil || m[2] == "more" != (share > 0) {
			t.Fatalf("%q for %g", said, share)
		}
		if percent, _ := strconv.ParseFloat(m[1], 64); math.Abs(percent/100-math.Abs(share)) > max(0.0051*math.Abs(share), 5.1e-6) {
			t.Fatalf("%q for %g", said, share)
		}
	}
}

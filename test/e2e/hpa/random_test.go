package hpa

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

var specs = flag.Int("specs", 200, "how many specs TestAnySpecIsTheRealHPA makes")

// TestAnySpecIsTheRealHPA plays specs and worlds made by chance from a seed.
func TestAnySpecIsTheRealHPA(t *testing.T) {
	reasons := map[simulate.Reason]int{}
	for seed := range *specs {
		sc := anyScenario(rand.New(rand.NewPCG(uint64(seed), 2)))
		sc.name = fmt.Sprintf("seed %d", seed)
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { play(t, &sc, syncs, reasons) })
			if t.Failed() {
				t.Logf("spec: %+v", sc.spec)
			}
		})
	}
	t.Logf("reasons: %v", reasons)
}

func anyScenario(r *rand.Rand) scenario {
	often := func(p float64) float64 { // a chance that is none half the time
		if r.IntN(2) == 0 {
			return 0
		}
		return p * r.Float64()
	}
	some := func(most time.Duration) time.Duration { // the same of a time
		if r.IntN(2) == 0 {
			return 0
		}
		return time.Duration(r.Int64N(int64(most)))
	}
	sc := scenario{
		start: 1 + r.Int32N(20), pending: some(time.Minute), starting: some(3 * time.Minute),
		sampled: some(time.Minute).Truncate(time.Second), window: some(time.Minute).Truncate(time.Second),
		noise: often(0.5), missing: often(0.3), flapping: often(0.1), odd: often(0.5), lingering: often(1), lag: often(0.5),
	}
	if r.IntN(4) == 0 {
		sc.surge, sc.nobody = often(0.3), often(0.1)
	}
	if r.IntN(4) == 0 {
		sc.strays = r.IntN(4)
	}
	if r.IntN(3) == 0 {
		sc.floor = func(_ int, r *rand.Rand) int32 {
			if r.IntN(20) > 0 {
				return 0
			}
			return 1 + r.Int32N(12)
		}
	}
	if r.IntN(5) == 0 {
		sc.hand = func(k int) int32 {
			if k%31 == 30 {
				return int32(k % 37)
			}
			return -1
		}
	}
	sc.spec = simulate.Spec{Min: 1 + r.Int32N(4), Max: 12 + r.Int32N(40), Tolerance: often(0.3), DownscaleStabilization: some(10 * time.Minute)}
	if r.IntN(4) > 0 {
		sc.spec.Behavior = &simulate.Behavior{Up: anyRules(r), Down: anyRules(r)}
	}
	all := []simulate.Metric{[]simulate.Metric{cpu, rawCPU}[r.IntN(2)], memory, ofPods, queue, queueAll, object, objectAll}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, m := range all[:1+r.IntN(3)] {
		m.Target *= float64(1 + r.IntN(3))
		sc.spec.Metrics = append(sc.spec.Metrics, m)
		sc.loads = append(sc.loads, anyLoad(r, m))
	}
	return sc
}

// anyLoad is around ten pods' worth; that of the kind Value around its target.
func anyLoad(r *rand.Rand, m simulate.Metric) load {
	mid, swing := 10*m.PerPod(), 0.9
	if m.Kind == simulate.Value {
		mid, swing = m.Target, 0.3
	}
	l := wave(mid*(1-swing), mid*(1+swing), 20+r.IntN(150))
	switch r.IntN(4) {
	case 0:
		l = walk(mid, 0.3*swing, mid/20)
	case 1:
		l = spikes(mid*(1-swing*r.Float64()), mid*(1+4*swing*r.Float64()), 20+r.IntN(60), 1+r.IntN(20))
	case 2:
		l = ramp(mid*2*swing*r.Float64(), mid*2*swing*r.Float64(), 10+r.IntN(150))
	}
	l = noisy(0.3*r.Float64(), l)
	if r.IntN(3) == 0 {
		l = holes(0.2*r.Float64(), l)
	}
	return l
}

func anyRules(r *rand.Rand) simulate.Rules {
	var out simulate.Rules
	if r.IntN(2) == 0 {
		out.Window = new(time.Duration(r.IntN(400)) * time.Second)
		if r.IntN(2) == 0 {
			*out.Window = out.Window.Truncate(period)
		}
	}
	if r.IntN(3) == 0 {
		out.Tolerance = new(float64(r.IntN(30)) / 100)
	}
	out.Select = []simulate.SelectPolicy{"", simulate.SelectMax, simulate.SelectMin, simulate.SelectMin, simulate.SelectMax, simulate.SelectDisabled}[r.IntN(6)]
	for range r.IntN(4) {
		p := simulate.Policy{Kind: simulate.Pods, Value: 1 + r.Int32N(6), Period: time.Duration(1+r.IntN(300)) * time.Second}
		if r.IntN(2) == 0 {
			p.Period = time.Duration(1+r.IntN(20)) * period
		}
		if r.IntN(2) == 0 {
			p.Kind, p.Value = simulate.Percent, 1+r.Int32N(150)
		}
		out.Policies = append(out.Policies, p)
	}
	return out
}

package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func startsOf(n int, seed uint64, median, sigma float64) []Start {
	rng := rand.New(rand.NewPCG(seed, 7))
	var list []Start
	for i := range n {
		took := median * math.Exp(sigma*rng.NormFloat64())
		list = append(list, Start{Created: t0.Add(time.Duration(i) * time.Hour), Took: time.Duration(took * float64(time.Second))})
	}
	return list
}

func TestLeadTimeFallsBack(t *testing.T) {
	l := LeadTime(append(startsOf(4, 1, 30, 0.2), Start{}, Start{Took: -1}), LeadOptions{Default: 3 * time.Minute})
	if l.Time != 3*time.Minute || l.Confidence != None || l.N != 4 || l.NeverReady != 2 {
		t.Errorf("%+v", l)
	}
	if l := LeadTime(nil, LeadOptions{}); l.Time != 2*time.Minute {
		t.Errorf("%+v", l)
	}
}

// The bound must hold for nine workloads of ten, whatever the number of starts.
func TestLeadTimeBoundHolds(t *testing.T) {
	truth := 30 * math.Exp(0.3*1.6448536)
	for _, n := range []int{45, 60, 100, 300, 1000} {
		held, sum := 0, 0.0
		const trials = 400
		for seed := range uint64(trials) {
			l := LeadTime(startsOf(n, seed, 30, 0.3), LeadOptions{})
			if l.Confidence != Good {
				t.Fatalf("%d starts: %+v", n, l)
			}
			if l.P95.Seconds() >= truth {
				held++
			}
			sum += l.P95.Seconds() / truth / trials
		}
		t.Logf("%4d starts: held in %.1f%%, on average %.2f times the truth", n, 100*float64(held)/trials, sum)
		if float64(held) < 0.86*trials || sum > 1.3 {
			t.Errorf("%d starts: held in %d of %d, %.2f times the truth", n, held, trials, sum)
		}
	}
	if l := LeadTime(startsOf(44, 1, 30, 0.3), LeadOptions{}); l.Confidence != Weak {
		t.Errorf("44 starts: %+v", l)
	}
}

// By hand: .95^44 = .105, .95^45 = .099; .95^77 + 77·.05·.95^76 = .097, and with
// 76 for 77 it is .101; P(Binomial(100, .95) ≥ 98) = .118.
func TestSurely(t *testing.T) {
	for _, c := range []struct{ n, want int }{{44, 45}, {45, 45}, {76, 76}, {77, 76}, {100, 99}, {1, 2}} {
		if got := surely(c.n, 0.95, 0.9); got != c.want {
			t.Errorf("surely(%d) = %d, want %d", c.n, got, c.want)
		}
	}
}

func TestLeadTimeSeesNewNodes(t *testing.T) {
	warm, cold := startsOf(80, 1, 12, 0.2), startsOf(20, 2, 110, 0.2)
	l := LeadTime(append(slices.Clone(warm), cold...), LeadOptions{})
	if l.Slow == nil || !l.Guessed || l.Slow.N != 20 || l.P95 < 110*time.Second || !strings.Contains(l.Why, "as if they waited for a node") {
		t.Errorf("guessed: %+v %+v", l, l.Slow)
	}
	for i := range cold {
		cold[i].NewNode = true
	}
	l = LeadTime(append(slices.Clone(warm), cold...), LeadOptions{})
	if l.Slow == nil || l.Guessed || l.Slow.N != 20 || l.Median > 20*time.Second || l.Time != l.P95+DefaultSync {
		t.Errorf("marked: %+v", l)
	}
	for seed := range uint64(200) {
		if l := LeadTime(startsOf(20+int(seed), seed, 30, 0.4), LeadOptions{}); l.Slow != nil {
			t.Fatalf("seed %d: one way of starting was taken for two: %+v", seed, l)
		}
	}
}

func TestLeadTimeLeavesOutWhatIsAbsurd(t *testing.T) {
	list := append(startsOf(100, 1, 12, 0.2), Start{Took: 20 * time.Minute}, Start{Took: 25 * time.Minute}, Start{})
	l := LeadTime(list, LeadOptions{})
	if l.Outliers != 2 || l.NeverReady != 1 || l.P95 > 25*time.Second {
		t.Errorf("%+v", l)
	}
}

func TestLeadTimeForgets(t *testing.T) {
	old, recent := startsOf(200, 1, 60, 0.1), startsOf(200, 2, 20, 0.1)
	for i := range recent {
		recent[i].Created = recent[i].Created.Add(200 * time.Hour)
	}
	all := append(old, recent...)
	if l := LeadTime(all, LeadOptions{HalfLife: 24 * time.Hour}); l.P95 < 20*time.Second {
		t.Errorf("%+v", l)
	}
	for i := range all {
		all[i].NewNode = false
	}
	kept := LeadTime(startsOf(300, 3, 60, 0.5), LeadOptions{})
	if kept.Slow != nil || kept.P95 < 100*time.Second {
		t.Errorf("%+v", kept)
	}
	// A release made the start 1.6 times as fast: too near to be two ways.
	for i := range old {
		old[i].Took = recent[i%200].Took * 16 / 10
	}
	all = append(slices.Clone(old), recent...)
	with, without := LeadTime(all, LeadOptions{HalfLife: 24 * time.Hour}), LeadTime(all, LeadOptions{})
	if !(with.P95 < 28*time.Second && without.P95 > 32*time.Second) {
		t.Errorf("with a half life %s, without %s", with.P95, without.P95)
	}
}

func FuzzLeadTime(f *testing.F) {
	f.Add(int64(10e9), int64(20e9), int64(1e18), int64(0), int64(60e9), uint8(9), int64(1e9))
	f.Add(int64(1), int64(math.MaxInt64), int64(-1), int64(math.MaxInt64), int64(1), uint8(60), int64(1))
	f.Fuzz(func(t *testing.T, a, b, c, sync, most int64, n uint8, half int64) {
		var list []Start
		for i := range int(n) {
			list = append(list, Start{Created: t0.Add(time.Duration(a) * time.Duration(i)), Took: []time.Duration{time.Duration(a), time.Duration(b), time.Duration(c), time.Duration(a / 2)}[i%4], NewNode: i%7 == 0 && a%2 == 0})
		}
		o := LeadOptions{Sync: time.Duration(sync), Max: time.Duration(most), HalfLife: time.Duration(half)}
		l := LeadTime(list, o)
		if l.Time <= 0 || l.Time > max(o.filled().Max, DefaultMinLead) || l.N > int(n) || l.Why == "" {
			t.Fatalf("%+v", l)
		}
	})
}

package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// longestWait plays a queue with pods[i] pods in step i, in slices of a step,
// and returns the longest wait in steps of what arrives within the path. After
// the path the last pods and arrivals go on.
func longestWait(arrivals []float64, backlog, perStep float64, pods []int32, slicesPerStep int) float64 {
	type batch struct{ at, left float64 }
	queue := []batch{{0, backlog}}
	longest := 0.0
	n := len(arrivals)
	dt := 1 / float64(slicesPerStep)
	for k := 0; len(queue) > 0 || k < n*slicesPerStep; k++ {
		i := min(k/slicesPerStep, n-1)
		t := float64(k) * dt
		if k < n*slicesPerStep {
			queue = append(queue, batch{t, arrivals[i] * dt})
		}
		can := float64(pods[i]) * perStep * dt
		for len(queue) > 0 && can > 0 {
			take := min(can, queue[0].left)
			can -= take
			if queue[0].left -= take; queue[0].left > 1e-9 {
				break
			}
			longest = max(longest, t+dt-queue[0].at)
			queue = queue[1:]
		}
		for len(queue) > 0 && queue[0].left <= 1e-9 {
			queue = queue[1:]
		}
		if k > 100*n*slicesPerStep {
			return math.Inf(1)
		}
	}
	return longest
}

// leastConstant is the least rate that, held throughout, keeps every wait within
// the objective: over every pair of a busy spell's beginning and a message's
// arrival, in O(n²).
func leastConstant(arrivals []float64, backlog, wait float64) float64 {
	in := []float64{backlog}
	for _, a := range arrivals {
		in = append(in, in[len(in)-1]+a)
	}
	c := backlog / wait
	for t := 1; t < len(in); t++ {
		c = max(c, in[t]/(float64(t)+wait)) // busy from the beginning, with the backlog
		for s := range t {
			c = max(c, (in[t]-in[s])/(float64(t-s)+wait))
		}
	}
	end := len(in) - 1 // nothing waits there
	c = max(c, in[end]/float64(end))
	for s := range end {
		c = max(c, (in[end]-in[s])/float64(end-s))
	}
	return c
}

func randomArrivals(rng *rand.Rand, n int) (arrivals []float64, backlog float64) {
	for range n {
		a := float64(rng.IntN(20))
		if rng.IntN(4) == 0 {
			a = float64(rng.IntN(200))
		}
		if rng.IntN(5) == 0 {
			a = 0
		}
		arrivals = append(arrivals, a)
	}
	if rng.IntN(2) == 0 {
		backlog = float64(rng.IntN(300))
	}
	return arrivals, backlog
}

func TestPodsForBacklogMeetTheObjectiveWithTheLeastPeak(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 3000 {
		arrivals, backlog := randomArrivals(rng, 1+rng.IntN(12))
		wait := float64(1 + rng.IntN(6))
		if trial%2 == 0 {
			wait += rng.Float64() // due between the steps
		}
		perStep := 0.5 + 5*rng.Float64()
		pods := PodsForBacklog(arrivals, time.Minute, backlog, perStep/60, time.Duration(wait*float64(time.Minute)))
		const fine = 50 // a slice of arrivals waits up to two slices longer than its last message
		if w := longestWait(arrivals, backlog, perStep, pods, fine); w > wait+2.0/fine+1e-6 {
			t.Fatalf("trial %d: %v + %v with %v pods of %.3g: waits %.3f, objective %.3f", trial, backlog, arrivals, pods, perStep, w, wait)
		}
		path := slices.Clone(arrivals)
		for range int(math.Ceil(wait)) {
			path = append(path, arrivals[len(arrivals)-1])
		}
		if got, most := slices.Max(pods), int32(math.Ceil(leastConstant(path, backlog, wait)/perStep*(1-1e-9))); got > most {
			t.Fatalf("trial %d: %v + %v, objective %.3f: at most %d pods, but a constant %d would do", trial, backlog, arrivals, wait, got, most)
		}
	}
}

// TestTautStringIsLeast compares with all paths through whole numbers.
func TestTautStringIsLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for trial := range 500 {
		n, wait := 2+rng.IntN(5), 1+rng.IntN(3)
		var path []float64
		for range n {
			path = append(path, float64(rng.IntN(7)))
		}
		gs := gates(path, float64(rng.IntN(6)), float64(wait))
		end := gs[len(gs)-1]
		if end.low != end.high {
			t.Fatalf("trial %d: the last gate is open: %+v", trial, end)
		}
		least := map[float64]float64{0: 0} // by what was served
		before := 0.0
		for _, g := range gs {
			next := map[float64]float64{}
			for d, cost := range least {
				for e := max(d, g.low); e <= g.high; e++ {
					c := cost + (e-d)*(e-d)/(g.t-before)
					if old, ok := next[e]; !ok || c < old {
						next[e] = c
					}
				}
			}
			least, before = next, g.t
		}
		knots := taut(gs)
		cost := 0.0
		for i := 1; i < len(knots); i++ {
			dx, dy := knots[i].X-knots[i-1].X, knots[i].Y-knots[i-1].Y
			if !(dx > 0) || dy < 0 {
				t.Fatalf("trial %d: knots %v", trial, knots)
			}
			cost += dy * dy / dx
		}
		if best := least[end.low]; cost > best*(1+1e-9) {
			t.Fatalf("trial %d: the path costs %.4f, one through whole numbers %.4f: %v through %+v", trial, cost, best, knots, gs)
		}
		i := 0
		for _, g := range gs {
			for knots[i+1].X < g.t-1e-12 {
				i++
			}
			d := knots[i].Y + slope(knots[i], knots[i+1])*(g.t-knots[i].X)
			if d < g.low-1e-9 || d > g.high+1e-9 {
				t.Fatalf("trial %d: serves %.4f at %.2f, outside [%g, %g]", trial, d, g.t, g.low, g.high)
			}
		}
	}
}

func TestPodsForBacklog(t *testing.T) {
	nan := math.NaN()
	f := func(arrivals []float64, backlog, perPod float64, objective time.Duration, want []int32) {
		t.Helper()
		if got := PodsForBacklog(arrivals, time.Minute, backlog, perPod, objective); !slices.Equal(got, want) {
			t.Errorf("%v + %v at %v/s within %s: got %v, want %v", backlog, arrivals, perPod, objective, got, want)
		}
	}
	// A pod handles 60 a minute.
	f([]float64{600, 600, 600}, 0, 1, 5*time.Minute, []int32{10, 10, 10})
	f([]float64{0, 0, 0}, 600, 1, 5*time.Minute, []int32{2, 2, 2}) // 600 in 5 minutes
	f([]float64{0, 0, 1200, 0, 0, 0, 0}, 0, 1, 4*time.Minute, []int32{0, 0, 4, 4, 4, 4, 4})
	f([]float64{0, 0, 0}, 0, 1, time.Minute, []int32{0, 0, 0})
	f([]float64{nan, 60, nan}, 0, 1, 0, []int32{1, 1, 1})
	f([]float64{-5, 60}, 0, 1, 0, []int32{0, 1})
	f([]float64{nan}, 0, 1, time.Minute, nil)
	f(nil, 5, 1, time.Minute, nil)
	f([]float64{1}, 5, 0, time.Minute, nil)
	f([]float64{1e18}, 1e18, 1e-18, time.Minute, []int32{math.MaxInt32})
}

func FuzzPodsForBacklog(f *testing.F) {
	f.Add(10.0, 200.0, 0.0, 50.0, 1.5, int64(60e9), int64(300e9))
	f.Add(math.Inf(1), math.NaN(), -1.0, 1e300, 1e-300, int64(1), int64(math.MaxInt64))
	f.Add(3.0, 3.0, 3.0, 0.0, 0.1, int64(60e9), int64(90e9))
	f.Fuzz(func(t *testing.T, a, b, c, backlog, perPod float64, step, objective int64) {
		arrivals := []float64{a, b, c, a, a, b}
		for i, p := range PodsForBacklog(arrivals, time.Duration(step), backlog, perPod, time.Duration(objective)) {
			if p < 0 {
				t.Fatalf("%d pods in step %d", p, i)
			}
		}
	})
}

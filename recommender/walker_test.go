package recommender

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestAWalkerDecidesAsDecideDoes walks both through a noisy day.
func TestAWalkerDecidesAsDecideDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	peak := paths(24*60, func(m int) float64 {
		v := 300 + 100*r.Float64()
		if m%300 > 200 {
			v = 2500
		}
		return v
	})
	p := enforce()
	w, faults := NewWalker(p, time.Minute)
	if faults != nil {
		t.Fatal(faults)
	}
	a, b := input(peak), input(peak)
	for m := range 20 * 60 {
		a.Now, b.Now = t0.Add(time.Duration(m)*time.Minute), t0.Add(time.Duration(m)*time.Minute)
		if m == 700 { // and through doubt
			a.Signals[0].Peak, b.Signals[0].Peak = nil, nil
		}
		if m == 720 {
			a.Signals[0].Peak, b.Signals[0].Peak = peak, peak
		}
		d := Decide(p, a)
		floor, mem := w.Next(&b)
		if floor != d.Floor || mem != d.Memory {
			t.Fatalf("at minute %d: %d and %+v, Decide has %d and %+v", m, floor, mem, d.Floor, d.Memory)
		}
		a.Floor, a.Memory, b.Floor, b.Memory = d.Floor, d.Memory, floor, mem
	}
}

// TestFewChanges counts how often a floor for a noisy load changes: one that
// flaps is a fault.
func TestFewChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var noise [24 * 60]float64
	for i := range noise {
		noise[i] = 150 * r.NormFloat64()
	}
	peak := paths(24*60, func(m int) float64 { return max(0, 2000+noise[m]) })
	_, plan := PlanAhead(enforce(), input(peak), 20*time.Hour)
	if n := len(plan.Changes().Points); n > 30 {
		t.Errorf("%d changes in 20 hours of a level load with noise", n)
	}
}

func TestAFloorFallsNoFurtherThanItWouldHaveToRiseAgain(t *testing.T) {
	peak := paths(24*60, func(m int) float64 {
		if m%40 < 20 {
			return 1500
		}
		return 300
	})
	_, plan := PlanAhead(enforce(), input(peak), 6*time.Hour)
	for _, pt := range plan.Points[60:300] {
		if pt.Floor < 15 {
			t.Fatalf("at %s the floor is %d, and 15 are needed again within the quiet time", pt.Time, pt.Floor)
		}
	}
}

func TestMaxStepUpBoundsARise(t *testing.T) {
	p := enforce()
	p.MaxStepUp = 3
	_, plan := PlanAhead(p, input(steady(3900)), time.Hour)
	last := int32(2)
	for _, pt := range plan.Points {
		if pt.Floor > last+3 {
			t.Fatalf("the floor rose from %d to %d in a minute", last, pt.Floor)
		}
		last = pt.Floor
	}
	if last != 39 && last != 40 {
		t.Errorf("it ended at %d", last)
	}
}

func BenchmarkWalker(b *testing.B) {
	w, _ := NewWalker(enforce(), time.Minute)
	in := input(steady(900))
	b.ReportAllocs()
	for b.Loop() {
		w.Next(&in)
	}
}

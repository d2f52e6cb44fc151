package recommender

import (
	"testing"
	"time"
)

// FuzzDecide checks what holds whatever comes: the floor stays within baseline
// and ceiling, moves no faster than the policy's steps, and is not lowered in
// doubt before the grace time is over.
func FuzzDecide(f *testing.F) {
	f.Add(900.0, 100.0, 0.95, 0.1, int32(2), int32(40), int32(9), int32(0), int32(0), 0.5, 0.1, int64(30), false)
	f.Add(1e300, 1e-300, 0.5, 0.0, int32(0), int32(1), int32(0), int32(3), int32(2), 0.0, 1.0, int64(-5), true)
	f.Add(-1.0, 0.0, 2.0, -1.0, int32(-1), int32(0), int32(-7), int32(-1), int32(-1), -1.0, 3.0, int64(0), false)
	f.Fuzz(func(t *testing.T, load, perPod, quantile, headroom float64, base, ceil, floor, lo, hi int32, up, down float64, ago int64, suspend bool) {
		p := enforce()
		p.Quantile, p.Headroom, p.Min, p.Max, p.StepUp, p.StepDown, p.Suspend = quantile, headroom, lo, hi, up, down, suspend
		in := input(steady(load))
		in.Signals[0].Capacity.PerPod = perPod
		in.Baseline, in.Ceiling, in.Floor = base, ceil, floor
		in.Memory.ChangedAt = t0.Add(-time.Duration(ago%100000) * time.Second)
		d, plan := PlanAhead(p, in, 2*time.Hour)
		if d.Reason == ReasonBadWorkload {
			if d.Floor != floor || len(d.Warnings) == 0 {
				t.Fatalf("an invalid input gave floor %d for %d, with %d warnings", d.Floor, floor, len(d.Warnings))
			}
			return
		}
		last := floor
		for i, pt := range plan.Points {
			if pt.Floor < base || pt.Floor > ceil {
				t.Fatalf("point %d: floor %d outside [%d, %d]", i, pt.Floor, base, ceil)
			}
			// A floor that was outside the bounds is brought inside at once.
			if from := min(max(last, base), ceil); pt.Floor > p.above(from) && pt.Floor > from || pt.Floor < p.fall(from) {
				t.Fatalf("point %d: floor went from %d to %d; one step reaches [%d, %d]", i, from, pt.Floor, p.fall(from), p.above(from))
			}
			last = pt.Floor
		}
		if d.Reason == ReasonDoubt && d.Floor < min(floor, ceil) {
			t.Fatalf("doubt lowered the floor from %d to %d", floor, d.Floor)
		}
		if d.Message == "" {
			t.Fatal("no message")
		}
	})
}

// fall returns the lowest floor that steps down taken at once may reach.
func (p Policy) fall(floor int32) int32 {
	for range downSteps {
		floor = p.under(floor)
	}
	return floor
}

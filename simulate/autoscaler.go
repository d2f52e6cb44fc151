package simulate

import (
	"math"
	"time"
)

// An Autoscaler is an HPA with one metric and the default behavior.
//
// # References
//
// pkg/controller/podautoscaler/horizontal.go of Kubernetes 1.36: the order of
// the steps, the tolerance and the default rates.
type Autoscaler struct {
	Min, Max  int32
	PerPod    float64       // load of one pod at the target; positive
	Tolerance float64       // no change while load/target is this near 1
	Window    time.Duration // downscale stabilization

	wanted []stamped // what the metric asked for within the window
	scaled []stamped // replicas that were added within the last upscale period
}

type stamped struct {
	at time.Time
	n  int32
}

// The default behavior of autoscaling/v2: in 15 seconds up by 4 pods or 100 %,
// whichever is more; down by anything that the window allows.
const (
	upscalePeriod = 15 * time.Second
	upscalePods   = 4
	upscaleFactor = 2
)

// NewAutoscaler returns an HPA with the controller's defaults.
func NewAutoscaler(lo, hi int32, perPod float64) *Autoscaler {
	return &Autoscaler{Min: lo, Max: hi, PerPod: perPod, Tolerance: 0.1, Window: 5 * time.Minute}
}

// Sync returns the replicas that the HPA asks for, given those that there are
// and how many of them are ready. NaN as load means that the metric is missing.
func (a *Autoscaler) Sync(now time.Time, load float64, current, ready int32) int32 {
	switch {
	case current == 0:
		return 0 // scaled to zero by hand: the HPA stays away
	case current > a.Max:
		return a.Max
	case current < a.Min:
		// Before any metric, and free of any rate; it counts against the rate after.
		a.grew(now, a.Min-current)
		return a.Min
	case math.IsNaN(load):
		return current
	}
	want := current
	if ready > 0 {
		if ratio := load / (float64(ready) * a.PerPod); math.Abs(ratio-1) > a.Tolerance {
			want = int32(math.Ceil(load/a.PerPod - 1e-9))
		}
	}
	want = a.stabilise(now, want)
	want = min(want, a.upLimit(now, current))
	want = min(max(want, a.Min, 1), a.Max)
	if want > current {
		a.grew(now, want-current)
	}
	return want
}

// stabilise returns the largest want within the window.
func (a *Autoscaler) stabilise(now time.Time, want int32) int32 {
	kept := a.wanted[:0]
	top := want
	for _, w := range a.wanted {
		if now.Sub(w.at) < a.Window {
			kept = append(kept, w)
			top = max(top, w.n)
		}
	}
	a.wanted = append(kept, stamped{now, want})
	return top
}

func (a *Autoscaler) grew(now time.Time, n int32) { a.scaled = append(a.scaled, stamped{now, n}) }

// upLimit returns how many replicas the scale-up policies allow now.
func (a *Autoscaler) upLimit(now time.Time, current int32) int32 {
	kept, added := a.scaled[:0], int32(0)
	for _, s := range a.scaled {
		if now.Sub(s.at) < upscalePeriod {
			kept = append(kept, s)
			added += s.n
		}
	}
	a.scaled = kept
	began := current - added
	return max(began+upscalePods, began*upscaleFactor)
}

package simulate

import (
	"math"
	"time"
)

// A State is what the controller sees at one sync. Pods that look alike make
// one Class, so that a workload of any size needs but a few; a State may be
// filled anew for each sync without allocating.
type State struct {
	Replicas int32     // spec.replicas of the scale target
	Status   int32     // its status.replicas, the pods that there are
	Classes  []Class   // the pods
	Values   []float64 // by metric: of Object and External, the value; NaN means that it is missing

	Sampled time.Duration // before now the pods' metrics were taken
	Window  time.Duration // length of the samples, as metrics-server tells it
}

// A Class is a number of pods that look alike to the controller.
type Class struct {
	Count  int32
	Phase  Phase     // zero is Running
	Ready  Condition // zero is True
	Age    time.Duration
	Since  time.Duration // since Ready last changed
	Values []float64     // by metric: of Resource, Memory and Pods, what each has; NaN or short means none
}

// A Phase is as much of a pod's life as the controller looks at.
type Phase uint8

// The phases.
const (
	Running     Phase = iota
	Pending           // not running yet
	Terminating       // running, but being deleted
	Failed
	Stray // no longer there, though there are still metrics of it
)

// A Condition is a pod's Ready condition.
type Condition uint8

// The conditions.
const (
	True Condition = iota
	False
	Unknown // the node does not answer
	Absent  // the pod has no such condition, or no start time
)

// A tally is what remains of the pods and the values for one metric.
type tally struct {
	listed   int64 // pods of any phase but Stray
	ready    int64 // pods running and Ready, for targets of the kind Value; there those count that are being deleted
	measured int64 // pods that count with their metric; sum is theirs, in thousandths
	sum      int64
	missing  int64 // pods that have no metric
	unready  int64 // pods that are too young to count
	strays   int64 // metrics of no pod; straysum is theirs
	straysum int64
	value    int64 // of Object and External, in thousandths
	known    bool
}

// tally reads the state for metric i.
func (c *Controller) tally(in *State, i int) tally {
	var t tally
	if i < len(in.Values) && !math.IsNaN(in.Values[i]) {
		t.value, t.known = milli(in.Values[i]), true
	}
	for k := range in.Classes {
		p := &in.Classes[k]
		n := int64(max(p.Count, 0))
		have := i < len(p.Values) && !math.IsNaN(p.Values[i])
		if p.Phase == Stray {
			if have {
				t.strays += n
				t.straysum = plus(t.straysum, times(n, milli(p.Values[i])))
			}
			continue
		}
		t.listed += n
		if (p.Phase == Running || p.Phase == Terminating) && p.Ready == True {
			t.ready += n
		}
		switch {
		case p.Phase == Terminating || p.Phase == Failed:
		case p.Phase == Pending:
			t.unready += n
		case !have:
			t.missing += n
		case c.rules[i].source == Resource && c.warming(p, in):
			t.unready += n
		default:
			t.measured += n
			t.sum = plus(t.sum, times(n, milli(p.Values[i])))
		}
	}
	return t
}

// warming reports whether a pod's use of CPU may come from its start.
func (c *Controller) warming(p *Class, in *State) bool {
	switch {
	case p.Ready == Absent:
		return true
	case p.Age < c.spec.CPUInitialization:
		return p.Ready == False || p.Since < in.Sampled+in.Window
	}
	return p.Ready == False && p.Since > p.Age-c.spec.InitialReadiness
}

// milli returns x in thousandths, rounded up as a Kubernetes quantity is, and
// held within the range of int64.
func milli(x float64) int64 {
	x *= 1000
	// What is a thousandth but for the rounding of binary fractions is one.
	if r := math.Round(x); math.Abs(r-x) <= 1e-9*math.Abs(x) {
		x = r
	} else {
		x = math.Ceil(x)
	}
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// times returns n·x for n ≥ 0, held within the range of int64.
func times(n, x int64) int64 {
	switch p := float64(n) * float64(x); {
	case p >= math.MaxInt64:
		return math.MaxInt64
	case p <= math.MinInt64:
		return math.MinInt64
	}
	return n * x
}

// plus returns a+b, held within the range of int64.
func plus(a, b int64) int64 {
	switch s := a + b; {
	case a > 0 && b > 0 && s < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && s >= 0:
		return math.MinInt64
	default:
		return s
	}
}

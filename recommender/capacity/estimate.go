package capacity

import (
	"fmt"
	"math"

	"github.com/highwater-dev/highwater/forecast"
)

// A Confidence says how far an estimate may be trusted.
type Confidence int

// The confidences, in order. The zero Confidence is None.
const (
	None Confidence = iota // nothing is known
	Weak                   // it may lower a capacity with care, and never raises one
	Good                   // it is used as it is
)

// String returns None, Weak or Good.
func (c Confidence) String() string {
	switch c {
	case Weak:
		return "Weak"
	case Good:
		return "Good"
	default:
		return "None"
	}
}

// MarshalText returns the confidence as a word.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Confidence) UnmarshalText(text []byte) error {
	for _, known := range []Confidence{None, Weak, Good} {
		if known.String() == string(text) {
			*c = known
			return nil
		}
	}
	return fmt.Errorf("confidence is %q, but must be None, Weak or Good", text)
}

// A Method is a way to find a capacity.
type Method string

// The methods.
const (
	MethodTarget  Method = "Target"
	MethodCPU     Method = "CPU"
	MethodLatency Method = "Latency"
	MethodUSL     Method = "USL"
)

// A Point is one point of the scatter or of the curve behind an estimate.
// X is the load per pod, and Y is in cores for CPU and in seconds for Latency.
// For USL, X is the number of ready pods and Y the load of all of them.
type Point struct{ X, Y float64 }

// An Estimate is a capacity and what it was found from.
type Estimate struct {
	Method     Method
	PerPod     float64 // load per pod, in the unit of the load; positive and finite
	Low, High  float64 // its 90 % interval; Low ≤ PerPod ≤ High
	Confidence Confidence
	Why        string  // a phrase for humans
	N          int     // observations it was found from
	Points     []Point // some of them, at most 400, sorted by X
	Curve      []Point // the fitted line, sorted by X

	// AtLeast says that the limit was never reached: the capacity is PerPod or
	// more. Nothing is known about how much more, and High is PerPod.
	AtLeast bool
	// Scaling is the fitted law of a USL estimate, and nil for the others.
	Scaling *Scaling
}

// A Reason says in one word why there is no estimate.
type Reason string

// Why there is no estimate.
const (
	ReasonMissing       Reason = "Missing"       // a series or an option that the method needs is not there
	ReasonNotAligned    Reason = "NotAligned"    // the series do not share a grid
	ReasonTooFewPoints  Reason = "TooFewPoints"  // fewer observations than the method needs
	ReasonNoSpread      Reason = "NoSpread"      // the load per pod hardly varied
	ReasonThrottled     Reason = "Throttled"     // without what was throttled, too little is left
	ReasonCensored      Reason = "Censored"      // without what stood at the CPU limit, too little is left
	ReasonNoRelation    Reason = "NoRelation"    // the CPU does not follow the load
	ReasonNotLinear     Reason = "NotLinear"     // the CPU follows the load, but in no straight line
	ReasonNotMonotone   Reason = "NotMonotone"   // the latency does not follow the load
	ReasonNeverMet      Reason = "NeverMet"      // the objective was met at no load
	ReasonExtrapolated  Reason = "Extrapolated"  // the capacity would lie far beyond anything seen
	ReasonIdle          Reason = "Idle"          // a pod without load already uses what the target allows
	ReasonNotSaturated  Reason = "NotSaturated"  // the throughput was the demand, never the capacity
	ReasonNotIdentified Reason = "NotIdentified" // the data fit more than one capacity
	ReasonNoContention  Reason = "NoContention"  // a pod carries as much among many as among few
	ReasonAbsurd        Reason = "Absurd"        // the number found is no load
)

// A Refusal is the outcome that a method gives no estimate, and why.
type Refusal struct {
	Method Method
	Reason Reason
	Detail string // a sentence for the user
}

// String returns the refusal as a sentence.
func (r *Refusal) String() string {
	return fmt.Sprintf("no capacity from %s (%s): %s", r.Method, r.Reason, r.Detail)
}

func refuse(m Method, r Reason, format string, args ...any) *Refusal {
	return &Refusal{Method: m, Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// leastLoad is the smallest number that is believed to be a capacity; the
// largest is forecast.MaxLoad.
const leastLoad = 1 / forecast.MaxLoad

// plausible says whether x can be a load.
func plausible(x float64) bool { return x >= leastLoad && x <= forecast.MaxLoad }

// checked returns e, or a refusal if it is no load. It makes sure of
// Low ≤ PerPod ≤ High.
func (e Estimate) checked() (Estimate, *Refusal) {
	if !plausible(e.PerPod) {
		return Estimate{}, refuse(e.Method, ReasonAbsurd, "the capacity would be %g, which is no load", e.PerPod)
	}
	e.Low = clampTo(e.Low, 0, e.PerPod)
	e.High = clampTo(e.High, e.PerPod, forecast.MaxLoad)
	return e, nil
}

// clampTo brings x into [lo, hi]; what is not a number becomes hi if lo is zero
// and lo otherwise, which is the nearer end of an interval around an estimate.
func clampTo(x, lo, hi float64) float64 {
	if math.IsNaN(x) {
		if lo == 0 {
			return hi
		}
		return lo
	}
	return min(max(x, lo), hi)
}

// widen moves the ends of the interval away from PerPod: its logarithm becomes
// times as wide to either side, and at least as wide as least.
func (e *Estimate) widen(times, least float64) {
	if e.Low = min(e.Low, e.PerPod); e.Low > 0 {
		e.Low = e.PerPod * min(math.Pow(e.Low/e.PerPod, times), 1-least)
	}
	e.High = e.PerPod * max(math.Pow(max(e.High, e.PerPod)/e.PerPod, times), 1+least)
}

// goodRatio is how far apart the ends of a Good estimate's interval may lie.
const goodRatio = 1.35

// narrow says whether the interval of e is narrow enough to be Good.
func (e Estimate) narrow() bool { return e.Low > 0 && e.High <= goodRatio*e.Low }

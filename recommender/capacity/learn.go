package capacity

import (
	"github.com/highwater-dev/highwater/recommender"
)

// The bounds on what is learned, as shares of the capacity that it replaces.
const (
	// lowestGood and lowestWeak are how far a capacity may be lowered. A capacity
	// that is too small costs as many times the pods.
	lowestGood, lowestWeak = 0.25, 0.5
	// highest is how far it may be raised. A capacity that is too large leaves the
	// peak to the autoscaler, which comes late.
	highest = 2.0
)

// Learned is what is known of a workload's capacity: the number to use, and all
// that it was chosen from.
type Learned struct {
	PerPod     float64 // 0 if nothing is known
	Unit       string
	Method     Method // the one that decided
	Confidence Confidence
	Why        string // a phrase for humans
	Clamped    bool   // the data say less, or more, than is believed
	Estimates  []Estimate
	Refusals   []*Refusal
}

// Capacity returns what was learned, for a recommendation. Its PerPod is 0 if
// nothing is known.
func (l Learned) Capacity() recommender.Capacity {
	return recommender.Capacity{PerPod: l.PerPod, Unit: l.Unit, Source: l.Why}
}

// FromTarget returns the target of the autoscaler, so that it stands beside the
// others. It is what the user stated, and Good; it has no interval.
func FromTarget(o Options) (Estimate, *Refusal) {
	const m = MethodTarget
	switch {
	case !(o.Target.PerPod > 0):
		return Estimate{}, refuse(m, ReasonMissing, "the autoscaler has no target for a pod")
	case o.Target.Unit != o.Unit:
		return Estimate{}, refuse(m, ReasonMissing, "the target is in %q and the load in %q", o.Target.Unit, o.Unit)
	}
	why := o.Target.Source
	if why == "" {
		why = "the target of the autoscaler"
	}
	e := Estimate{Method: m, PerPod: o.Target.PerPod, Low: o.Target.PerPod, High: o.Target.PerPod, Confidence: Good, Why: why}
	return e.checked()
}

// Learn tries all methods and chooses. The errors to either side are not alike:
// a capacity that is too small costs idle pods, one that is too large an outage.
// So:
//
//   - A pod is limited by what limits it first: the smallest estimate decides.
//   - The target stands unless the data contradict it. A Good estimate below it
//     replaces it; a Weak one only lowers it to the upper end of its interval.
//   - Never below a quarter of the target, or half of it on Weak evidence.
//   - Only a Good estimate from the latency goes above the target, since nothing
//     else says that the objective is met there; then the smallest of the lower
//     ends of all intervals counts, and at most twice the target.
//   - A capacity that was never reached (AtLeast) lowers nothing.
//   - Without a target in the unit of the load, the smallest Good estimate is
//     used, else the smallest Weak one, else the largest load per pod that met
//     the objective. The bounds are then those on the load that pods are known
//     to have carried: the median of the load per pod.
//
// It costs O(n log n); the observations are sorted once for all methods.
func Learn(obs Observations, o Options) Learned {
	l := Learned{Unit: o.Unit}
	s := sampleOf(obs)
	for _, method := range []func(Options) (Estimate, *Refusal){FromTarget, s.fromCPU, s.fromLatency, s.fromUSL} {
		if e, r := method(o); r != nil {
			l.Refusals = append(l.Refusals, r)
		} else {
			l.Estimates = append(l.Estimates, e)
		}
	}
	if target, ok := l.estimate(MethodTarget); ok {
		l.against(target)
	} else {
		l.alone(s.carried())
	}
	if l.Clamped {
		l.Why += "; that is believed only so far, and " + o.perPod(l.PerPod) + " is used"
	}
	return l
}

// estimate returns the estimate of m.
func (l *Learned) estimate(m Method) (Estimate, bool) {
	for _, e := range l.Estimates {
		if e.Method == m {
			return e, true
		}
	}
	return Estimate{}, false
}

// against chooses where there is a target.
func (l *Learned) against(target Estimate) {
	l.take(target, target.PerPod)
	var lowest Estimate // lower end of all intervals, for the way up
	up := false
	for _, e := range l.Estimates {
		if e.Method == MethodTarget || e.AtLeast {
			continue
		}
		// What e says if it says less than the target, and how far it may go.
		x, bound := e.PerPod, lowestGood*target.PerPod
		if e.Confidence < Good {
			x, bound = e.High, lowestWeak*target.PerPod
		}
		if c := max(x, bound); c < l.PerPod {
			l.take(e, c)
			l.Clamped = x < bound
		}
		up = up || e.Method == MethodLatency && e.Confidence == Good
		if lowest.PerPod == 0 || e.Low < lowest.Low {
			lowest = e
		}
	}
	if up && lowest.Low > target.PerPod {
		l.take(lowest, min(lowest.Low, highest*target.PerPod))
		l.Clamped = lowest.Low > highest*target.PerPod
	}
}

// alone chooses where there is no target. carried is the median load per pod.
func (l *Learned) alone(carried float64) {
	for _, pass := range []func(Estimate) bool{
		func(e Estimate) bool { return !e.AtLeast && e.Confidence == Good },
		func(e Estimate) bool { return !e.AtLeast },
		func(Estimate) bool { return true },
	} {
		for _, e := range l.Estimates {
			if !pass(e) || l.PerPod > 0 && l.PerPod <= e.PerPod {
				continue
			}
			bound := lowestGood
			if e.Confidence < Good {
				bound = lowestWeak
			}
			c := max(e.PerPod, bound*carried)
			l.take(e, c)
			l.Clamped = c > e.PerPod
		}
		if l.PerPod > 0 {
			return
		}
	}
}

func (l *Learned) take(e Estimate, perPod float64) {
	l.PerPod, l.Method, l.Confidence, l.Why, l.Clamped = perPod, e.Method, e.Confidence, e.Why, false
}

// carried returns the median load per pod, 0 if there is none.
func (s *sample) carried() float64 {
	if len(s.rows) == 0 {
		return 0
	}
	return s.rows[len(s.rows)/2].x
}

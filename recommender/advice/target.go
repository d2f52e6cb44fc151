package advice

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// Targets are tried in steps of targetStep of what a pod carries.
	leastTarget = 0.50
	mostTarget  = 0.95
	targetStep  = 0.05
	// fullTarget is the one at which floors are looked for where the present one
	// needs none.
	fullTarget = 0.85
)

// target looks for how full pods may be, under floors where those are proven:
// the cheapest target that leaves no more short than the HPA alone does at the
// present one, or than the budget allows.
//
// While the ceiling is in the way, or the request is, the target is not what to
// look at.
func target(s *study) ([]Advice, error) {
	if s.blocked {
		return nil, nil
	}
	var out []Advice
	for i, m := range s.Case.Loop.Spec.Metrics {
		if m.Kind == simulate.Value {
			continue // says nothing about a pod
		}
		best, err := s.sweep(i, s.floors)
		if err != nil {
			return nil, err
		}
		floors := s.floors
		if more, err := s.floorsWhenFull(i, best); err != nil {
			return nil, err
		} else if more != nil {
			full, err := s.sweep(i, more)
			if err != nil {
				return nil, err
			}
			if full != nil && (best == nil || s.cost(full.total) < s.cost(best.total)-s.trifle()) {
				best, floors = full, more
			}
		}
		if best != nil && s.matters(s.with, best.replay) && !(s.assumed(i) && best.share > s.share(i)) {
			out = append(out, s.newTarget(i, best, floors))
		}
	}
	return out, nil
}

// share is how full of what they carry pods are at the present target.
func (s *study) share(i int) float64 {
	return s.Case.Loop.Spec.Metrics[i].PerPod() / s.Case.Loop.PerPod[i]
}

// trifle is what no change is worth: 1 % of the pod-hours.
func (s *study) trifle() float64 { return minShare * s.with.total.podHours }

// allowed is how many minutes a new target may leave short.
func (s *study) allowed() float64 {
	t := s.hpa.total
	return max(t.short, s.Case.Policy.Risk.Budget*t.minutes, minMinutes*t.minutes/weekMinutes)
}

// filled is the replay with a target.
type filled struct {
	*replay
	share float64 // of what a pod carries
	ok    bool    // leaves no more short than is allowed
}

// sweep returns the cheapest target under some floors, nil if none is allowed.
// A higher one than the present has to leave a step in reserve, for past loads
// are not all loads; and of those that cost about the same, the nearest to the
// present is taken.
func (s *study) sweep(i int, floors *simulate.Floors) (*filled, error) {
	present, allowed := s.share(i), s.allowed()
	var list []filled
	for k := range int(math.Round((mostTarget-leastTarget)/targetStep)) + 2 { // one more, for the reserve
		share := leastTarget + float64(k)*targetStep
		w, err := s.play(withTarget(s.Case.Loop, i, share), floors)
		if err != nil {
			return nil, err
		}
		list = append(list, filled{w, share, w.total.short <= allowed})
	}
	var may []filled
	for k, f := range list[:len(list)-1] {
		if f.ok && (f.share <= present || list[k+1].ok) {
			may = append(may, f)
		}
	}
	least := math.Inf(1)
	for _, f := range may {
		least = min(least, s.cost(f.total))
	}
	var best *filled
	for k := range may {
		f := &may[k]
		if s.cost(f.total) <= least+s.trifle() && (best == nil || math.Abs(f.share-present) < math.Abs(best.share-present)) {
			best = f
		}
	}
	return best, nil
}

// floorsWhenFull returns the floors that are proven if pods are filled further,
// where at the present target none are needed: the slack does their work. It
// returns nil if there are none, or if the HPA alone may fill its pods.
func (s *study) floorsWhenFull(i int, best *filled) (*simulate.Floors, error) {
	if s.proof.Verdict != proof.NotNeeded || s.share(i) >= fullTarget || best != nil && best.share >= fullTarget {
		return nil, nil
	}
	c := s.Case
	c.Loop = withTarget(c.Loop, i, fullTarget)
	alone, err := s.play(c.Loop, nil)
	if err != nil || alone.total.short <= s.allowed() || alone.total.podHours > s.hpa.total.podHours-s.trifle() {
		return nil, err // it needs no floors there either, or saves nothing
	}
	p, err := c.Prove([]string{proof.PolicyHPA, proof.PolicyHighwater}, func(done float64) error { return s.tick(proved + (1-proved)/2*done) })
	if err != nil || !p.Proven() {
		return nil, err
	}
	own, _ := p.Result(proof.PolicyHighwater)
	return own.Floors, nil
}

// newTarget says what a target brings. Under floors it is held against the HPA
// under floors, so that only what the target does is counted.
func (s *study) newTarget(i int, best *filled, floors *simulate.Floors) Advice {
	l := s.Case.Loop
	from, to := l.Spec.Metrics[i], best.loop.Spec.Metrics[i]
	a := Advice{Kind: TargetTooLow, Field: s.field(i), Now: aim(from), Better: aim(to), WithFloors: floors != nil}
	whose := "The HPA alone"
	if floors != nil {
		whose = "Under Highwater's floors the HPA"
	}
	now, then := percent(s.share(i)), percent(to.PerPod()/l.PerPod[i])
	if best.share < s.share(i) {
		a.Kind = TargetTooHigh
		a.Why = fmt.Sprintf("%s fills pods too far, to %s of what they carry; with %s %s.", whose, now, then, outcome(s.with, best.replay))
	} else {
		a.Why = fmt.Sprintf("%s may fill pods to %s of what they carry instead of %s: %s.", whose, then, now, outcome(s.with, best.replay))
	}
	facts := []Fact{{"pods full to, now", 100 * s.share(i), "%"}, {"pods full to, then", 100 * to.PerPod() / l.PerPod[i], "%"}}
	if floors != nil {
		alone := s.hpa.week()
		if s.floors != nil {
			a.Why += fmt.Sprintf(" The HPA alone takes %s at the present target.", alone)
		}
		a.Why += s.needsFloors()
		facts = append(facts, Fact{"short now, by the HPA alone", alone.ShortMinutes, "min/week"})
	}
	return s.advise(a, s.with, best.replay, facts...)
}

// needsFloors warns where floors are not set yet.
func (s *study) needsFloors() string {
	if s.enforced() {
		return ""
	}
	return " This holds only while floors are set, in mode Enforce."
}

// withTarget returns the loop with the target of a metric at a share of what a
// pod carries, in whole percents or three digits.
func withTarget(l simulate.Loop, i int, share float64) simulate.Loop {
	l.Spec.Metrics = slices.Clone(l.Spec.Metrics)
	m := &l.Spec.Metrics[i]
	if m.Kind == simulate.Utilization {
		m.Target = math.Max(1, math.Round(100*share*l.PerPod[i]/m.Request)) / 100
	} else {
		m.Target = threeDigits(share * l.PerPod[i])
	}
	return l
}

// aim writes a target as the user would.
func aim(m simulate.Metric) string {
	if m.Kind == simulate.Utilization {
		return strconv.Itoa(int(math.Round(100 * m.Target)))
	}
	return quantity(m.Target)
}

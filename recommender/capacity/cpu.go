package capacity

import (
	"math"

	"github.com/highwater-dev/highwater/recommender/explain"
)

const (
	// limitShare is the share of the CPU limit from which a pod counts as
	// standing at it: above, the kernel's accounting cannot tell.
	limitShare = 0.95
	// cutShare is the share of censored observations in a bin from which loads
	// count as censored, and cutAbove that of all observations from there on.
	cutShare, cutAbove = 0.2, 0.4
	// near is by how much a capacity may lie above the loads that it was learned
	// from and be Good; far by how much and be Weak.
	near, far = 1.15, 3.0
	// bent is how far off the line the middle of a bin may lie, as a share, for
	// the estimate to be Good; broken from where on there is no line.
	bent, broken = 0.1, 0.25
	// slight is how far off the line bins may lie whatever the slopes of its halves,
	// and halfSpread by how much the load must vary in a half for it to have one.
	slight, halfSpread = 0.05, 1.2
	// leastWidth is the least half width of an interval: what setting observations
	// aside may bend the line by.
	leastWidth = 0.01
	// cpuGood is the least number of observations of a Good estimate.
	cpuGood = 200
)

// FromCPU returns the load at which a pod uses the CPU that the target allows:
// with CPU per pod = a + b·(load per pod),
//
//	PerPod = (Utilization·Request − a) / b.
//
// The line is robust against outliers in both directions: see fitLine. The
// interval is that of a block bootstrap.
//
// Where pods are throttled or stand at their limit, the CPU that they use is
// not what the load would need, and a line through it promises too much. Such
// observations are set aside. From the load on at which they become usual, all
// are: to keep just those that happened to use less would bend the line, while
// a choice by load does not. A capacity that lies beyond that load is refused.
//
// It refuses with ReasonMissing, ReasonTooFewPoints, ReasonNoSpread,
// ReasonThrottled, ReasonCensored, ReasonNoRelation, ReasonNotLinear,
// ReasonIdle or ReasonExtrapolated. It costs O(n log n).
func FromCPU(obs Observations, o Options) (Estimate, *Refusal) { return sampleOf(obs).fromCPU(o) }

func (s *sample) fromCPU(o Options) (Estimate, *Refusal) {
	const m = MethodCPU
	goal := o.Utilization * o.Request
	switch {
	case !(goal > 0 && goal <= maxCores):
		return Estimate{}, refuse(m, ReasonMissing, "the CPU that a pod requests and the utilization that the autoscaler aims at are not known")
	case o.Limit > 0 && goal > o.Limit:
		return Estimate{}, refuse(m, ReasonCensored, "the target of %s lies above the limit of %s: no pod can reach it", explain.Quantity(goal, "cores"), explain.Quantity(o.Limit, "cores"))
	}
	rows, r := s.usable(m, func(r *row) bool { return r.cpu >= 0 && r.cpu <= maxCores }, "the CPU")
	if r != nil {
		return Estimate{}, r
	}
	clean := uncensor(rows, o)
	if r := enough(m, clean.rows); r != nil {
		return Estimate{}, clean.blame(r, o)
	}
	f, ok := fitLine(clean.rows)
	if !ok {
		return Estimate{}, refuse(m, ReasonNoRelation, "the CPU of a pod does not rise with its load")
	}
	return f.estimate(goal, clean, o)
}

// maxCores is the largest number of cores that a pod is believed to use.
const maxCores = 1e6

// uncensored is what is left when throttled observations are set aside.
type uncensored struct {
	rows               []row
	throttled, atLimit int     // how many were set aside for it
	from               float64 // load per pod from which on all were; +Inf if there is none
}

// uncensor sets aside what was throttled or at the limit.
func uncensor(rows []row, o Options) uncensored {
	u := uncensored{from: math.Inf(1)}
	over, limit := o.throttledOver(), math.Inf(1)
	if o.Limit > 0 {
		limit = limitShare * o.Limit
	}
	bad := func(r *row) bool { return r.thr > over || r.cpu >= limit }
	above := 0
	for i := range rows {
		if bad(&rows[i]) {
			above++
		}
	}
	cut := len(rows)
	size := max(len(rows)/50, 10)
	for lo := 0; lo < len(rows) && above > 0; lo += size {
		hi, here := min(lo+size, len(rows)), 0
		for i := lo; i < hi; i++ {
			if bad(&rows[i]) {
				here++
			}
		}
		if float64(here) > cutShare*float64(hi-lo) && float64(above) > cutAbove*float64(len(rows)-lo) {
			cut, u.from = lo, rows[lo].x
			break
		}
		above -= here
	}
	u.rows = make([]row, 0, cut)
	for i := range rows {
		switch {
		case rows[i].cpu >= limit:
			u.atLimit++
		case rows[i].thr > over:
			u.throttled++
		case i < cut:
			u.rows = append(u.rows, rows[i])
		}
	}
	return u
}

// any says whether anything was set aside.
func (u uncensored) any() bool { return u.throttled+u.atLimit > 0 }

// reason returns what most was set aside for.
func (u uncensored) reason() Reason {
	if u.atLimit > u.throttled {
		return ReasonCensored
	}
	return ReasonThrottled
}

// blame names the censoring as the reason of r where it is what left too little.
func (u uncensored) blame(r *Refusal, o Options) *Refusal {
	if !u.any() {
		return r
	}
	r.Reason = u.reason()
	r.Detail = "without the " + number(float64(u.throttled)) + " throttled observations and the " + number(float64(u.atLimit)) +
		" at the CPU limit: " + r.Detail
	if !math.IsInf(u.from, 1) {
		r.Detail += "; they begin at " + o.perPod(u.from)
	}
	return r
}

// estimate returns the load at which the line reaches goal.
func (f *lineFit) estimate(goal float64, u uncensored, o Options) (Estimate, *Refusal) {
	const m = MethodCPU
	rows := u.rows
	e := Estimate{Method: m, N: len(rows), Confidence: Good}
	if f.a >= goal {
		return Estimate{}, refuse(m, ReasonIdle, "a pod without load uses %s, and the target allows %s", explain.Quantity(f.a, "cores"), explain.Quantity(goal, "cores"))
	}
	e.PerPod = (goal - f.a) / f.b
	var caps []float64
	flat := 0
	for _, l := range f.draw() {
		if l.b > 0 {
			caps = append(caps, max(0, goal-l.a)/l.b)
		} else {
			flat++
		}
	}
	var open bool
	if e.Low, e.High, open = interval(caps, flat); open {
		return Estimate{}, refuse(m, ReasonNoRelation, "the CPU of a pod follows its load too loosely to tell how much each adds")
	}

	e.widen(1, leastWidth)

	seen := rows[len(rows)-1-len(rows)/100].x
	switch {
	case u.any() && e.PerPod > near*seen:
		return Estimate{}, u.blame(refuse(m, u.reason(), "the capacity would be %s, but pods could only be seen up to %s", o.perPod(e.PerPod), number(seen)), o)
	case !(e.PerPod <= far*seen):
		return Estimate{}, refuse(m, ReasonExtrapolated, "the capacity would be %s, but pods never had more than %s", o.perPod(e.PerPod), number(seen))
	}
	off, r := f.bend(rows)
	if r != nil {
		return Estimate{}, r
	}

	e.Why = "a pod uses " + explain.Quantity(goal, "cores") + ", the target, at " + o.perPod(e.PerPod)
	doubt := func(bad bool, why string) {
		if bad {
			e.Confidence = Weak
			e.Why += "; " + why
		}
	}
	doubt(e.PerPod > near*seen, "no pod had more than "+number(seen)+" yet")
	doubt(off > bent, "the CPU does not quite follow a straight line")
	doubt(e.N < cpuGood, "there are few observations")
	doubt(!e.narrow(), "the line is loose")
	e.Points = scatter(rows, func(r *row) float64 { return r.cpu })
	for _, x := range []float64{0, e.PerPod, max(seen, e.PerPod)} {
		if n := len(e.Curve); n == 0 || x > e.Curve[n-1].X {
			e.Curve = append(e.Curve, Point{x, f.a + f.b*x})
		}
	}
	return e.checked()
}

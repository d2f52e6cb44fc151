package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A Scaling is the universal scalability law of a workload: N pods together
// carry
//
//	X(N) = Gamma·N / (1 + Alpha·(N−1) + Beta·N·(N−1)).
//
// Alpha is what they wait for each other, as for a lock or one database, and
// Beta what it costs to keep them consistent.
type Scaling struct {
	Gamma       float64 // load that a single pod carries
	Alpha, Beta float64 // not negative
	PeakPods    float64 // beyond it more pods carry less; 0 if no peak is in sight
	Pods        float64 // the number of pods that PerPod is for: the most that were seen saturated
}

// Load returns what n pods carry together. n must be at least 1.
func (s Scaling) Load(n float64) float64 {
	return s.Gamma * n / (1 + s.Alpha*(n-1) + s.Beta*n*(n-1))
}

const (
	// nearKnee is the span of latencies around the objective, as factors, in which
	// a workload counts as saturated.
	// Below the knee there are many more observations than beyond, so that a wide
	// span would favour the lower loads.
	nearKneeLow, nearKneeHigh = 0.9, 1.1
	// groupPoints is the least number of observations of a number of pods.
	groupPoints = 10
	// groupWidth is the ratio of pods that count as the same number.
	groupWidth = 1.05
	minGroups  = 4
	// falls is by how much the load per pod has to fall from the fewest pods to the
	// most for there to be contention; the 90 % interval has to lie above fallsLow.
	falls, fallsLow = 1.1, 1.03
	// peakReach is how far beyond the pods seen a peak is believed.
	peakReach = 2.0
)

// FromUSL returns what a pod carries among as many as were ever seen saturated,
// from the universal scalability law: N/X is linear in 1, N−1 and N·(N−1), so
// that its coefficients are found by least squares that may not be negative.
//
// The throughput of a workload that is not saturated is the demand, and says
// nothing about a capacity. Only what was seen near the knee counts: where the
// latency is within a tenth of the objective or, without one, where pods stand
// at their CPU limit; the latter is Weak, since the objective may be missed
// long before. Each number of pods counts with its median.
//
// It refuses with ReasonMissing, ReasonNotSaturated, ReasonNotIdentified (too
// few numbers of pods, or no such law fits) or ReasonNoContention: if a pod
// carries as much among many as among few, this method knows nothing that the
// others do not know better. It costs O(n).
//
// # References
//
// N. J. Gunther, Guerrilla Capacity Planning, Springer 2007, chapters 4 to 6.
// C. L. Lawson, R. J. Hanson, Solving Least Squares Problems, Prentice-Hall
// 1974, chapter 23 (no negative coefficients).
func FromUSL(obs Observations, o Options) (Estimate, *Refusal) { return sampleOf(obs).fromUSL(o) }

func (s *sample) fromUSL(o Options) (Estimate, *Refusal) {
	const m = MethodUSL
	switch {
	case s.err != nil:
		return Estimate{}, refuse(m, ReasonNotAligned, "%v", s.err)
	case s.missing != "":
		return Estimate{}, refuse(m, ReasonMissing, "the %s is not known", s.missing)
	}
	goal := o.Objective.Seconds()
	if !(goal > 0) && !(o.Limit > 0) {
		return Estimate{}, refuse(m, ReasonMissing, "there is neither an objective for the latency nor a CPU limit to tell saturation by")
	}
	full := func(r *row) bool {
		if goal > 0 {
			return r.lat >= nearKneeLow*goal && r.lat <= nearKneeHigh*goal
		}
		return r.cpu >= limitShare*o.Limit
	}
	var rows []row
	for i := range s.rows {
		if r := &s.rows[i]; r.x > leastLoad && full(r) {
			rows = append(rows, *r)
		}
	}
	if len(rows) < minPoints {
		return Estimate{}, refuse(m, ReasonNotSaturated, "the workload was near its limit in %d observations; %d are needed: what it carried else was the demand", len(rows), minPoints)
	}
	groups := groupsOf(rows)
	if len(groups) < minGroups || groups[len(groups)-1].pods < minSpread*groups[0].pods {
		return Estimate{}, refuse(m, ReasonNotIdentified, "it was near its limit with %d numbers of pods; it takes %d, of which the largest is %g times the smallest",
			len(groups), minGroups, minSpread)
	}
	return scale(groups, goal > 0, o)
}

// A group is the saturated observations of one number of pods.
type group struct {
	pods  float64
	n     int     // observations
	each  float64 // median of N/X: pods per load
	cells []cell
}

// A cell is the observations of a group in one block.
type cell struct {
	each  float64
	n     float64
	block uint8
}

// groupsOf returns the groups of rows with enough observations, by pods.
func groupsOf(rows []row) []group {
	key := func(r *row) int { return int(math.Round(math.Log(r.pods) / math.Log(groupWidth))) }
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(key(&a), key(&b)), cmp.Compare(a.block, b.block)) })
	var list []group
	for lo, hi := 0, 0; lo < len(rows); lo = hi {
		var g group
		var all []float64
		for hi < len(rows) && key(&rows[hi]) == key(&rows[lo]) {
			var part []float64
			for b := rows[hi].block; hi < len(rows) && rows[hi].block == b && key(&rows[hi]) == key(&rows[lo]); hi++ {
				part = append(part, 1/rows[hi].x)
				g.pods += rows[hi].pods
			}
			all = append(all, part...)
			g.cells = append(g.cells, cell{medianOf(part), float64(len(part)), rows[hi-1].block})
		}
		if g.n = hi - lo; g.n < groupPoints {
			continue
		}
		g.pods /= float64(g.n)
		g.each = medianOf(all)
		slices.SortFunc(g.cells, func(a, b cell) int { return cmp.Compare(a.each, b.each) })
		list = append(list, g)
	}
	return list
}

// drawn returns the median of the cells, each as often as its block was drawn.
func (g *group) drawn(times *[blocks]float64) (each, n float64) {
	for _, c := range g.cells {
		n += times[c.block] * c.n
	}
	sum := 0.0
	for _, c := range g.cells {
		if sum += times[c.block] * c.n; 2*sum >= n {
			return c.each, n
		}
	}
	return 0, 0
}

func counted(groups []group) (n int) {
	for i := range groups {
		n += groups[i].n
	}
	return n
}

// scale fits the law to groups.
func scale(groups []group, byLatency bool, o Options) (Estimate, *Refusal) {
	const m = MethodUSL
	few, most := groups[0].pods, groups[len(groups)-1].pods
	perPod := func(s Scaling, n float64) float64 { return s.Load(n) / n }
	s, ok := fitUSL(groups, nil)
	n, off := counted(groups), 0.0 // off: mean relative error
	for i := range groups {
		off += math.Abs(perPod(s, groups[i].pods)*groups[i].each-1) * float64(groups[i].n)
	}
	if off /= float64(n); !ok || !(off <= broken/2) {
		return Estimate{}, refuse(m, ReasonNotIdentified, "the load at saturation does not follow the number of pods")
	}
	var caps, fall, peaks []float64
	resample(func(times *[blocks]float64) {
		d, ok := fitUSL(groups, times)
		if !ok {
			return
		}
		caps = append(caps, perPod(d, most))
		fall = append(fall, perPod(d, few)/perPod(d, most))
		if p := d.peak(); p > 0 {
			peaks = append(peaks, p)
		}
	})
	if len(caps) < draws*9/10 {
		return Estimate{}, refuse(m, ReasonNotIdentified, "the numbers of pods were seen saturated on too few occasions")
	}
	if low, _, _ := interval(fall, 0); !(low > fallsLow) || !(perPod(s, few) > falls*perPod(s, most)) {
		return Estimate{}, refuse(m, ReasonNoContention, "a pod carries as much among %s as among %s", number(most), number(few))
	}
	e := Estimate{Method: m, N: n, Confidence: Good, PerPod: perPod(s, most)}
	e.Low, e.High, _ = interval(caps, 0)
	e.High *= math.Sqrt(nearKneeHigh) // what the span may favour the lower loads by
	s.Pods = most
	if _, high, open := interval(peaks, len(caps)-len(peaks)); !open && high <= 2*peakReach*most && s.peak() <= peakReach*most {
		s.PeakPods = s.peak()
	}
	e.Scaling = &s
	e.Why = fmt.Sprintf("a pod carries %s among %s pods and %s among %s", number(perPod(s, few)), number(few), o.perPod(e.PerPod), number(most))
	if s.PeakPods > 0 {
		e.Why += fmt.Sprintf("; beyond %.0f pods all together carry less", s.PeakPods)
	}
	switch {
	case !byLatency:
		e.Confidence = Weak
		e.Why += "; that is at the CPU limit, and the latency there is not known"
	case off > bent/2 || !e.narrow():
		e.Confidence = Weak
		e.Why += "; the fit is loose"
	}
	e.Points, e.Curve = s.plot(groups)
	return e.checked()
}

// plot returns the groups and the law, to half as many pods again.
func (s Scaling) plot(groups []group) (points, curve []Point) {
	for i := range groups {
		if i < maxPoints {
			points = append(points, Point{groups[i].pods, groups[i].pods / groups[i].each})
		}
	}
	const n = 50
	for i := range n + 1 {
		x := 1 + (1.5*s.Pods-1)*float64(i)/n
		curve = append(curve, Point{x, s.Load(x)})
	}
	return points, curve
}

// peak returns the number of pods that carry most, or 0 if more always carry
// more. dX/dN = 0 where 1 − α = β·N².
func (s Scaling) peak() float64 {
	if !(s.Beta > 0) || s.Alpha >= 1 {
		return 0
	}
	return math.Sqrt((1 - s.Alpha) / s.Beta)
}

// fitUSL returns the law that fits N/X = (1 + α(N−1) + βN(N−1))/γ best, by
// relative errors, with no coefficient below zero. There are only four sets of
// coefficients to leave out, so each is tried. times weighs blocks; nil is once
// each.
func fitUSL(groups []group, times *[blocks]float64) (best Scaling, ok bool) {
	most := groups[len(groups)-1].pods
	u, v := most-1, most*(most-1) // columns are scaled to at most 1
	unit := groups[len(groups)/2].each
	var g [3][4]float64 // normal equations
	for i := range groups {
		each, n := groups[i].each, float64(groups[i].n)
		if times != nil {
			each, n = groups[i].drawn(times)
		}
		if n == 0 || !(each > 0) {
			continue
		}
		w := min(n, 100) / (each / unit) / (each / unit)
		p := groups[i].pods
		row := [4]float64{1, (p - 1) / u, p * (p - 1) / v, each / unit}
		for a := range g {
			for b := range row {
				g[a][b] += w * row[a] * row[b]
			}
		}
	}
	least := math.Inf(1)
	for _, use := range [4][]int{{0}, {0, 1}, {0, 2}, {0, 1, 2}} {
		c, solved := solve(&g, use)
		if !solved || !(c[0] > 0) || c[1] < 0 || c[2] < 0 {
			continue
		}
		// The squared error less that of zero coefficients: −Σ c·(Xᵀy) at a solution.
		loss := 0.0
		for a := range c {
			loss -= c[a] * g[a][3]
		}
		if loss < least {
			least, ok = loss, true
			best = Scaling{Gamma: 1 / (c[0] * unit), Alpha: c[1] / u / c[0], Beta: c[2] / v / c[0]}
		}
	}
	return best, ok && plausible(best.Gamma)
}

// mostCondition is the condition number beyond which columns count as the same.
const mostCondition = 1e10

// solve returns the coefficients of the columns in use, by a Cholesky
// decomposition; the others are 0.
func solve(g *[3][4]float64, use []int) (c [3]float64, ok bool) {
	k := len(use)
	xx, xy := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i, a := range use {
		xy.SetVec(i, g[a][3])
		for j := i; j < k; j++ {
			xx.SetSym(i, j, g[a][use[j]])
		}
	}
	var l mat.Cholesky
	if !l.Factorize(xx) || l.Cond() > mostCondition {
		return c, false
	}
	if err := l.SolveVecTo(xy, xy); err != nil {
		return c, false
	}
	for i, a := range use {
		c[a] = xy.AtVec(i)
	}
	return c, true
}

package capacity

import (
	"math"
	"time"
)

// PodsForBacklog returns how many pods each step needs so that no message of a
// queue waits longer than the objective.
//
// arrivals are the messages that are predicted to arrive in each step, evenly
// within it; backlog are those that wait already, and are taken to have arrived
// just now. perPod is what a ready pod handles, in messages per second. Served
// is first come, first served, by a fluid model.
//
// With B the backlog, A(t) the arrivals up to t and W the objective, the messages
// served up to t must satisfy
//
//	B·[t ≥ W] + A(t − W)  ≤  D(t)  ≤  B + A(t):
//
// what is due is served, and what is served has arrived. Of all such D the one
// taken is the taut string, the shortest path between these bounds. It is made
// of stretches of constant rate, its largest rate is the least with which the
// objective can be met, and no other has a lesser sum of squares, or of any
// convex function of the rate: it uses the objective to level peaks. A step gets
// the pods for its largest rate, rounded up; so the most pods of the path are
// the least possible, and in each step less than one pod is idle by rounding.
//
// An objective shorter than a step counts as a step, since the grid does not show
// more, and one of more than 100,000 steps as these. Beyond its end the path is
// taken to go on as in its last step for the objective, after which nothing
// waits: else the last pods would be sent away early, and leave it all behind.
// Unknown arrivals are those of the step before, or of the first that is known;
// negative ones are 0. It returns nil if arrivals is empty or all unknown, or
// perPod or step is not positive. It costs O(n) in time and memory, with n the
// steps of the path and the objective.
//
// # References
//
// F. Yao, A. Demers, S. Shenker, A scheduling model for reduced CPU energy,
// FOCS 1995 (least convex cost under deadlines). J. D. Salehi, Z.-L. Zhang, J.
// Kurose, D. Towsley, Supporting stored video: reducing rate variability, IEEE/ACM
// Trans. Networking 6 (1998) (the same path, between two bounds). P. L. Davies,
// A. Kovac, Local extremes, runs, strings and multiresolution, Annals of
// Statistics 29 (2001) (taut strings). J.-Y. Le Boudec, P. Thiran, Network
// Calculus, Springer 2001 (the bounds).
func PodsForBacklog(arrivals []float64, step time.Duration, backlog, perPod float64, objective time.Duration) []int32 {
	if step <= 0 || !(perPod > 0) || math.IsInf(perPod, 1) {
		return nil
	}
	path := mended(arrivals)
	if path == nil {
		return nil
	}
	if !(backlog > 0) {
		backlog = 0
	}
	wait := min(float64(max(objective, step))/float64(step), maxWait) // in steps, as all below
	n := len(path)
	for range int(math.Ceil(wait)) {
		path = append(path, path[n-1])
	}
	pods := make([]float64, n)
	s := taut(gates(path, min(backlog, maxMessages), wait))
	perStep := perPod * step.Seconds()
	for i := 1; i < len(s); i++ {
		rate := (s[i].Y - s[i-1].Y) / (s[i].X - s[i-1].X)
		// The hair of float64 between a knot and its step must not count.
		lo, hi := s[i-1].X+hair*(1+s[i-1].X), s[i].X-hair*(1+s[i].X)
		for k := int(max(lo, 0)); k < n && float64(k) < hi; k++ {
			pods[k] = max(pods[k], rate/perStep)
		}
	}
	list := make([]int32, n)
	for i, p := range pods {
		list[i] = int32(min(math.Ceil(p*(1-hair)), math.MaxInt32))
	}
	return list
}

const (
	// hair is the relative error that sums of a path may have: far more than
	// float64 makes in a million steps, far less than a pod.
	hair = 1e-9
	// maxMessages bounds the arrivals of a step, so that sums stay finite.
	maxMessages = 1e18
	// maxWait bounds the objective, in steps.
	maxWait = 100_000
)

// mended returns a copy of arrivals in which all are known, or nil.
func mended(arrivals []float64) []float64 {
	first := -1
	for i, a := range arrivals {
		if !math.IsNaN(a) {
			first = i
			break
		}
	}
	if first < 0 {
		return nil
	}
	path := make([]float64, len(arrivals), 2*len(arrivals))
	last := arrivals[first]
	for i, a := range arrivals {
		if !math.IsNaN(a) {
			last = a
		}
		path[i] = min(max(last, 0), maxMessages)
	}
	return path
}

// A gate is the least and the most that may be served up to a time.
type gate struct{ t, low, high float64 }

// gates returns the bounds at each knot of either: the steps, at which the
// arrivals change, and the steps later by the wait, at which they are due. The
// last is the end of the path, where all is served.
func gates(path []float64, backlog, wait float64) []gate {
	n := len(path)
	list := make([]gate, 0, 2*n)
	in := make([]float64, n+1) // backlog and arrivals up to each step
	in[0] = backlog
	for i, a := range path {
		in[i+1] = in[i] + a
	}
	upTo := func(t float64) float64 { // backlog and arrivals up to t
		i := min(int(t), n-1)
		return in[i] + (t-float64(i))*path[i]
	}
	due := func(t float64) float64 { // what is due at t, where wait ≤ t
		return upTo(max(t-wait, 0))
	}
	for i, j := 1, 0; i <= n; { // i counts steps, j steps that are due
		t, later := float64(i), float64(j)+wait
		if later < t-hair*t {
			list = append(list, gate{later, in[j], max(upTo(later), in[j])})
			j++
			continue
		}
		g := gate{t: t, high: in[i]}
		if later <= t+hair*t {
			j++
		}
		if t >= wait-hair*t {
			g.low = due(t)
		}
		list = append(list, g)
		i++
	}
	list[len(list)-1].low = in[n]
	return list
}

// taut returns the shortest path from (0, 0) through the gates to the last, where
// low and high are the same, as its knots.
//
// From the apex, the last knot that is sure, two chains reach to the newest gate:
// the convex one under all upper bounds and the concave one over all lower
// bounds. As long as they do not cross, some straight line lies between. Once
// they do, the path bends at the first knot of the one that was hit earlier.
func taut(gates []gate) []Point {
	knots := []Point{{}}
	apex := Point{}
	var high, low chain
	for _, g := range gates {
		high.push(apex, Point{g.t, g.high}, 1)
		for high.len() > 0 && low.len() > 0 && slope(apex, high.first()) < slope(apex, low.first()) {
			apex = low.pop() // the upper chain is one line, to g
			knots = append(knots, apex)
		}
		low.push(apex, Point{g.t, g.low}, -1)
		for high.len() > 0 && low.len() > 0 && high.first().X < low.first().X && slope(apex, high.first()) < slope(apex, low.first()) {
			apex = high.pop()
			knots = append(knots, apex)
		}
	}
	return append(knots, low.knots[low.from:]...)
}

// A chain is the knots of a convex or concave path from an apex, which it does
// not hold.
type chain struct {
	knots []Point
	from  int
}

func (c *chain) len() int     { return len(c.knots) - c.from }
func (c *chain) first() Point { return c.knots[c.from] }
func (c *chain) pop() Point   { c.from++; return c.knots[c.from-1] }

// push adds p and drops the knots before it that it makes needless. turn is 1 for
// a convex chain and −1 for a concave one.
func (c *chain) push(apex, p Point, turn float64) {
	for c.len() > 0 {
		last := c.knots[len(c.knots)-1]
		before := apex
		if c.len() > 1 {
			before = c.knots[len(c.knots)-2]
		}
		if turn*slope(last, p) > turn*slope(before, last) {
			break
		}
		c.knots = c.knots[:len(c.knots)-1]
	}
	c.knots = append(c.knots, p)
}

// slope returns that of the line from p to q, which lies later.
func slope(p, q Point) float64 { return (q.Y - p.Y) / (q.X - p.X) }

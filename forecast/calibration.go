package forecast

import (
	"math"
	"slices"
	"sort"
)

// knots are the quantiles that a calibration keeps; others are interpolated.
var knots = [...]float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95,
	0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999}

const medianKnot = 8

// spreadFactors is how many things the size of an error depends on.
const spreadFactors = 7

// A calibration says how far forecasts at one horizon were off, on days that
// they were not fitted on. An error is taken relative to its expected size,
//
//	e = (y − ŷ) / exp(Σ bₖ·xₖ)
//
// where x are logarithms of the forecast and of what workspace.recentSpread and
// spread write,
// each relative to what is usual. The coefficients b are a ridge regression of
// log|y − ŷ|.
type calibration struct {
	b    [spreadFactors]float64
	at   [len(knots)]float64 // quantiles of e
	size float64             // geometric mean of |y − ŷ|
}

// A heldError is how far a held-out forecast was off: at its time, and at the
// largest load of the window that begins there (NaN if unknown).
type heldError struct {
	e, peak, weight float64
	x               [spreadFactors]float64
	peakSize        float64 // x[0] of the peak
}

// A pair is a relative error and its weight.
type pair struct{ e, weight float64 }

// scale returns the expected size of an error relative to the usual one.
func (c *calibration) scale(x *[spreadFactors]float64) float64 { return quickExp(c.logScale(x)) }

func (c *calibration) logScale(x *[spreadFactors]float64) float64 {
	s := 0.0
	for k, b := range c.b {
		s += b * x[k]
	}
	return min(max(s, -3), 3)
}

// value returns the tau-quantile of the relative errors.
func (c *calibration) value(tau float64) float64 {
	i := sort.SearchFloat64s(knots[:], tau)
	switch {
	case i == 0:
		return c.at[0]
	case i == len(knots):
		return c.at[len(knots)-1]
	}
	w := (tau - knots[i-1]) / (knots[i] - knots[i-1])
	return c.at[i-1] + w*(c.at[i]-c.at[i-1])
}

// spreadPenalty holds the coefficients of the scale back, in samples.
const spreadPenalty = 10

// learn makes c from the known errors of list; it returns false if there are
// not even a few. apart is how many samples one independent error takes, since
// errors of overlapping horizons are alike. What their size depends on is
// taken over from like, if that is given, as far as it holds for them.
func (c *calibration) learn(w *workspace, list []heldError, typical, apart float64, like *calibration) bool {
	*c = calibration{}
	total, squares, size, tiny := 0.0, 0.0, 0.0, max(1e-4*typical, 1e-300)
	n := 0
	for i := range list {
		if h := &list[i]; h.e == h.e {
			n++
			total += h.weight
			squares += h.weight * h.weight
			size += h.weight * quickLog(math.Abs(h.e)+tiny)
		}
	}
	if n < minErrors/4 {
		return false
	}
	c.size = math.Exp(size / total)
	if like != nil {
		c.b = like.b
		c.temper(list)
	} else if n >= 2*minErrors {
		c.learnScale(list, total/float64(n))
	}
	c.quantiles(w.sorted(c, list), total, total*total/squares/max(apart, 1))
	return true
}

// sorted returns the known errors of list relative to c's scale, ascending: by
// keys that hold an error to twelve digits and, in the last bits, its place.
func (w *workspace) sorted(c *calibration, list []heldError) []pair {
	const place, sign = 1<<12 - 1, 1 << 63 // there are never so many
	order, pairs := w.order[:0], w.pairs[:0]
	for i := range list {
		if h := &list[i]; h.e == h.e {
			bits := math.Float64bits(h.e / c.scale(&h.x))
			bits ^= uint64(int64(bits)>>63) | sign // ascends as the error does
			order = append(order, bits&^place|uint64(i))
		}
	}
	slices.Sort(order)
	for _, key := range order {
		bits := key &^ place
		bits ^= ^uint64(int64(bits)>>63) | sign
		pairs = append(pairs, pair{math.Float64frombits(bits), list[key&place].weight})
	}
	w.order, w.pairs = order, pairs
	return pairs
}

func (c *calibration) learnScale(list []heldError, unit float64) {
	var g gram
	var x vector
	const p = spreadFactors + 1
	x[0] = 1
	for i := range list {
		if h := &list[i]; h.e == h.e {
			copy(x[1:], h.x[:])
			g.add(&x, quickLog(math.Abs(h.e)/c.size+0.05), h.weight, p)
		}
	}
	for a := 1; a < p; a++ {
		g.xx[a][a] += spreadPenalty * unit
	}
	var b vector
	g.solve(1e-9*unit, p, &b)
	copy(c.b[:], b[1:p])
}

// temper weakens the coefficients as far as the errors do not follow them: by
// the power of the scale that makes them likeliest, were they Laplace's. A load
// that is forecast to the last request may have largest loads that are not.
func (c *calibration) temper(list []heldError) {
	var weight, logs float64
	var sizes [len(tempers)]float64
	for i := range list {
		h := &list[i]
		if h.e != h.e {
			continue
		}
		half := c.logScale(&h.x) / 2
		root, e := quickExp(-half), h.weight*math.Abs(h.e)
		for k := range sizes {
			sizes[k] += e
			e *= root
		}
		weight += h.weight
		logs += h.weight * half
	}
	best, least := 0, math.Inf(1)
	for k, size := range sizes {
		if cost := math.Log(size/weight) + float64(k)*logs/weight; cost < least {
			best, least = k, cost
		}
	}
	for k := range c.b {
		c.b[k] *= tempers[best]
	}
}

var tempers = [...]float64{0, 0.5, 1}

// quantiles fills c.at from sorted errors. Beyond the 90th percentile the tail
// is that of a generalised Pareto distribution, since a few hundred errors hold
// too few extremes. All quantiles are moved away from the median by what
// Student's distribution adds to the normal one with ν degrees of freedom (one
// less than there are independent errors),
// (z² + 1)/4ν to first order, and the uncertainty of the centre, 1/2ν: few
// independent days have seen too little.
//
// # References
//
// Tail: Pickands, Statistical Inference Using Extreme Order Statistics, 1975;
// shape by moments as in Hosking and Wallis, 1987. Expansion of Student's
// quantile: Fisher, Cornish 1960.
func (c *calibration) quantiles(list []pair, total, freedom float64) {
	cum, i := 0.0, 0
	for k, tau := range knots {
		for i < len(list)-1 && cum+list[i].weight < tau*total {
			cum += list[i].weight
			i++
		}
		c.at[k] = list[i].e
	}
	c.tail(list)
	median := c.at[medianKnot]
	for k, tau := range knots {
		z := math.Sqrt2 * math.Erfinv(2*tau-1)
		c.at[k] = median + (c.at[k]-median)*(1+(z*z+3)/(4*max(freedom-1, 1)))
	}
}

// The tail begins at knot tailKnot, and is believed from tailFrom on.
const (
	tailKnot = 13
	tailFrom = 0.95
	maxShape = 0.3
	// mostExcess is how many times the median excess one error may count.
	mostExcess = 30
)

func (c *calibration) tail(list []pair) {
	u := c.at[tailKnot]
	weight, first, second := 0.0, 0.0, 0.0
	over := len(list)
	for over > 0 && list[over-1].e > u {
		over--
	}
	n := len(list) - over
	if n < 5 {
		return
	}
	limit := mostExcess * (list[over+n/2].e - u)
	for _, h := range list[over:] {
		d := min(h.e-u, limit)
		weight += h.weight
		first += h.weight * d
		second += h.weight * d * d
	}
	mean := first / weight
	variance := second/weight - mean*mean
	shape := min(max(0.5*(1-mean*mean/variance), 0), maxShape)
	if shape != shape {
		return
	}
	sigma := mean * (1 - shape)
	for k := tailKnot + 1; k < len(knots); k++ {
		if knots[k] <= tailFrom {
			continue
		}
		r := (1 - knots[k]) / (1 - knots[tailKnot])
		if shape < 1e-3 {
			c.at[k] = u - sigma*math.Log(r)
		} else {
			c.at[k] = u + sigma/shape*(math.Pow(r, -shape)-1)
		}
		c.at[k] = max(c.at[k], c.at[k-1])
	}
}

package forecast

import (
	"math"
	"slices"
	"sort"
)

// A calibration says how far forecasts of one kind were off, on days that they
// were not fitted on. Errors are divided by a scale that grows with the
// forecast,
//
//	z = (y − ŷ) / (ŷ + offset)^power
//
// and kept sorted for a grid of horizons; between two of them, quantiles are
// interpolated linearly in the logarithm of the horizon.
type calibration struct {
	grid   []int     // horizons in steps, ascending
	logs   []float64 // their logarithms
	phi    []float64 // share of the present level that lasts until then
	power  float64   // within [0, 1]
	offset float64   // positive
	errs   [][]float64
}

// count returns how many errors the best-known horizon has.
func (c *calibration) count() int {
	n := 0
	for _, e := range c.errs {
		n = max(n, len(e))
	}
	return n
}

// lasting returns the share of the present level that lasts for h steps.
func (c *calibration) lasting(h int) float64 {
	return interpolate(c.logs, c.phi, math.Log(float64(h)))
}

func (c *calibration) scale(centre float64) float64 {
	switch c.power {
	case 0:
		return c.offset
	case 0.5:
		return math.Sqrt((centre + c.offset) * c.offset)
	}
	return centre + c.offset
}

// spread writes the quantiles dst.Taus around the centres into dst, which has
// one row for each. scratch grows to what is needed once.
func (c *calibration) spread(dst *Paths, centres []float64, scratch *[]float64) {
	k := len(dst.Taus)
	zs := slices.Grow((*scratch)[:0], len(c.grid)*k)[:len(c.grid)*k]
	*scratch = zs
	for g, errs := range c.errs {
		for j, tau := range dst.Taus {
			zs[g*k+j] = conformalQuantile(errs, tau)
		}
	}
	for i := range dst.Steps() {
		x := math.Log(float64(i + 1))
		g := sort.SearchFloat64s(c.logs, x)
		lo, hi := max(g-1, 0), min(g, len(c.logs)-1)
		w := 0.0
		if lo != hi {
			w = (x - c.logs[lo]) / (c.logs[hi] - c.logs[lo])
		}
		scale := c.scale(centres[i])
		row, below := dst.Row(i), 0.0
		for j := range row {
			z := (1-w)*zs[lo*k+j] + w*zs[hi*k+j]
			below = max(below, centres[i]+z*scale)
			row[j] = below
		}
	}
}

// conformalQuantile returns the ⌈(n+1)·tau⌉-th smallest of n sorted errors, or
// the largest if there is none so high: the rank at which a new error drawn
// from the same distribution is covered with probability tau at least.
//
// # References
//
// Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005.
func conformalQuantile(sorted []float64, tau float64) float64 {
	rank := int(math.Ceil(float64(len(sorted)+1)*tau)) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// choosePower sets the power under which the errors fit a Laplace distribution
// best, whose log-likelihood is −log(mean|z|) − mean(log scale), and the errors
// to what that makes of the given pairs.
func (c *calibration) choosePower(pairs [][]pair) {
	best, chosen := math.Inf(1), 0.0
	for _, power := range []float64{0, 0.5, 1} {
		c.power = power
		sum, logs, n := 0.0, 0.0, 0.0
		for _, ps := range pairs {
			for _, p := range ps {
				s := c.scale(p.centre)
				sum += math.Abs(p.y-p.centre) / s
				logs += math.Log(s)
				n++
			}
		}
		if cost := math.Log(sum/n) + logs/n; cost < best {
			best, chosen = cost, power
		}
	}
	c.power = chosen
	c.errs = make([][]float64, len(pairs))
	for g, ps := range pairs {
		c.errs[g] = make([]float64, len(ps))
		for i, p := range ps {
			c.errs[g][i] = (p.y - p.centre) / c.scale(p.centre)
		}
		slices.Sort(c.errs[g])
	}
}

// A pair is what came and the centre of the forecast of it.
type pair struct{ y, centre float64 }

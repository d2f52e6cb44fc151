package capacity

import (
	"math/rand/v2"
	"slices"
)

// The block bootstrap draws stretches of time with replacement, so that what
// neighbouring observations share counts once.
//
// # References
//
// H. R. Künsch, The jackknife and the bootstrap for general stationary
// observations, Annals of Statistics 17 (1989). Blocks do not overlap here,
// as in E. Carlstein, Annals of Statistics 14 (1986).
const (
	draws = 200
	// tail is the share of draws on either side of a 90 % interval.
	tail = 0.05
)

// resample calls f with how often each block was drawn, draws times, after
// which f's results are the bootstrap distribution.
func resample(f func(times *[blocks]float64)) {
	rng := rand.New(rand.NewPCG(20, 26))
	for range draws {
		var times [blocks]float64
		for range blocks {
			times[rng.IntN(blocks)]++
		}
		f(&times)
	}
}

// interval returns the ends of the 90 % interval of the draws xs, which it
// sorts; all draws count, found or not: missing is how many had no result
// because it lay above all that was seen.
func interval(xs []float64, missing int) (low, high float64, open bool) {
	n := len(xs) + missing
	if len(xs) == 0 {
		return 0, 0, true
	}
	slices.Sort(xs)
	i, j := int(tail*float64(n)), n-1-int(tail*float64(n))
	low = xs[min(i, len(xs)-1)]
	if j >= len(xs) {
		return low, xs[len(xs)-1], true
	}
	return low, xs[j], false
}

// medianOf returns the median of xs, the upper of two, which it reorders; 0 if
// there is none. None may be NaN. It costs O(n), by Hoare's selection.
func medianOf(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	k, lo, hi := len(xs)/2, 0, len(xs)-1
	for lo < hi {
		pivot := middleOf(xs[lo], xs[(lo+hi)/2], xs[hi])
		i, j := lo, hi
		for i <= j {
			for xs[i] < pivot {
				i++
			}
			for xs[j] > pivot {
				j--
			}
			if i <= j {
				xs[i], xs[j] = xs[j], xs[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return xs[k]
		}
	}
	return xs[k]
}

func middleOf(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

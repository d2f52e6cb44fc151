package simulate

import (
	"cmp"
	"math"
	"time"
)

// A Queue is requests that wait, first come first served, for one of several
// servers that are alike: pods, or the workers in them.
//
// # References
//
// A. K. Erlang, Solution of some problems in the theory of probabilities of
// significance in automatic telephone exchanges, Elektroteknikeren 13 (1917).
// L. Kleinrock, Queueing Systems, Volume I: Theory, Wiley (1975), section 3.5.
// H. Sakasegawa, An approximation formula Lq ≃ α·ρ^β/(1−ρ), Annals of the
// Institute of Statistical Mathematics 29 (1977). W. J. Hopp and M. L.
// Spearman, Factory Physics, 3rd edition, Waveland (2008), section 8.6.
type Queue struct {
	Arrivals float64       // requests per second
	Service  time.Duration // mean time that a server takes for one
	// Variability is the mean of the squared coefficients of variation of the
	// times between arrivals and of the service times. Zero means 1: both are
	// exponential, M/M/c, and everything here but Sakasegawa's wait is exact.
	Variability float64
}

// Offered returns the load in servers: those that would be busy on average if
// nobody waited. As many or fewer servers are never done.
func (q Queue) Offered() float64 { return q.Arrivals * q.Service.Seconds() }

// WaitProbability returns the probability that a request has to wait, Erlang's
// C(c, a) for c servers and the offered load a. It is 1 for c ≤ a.
//
//	B(0) = 1,  B(k) = a·B(k−1) / (k + a·B(k−1)),  C = B(c) / (1 − ρ·(1 − B(c))),  ρ = a/c
//
// It costs O(c) and does not overflow.
func (q Queue) WaitProbability(servers int) float64 {
	a := q.Offered()
	switch {
	case !(a > 0):
		return 0
	case float64(servers) <= a:
		return 1
	}
	b := 1.0
	for k := 1; k <= servers; k++ {
		b = a * b / (float64(k) + a*b)
	}
	return b / (1 - a/float64(servers)*(1-b))
}

// MeanWait returns the mean time in seconds that a request waits before it is
// served: for M/M/c
//
//	W = C(c, a) · S / (c − a)
//
// and Variability times that otherwise (Allen and Cunneen's approximation). It
// is +Inf for c ≤ a.
func (q Queue) MeanWait(servers int) float64 {
	a := q.Offered()
	switch {
	case !(a > 0):
		return 0
	case float64(servers) <= a:
		return math.Inf(1)
	}
	return cmp.Or(q.Variability, 1) * q.WaitProbability(servers) * q.Service.Seconds() / (float64(servers) - a)
}

// WaitQuantile returns the time in seconds that a share p of the requests waits
// at most. In M/M/c the wait is zero with probability 1−C and exponential
// beyond, so
//
//	t(p) = ln(C/(1−p)) · S / (c − a), or 0 if 1−p ≥ C
//
// which is scaled by Variability, as the mean is. It is +Inf for c ≤ a or p ≥ 1.
func (q Queue) WaitQuantile(servers int, p float64) float64 {
	a := q.Offered()
	switch {
	case !(a > 0):
		return 0
	case float64(servers) <= a || p >= 1:
		return math.Inf(1)
	}
	c := q.WaitProbability(servers)
	if 1-p >= c {
		return 0
	}
	return cmp.Or(q.Variability, 1) * math.Log(c/(1-p)) * q.Service.Seconds() / (float64(servers) - a)
}

// Sakasegawa returns his approximation of MeanWait, in O(1):
//
//	W ≈ V · ρ^(√(2(c+1)) − 1) / (c·(1 − ρ)) · S
//
// It is exact for one server, and within a tenth beyond where the queue matters.
func (q Queue) Sakasegawa(servers int) float64 {
	a, c := q.Offered(), float64(servers)
	switch {
	case !(a > 0):
		return 0
	case c <= a:
		return math.Inf(1)
	}
	rho := a / c
	return cmp.Or(q.Variability, 1) * math.Pow(rho, math.Sqrt(2*(c+1))-1) / (c * (1 - rho)) * q.Service.Seconds()
}

// Servers returns the least number of servers with which a share p of the
// requests waits no longer than the objective, or most if even they do not
// suffice. The wait falls with each server, so it is found by halving.
func (q Queue) Servers(objective time.Duration, p float64, most int) int {
	lo, hi := 0, max(most, 0) // lo never suffices
	if a := q.Offered(); a > 0 {
		lo = int(min(a, float64(hi)))
	}
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; q.WaitQuantile(mid, p) <= objective.Seconds() {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

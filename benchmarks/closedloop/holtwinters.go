package main

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// season is a day, in beats.
const season = int(24 * time.Hour / beat)

// A smoothing holds the parameters of Holt-Winters.
type smoothing struct{ alpha, beta, gamma float64 }

// documented is the example of the peer's documentation.
var documented = []smoothing{{0.9, 0.9, 0.9}}

// tweaked are what somebody might try who finds that these "require tweaking".
var tweaked = func() []smoothing {
	list := []smoothing{}
	for _, alpha := range []float64{0.1, 0.3, 0.6, 0.9} {
		for _, beta := range []float64{0, 0.001, 0.01, 0.1} {
			for _, gamma := range []float64{0.1, 0.3, 0.6} {
				list = append(list, smoothing{alpha, beta, gamma})
			}
		}
	}
	return append(list, documented...)
}()

// holtWinters sets floors as the Predictive Horizontal Pod Autoscaler does with
// its model HoltWinters: additive, with a season of a day, on the replicas that
// the HPA reckons, one step ahead, rounded up; the higher of it and of the
// reactive part holds, and no lower one within five minutes. A step is five
// minutes, since one of 15 s would end before any pod is Ready. Of several
// parameters those are taken, each midnight, that were off least so far.
//
// With the documented parameters it is fitted anew at each step to the four
// seasons that the example keeps, as the original does. With others it runs on
// from the first sample, and what it began with fades.
//
// # References
//
// jthomperoo/predictive-horizontal-pod-autoscaler at c91d060; statsmodels,
// tsa.holtwinters.ExponentialSmoothing.
func holtWinters(s forecast.Series, from, to time.Time, list []smoothing) floorsFor {
	first := s.Start.Truncate(beat)
	if first.Before(s.Start) {
		first = first.Add(beat)
	}
	return func(perPod float64, ceiling int32) *simulate.Floors {
		var ys []float64
		last := math.NaN()
		for t := first; t.Before(to); t = t.Add(beat) {
			if i := s.Index(t); i < s.Len() && !math.IsNaN(s.Values[i]) {
				last = math.Ceil(s.Values[i]/perPod - 1e-9)
			}
			ys = append(ys, last)
		}
		var ahead []float64
		if len(list) == 1 {
			ahead = list[0].anew(ys, max(0, int(from.Sub(first)/beat)))
		} else {
			ahead = smoothBest(ys, list)
		}
		f := &simulate.Floors{Start: first, Step: beat, Values: make([]int32, len(ys))}
		before := 0.0
		for i, v := range ahead {
			if v = math.Ceil(v - 1e-9); !(v > 0) {
				v = 0
			}
			v = min(v, float64(ceiling))
			f.Values[i] = int32(max(v, before))
			before = v
		}
		return f
	}
}

// smoothBest returns, for each y, what is forecast of the next one; NaN before
// two seasons are there.
func smoothBest(ys []float64, list []smoothing) []float64 {
	out := make([]float64, len(ys))
	paths, off := make([][]float64, len(list)), make([]float64, len(list))
	for k, p := range list {
		paths[k] = p.ahead(ys)
	}
	best := 0
	for i := range out {
		if i%season == 0 {
			for k := range off {
				if off[k] < off[best] {
					best = k
				}
			}
		}
		out[i] = paths[best][i]
		if i+1 == len(out) {
			break
		}
		for k := range off {
			if d := math.Abs(ys[i+1] - paths[k][i]); !math.IsNaN(d) {
				off[k] += d
			}
		}
	}
	return out
}

// A state is that of additive Holt-Winters, by the recursion of statsmodels
// with optimized=False:
//
//	ŷ = l + b + s₋ₘ,  e = y − l − b,
//	s = s₋ₘ + γ(e − s₋ₘ),  l′ = l + b + α(e − s₋ₘ),  b′ = b + β(l′ − l − b)
type state struct {
	level, trend float64
	cycle        []float64 // s₋ₘ for each phase of the season
	phase        int       // of the next y
}

func (z *state) add(p smoothing, y float64) {
	c := &z.cycle[z.phase]
	e := y - z.level - z.trend
	next := z.level + z.trend + p.alpha*(e-*c)
	z.trend += p.beta * (next - z.level - z.trend)
	*c += p.gamma * (e - *c)
	z.level = next
	z.phase = (z.phase + 1) % len(z.cycle)
}

func (z *state) next() float64 { return z.level + z.trend + z.cycle[z.phase] }

// begin makes the state before the first y as statsmodels estimates it: the
// season is the mean by phase of up to five cycles less their centred moving
// average, level and trend a line through the first ten of the latter. There
// have to be two seasons of m and ten more.
func (z *state) begin(ys []float64, m int) {
	cycles := min(5, len(ys)/m)
	sums := make([]float64, cycles*m+1)
	for i := range cycles * m {
		sums[i+1] = sums[i] + ys[i]
	}
	// The mean over m around i; for an even m that of the two nearest.
	around := func(i int) float64 {
		if m%2 == 1 {
			return (sums[i+m/2+1] - sums[i-m/2]) / float64(m)
		}
		return (sums[i+m/2] - sums[i-m/2] + sums[i+m/2+1] - sums[i-m/2+1]) / float64(2*m)
	}
	lo, hi := m/2, cycles*m-m/2 // where it is known
	z.cycle, z.phase = slices.Grow(z.cycle[:0], m)[:m], 0
	counts := make([]float64, m)
	clear(z.cycle)
	for i := lo; i < hi; i++ {
		z.cycle[i%m] += ys[i] - around(i)
		counts[i%m]++
	}
	all := 0.0
	for j := range z.cycle {
		z.cycle[j] /= counts[j]
		all += z.cycle[j] / float64(m)
	}
	for j := range z.cycle {
		z.cycle[j] -= all
	}
	// Least squares on t = 1 … 10: the mean of t is 5.5, its squares sum to 82.5.
	sum, slope := 0.0, 0.0
	for t := 1.0; t <= 10; t++ {
		y := around(lo + int(t) - 1)
		sum, slope = sum+y, slope+(t-5.5)*y/82.5
	}
	z.level, z.trend = sum/10-5.5*slope, slope
}

// seasons is how many the documented example keeps.
const seasons = 4

// anew forecasts the next y from each on, by a fit to the last seasons.
func (p smoothing) anew(ys []float64, from int) []float64 {
	out := make([]float64, len(ys))
	var z state
	for i := range out {
		out[i] = math.NaN()
		window := ys[max(0, i+1-seasons*season) : i+1]
		if i < from || len(window) < 2*season+10 || math.IsNaN(window[0]) {
			continue
		}
		z.begin(window, season)
		for _, y := range window {
			z.add(p, y)
		}
		out[i] = z.next()
	}
	return out
}

// ahead forecasts the next y by a state that runs on.
func (p smoothing) ahead(ys []float64) []float64 {
	out := make([]float64, len(ys))
	for i := range out {
		out[i] = math.NaN()
	}
	begin := 0
	for begin < len(ys) && math.IsNaN(ys[begin]) {
		begin++
	}
	if len(ys)-begin < 2*season+10 {
		return out
	}
	var z state
	z.begin(ys[begin:begin+2*season+10], season)
	for i := begin; i < len(ys); i++ {
		z.add(p, ys[i])
		if i-begin >= 2*season+9 {
			out[i] = z.next()
		}
	}
	return out
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

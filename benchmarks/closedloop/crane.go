package main

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
)

// Crane's EffectiveHPA adds the forecast of its DSP predictor as one more
// metric to the HPA. What follows is written anew from its published behaviour.
//
// # References
//
// gocrane/crane at 2b0ddae8, pkg/prediction/dsp and pkg/metricprovider.
const (
	craneHistory = 15*24*time.Hour + time.Hour
	craneRefit   = 12 * time.Hour
	craneWindow  = time.Hour // the metric is the largest forecast within it
	craneGap     = time.Hour // what lies before a longer one is discarded
	craneReach   = 4 * time.Hour
	shuffles     = 100
	maxItems     = 100
)

var errNotPeriodic = errors.New("not periodic")

// A craneFilter is one of the default FFT estimators.
type craneFilter struct {
	minItems     int
	lowAmplitude float64
}

var (
	craneFilters = []craneFilter{{3, 1}, {50, 0.05}}
	craneMargins = []float64{0.01, 0.10, 0.15, 0.20}
)

// craneMetric returns what Crane serves to the HPA, on the grid of s: the
// largest forecast of the coming hour, cut to an integer, and 0, which asks for
// nothing, where it has no forecast. alive may end it.
func craneMetric(s forecast.Series, from time.Time, alive func() error) (forecast.Series, error) {
	step := max(s.Step, time.Minute)
	known := s
	if s.Step < step {
		known = s.Resample(step)
	}
	out := forecast.Series{Start: s.Start, Step: s.Step, Values: make([]float64, s.Len())}
	for at := from; !at.After(s.End()); at = at.Add(craneRefit) {
		if err := alive(); err != nil {
			return out, err
		}
		// The sample of this moment is known; one that is an average of what comes is not.
		origin := known.Index(at)
		if s.Step < step {
			origin--
		}
		cycle, err := dsp(known.Values[:origin+1], step)
		if err != nil {
			continue
		}
		for i := max(0, s.Index(at)); i < s.Len() && s.Time(i).Before(at.Add(craneRefit)); i++ {
			j := int(s.Time(i).Sub(known.Time(origin))/step) - 1
			top := 0.0
			for k := 0; k <= int(craneWindow/step); k++ {
				top = max(top, cycle[(j+k+len(cycle))%len(cycle)])
			}
			out.Values[i] = math.Trunc(top)
		}
	}
	return out, nil
}

// dsp returns the period that follows xs, of a day or a week, or
// errNotPeriodic.
func dsp(xs []float64, step time.Duration) ([]float64, error) {
	xs = craneClean(xs, step)
	period := cranePeriod(xs, step)
	if period == 0 || len(xs)/period < 2 {
		return nil, errNotPeriodic
	}
	xs = xs[len(xs)%period:]
	past, actual := xs[:len(xs)-period], xs[len(xs)-period:]
	best, least := []float64(nil), math.Inf(1)
	for _, f := range craneFilters {
		tried := f.lastPeriod(past, period, step)
		var now []float64
		for _, margin := range craneMargins {
			if loss := craneLoss(actual, tried, 1+margin); loss < least {
				if now == nil {
					now = f.lastPeriod(xs, period, step)
				}
				least, best = loss, scaled(now, 1+margin)
			}
		}
	}
	if best == nil {
		return nil, errNotPeriodic
	}
	return best, nil
}

func scaled(xs []float64, by float64) []float64 {
	out := slices.Clone(xs)
	for i := range out {
		out[i] *= by
	}
	return out
}

// craneClean takes the last 15 days, drops what lies before a long gap, fills
// the others linearly, and puts the value before it in place of one that is
// outside the quantiles .001 and .999.
func craneClean(xs []float64, step time.Duration) []float64 {
	xs = xs[max(0, len(xs)-int(craneHistory/step)):]
	var out []float64
	last := -1
	for i, x := range xs {
		if math.IsNaN(x) {
			continue
		}
		if last >= 0 && time.Duration(i-last)*step > craneGap {
			out, last = out[:0], -1
		}
		if last >= 0 {
			a := out[len(out)-1]
			for k := last + 1; k < i; k++ {
				out = append(out, a+(x-a)*float64(k-last)/float64(i-last))
			}
		}
		out, last = append(out, x), i
	}
	// Up to now the last value holds.
	for k := last + 1; last >= 0 && k < len(xs); k++ {
		out = append(out, out[len(out)-1])
	}
	out = out[len(out)%max(1, int(time.Hour/step)):]
	if len(out) == 0 {
		return nil
	}
	q := backtest.Quantiles(slices.Clone(out), []float64{0.001, 0.999})
	for i := 1; i < len(out); i++ {
		if out[i] < q[0] || out[i] > q[1] {
			out[i] = out[i-1]
		}
	}
	return out
}

// cranePeriod returns the period in steps if it is a day or a week; else 0. It
// is the peak of the circular autocorrelation that is highest among those that
// the periodogram hints at, where it exceeds that of shuffled samples.
func cranePeriod(xs []float64, step time.Duration) int {
	day := int(24 * time.Hour / step)
	unit := day
	if len(xs) >= 14*day {
		unit = 7 * day
	}
	if len(xs) < 2*unit {
		return 0
	}
	xs = xs[len(xs)%unit:]
	n := len(xs)
	fft := newTransform(n)
	threshold := fft.shuffled(xs)
	bins := fft.coefficients(complexOf(xs))
	power := make([]complex128, n)
	for k := 1; k < n; k++ {
		a := cmplx.Abs(bins[k])
		power[k] = complex(a*a, 0)
	}
	correlation := make([]float64, n) // but for a factor
	for k, c := range fft.inverse(power) {
		correlation[k] = real(c)
	}
	best, height := 0, 0.0
	for k := 2; k < n/2; k++ {
		period := n / k
		if cmplx.Abs(bins[k]) <= threshold || correlation[period] <= height {
			continue
		}
		if isPeak(correlation, period, min(int(craneReach/step), period/2)) {
			best, height = period, correlation[period]
		}
	}
	if best != day && best != 7*day {
		return 0
	}
	return best
}

// shuffled returns the largest amplitude but one of a hundred shuffles of xs: what
// a frequency has to exceed to hint at a period.
func (t transform) shuffled(xs []float64) float64 {
	random := rand.New(rand.NewPCG(0, 0))
	n := len(xs)
	mixed, both := slices.Clone(xs), make([]complex128, n)
	var strongest []float64
	for range shuffles / 2 { // two real series make one of complex numbers
		random.Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		for i, x := range mixed {
			both[i] = complex(x, 0)
		}
		random.Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		for i, x := range mixed {
			both[i] += complex(0, x)
		}
		bins := t.coefficients(both)
		first, second := 0.0, 0.0
		for k := 1; k < n/2; k++ {
			a, b := bins[k], cmplx.Conj(bins[n-k])
			first, second = max(first, cmplx.Abs(a+b)/2), max(second, cmplx.Abs(a-b)/2)
		}
		strongest = append(strongest, first, second)
	}
	slices.Sort(strongest)
	return strongest[shuffles-2]
}

// isPeak tells whether xs rises, by least squares, up to i and falls after it.
func isPeak(xs []float64, i, reach int) bool {
	if reach < 1 || i < 1 {
		return false
	}
	left, right := xs[max(0, i-reach):i+1], xs[i:min(i+reach+1, len(xs))]
	return len(right) > 1 && slope(left) > 0 && slope(right) < 0
}

// slope returns the sign and size of the least-squares slope, but for a factor.
func slope(ys []float64) float64 {
	mid, sum := float64(len(ys)-1)/2, 0.0
	for i, y := range ys {
		sum += (float64(i) - mid) * y
	}
	return sum
}

// lastPeriod returns the last period of xs after weak frequencies are removed.
// Frequencies run up to the sampling rate, as in the original: the mirrored
// half counts as high, so that a weak low frequency is halved.
func (f craneFilter) lastPeriod(xs []float64, period int, step time.Duration) []float64 {
	n := len(xs)
	fft := newTransform(n)
	bins := fft.coefficients(complexOf(xs))
	amplitude := make([]float64, len(bins))
	for k, c := range bins {
		amplitude[k] = cmplx.Abs(c) / float64(n)
	}
	ordered := slices.Clone(amplitude[1 : (n+1)/2])
	slices.Sort(ordered)
	slices.Reverse(ordered)
	least := max(ordered[min(maxItems, len(ordered))-1], f.lowAmplitude)
	if len(ordered) >= f.minItems {
		least = min(least, ordered[f.minItems-1])
	}
	for k := 1; k < n; k++ {
		if amplitude[k] < least && float64(k)/(float64(n)*step.Seconds()) > 1.0/3600 {
			bins[k] = 0
		}
	}
	last := make([]float64, period)
	for i, c := range fft.inverse(bins)[n-period:] {
		if last[i] = real(c); last[i] <= 0 {
			last[i] = 0.01
		}
	}
	return last
}

// craneLoss is the mean relative error with what falls short amplified, or the
// mean absolute one if a value is near 0.
func craneLoss(actual, predicted []float64, by float64) float64 {
	sum, plain := 0.0, slices.Min(actual) < 1e-3
	for i, y := range actual {
		d := predicted[i]*by - y
		switch {
		case plain:
			sum += math.Abs(d)
		case d >= 0:
			sum += d / y
		default:
			sum -= math.Log1p(-min(-d/y, 1-1e-12)) / math.Log(1.25)
		}
	}
	return sum / float64(len(actual))
}

package backtest

import (
	"math"
	"time"
)

// A Bin is a range of horizons that is scored by itself.
type Bin int

// The bins. The last one takes all that lies beyond.
const (
	Near Bin = iota // up to 30 minutes
	Mid             // above that, up to 3 hours
	Far             // above that
	bins
)

// Bins lists them all.
var Bins = []Bin{Near, Mid, Far}

func (b Bin) String() string { return [...]string{"≤30m", "≤3h", "≤24h"}[b] }

// binOf returns the bin of a horizon.
func binOf(h time.Duration) Bin {
	switch {
	case h <= 30*time.Minute:
		return Near
	case h <= 3*time.Hour:
		return Mid
	}
	return Far
}

// Pinball returns the loss of saying that the tau-quantile is q when y came,
//
//	τ·(y − q) if y ≥ q,  (1 − τ)·(q − y) otherwise
//
// in the unit of the load. Its expectation is least where q is the quantile.
//
// # References
//
// Koenker, Bassett: Regression Quantiles, Econometrica 46, 1978.
func Pinball(tau, q, y float64) float64 {
	if y >= q {
		return tau * (y - q)
	}
	return (1 - tau) * (q - y)
}

// A Score is what the forecasts of one method came to on one Task. It holds
// sums, so that the sample it rests on is known.
type Score struct {
	Series, Method string
	Taus           []float64
	Origins        int // with at least one target that counts
	Failed         int // origins without a forecast, for the method's own reasons

	Targets [bins]int       // that count, by bin
	Loss    [bins][]float64 // sum of the pinball loss, by bin and quantile
	Covered []int           // targets at or below the quantile, over all bins

	Peaks       int       // windows that count
	PeakLoss    []float64 // sum of the pinball loss of the largest load
	PeakCovered []int

	scaled  float64 // sum of |y − median| / scale
	scaledN int
}

// Score scores f on the targets whose load is known and which every one of
// others forecasts too, so that the scores of f and the others over the same
// list can be compared. An f and others of another Task panic or give nonsense.
func (t *Task) Score(f *Forecasts, others ...*Forecasts) Score {
	k := len(f.Taus)
	s := Score{Series: t.Name, Method: f.Method, Taus: f.Taus, Failed: len(f.Failed),
		Covered: make([]int, k), PeakLoss: make([]float64, k), PeakCovered: make([]int, k)}
	for b := range s.Loss {
		s.Loss[b] = make([]float64, k)
	}
	median := medianOf(f.Taus)
	for i := range t.Origins {
		before := s.total()
		scale := math.NaN()
		for h := 1; h <= t.horizon; h++ {
			y, row := t.Target(i, h), f.Row(i, h)
			if math.IsNaN(y) || !given(row) || !allGiven(others, i, h) {
				continue
			}
			b := binOf(time.Duration(h) * t.Series.Step)
			s.Targets[b]++
			for j, q := range row {
				s.Loss[b][j] += Pinball(f.Taus[j], q, y)
				if y <= q {
					s.Covered[j]++
				}
			}
			if median < 0 {
				continue
			}
			if math.IsNaN(scale) {
				scale = t.scale(i)
			}
			if scale > 0 {
				s.scaled += math.Abs(y-row[median]) / scale
				s.scaledN++
			}
		}
		if s.total() > before {
			s.Origins++
		}
		s.addPeak(t.Peak(i), f.Peak(i), others, i)
	}
	return s
}

func (s *Score) addPeak(y float64, row []float64, others []*Forecasts, i int) {
	if math.IsNaN(y) || !given(row) {
		return
	}
	for _, o := range others {
		// A method without any peaks, as a file of rows is, is not held against the rest.
		if o.peaks != nil && !given(o.Peak(i)) {
			return
		}
	}
	s.Peaks++
	for j, q := range row {
		s.PeakLoss[j] += Pinball(s.Taus[j], q, y)
		if y <= q {
			s.PeakCovered[j]++
		}
	}
}

// given reports whether every quantile of a row is a number.
func given(row []float64) bool {
	for _, q := range row {
		if math.IsNaN(q) || math.IsInf(q, 0) {
			return false
		}
	}
	return len(row) > 0
}

func allGiven(others []*Forecasts, i, h int) bool {
	for _, o := range others {
		if !given(o.Row(i, h)) {
			return false
		}
	}
	return true
}

func medianOf(taus []float64) int {
	for j, tau := range taus {
		if tau == 0.5 {
			return j
		}
	}
	return -1
}

// scale returns the mean |y_t − y_{t−day}| of the history at the i-th origin,
// that is the error of the plainest forecast; 0 if it is not known.
func (t *Task) scale(i int) float64 {
	ds := differences(t.History(i).Values, t.day)
	if len(ds) == 0 {
		return 0
	}
	sum := 0.0
	for _, d := range ds {
		sum += math.Abs(d)
	}
	return sum / float64(len(ds))
}

func (s *Score) total() int {
	n := 0
	for _, k := range s.Targets {
		n += k
	}
	return n
}

// Total returns the number of targets over all bins.
func (s *Score) Total() int { return s.total() }

// MeanLoss returns the pinball loss in b, averaged over targets and quantiles;
// NaN if there are no targets.
func (s *Score) MeanLoss(b Bin) float64 {
	sum := 0.0
	for _, l := range s.Loss[b] {
		sum += l
	}
	return sum / float64(s.Targets[b]) / float64(len(s.Taus))
}

// Ratio returns s.MeanLoss(b) / base.MeanLoss(b); 1 if both are zero and +Inf
// if only base's is, and NaN if either has no targets. The two have to be
// scores on the same targets.
func (s *Score) Ratio(base *Score, b Bin) float64 { return ratio(s.MeanLoss(b), base.MeanLoss(b)) }

// PeakRatio is Ratio for the largest load of the window, at one quantile.
func (s *Score) PeakRatio(base *Score, tau float64) float64 {
	j := index(s.Taus, tau)
	if j < 0 || s.Peaks == 0 || base.Peaks == 0 {
		return math.NaN()
	}
	return ratio(s.PeakLoss[j]/float64(s.Peaks), base.PeakLoss[j]/float64(base.Peaks))
}

func ratio(a, b float64) float64 {
	if a == 0 && b == 0 {
		return 1
	}
	return a / b
}

// Coverage returns the share of targets at or below the tau-quantile; NaN if
// there are no targets or tau was not forecast.
func (s *Score) Coverage(tau float64) float64 {
	j := index(s.Taus, tau)
	if j < 0 {
		return math.NaN()
	}
	return share(s.Covered[j], s.total())
}

// PeakCoverage is Coverage for the largest load of the window.
func (s *Score) PeakCoverage(tau float64) float64 {
	j := index(s.Taus, tau)
	if j < 0 {
		return math.NaN()
	}
	return share(s.PeakCovered[j], s.Peaks)
}

// MASE returns the mean absolute error of the median, each divided by the mean
// |y_t − y_{t−1 day}| of the history at its origin; NaN if the median was not
// forecast or no such scale is known.
//
// # References
//
// Hyndman, Koehler: Another look at measures of forecast accuracy,
// International Journal of Forecasting 22, 2006.
func (s *Score) MASE() float64 { return s.scaled / float64(s.scaledN) }

func share(part, of int) float64 { return float64(part) / float64(of) }

func index(taus []float64, tau float64) int {
	for j, t := range taus {
		if math.Abs(t-tau) < 1e-9 {
			return j
		}
	}
	return -1
}

package backtest

import "math"

// A Summary is what the scores of one method came to over several series.
type Summary struct {
	Method string
	Series int // scored
	Failed int // origins without a forecast

	Ratio    [bins]float64 // geometric mean of the series' ratios to the base
	Compared [bins]int     // series that it is taken over
	MASE     float64       // geometric mean

	Taus        []float64
	Coverage    []float64 // share of all targets of all series
	WorstSeries []string  // whose coverage is least
	Worst       []float64 // its coverage

	PeakCoverage []float64 // share of all windows of all series; NaN if there are none
	PeakRatio    []float64 // geometric mean
}

// Summarize sums scores up relative to base, which holds the scores of another
// method on the same targets in the same order. A series whose ratio is
// not known, as that of an hourly one in the first bin, is left out of that
// mean.
func Summarize(scores, base []Score) Summary {
	s := Summary{Series: len(scores), MASE: math.NaN()}
	for b := range s.Ratio {
		s.Ratio[b] = math.NaN()
	}
	if len(scores) == 0 {
		return s
	}
	s.Method, s.Taus = scores[0].Method, scores[0].Taus
	for _, b := range Bins {
		ratios := Ratios(scores, base, b)
		s.Ratio[b], s.Compared[b] = GeometricMean(ratios)
	}
	var mases []float64
	for i := range scores {
		s.Failed += scores[i].Failed
		mases = append(mases, scores[i].MASE())
	}
	s.MASE, _ = GeometricMean(mases)
	for _, tau := range s.Taus {
		s.addCoverage(scores, base, tau)
	}
	return s
}

func (s *Summary) addCoverage(scores, base []Score, tau float64) {
	covered, targets, peaksCovered, peaks := 0, 0, 0, 0
	worst, name := math.Inf(1), ""
	var ratios []float64
	for i := range scores {
		sc := &scores[i]
		j := index(sc.Taus, tau)
		covered += sc.Covered[j]
		targets += sc.total()
		peaksCovered += sc.PeakCovered[j]
		peaks += sc.Peaks
		if c := sc.Coverage(tau); c < worst {
			worst, name = c, sc.Series
		}
		ratios = append(ratios, sc.PeakRatio(&base[i], tau))
	}
	if name == "" {
		worst = math.NaN()
	}
	mean, _ := GeometricMean(ratios)
	s.Coverage = append(s.Coverage, share(covered, targets))
	s.Worst, s.WorstSeries = append(s.Worst, worst), append(s.WorstSeries, name)
	s.PeakCoverage, s.PeakRatio = append(s.PeakCoverage, share(peaksCovered, peaks)), append(s.PeakRatio, mean)
}

// Ratios returns the ratio of each of scores to that of base at the same place.
func Ratios(scores, base []Score, b Bin) []float64 {
	out := make([]float64, len(scores))
	for i := range scores {
		out[i] = scores[i].Ratio(&base[i], b)
	}
	return out
}

// Ratios beyond these count as these in a GeometricMean.
const (
	minRatio = 0.01
	maxRatio = 100
)

// GeometricMean returns exp(mean(ln x)) of the ratios that are known, and how
// many those are; NaN if there is none. Each counts as at least 1/100 and at
// most 100, so that one series cannot decide it alone: there are recorded loads
// that repeat a week to the last digit, on which a loss is zero.
func GeometricMean(ratios []float64) (mean float64, n int) {
	sum := 0.0
	for _, x := range ratios {
		if !math.IsNaN(x) {
			sum += math.Log(min(max(x, minRatio), maxRatio))
			n++
		}
	}
	return math.Exp(sum / float64(n)), n
}

// Better returns the share of series on which the loss of a is less than that
// of b in the bin, and how many series both have; NaN and 0 if there is none.
func Better(a, b []Score, bin Bin) (part float64, n int) {
	less := 0
	for i := range a {
		x, y := a[i].MeanLoss(bin), b[i].MeanLoss(bin)
		if math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		n++
		if x < y {
			less++
		}
	}
	return share(less, n), n
}

package forecast

import (
	"math"
	"time"
)

// An anchor is the load that is usual at a time of the day or week: the mean
// of the same time in earlier periods, the nearer the heavier,
//
//	A(t+h) = Σₖ 0.8ᵏ·y(t+h−k·P) / Σₖ 0.8ᵏ
//
// where k starts at the first period that is wholly known at t, and each y is
// the mean of itself and its two neighbours.
type anchor struct {
	day, week int     // steps in each; zero if that season is not used
	weekly    float64 // share of the weekly anchor in the mean of both
	past      int     // steps of the trailing mean, where there is no season
}

const (
	anchorDecay = 0.8
	anchorDays  = 7
	anchorWeeks = 4
)

func (a anchor) describe() string {
	switch {
	case a.day > 0 && a.week > 0:
		return "average of the same time of earlier days and of the same weekday"
	case a.week > 0:
		return "average of the same time and weekday of earlier weeks"
	case a.day > 0:
		return "average of the same time of earlier days"
	}
	return "average of the recent past (no season found)"
}

// warmup returns the first index at which the anchor can be known.
func (a anchor) warmup() int { return max(a.day, a.week, min(a.past, 10)) }

// A view is an anchor seen from one origin: it uses no later value.
type view struct {
	anchor
	values []float64
	origin int
	mean   float64 // trailing, at the origin
}

func (a anchor) from(values []float64, origin int) view {
	return view{a, values, origin, trailingMean(values, origin, a.past)}
}

// at returns the anchor for h steps after the origin. Where no earlier period
// is known it is the trailing mean; NaN if there is none either.
func (v view) at(h int) float64 {
	d, w := math.NaN(), math.NaN()
	if v.day > 0 {
		d = periodic(v.values, v.origin, h, v.day, anchorDays)
	}
	if v.week > 0 {
		w = periodic(v.values, v.origin, h, v.week, anchorWeeks)
	}
	switch {
	case math.IsNaN(d) && math.IsNaN(w):
		return v.mean
	case math.IsNaN(w):
		return d
	case math.IsNaN(d):
		return w
	}
	return (1-v.weekly)*d + v.weekly*w
}

// level returns by how much the newest n samples lie above the anchor, on
// average; zero if none of them is known.
func (v view) level(n int) float64 {
	sum, count := 0.0, 0.0
	for i := max(1, v.origin-n+1); i <= v.origin; i++ {
		y := v.values[i]
		if math.IsNaN(y) {
			continue
		}
		earlier := view{v.anchor, v.values, i - 1, v.mean}
		if b := earlier.at(1); !math.IsNaN(b) {
			sum += y - b
			count++
		}
	}
	if count == 0 {
		return 0
	}
	return sum / count
}

// periodic is the sum of the anchor's formula over at most n periods of the
// given length; NaN where none is known.
func periodic(values []float64, origin, h, period, n int) float64 {
	sum, weights, weight := 0.0, 0.0, 1.0
	for k, i := 0, origin+h-(h+period-1)/period*period; k < n && i > -2; k, i = k+1, i-period {
		if y := smooth(values, i, origin); !math.IsNaN(y) {
			sum += weight * y
			weights += weight
		}
		weight *= anchorDecay
	}
	if weights == 0 {
		return math.NaN()
	}
	return sum / weights
}

// smooth returns the mean of the known samples among i−1, i and i+1, none
// after the origin; NaN if none is known.
func smooth(values []float64, i, origin int) float64 {
	sum, n := 0.0, 0.0
	for j := max(i-1, 0); j <= min(i+1, origin); j++ {
		if y := values[j]; !math.IsNaN(y) {
			sum += y
			n++
		}
	}
	return sum / n
}

// trailingMean returns the mean of the known samples among the last n up to
// the origin; NaN if none is known.
func trailingMean(values []float64, origin, n int) float64 {
	sum, count := 0.0, 0.0
	for i := max(0, origin-n+1); i <= origin; i++ {
		if y := values[i]; !math.IsNaN(y) {
			sum += y
			count++
		}
	}
	return sum / count
}

// anchors returns the candidates for a series of n steps, the plainest first.
func anchors(n int, step time.Duration) []anchor {
	day := int(math.Round(float64(24*time.Hour) / float64(step)))
	past := max(min(day, n), 1)
	list := []anchor{{past: past}}
	if day < 2 || n < 2*day {
		return list
	}
	list = append(list, anchor{past: past, day: day})
	if n >= 15*day {
		list = append(list,
			anchor{past: past, day: day, week: 7 * day, weekly: 0.5},
			anchor{past: past, week: 7 * day, weekly: 1})
	}
	return list
}

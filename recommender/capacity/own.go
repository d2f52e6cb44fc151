package capacity

import (
	"fmt"
	"math"

	"github.com/highwater-dev/highwater/forecast"
)

// An Own says whose a sum over pods is: the pods' own, which comes and goes with
// them, or the load's, which they share. Memory is mostly the pods' own.
type Own struct {
	Share   float64 // of the sum that comes and goes with pods: 0 is the load's, 1 the pods'; NaN if too few changes are known
	Changes int     // of the number of pods that it was seen at
}

const (
	// ownChanges is the least number of changes that say something.
	ownChanges = 8
	// ownLimit is the share from which on a sum is the pods' own.
	ownLimit = 0.5
	// The sum is compared over ownMean samples that end ownGap before a change,
	// and as many that begin ownGap after it, while pods start and end.
	ownMean, ownGap = 5, 3
)

// FollowsLoad says whether a forecast of the sum says how many pods are needed.
// What is not known does not.
func (o Own) FollowsLoad() bool { return o.Share < ownLimit }

// Why says it in words.
func (o Own) Why() string {
	switch {
	case math.IsNaN(o.Share) && o.Changes == 0:
		return "it is not known whether it follows the load, since the number of pods has not changed while both were known"
	case math.IsNaN(o.Share):
		return fmt.Sprintf("it is not known whether it follows the load, since the number of pods has changed %d times only", o.Changes)
	case o.FollowsLoad():
		return fmt.Sprintf("it follows the load: at %d changes of the number of pods %.0f %% of it came and went with them", o.Changes, 100*math.Max(o.Share, 0))
	}
	return fmt.Sprintf("at %d changes of the number of pods %.0f %% of it came and went with them: it is the pods' own and follows them, not the load", o.Changes, 100*math.Min(o.Share, 1))
}

// OwnOf compares a sum over pods just before and just after each change of their
// number, less the trend that it had before. If a sum S is all the pods' own, it
// changes by S·Δn/n when n pods change by Δn; if it is the load's, not at all. The
// share is the slope of what it changed by over that, through the origin: least
// squares.
//
// Both series are of the same step; what is not known of either is left out, and
// so are changes that follow each other too closely.
func OwnOf(sum, pods forecast.Series) Own {
	var xy, xx float64
	o := Own{Share: math.NaN()}
	at := func(s forecast.Series, i int) float64 {
		if s.Step <= 0 {
			return math.NaN()
		}
		k := s.Index(sum.Time(i))
		if k < 0 || k >= s.Len() {
			return math.NaN()
		}
		return s.Values[k]
	}
	reach := ownMean + ownGap
	for i := reach; i+reach < sum.Len(); i++ {
		before, after := at(pods, i-1), at(pods, i)
		if !(before > 0 && after > 0) || before == after {
			continue
		}
		// The whole change: what goes on in the gap belongs to it.
		last := i
		for last < i+ownGap && at(pods, last+1) != at(pods, last) {
			last++
		}
		if last+reach >= sum.Len() || !steady(pods, at, i-reach, i-1) || !steady(pods, at, last, last+reach) {
			continue
		}
		after = at(pods, last)
		from, slope := meanAndSlope(sum.Values[i-reach : i-ownGap])
		to, _ := meanAndSlope(sum.Values[last+ownGap : last+reach])
		if math.IsNaN(from) || math.IsNaN(to) || !(from > 0) {
			continue
		}
		trend := slope * float64(last-i+ownMean+2*ownGap)
		x, y := from*(after-before)/before, to-from-trend
		xy, xx = xy+x*y, xx+x*x
		o.Changes++
		i = last
	}
	if o.Changes >= ownChanges && xx > 0 {
		o.Share = xy / xx
	}
	return o
}

// steady says whether the number of pods is the same from i to j.
func steady(pods forecast.Series, at func(forecast.Series, int) float64, i, j int) bool {
	for k := i; k < j; k++ {
		if at(pods, k) != at(pods, k+1) {
			return false
		}
	}
	return true
}

// meanAndSlope returns the mean of values and their slope per sample; NaN if one is not known.
func meanAndSlope(values []float64) (mean, slope float64) {
	n := float64(len(values))
	var sx, sy, sxy, sxx float64
	for i, v := range values {
		x := float64(i) - (n-1)/2
		sx, sy, sxy, sxx = sx+x, sy+v, sxy+x*v, sxx+x*x
	}
	return sy / n, sxy / sxx
}

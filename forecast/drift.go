package forecast

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A change is a lasting change of the load's level: before it, the load is
// brought to what it would be now.
type change struct {
	at     time.Time // first sample of the new level
	factor float64   // what the load before is multiplied by …
	add    float64   // … and what is added to it
	worth  float64   // what samples before it count
}

const (
	maxChanges = 3
	// A change is a third at least, and four times the noise.
	minJump  = 0.3
	jumpOver = 4
	// usualJump is the largest share of its height that other changes may have.
	usualJump = 0.5
	// changeSpan is how long a change must have lasted to be believed.
	changeSpan = 3 * time.Hour
	// A fall is believed without a week to compare with after three days only: it
	// may be a weekend, and doubt never lowers a floor.
	fallSpan = 72 * time.Hour
	// oldRegime is what samples before a small change count; before one to n
	// times or an nth of the load, an nth of that.
	oldRegime = 0.5
	// wideAfter is how much wider errors are taken just after a change; half of
	// that half a day later.
	wideAfter     = 0.5
	wideAfterHalf = 12 * time.Hour
)

// findChanges looks for lasting changes of the level: a jump of the logarithm
// of the load against the same time of the day before that is sharp, lasts for
// a day or until now, and was not there a week before. It rebases the load on
// each that it finds.
func (f *frame) findChanges(middle float64) []change {
	var list []change
	if f.day < 8 || f.n < 2*f.day+f.day/4 {
		return nil
	}
	for range maxChanges {
		at, jump := f.findJump(middle)
		if at < 0 {
			break
		}
		c := f.measure(at, jump)
		f.rebase(c)
		list = append(list, c)
		verb := "rose"
		if jump < 0 {
			verb = "fell"
		}
		f.found = append(f.found, Finding{FoundStep, c.at, f.time(f.n - 1), fmt.Sprintf(
			"the load %s to %.2f times its former level at %s and stayed: the history before was brought to the new level and counts less",
			verb, math.Exp(jump), c.at.UTC().Format("2 Jan 15:04 UTC"))})
	}
	return list
}

// findJump returns the index and the height, as a logarithm, of the clearest
// lasting jump; −1 if there is none.
func (f *frame) findJump(middle float64) (at int, jump float64) {
	offset := max(middle/20, nothing)
	for k := range f.jumps {
		f.jumps[k] = resize(f.jumps[k], f.n+1)
	}
	d, sum, count := f.jumps[0][:f.n], f.jumps[1], f.jumps[2]
	sum[0], count[0] = 0, 0
	for i := range d {
		d[i] = math.NaN()
		if j := i - int(f.dayLag[i]); j >= 0 {
			d[i] = quickLog((f.y[i] + offset) / (f.y[j] + offset))
		}
		sum[i+1], count[i+1] = sum[i], count[i]
		if d[i] == d[i] {
			sum[i+1] += min(max(d[i], -3), 3)
			count[i+1]++
		}
	}
	mean := func(lo, hi int) float64 { // of [lo, hi)
		lo, hi = max(lo, 0), min(hi, f.n)
		if hi <= lo || 2*(count[hi]-count[lo]) < float64(hi-lo) {
			return math.NaN()
		}
		return (sum[hi] - sum[lo]) / (count[hi] - count[lo])
	}
	block := max(1, f.day/12)
	noise := blockNoise(mean, f.day, f.n, block)
	need := max(minJump, jumpOver*noise)
	span := max(block, int(changeSpan/f.step))
	at = -1
	best := 0.0
	for t := max(f.day+block, f.n-14*f.day); t <= f.n-span; t++ {
		near := mean(t, t+block) - mean(t-block, t)
		if !(math.Abs(near) > need) || math.Abs(near) <= math.Abs(best) {
			continue
		}
		end := min(t+f.day, f.n)
		height := mean(t, end)
		if !(height*near > 0) || math.Abs(height) < need || math.Abs(near) < 0.6*min(math.Abs(height), math.Abs(mean(t, t+span))) {
			continue
		}
		if before := mean(t-f.day/2, t); !(math.Abs(before) < 0.3*math.Abs(height)) {
			continue
		}
		if !lasts(mean, t, end, block, height) || !f.isNews(mean, t, end, height) || !f.isUnseen(mean, t, end, block, height) {
			continue
		}
		at, best = t, near
	}
	if at < 0 {
		return -1, 0
	}
	return at, medianOf(d[at:min(at+f.day, f.n)])
}

// blockNoise returns the standard deviation of block means, from their median
// absolute value.
func blockNoise(mean func(lo, hi int) float64, from, to, block int) float64 {
	var list []float64
	for i := from; i+block <= to; i += block {
		if v := mean(i, i+block); v == v {
			list = append(list, math.Abs(v))
		}
	}
	if len(list) == 0 {
		return math.Inf(1)
	}
	return 1.48 * medianOf(list)
}

// lasts says whether nearly all blocks of [from, to) lie on the new level.
func lasts(mean func(lo, hi int) float64, from, to, block int, height float64) bool {
	good, all := 0, 0
	for i := from; i+block <= to; i += block {
		if v := mean(i, i+block); v == v {
			all++
			if v/height > 0.5 {
				good++
			}
		}
	}
	return all > 0 && 10*good >= 9*all
}

// isNews says that there was no such jump a week before; where no week is known
// a fall has to last longer.
func (f *frame) isNews(mean func(lo, hi int) float64, from, to int, height float64) bool {
	if last := mean(from-7*f.day, to-7*f.day); last == last {
		return math.Abs(height-last) > 0.6*math.Abs(height)
	}
	return height > 0 || f.n-from >= int(fallSpan/f.step)
}

// isUnseen says that no other stretch of the same length was nearly as far from
// the day before it: loads that jump every so often have no lasting level.
func (f *frame) isUnseen(mean func(lo, hi int) float64, from, to, block int, height float64) bool {
	span := to - from
	for i := f.day; i+span <= f.n; i += block {
		if i+span <= from-f.day/2 || i >= from+f.day+f.day/2 {
			if math.Abs(mean(i, i+span)) > usualJump*math.Abs(height) {
				return false
			}
		}
	}
	return true
}

// measure decides whether the jump at index at is better seen as a factor or
// as a constant that was added.
func (f *frame) measure(at int, jump float64) change {
	c := change{at: f.time(at), factor: math.Exp(jump), worth: oldRegime * math.Exp(-math.Abs(jump))}
	var plus, left, right []float64
	for i := at; i < min(at+f.day, f.n); i++ {
		if v := f.y[i] - f.y[i-int(f.dayLag[i])]; v == v {
			plus = append(plus, v)
		}
	}
	add := medianOf(slices.Clone(plus))
	var times []float64
	for i := at; i < min(at+f.day, f.n); i++ {
		if before := f.y[i-int(f.dayLag[i])]; before > 0 && f.y[i] == f.y[i] {
			times = append(times, f.y[i]/before)
		}
	}
	if q := medianOf(times); q > 0 {
		c.factor = q // exp(jump) lies nearer to 1, by the offset of the logarithm
	}
	for i := at; i < min(at+f.day, f.n); i++ {
		before := f.y[i-int(f.dayLag[i])]
		if v := f.y[i] - before; v == v {
			left = append(left, math.Abs(v-add))
			right = append(right, math.Abs(f.y[i]-c.factor*before))
		}
	}
	if medianOf(left) < medianOf(right) {
		c.factor, c.add = 1, add
	}
	return c
}

// rebase brings what was before c to the present level.
func (f *frame) rebase(c change) {
	for i := range min(max(f.index(c.at), 0), f.n) {
		f.y[i] = max(0, c.factor*f.y[i]+c.add)
	}
}

// widenAfter returns by how much errors are taken larger at time t, for the
// changes before it.
func widenAfter(changes []change, t time.Time) float64 {
	wide := 1.0
	for _, c := range changes {
		wide = max(wide, 1+wideAfter*math.Exp2(-float64(t.Sub(c.at))/float64(wideAfterHalf)))
	}
	return wide
}

// medianOf returns the median of the known xs, which it sorts; NaN if there is
// none.
func medianOf(xs []float64) float64 {
	known := slices.DeleteFunc(xs, func(x float64) bool { return x != x })
	if len(known) == 0 {
		return math.NaN()
	}
	slices.Sort(known)
	return known[len(known)/2]
}

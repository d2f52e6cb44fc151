package forecast

import (
	"math"
	"slices"
	"time"
)

// A frame is the history as a fit sees it: cleaned, without the effect of
// events, and with the season laid over it. Index i is start + i·step; it runs
// on past the n known samples for as long as the forecast reaches.
type frame struct {
	start    time.Time
	step     time.Duration
	n, reach int
	day      int       // steps
	since    int       // sums of what was above an anchor, of deviations and of moves begin here
	y        []float64 // n; NaN where unknown, in an outage, or in an event without a multiplier
	count    []float64 // n+1; how many of the first i samples are known
	dayLag   []int32   // n+reach; steps back to the same local time of the day before
	weekLag  []int32   // likewise, of the last day of the same kind
	free     []bool    // n+reach, or nil: a holiday
	factor   []float64 // n+reach, or nil: what events multiply the load by
	spiky    bool      // a rare peak comes at the same time each day
	smooth   int       // steps on either side that an anchor averages
	period   int       // steps of the strongest season that is shorter than a day
	widths   [5]int    // steps of the trailing means: 5 and 15 min, 1, 3 and 24 h
	lin, log space
	found    []Finding
	jumps    [3][]float64 // scratch of findJump
	mask     []bool       // scratch of maskOutages
}

var widths = [5]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 24 * time.Hour}

// lay prepares values for a fit or a look. values is not changed.
func (f *frame) lay(values []float32, start time.Time, step time.Duration, reach int, c *Calendar) {
	f.start, f.step, f.n, f.reach = start, step, len(values), reach
	f.day = max(1, int(math.Round(float64(24*time.Hour)/float64(step))))
	f.y = resize(f.y, f.n)
	f.found = f.found[:0]
	for i, v := range values {
		f.y[i] = float64(v)
	}
	for k, d := range widths {
		f.widths[k] = max(1, int(d/step))
	}
	f.layCalendar(c)
	f.count = resize(f.count, f.n+1)
}

// recount brings count up to y.
func (f *frame) recount() {
	f.count[0] = 0
	for i, v := range f.y {
		f.count[i+1] = f.count[i]
		if v == v {
			f.count[i+1]++
		}
	}
}

// seasonal says whether there is enough history for a season of a day.
func (f *frame) seasonal() bool { return f.day > 1 && 4*f.n > 5*f.day }

// weekly says whether there is enough history for one of a week, and a day and
// a half to try it on.
func (f *frame) weekly() bool { return f.day > 1 && 2*f.n >= 17*f.day }

// A space is the history on the scale that a model works on: the load itself,
// or log(load + offset).
type space struct {
	isLog       bool
	offset      float64
	bottom, top float64   // of z
	z           []float64 // n
	sum         []float64 // n+1; of z's known samples
	smooth      []float64 // n; of z
	base        [bases][]float64
	rest, known [bases][]float64 // n+1; sums of z − base where both are known, and their counts
}

// The anchors: what is usual at a time, seen from at most a day before it.
const (
	baseDay    = iota // yesterday
	baseDays          // earlier days, the nearer the heavier
	baseWeek          // the last day of the same kind
	baseWeeks         // earlier days of the same kind
	baseBoth          // the mean of baseDays and baseWeeks
	baseRecent        // the mean of the last 24 hours
	basePeriod        // the latest periods shorter than a day
	bases
)

const (
	dayDecay    = 0.9
	weekDecay   = 0.8
	periodDecay = 0.85
)

func resize(xs []float64, n int) []float64 {
	if cap(xs) < n {
		return make([]float64, n, n+n/8)
	}
	return xs[:n]
}

// layLog and layLinear fill the two spaces. All of it is O(n + reach).
func (f *frame) layLinear() {
	s := &f.lin
	s.isLog, s.offset = false, 0
	s.z = resize(s.z, f.n)
	copy(s.z, f.y)
	f.anchorAll(s)
}

func (f *frame) layLog(offset float64) {
	s := &f.log
	s.isLog, s.offset = true, offset
	s.z = resize(s.z, f.n)
	for i, v := range f.y {
		s.z[i] = quickLog(v + offset)
	}
	f.anchorAll(s)
}

func (f *frame) anchorAll(s *space) {
	s.sum = resize(s.sum, f.n+1)
	s.bottom, s.top = math.Inf(1), math.Inf(-1)
	sum := 0.0
	s.sum[0] = 0
	for i, v := range s.z {
		if v == v {
			sum += v
			if v < s.bottom {
				s.bottom = v
			}
			if v > s.top {
				s.top = v
			}
		}
		s.sum[i+1] = sum
	}
	s.smooth = resize(s.smooth, f.n)
	for i := range s.smooth {
		s.smooth[i] = f.mean(s, i-f.smooth, i+f.smooth)
	}
	f.fade(s, s.smooth, f.dayLag, dayDecay, baseDay, baseDays, f.free)
	f.fade(s, s.smooth, f.weekLag, weekDecay, baseWeek, baseWeeks, nil)
	f.fade(s, s.z, nil, periodDecay, -1, basePeriod, nil)
	both, recent := resize(s.base[baseBoth], f.n+f.reach), resize(s.base[baseRecent], f.n+f.reach)
	days, weeks := s.base[baseDays], s.base[baseWeeks]
	for i := range both {
		both[i] = (days[i] + weeks[i]) / 2
	}
	for i := range recent {
		recent[i] = f.mean(s, i-f.day, min(i, f.n)-1)
	}
	for i := f.n; i < len(recent); i++ {
		recent[i] = recent[f.n]
	}
	s.base[baseBoth], s.base[baseRecent] = both, recent
	for k := range bases {
		s.rest[k], s.known[k] = resize(s.rest[k], f.n+1), resize(s.known[k], f.n+1)
		rest, known := s.rest[k], s.known[k]
		rest[f.since], known[f.since] = 0, 0
		var free []bool
		if f.free != nil && k <= baseDays {
			free = f.free[f.since:f.n]
		}
		sumUp(rest[f.since+1:f.n+1], known[f.since+1:f.n+1], s.z[f.since:f.n], s.base[k][f.since:f.n], free)
	}
}

// sumUp fills rest with the sums of z − base where both are known, and known
// with how many they are. Those that are free, if any, are left out.
func sumUp(rest, known, z, base []float64, free []bool) {
	sum, count := 0.0, 0.0
	rest, known, base = rest[:len(z)], known[:len(z)], base[:len(z)]
	for i, v := range z {
		if r := v - base[i]; r == r && (free == nil || !free[i]) {
			sum += r
			count++
		}
		rest[i], known[i] = sum, count
	}
}

// fade fills two anchors of values: near is the one lag steps earlier, far the
// mean of all that are whole lags earlier, each 1/decay times as heavy as the
// next. A nil lag is the period; a negative near is left out. Days to skip take
// part in neither.
func (f *frame) fade(s *space, values []float64, lag []int32, decay float64, near, far int, skip []bool) {
	n, all := f.n, f.n+f.reach
	var a []float64
	if near >= 0 {
		a = resize(s.base[near], all)
		s.base[near] = a
	}
	b := resize(s.base[far], all)
	weights, sums := resize(s.known[far], all+1), resize(s.rest[far], all+1) // scratch: filled anew afterwards
	s.base[far], s.known[far], s.rest[far] = b, weights, sums
	back := f.period
	for i := range all {
		if lag != nil {
			back = int(lag[i])
		}
		j := i - back
		total, weight, last := 0.0, 0.0, math.NaN()
		if j >= 0 {
			total, weight = sums[j]*decay, weights[j]*decay
			if j < n && !(skip != nil && skip[j]) {
				if v := values[j]; v == v {
					total, weight, last = total+v, weight+1, v
				}
			}
		}
		sums[i], weights[i] = total, weight
		b[i] = total / weight
		if a != nil {
			if a[i] = last; last != last {
				a[i] = b[i]
			}
		}
	}
}

// mean returns the mean of the known samples of s from lo to hi, both
// included; NaN if there is none.
func (f *frame) mean(s *space, lo, hi int) float64 {
	lo, hi = max(lo, 0), min(hi, f.n-1)
	if hi < lo {
		return math.NaN()
	}
	return (s.sum[hi+1] - s.sum[lo]) / (f.count[hi+1] - f.count[lo])
}

// above returns by how much the last w samples up to t lay above anchor k, on
// average; zero if that is not known.
func (f *frame) above(s *space, k, t, w int) float64 {
	lo := max(t-w+1, 0)
	n := s.known[k][t+1] - s.known[k][lo]
	if n == 0 {
		return 0
	}
	return (s.rest[k][t+1] - s.rest[k][lo]) / n
}

// anchor returns anchor k for h steps after t, from what is known at t.
func (f *frame) anchor(s *space, k, t, h int) float64 {
	switch k {
	case baseRecent:
		return s.base[k][t+1]
	case basePeriod:
		return s.base[k][t+1+(h-1)%f.period]
	case baseWeek, baseWeeks:
		return s.base[k][f.seenKind(t, h)]
	case baseBoth:
		return (s.base[baseDays][f.seen(t, h)] + s.base[baseWeeks][f.seenKind(t, h)]) / 2
	}
	return s.base[k][f.seen(t, h)]
}

// seenKind is seen for the anchors of days of one kind.
func (f *frame) seenKind(t, h int) int {
	i := t + h
	for i-int(f.weekLag[i]) > t {
		i -= int(f.weekLag[i])
	}
	return i
}

// seen returns the index whose anchor stands for that of t+h without looking
// at what comes after t: itself within a day, the same time of an earlier day
// beyond.
func (f *frame) seen(t, h int) int {
	i := t + h
	for i > t+f.day {
		i -= int(f.dayLag[i])
	}
	return i
}

// back turns a value of s into a load, no further outside of what was seen
// than its range allows: regressions must not run away.
func (s *space) back(z float64) float64 {
	if s.isLog {
		if v := quickExp(min(z, s.top+0.3*(s.top-s.bottom))) - s.offset; !(v < 1e-9*s.offset) {
			return v
		}
		return 0
	}
	return min(max(0, z), 2*s.top-s.bottom)
}

// bulk returns the median of the known y, and the load that one sample in 200
// exceeds, from every few samples, and the largest that came on two days: scales
// that an outlier does not set.
func (w *workspace) bulk() (middle, high, recurring float64) {
	xs := w.scratch[:0]
	stride := max(1, w.n/1024)
	for i := 0; i < w.n; i += stride {
		if v := w.y[i]; v == v {
			xs = append(xs, v)
		}
	}
	if len(xs) == 0 {
		return 0, 0, 0
	}
	slices.Sort(xs)
	return xs[(len(xs)-1)/2], xs[(len(xs)-1)*199/200], w.recurringMax(w.y)
}

package forecast

import (
	"math"
	"slices"
	"sync"
	"time"
)

const (
	// maxOrigins bounds the held-out forecasts that everything is learned from.
	maxOrigins = 350
	// minErrors is how many of them a horizon needs.
	minErrors = 20
	// learnHalfLife and errorHalfLife are how fast old samples lose weight, in
	// days: for regressions and for errors.
	learnHalfLife = 8
	errorHalfLife = 14
	// trust is how sharply experts that held out worse are passed over.
	trust = 8
)

// A workspace is what a fit needs while it runs. It is kept for the next.
type workspace struct {
	frame
	ridge          regression
	narrow         narrowRegression
	grid           []int // horizons in steps, ascending
	origins        []int
	fresh          []float64 // weight of each origin when fitting
	recent         []float64 // weight of each origin when judging errors
	folds          int
	fold           []int8 // n; from the first origin on
	overlap        bool   // folds are so short that targets of a neighbour reach into them
	held           [][][]float64
	mixed          [][]float64 // by horizon and origin: the experts combined
	list           []heldError
	pairs          []pair
	order          []uint64         // scratch of sorted
	recentFeatures []recentFeatures // of the origins
	views          []view           // of the experts
	deviationSums  []float64        // n+1; sums of |z − base| of the plain anchor
	moved          []float64        // n+1; sums of |y − the y before|
	moves          []float64        // their counts
	seasonalRise   []float64        // n+reach; see layWindowRise
	periodRise     []float64
	queue          []place
	actual         []float64 // n; y before outliers were lowered
	scratch        []float64
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// gridOf returns the horizons that are learned, up to n steps: denser where
// forecasts change faster.
func gridOf(n int, step time.Duration, f *frame) []int {
	var grid []int
	add := func(h int) {
		if h >= 1 && h <= n && (len(grid) == 0 || h > grid[len(grid)-1]) {
			grid = append(grid, h)
		}
	}
	add(1)
	day := 24 * time.Hour
	for _, d := range []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 90 * time.Minute,
		3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 18 * time.Hour, day} {
		h := int(d / step)
		if d == day && f.smooth > 0 {
			h -= f.smooth // the neighbours of yesterday's sample must not lie ahead
		}
		add(h)
	}
	for _, d := range []time.Duration{30 * time.Hour, 36 * time.Hour, 42 * time.Hour} { // each phase of the second day
		add(int(d / step))
	}
	for d := 2 * day; d/step <= time.Duration(n); d *= 2 {
		add(int(d / step))
	}
	return grid
}

// layOrigins chooses the origins of the held-out forecasts: evenly spread, at
// a distance that shares no factor with the day, so that every time of day has
// its turn; and the folds of days that are left out together. It returns false if there
// is none.
func (w *workspace) layOrigins(changes []change) bool {
	first := max(1, w.n/5)
	switch {
	case w.n > 4*w.day:
		first = 2 * w.day
	case w.seasonal():
		first = w.day + w.day/12
	}
	stride := coprime((w.n-first)/maxOrigins, w.day)
	w.origins = w.origins[:0]
	for i := w.n - 2; i >= first; i -= stride {
		w.origins = append(w.origins, i)
	}
	if len(w.origins) == 0 {
		return false
	}
	slices.Reverse(w.origins)
	w.fresh, w.recent = resize(w.fresh, len(w.origins)), resize(w.recent, len(w.origins))
	for i, t := range w.origins {
		age := float64(w.n-t) / float64(w.day)
		w.fresh[i], w.recent[i] = math.Exp2(-age/learnHalfLife), math.Exp2(-age/errorHalfLife)
		for _, c := range changes {
			if w.time(t).Before(c.at) {
				w.fresh[i] *= c.worth
				w.recent[i] *= c.worth
			}
		}
	}
	span := float64(w.n-first) / float64(w.day)
	w.folds = max(2, min(maxFolds, int(math.Ceil(span))))
	w.overlap = w.folds > 4 && span/float64(w.folds) <= 1.5
	w.layFolds()
	return true
}

// layFolds numbers the folds that targets belong to.
func (w *workspace) layFolds() {
	if cap(w.fold) < w.n {
		w.fold = make([]int8, w.n, w.n+w.n/8)
	}
	w.fold = w.fold[:w.n]
	first := w.origins[0]
	for k := range w.folds {
		lo, hi := first+k*(w.n-first)/w.folds, first+(k+1)*(w.n-first)/w.folds
		for i := lo; i < hi; i++ {
			w.fold[i] = int8(k)
		}
	}
}

// rows returns a table of the given size, reusing xs.
func rows(xs [][]float64, n, m int) [][]float64 {
	if cap(xs) < n {
		xs = append(xs[:cap(xs)], make([][]float64, n-cap(xs))...)
	}
	xs = xs[:n]
	for i := range xs {
		xs[i] = resize(xs[i], m)
	}
	return xs
}

// layDeviation sums up how far the load was off its plain anchor.
func (w *workspace) layDeviation() {
	k := w.plain()
	base := w.lin.base[k]
	w.deviationSums = resize(w.deviationSums, w.n+1)
	sum := 0.0
	w.deviationSums[w.since] = 0
	for i := w.since; i < w.n; i++ {
		if w.lin.known[k][i+1] > w.lin.known[k][i] {
			sum += math.Abs(w.lin.z[i] - base[i])
		}
		w.deviationSums[i+1] = sum
	}
}

// layMoves sums up how far the load moved from one step to the next.
func (w *workspace) layMoves() {
	w.moved, w.moves = resize(w.moved, w.n+1), resize(w.moves, w.n+1)
	w.moved[w.since], w.moves[w.since] = 0, 0
	last := math.NaN()
	for i := w.since; i < w.n; i++ {
		y := w.y[i]
		w.moved[i+1], w.moves[i+1] = w.moved[i], w.moves[i]
		if d := y - last; d == d {
			w.moved[i+1] += math.Abs(d)
			w.moves[i+1]++
		}
		last = y
	}
}

// stepped returns the mean move from lo to hi, both included; NaN if unknown.
func (w *workspace) stepped(lo, hi int) float64 {
	lo, hi = max(lo, w.since), min(hi, w.n-1)
	if hi < lo {
		return math.NaN()
	}
	return (w.moved[hi+1] - w.moved[lo]) / (w.moves[hi+1] - w.moves[lo])
}

// plain returns the anchor that deviations are measured from.
func (f *frame) plain() int {
	if f.seasonal() {
		return baseDays
	}
	return baseRecent
}

// meanDeviation returns the mean absolute deviation from the plain anchor, from lo to hi, both included; NaN if unknown.
func (w *workspace) meanDeviation(lo, hi int) float64 {
	lo, hi = max(lo, w.since), min(hi, w.n-1)
	if hi < lo {
		return math.NaN()
	}
	known := w.lin.known[w.plain()]
	return (w.deviationSums[hi+1] - w.deviationSums[lo]) / (known[hi+1] - known[lo])
}

// size returns the logarithm of a forecast relative to the typical load.
func (w *workspace) size(forecast, typical float64) float64 {
	offset := max(typical/10, nothing)
	return quickLog((forecast + offset) / (typical + offset))
}

// relative returns the logarithm of v over usual, with a floor; zero if either
// is not known.
func relative(v, usual float64) float64 {
	if !(usual > 0) || v != v {
		return 0
	}
	return quickLog(v/usual + 0.1)
}

// recentSpread writes what the size of an error depends on wherever it is: the
// deviation of the last 3 hours and of the last day, and the moves of the last 3.
func (w *workspace) recentSpread(t int, l *learned, x *[spreadFactors]float64) {
	x[1] = relative(w.meanDeviation(t-w.widths[3]+1, t), l.deviation)
	x[3] = relative(w.meanDeviation(t-w.widths[4]+1, t), l.deviation)
	x[4] = relative(w.stepped(t-w.widths[3]+1, t), l.move)
}

// spread writes what it depends on at the target: the deviation of that time on
// earlier days, its moves, and how far the anchors disagree about it.
func (w *workspace) spread(t, h int, l *learned, x *[spreadFactors]float64) {
	x[2], x[5], x[6] = 0, 0, 0
	if !w.seasonal() {
		return
	}
	target := w.seen(t, h)
	deviation, deviations, move, moves, weight := 0.0, 0.0, 0.0, 0.0, 1.0
	around, few := max(w.day/48, 1), max(w.day/96, 1)
	for k, j := 0, target-w.day; k < 7 && j >= 0; k, j = k+1, j-w.day {
		if v := w.meanDeviation(j-around, min(j+around, t)); v == v {
			deviation += weight * v
			deviations += weight
		}
		if v := w.stepped(j-few, min(j+few, t)); v == v {
			move += weight * v
			moves += weight
		}
		weight *= 0.8
	}
	x[2], x[5] = relative(deviation/deviations, l.deviation), relative(move/moves, l.move)
	day, days, weeks := w.lin.base[baseDay][target], w.lin.base[baseDays][target], w.lin.base[baseWeeks][target]
	x[6] = relative((math.Abs(day-days)+or0(math.Abs(weeks-days)))/2, l.deviation)
}

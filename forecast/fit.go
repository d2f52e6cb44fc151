package forecast

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// minSpan and minKnown are the least history that anything is said from.
	minSpan  = 30 * time.Minute
	minKnown = 10
	// maxPast bounds the samples kept: five weeks, so that four are known
	// wherever the weekly anchor looks; and not more than fit into 96 KiB, which
	// is 17 days of minutes.
	maxPast    = 35 * 24 * time.Hour
	maxSamples = 24 << 10
	// nothing stands for the scale of a load that is always zero.
	nothing = 1e-100
	// sumDays is how many days back a forecast looks at sums.
	sumDays = 9
	// minShare is the least share of a horizon that an expert is asked for.
	minShare = 0.01
)

// Fit fits s. Experts forecast from some 350 origins of the past at a dozen
// horizons, each with the days around left out of what it learned; their errors
// decide how much each counts, and what quantiles the forecast has. s is not
// changed or kept.
//
// It returns a *NoForecast if the known history is shorter than half an hour
// or ten samples, or if less than a fifth of it is known; and an error if the step is not whole
// seconds.
//
// It costs a few milliseconds for four weeks of 5-minute samples.
func Fit(s Series, o Options) (*Model, error) {
	if s.Step < time.Second || s.Step%time.Second != 0 {
		return nil, fmt.Errorf("fit a series of step %s: it has to be whole seconds", s.Step)
	}
	m := &Model{
		step:    s.Step,
		keep:    min(int(maxPast/s.Step), maxSamples),
		options: o,
		horizon: steps(o.Horizon, 24*time.Hour, s.Step),
		window:  steps(o.Window, s.Step, s.Step),
	}
	lo, hi := 0, s.Len()
	for hi > 0 && !isLoad(s.Values[hi-1]) {
		hi--
	}
	for lo < hi && !isLoad(s.Values[lo]) {
		lo++
	}
	lo = max(lo, hi-m.keep)
	m.start = s.Time(lo)
	m.values = make([]float32, hi-lo, min(m.keep, hi-lo)*9/8+1)
	for i, v := range s.Values[lo:hi] {
		m.values[i] = stored(v)
	}
	if err := m.learn(); err != nil {
		return nil, err
	}
	return m, nil
}

// isLoad says whether v may be a load: known, not negative, and no overflow.
func isLoad(v float64) bool { return v >= 0 && v <= MaxLoad }

// stored returns v as it is kept: unknown unless it may be a load.
func stored(v float64) float32 {
	if !isLoad(v) {
		return float32(math.NaN())
	}
	return float32(v)
}

// Refit fits again, on the samples kept and appended since. The outcome is that
// of Fit on the same samples. It returns a *NoForecast as Fit does, and the
// model stays as it was then.
func (m *Model) Refit() error {
	m.trim(m.keep)
	return m.learn()
}

// steps returns d in whole steps, rounded up, or def's if d is zero.
func steps(d, def, step time.Duration) int {
	if d <= 0 {
		d = def
	}
	return max(1, int((d+step-1)/step))
}

// enough says what is wrong with the samples kept, if they are too few.
func (m *Model) enough() error {
	known := 0
	for _, v := range m.values {
		if v == v {
			known++
		}
	}
	span := time.Duration(max(len(m.values)-1, 0)) * m.step
	switch {
	case known == 0:
		return &NoForecast{ReasonNoData, "the load is not known at any time; check the query and that its series exist"}
	case span < minSpan || known < minKnown:
		return &NoForecast{ReasonTooShort, fmt.Sprintf("%d samples over %s are known, %d over %s are needed", known, span, minKnown, minSpan)}
	case known*5 < len(m.values):
		return &NoForecast{ReasonSparse, fmt.Sprintf("only %d of %d samples are known; check for scrape failures, or use a longer step", known, len(m.values))}
	}
	return nil
}

// learn fits everything from m.values.
func (m *Model) learn() error {
	if err := m.enough(); err != nil {
		return err
	}
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	var l learned
	m.layOut(w, &l, findAnew)
	if !w.layOrigins(l.changes) {
		return m.uncheckable()
	}
	l.grid = gridOf(m.horizon, m.step, &w.frame)
	l.experts = w.candidates()
	for len(w.held) < len(l.experts) {
		w.held = append(w.held, nil)
	}
	w.grid = l.grid
	for k := range l.experts {
		w.held[k] = rows(w.held[k], len(l.grid), len(w.origins))
		l.experts[k].learn(w, w.held[k])
	}
	if !w.weigh(&l) {
		return m.uncheckable()
	}
	l.layUpper(m.horizon)
	w.calibrate(&l, m.window)
	w.judge(&l)
	l.tried = len(w.origins)
	w.keepHeldOutOrigins(&l)
	l.found = append([]Finding(nil), w.found...)
	m.learned = l
	m.look(w)
	return nil
}

// findAnew has layOut find out what a forecast otherwise takes from the last fit.
const findAnew = -1

// layOut prepares w from m.values for forecasts from sample t on, with what l
// remembers; or for a fit, if t is findAnew.
func (m *Model) layOut(w *workspace, l *learned, t int) {
	find := t == findAnew
	w.lay(m.values, m.start, m.step, m.horizon+m.window, m.options.Calendar)
	if w.since = 0; !find {
		w.since = max(0, t+1-sumDays*w.day) // all that a forecast from t looks at
	}
	w.scratch = resize(w.scratch, w.n+1)
	if find {
		l.middle, l.high, l.recurring = w.bulk()
	}
	w.maskOutages(l.middle)
	if find {
		if l.changes = w.findChanges(l.middle); len(l.changes) > 0 {
			l.middle, l.high, l.recurring = w.bulk()
		}
	} else {
		for _, c := range l.changes {
			w.rebase(c)
		}
	}
	w.keepActual(l.limit(mostBurst))
	w.winsorise(l.limit(mostOutlier))
	w.recount()
	if find {
		w.discover(l)
	} else {
		w.smooth, w.period = l.smooth, l.period
	}
	w.layLinear()
	w.layLog(l.offset)
	w.layDeviation()
	w.layMoves()
	if find {
		l.deviation, l.move = or0(w.meanDeviation(0, w.n-1)), or0(w.stepped(0, w.n-1))
	}
}

// What one sample may be off, in parts of the distance from the median to what
// one in 200 exceeds: in what forecasts are made from, and in the errors that
// they are measured by.
const (
	mostOutlier = 3
	mostBurst   = 50
)

// limit returns the load beyond which a sample is an outlier. What came on two
// days is none, however rare it is: a minute's peak at the same time of each
// day is what forecasts are for.
func (l *learned) limit(parts float64) float64 {
	if !(l.high > l.middle) {
		return math.Inf(1)
	}
	return max(l.high+parts*(l.high-l.middle), l.recurring*(1+beyond))
}

// keepActual remembers the load that errors are measured against.
func (w *workspace) keepActual(most float64) {
	w.actual = resize(w.actual, w.n)
	for i, v := range w.y {
		if v > most {
			v = most
		}
		w.actual[i] = v
	}
}

// discover finds out what else the spaces are laid out by.
func (w *workspace) discover(l *learned) {
	w.lookForCap()
	w.findPeriod()
	w.findSmoothing(l)
	l.smooth, l.period = w.smooth, w.period
	l.typical = w.average()
	l.bottom, l.top = w.extremes()
	if l.offset = l.middle / 10; !(l.offset > 0) {
		l.offset = max(l.typical/10, nothing)
	}
}

// extremes returns the least load, and the largest that came on two days at least; an
// endless one where there are not two.
func (w *workspace) extremes() (bottom, top float64) {
	if w.n < 2*w.day {
		return 0, math.MaxFloat32
	}
	bottom = math.Inf(1)
	for _, v := range w.actual {
		if v < bottom {
			bottom = v
		}
	}
	top = w.recurringMax(w.actual)
	return min(bottom, top), top
}

// believed returns the largest quantile that is believed around a centre. One of the
// top may lie half a range above it, one from the bottom not above the top that was
// seen, and others between; beyond the top the band keeps its width.
func (l *learned) believed(centre float64) float64 {
	span := l.top - l.bottom
	if !(span > 0) || l.top == math.MaxFloat32 {
		return max(l.top, centre*(1+beyond))
	}
	return max(l.top, centre) + beyond*span*min(max((centre-l.bottom)/span, 0), 1)
}

// recurringMax returns the largest load that came on two days: the second largest
// of the days' largest, or of the whole where there is but one day.
func (w *workspace) recurringMax(values []float64) float64 {
	first, second := 0.0, 0.0
	for lo := 0; lo < len(values); lo += w.day {
		top := 0.0
		for _, v := range values[lo:min(lo+w.day, len(values))] {
			if v > top {
				top = v
			}
		}
		if top > first {
			first, second = top, first
		} else if top > second {
			second = top
		}
	}
	return second
}

// average returns the mean of the known y.
func (f *frame) average() float64 {
	sum, n := 0.0, 0.0
	for _, v := range f.y {
		if v == v {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// weigh gives each expert a share at each horizon of the grid: by how much
// larger its discounted absolute error (the pinball loss at the median) is than
// the smallest, over origins where all could forecast. Horizons that too few
// origins reach are cut off; it returns false if none is left.
func (w *workspace) weigh(l *learned) bool {
	for g, h := range l.grid {
		share := w.shares(g, h, len(l.experts))
		if share == nil {
			l.grid = l.grid[:g]
			break
		}
		l.share = append(l.share, share)
	}
	w.grid = l.grid
	return len(l.grid) > 0
}

func (m *Model) uncheckable() error {
	return &NoForecast{ReasonTooShort, fmt.Sprintf("%s of history leave no forecast to check itself on; wait for more", m.Span())}
}

// shares returns the experts' shares at horizon h, the g-th of the grid; nil if
// too few origins reach it.
func (w *workspace) shares(g, h, experts int) []float64 {
	least := minErrors
	if g == 0 {
		least = minErrors / 4
	}
	// common is the weight of the origins that all experts forecast from who have
	// anything to show at this horizon; zero elsewhere.
	common := resize(w.scratch, len(w.origins))
	for i, t := range w.origins {
		if common[i] = 0; t+h < w.n && w.actual[t+h] == w.actual[t+h] {
			common[i] = w.recent[i]
		}
	}
	cost := make([]float64, experts)
	some := false
	for k := range cost {
		if weighed(common, w.held[k][g]) < least {
			cost[k] = math.Inf(1)
			continue
		}
		some = true
	}
	if !some {
		return nil
	}
	for k, c := range cost {
		if c == 0 {
			for i, v := range w.held[k][g] {
				if v != v {
					common[i] = 0
				}
			}
		}
	}
	for k, c := range cost {
		if c == 0 {
			cost[k] = w.loss(common, w.held[k][g], h)
		}
	}
	return sharesOf(cost)
}

// weighed returns how many of held are known where weights are not zero.
func weighed(weights, held []float64) int {
	n := 0
	for i, weight := range weights {
		if weight > 0 && held[i] == held[i] {
			n++
		}
	}
	return n
}

// loss returns the weighted absolute error of held at horizon h.
func (w *workspace) loss(weights, held []float64, h int) float64 {
	sum := 0.0
	for i, weight := range weights {
		if weight > 0 {
			sum += weight * math.Abs(w.actual[w.origins[i]+h]-held[i])
		}
	}
	return sum
}

// sharesOf turns losses into shares that add up to one, in place. An infinite
// loss has none, nor has one so large that its share would hardly count.
func sharesOf(cost []float64) []float64 {
	best, total := slices.Min(cost), 0.0
	for k, c := range cost {
		cost[k] = 1
		if c > best {
			if cost[k] = math.Exp(-trust * (c/best - 1)); !(cost[k] >= minShare) {
				cost[k] = 0
			}
		}
		total += cost[k]
	}
	for k := range cost {
		cost[k] /= total
	}
	return cost
}

// calibrate measures the errors of the experts combined, and of the largest
// load in the window that begins at each horizon.
func (w *workspace) calibrate(l *learned, window int) {
	w.mixed = rows(w.mixed, len(l.grid), len(w.origins))
	apartOf := 1.0
	if len(w.origins) > 1 {
		apartOf = float64(w.origins[1] - w.origins[0])
	}
	l.load, l.peak = make([]calibration, len(l.grid)), make([]calibration, len(l.grid))
	for g := range l.grid {
		for i := range w.origins {
			w.mixed[g][i] = w.mix(l.share[g], g, i)
		}
	}
	w.layWindowRise(l, window)
	recent := make([][spreadFactors]float64, len(w.origins))
	for i, t := range w.origins {
		w.recentSpread(t, l, &recent[i])
	}
	for g, h := range l.grid {
		w.list = w.list[:0]
		for i, t := range w.origins {
			centre := w.mixed[g][i]
			if t+h >= w.n || centre != centre {
				continue
			}
			e := heldError{e: w.actual[t+h] - centre, peak: math.NaN(), weight: w.recent[i], x: recent[i]}
			w.spread(t, h, l, &e.x)
			e.x[0] = w.size(centre, l.typical)
			if t+h+window < w.n {
				top := centre + w.windowRise(l, t, h)
				e.peak = largest(w.actual[t+h:t+h+window+1]) - top
				e.peakSize = w.size(top, l.typical)
			}
			w.list = append(w.list, e)
		}
		l.load[g].learn(w, w.list, l.typical, float64(h)/apartOf, nil)
		for i := range w.list {
			e := &w.list[i]
			e.e, e.x[0] = e.peak, e.peakSize
		}
		if !l.peak[g].learn(w, w.list, l.typical, float64(h+window)/apartOf, &l.load[g]) {
			l.peak[g] = l.load[g] // too short for even a few windows: the errors of single steps stand in
		}
	}
}

// mix returns the experts' forecasts combined; NaN if those that count most
// did not know.
func (w *workspace) mix(share []float64, g, i int) float64 {
	sum, total := 0.0, 0.0
	for k, s := range share {
		if s == 0 {
			continue
		}
		if v := w.held[k][g][i]; v == v {
			sum += s * v
			total += s
		}
	}
	if total < 0.5 {
		return math.NaN()
	}
	return sum / total
}

// largest returns the largest known x; NaN if there is none.
func largest(xs []float64) float64 {
	top := math.NaN()
	for _, x := range xs {
		if x == x && !(x <= top) {
			top = x
		}
	}
	return top
}

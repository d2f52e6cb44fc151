package forecast

import (
	"math"
	"time"
)

// An expert is a way to forecast: what is usual at the target time, corrected
// by a ridge regression on how the load has been lately. Each horizon of the
// grid has a regression of its own, so that none is iterated.
//
//	ẑ(t+h) = A(t+h) + xₜₕ·βₕ
//
// where z is the load or its logarithm and A one of the anchors. With β = 0 it
// is the (averaged) seasonal naive forecast, so shrinkage fails safe.
//
// Narrow experts know only how far the last 15 minutes, 3 hours and 24 hours
// lay above the anchor: level times shape. The wide one sees everything.
type expert struct {
	isLog  bool
	anchor int
	wide   bool
	days   bool           // the wide expert knows earlier days, and earlier weeks, if
	weeks  bool           // there were enough of them when it was fitted
	spiky  bool           // it leaves out how far the load is from what is usual at the target
	beta   []vector       // of a wide expert, one for each horizon of the grid
	limit  []vector       // what its features are cut to
	slim   []narrowVector // of a narrow one
	slimit narrowVector   // likewise
}

// candidates returns the experts that the history is long enough for.
func (f *frame) candidates() []expert {
	var list []expert
	for k := range bases {
		switch {
		case k <= baseDays && !f.seasonal():
			continue
		case (k == baseWeek || k == baseWeeks || k == baseBoth) && !f.weekly():
			continue
		case k >= baseRecent && f.spiky:
			continue // losses hardly tell that they miss it
		}
		if list = append(list, expert{anchor: k}); k <= baseWeeks {
			list = append(list, expert{anchor: k, isLog: true})
		}
	}
	wide := expert{anchor: baseRecent, wide: true, days: f.seasonal(), weeks: f.n >= 15*f.day, spiky: f.spiky}
	if wide.days {
		wide.anchor = baseDays
	}
	log := wide
	log.isLog = true
	return append(list, wide, log)
}

func (e *expert) space(f *frame) *space {
	if e.isLog {
		return &f.log
	}
	return &f.lin
}

// recentFeatures are what the wide expert knows at a time, whatever the horizon.
type recentFeatures struct {
	above [len(widths)]float64 // of the trailing means, above the anchor
	mean  [3]float64           // of the last 5 minutes, hour and day; NaN where unknown
	week  float64              // above the last day of the same kind
	share [2]float64           // above, over 3 and 24 hours, of what was usual
}

// recentFeatures returns what the wide e knows at t.
func (e *expert) recentFeatures(f *frame, t int) (l recentFeatures) {
	s := e.space(f)
	for k, w := range f.widths {
		l.above[k] = f.above(s, e.anchor, t, w)
	}
	for i, k := range [...]int{0, 2, 4} {
		l.mean[i] = f.mean(s, t-f.widths[k]+1, t)
	}
	if e.weeks {
		last := t - int(f.weekLag[t])
		l.week = or0(f.mean(s, t-2, t) - f.mean(s, last-2, last))
	}
	if s.isLog {
		return l // differences are ratios already
	}
	for i, k := range [...]int{3, 4} {
		above := l.above[k]
		if usual := f.mean(s, t-f.widths[k]+1, t) - above; usual > 0 {
			l.share[i] = min(max(above/usual, -2), 2)
		}
	}
	return l
}

// features writes what the wide expert knows at t of the load at t+h into x, relative to the
// anchor, and returns the anchor and the number of features. What is not known
// is zero, as if it were as usual.
func (e *expert) features(f *frame, l *recentFeatures, t, h int, x *vector) (anchor float64, p int) {
	s := e.space(f)
	anchor = f.anchor(s, e.anchor, t, h)
	x[0] = 1
	p = 1 + copy(x[1:], l.above[:])
	for _, v := range l.mean {
		if x[p] = or0(v - anchor); e.spiky {
			x[p] = 0 // from a rare peak all is far, and hardly any origin has learned what that means
		}
		p++
	}
	if !e.days {
		return anchor, p
	}
	target := f.seen(t, h)
	yesterday := target - int(f.dayLag[target])
	around := max(f.day/48, 1)
	x[p] = or0(s.base[baseDay][target] - anchor)
	if x[p+1] = or0(f.mean(s, yesterday-around, min(yesterday+around, t)) - anchor); e.spiky {
		x[p+1] = 0
	}
	x[p+2] = or0(f.mean(s, yesterday-f.day-f.smooth, yesterday-f.day+f.smooth) - anchor)
	p += 3
	if e.weeks {
		kind := f.seenKind(t, h)
		x[p] = or0(s.base[baseWeek][kind] - anchor)
		x[p+1] = or0(s.base[baseWeeks][kind] - anchor)
		x[p+2] = l.week
		p += 3
	}
	if s.isLog {
		return anchor, p
	}
	for _, v := range l.share {
		x[p] = v * or0(anchor)
		p++
	}
	return anchor, p
}

func or0(x float64) float64 {
	if x != x {
		return 0
	}
	return x
}

// predict returns the wide e's forecast of the load at p; NaN if its anchor is
// unknown.
func (e *expert) predict(f *frame, l *recentFeatures, p point) float64 {
	var x vector
	z, n := e.features(f, l, p.t, p.h, &x)
	los, his := &e.limit[p.lo], &e.limit[p.hi]
	for a := 1; a < n; a++ {
		most := los[a]
		if v := his[a]; v > most {
			most = v
		}
		if v := x[a]; v > most {
			x[a] = most
		} else if v < -most {
			x[a] = -most
		}
	}
	if p.h <= f.day {
		z += (1-p.upper)*dot(&x, &e.beta[p.lo], n) + p.upper*dot(&x, &e.beta[p.hi], n)
		return e.space(f).back(z)
	}
	lo, hi := x, x
	e.levelsAt(f, l, p.t, p.from, los, &lo)
	e.levelsAt(f, l, p.t, p.to, his, &hi)
	z += (1-p.upper)*dot(&lo, &e.beta[p.lo], n) + p.upper*dot(&hi, &e.beta[p.hi], n)
	return e.space(f).back(z)
}

// levelsAt puts the recent levels in x above the anchor at t+h, in the place of one
// at another horizon. Beyond a day the horizons of the grid are few: what a level
// above the anchor means was learned there, and at another time of day the anchor is
// another one. Without this, a level that is as usual looks low at noon and high at
// midnight.
func (e *expert) levelsAt(f *frame, l *recentFeatures, t, h int, limit, x *vector) {
	if e.spiky {
		return
	}
	anchor := f.anchor(e.space(f), e.anchor, t, h)
	for i, v := range l.mean {
		a := 1 + len(l.above) + i
		x[a] = min(max(or0(v-anchor), -limit[a]), limit[a])
	}
}

// learn fits e at each horizon of the grid, and writes into held its
// predictions of the samples with the days around them left out, in units of
// the load: held[g][i] is that of origin i at horizon g, NaN where unknown.
func (e *expert) learn(w *workspace, held [][]float64) {
	if e.wide {
		e.learnWide(w, held)
	} else {
		e.learnNarrow(w, held)
	}
	s := e.space(&w.frame)
	for g := range held {
		for i, z := range held[g] {
			held[g][i] = s.back(z)
		}
	}
}

// overlaps says whether targets at horizon h reach into the neighbouring fold.
func (w *workspace) overlaps(h int) bool { return w.overlap && h >= w.day/6 }

func (e *expert) learnNarrow(w *workspace, held [][]float64) {
	e.slim = make([]narrowVector, len(w.grid))
	s, r, f := e.space(&w.frame), &w.narrow, &w.frame
	r.see(w, e)
	e.slimit = r.limits()
	for g, h := range w.grid {
		for i, t := range w.origins {
			r.fold[i] = -1
			held[g][i] = math.NaN()
			if t+h >= f.n {
				continue
			}
			if a := f.anchor(s, e.anchor, t, h); a == a {
				held[g][i], r.y[i], r.fold[i] = a, s.z[t+h]-a, w.fold[t+h]
			}
		}
		e.slim[g], _ = r.fit(w, w.overlaps(h), held[g])
	}
}

func (e *expert) learnWide(w *workspace, held [][]float64) {
	e.beta, e.limit = make([]vector, len(w.grid)), make([]vector, len(w.grid))
	s, r, f := e.space(&w.frame), &w.ridge, &w.frame
	recent := w.recentFeatures[:0]
	for _, t := range w.origins {
		recent = append(recent, e.recentFeatures(f, t))
	}
	w.recentFeatures = recent
	for g, h := range w.grid {
		if e.isLog && time.Duration(h)*f.step > 2*time.Hour {
			for i := range held[g] {
				held[g][i] = math.NaN()
			}
			continue // level times shape matters while the level lasts
		}
		r.reset(len(w.origins))
		for i, t := range w.origins {
			r.fold[i] = -1
			held[g][i] = math.NaN()
			if t+h >= f.n {
				continue
			}
			a, p := e.features(f, &recent[i], t, h, &r.x[i])
			if r.p = p; a == a {
				held[g][i], r.y[i], r.fold[i], r.weight[i] = a, s.z[t+h]-a, w.fold[t+h], w.fresh[i]
			}
		}
		r.folds, r.gap = w.folds, w.overlaps(h)
		if r.fit(widePenalties) {
			e.beta[g], e.limit[g] = r.beta, r.limits()
			for i := range held[g] {
				held[g][i] += r.held[i]
			}
		}
	}
}

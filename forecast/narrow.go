package forecast

import "math"

// narrowFeatures is how many features a narrow expert has: a constant, and how
// far the last 15 minutes, 3 hours and 24 hours lay above the anchor.
const narrowFeatures = 4

type narrowVector [narrowFeatures]float64

func (x *narrowVector) dot(b *narrowVector) float64 {
	return x[0]*b[0] + x[1]*b[1] + x[2]*b[2] + x[3]*b[3]
}

// A narrowGram is a gram of four features, written out since fits spend most
// of their time here: xx is the lower triangle, row by row.
type narrowGram struct {
	xx [10]float64
	xy narrowVector
}

func (g *narrowGram) add(x *narrowVector, y, w float64) {
	a, b, c, d := x[0]*w, x[1]*w, x[2]*w, x[3]*w
	g.xx[0] += a * x[0]
	g.xx[1] += b * x[0]
	g.xx[2] += b * x[1]
	g.xx[3] += c * x[0]
	g.xx[4] += c * x[1]
	g.xx[5] += c * x[2]
	g.xx[6] += d * x[0]
	g.xx[7] += d * x[1]
	g.xx[8] += d * x[2]
	g.xx[9] += d * x[3]
	g.xy[0] += a * y
	g.xy[1] += b * y
	g.xy[2] += c * y
	g.xy[3] += d * y
}

func (g *narrowGram) plus(o *narrowGram, sign float64) {
	for i := range g.xx {
		g.xx[i] += sign * o.xx[i]
	}
	for i := range g.xy {
		g.xy[i] += sign * o.xy[i]
	}
}

// solve returns (X + penalty·I)⁻¹·y by a Cholesky decomposition.
func (g *narrowGram) solve(penalty float64) narrowVector {
	x := &g.xx
	l00 := math.Sqrt(x[0] + penalty)
	l10, l20, l30 := x[1]/l00, x[3]/l00, x[6]/l00
	l11 := math.Sqrt(x[2] + penalty - l10*l10)
	l21, l31 := (x[4]-l20*l10)/l11, (x[7]-l30*l10)/l11
	l22 := math.Sqrt(x[5] + penalty - l20*l20 - l21*l21)
	l32 := (x[8] - l30*l20 - l31*l21) / l22
	l33 := math.Sqrt(x[9] + penalty - l30*l30 - l31*l31 - l32*l32)
	a := g.xy[0] / l00
	b := (g.xy[1] - l10*a) / l11
	c := (g.xy[2] - l20*a - l21*b) / l22
	d := (g.xy[3] - l30*a - l31*b - l32*c) / l33
	d /= l33
	c = (c - l32*d) / l22
	b = (b - l21*c - l31*d) / l11
	a = (a - l10*b - l20*c - l30*d) / l00
	out := narrowVector{a, b, c, d}
	if !(math.Abs(a)+math.Abs(b)+math.Abs(c)+math.Abs(d) < math.Inf(1)) {
		return narrowVector{}
	}
	return out
}

// A narrowRegression is a regression of the four features of one expert, which
// are the same at every horizon. It is reused.
type narrowRegression struct {
	x     []narrowVector // scaled to a root mean square of one
	rms   narrowVector
	y     []float64
	fold  []int8
	grams [maxFolds]narrowGram
	trial [4][maxFolds + 1]narrowVector
}

// see lays out the features of e at the origins.
func (r *narrowRegression) see(w *workspace, e *expert) {
	n := len(w.origins)
	if cap(r.x) < n {
		r.x, r.y, r.fold = make([]narrowVector, n), make([]float64, n), make([]int8, n)
	}
	r.x, r.y, r.fold = r.x[:n], r.y[:n], r.fold[:n]
	var squares narrowVector
	s := e.space(&w.frame)
	for i, t := range w.origins {
		x := w.narrowly(s, e.anchor, t)
		r.x[i] = x
		for a := range x {
			squares[a] += x[a] * x[a]
		}
	}
	for a := range squares {
		if r.rms[a] = math.Sqrt(squares[a] / float64(n)); !(r.rms[a] > 1e-300) {
			r.rms[a] = math.Inf(1)
		}
	}
	r.rms[0] = 1
	for i := range r.x {
		for a := 1; a < narrowFeatures; a++ {
			r.x[i][a] = min(max(r.x[i][a]/r.rms[a], -mostScales), mostScales)
		}
	}
}

// limits returns what the features are cut to, in their own unit.
func (r *narrowRegression) limits() (most narrowVector) {
	for a := range most {
		most[a] = mostScales * r.rms[a]
	}
	return most
}

// narrowly returns the features of a narrow expert at t.
func (f *frame) narrowly(s *space, anchor, t int) narrowVector {
	return narrowVector{1, f.above(s, anchor, t, f.widths[1]), f.above(s, anchor, t, f.widths[3]), f.above(s, anchor, t, f.widths[4])}
}

// fit regresses on the samples whose fold is not negative and whose y is known,
// as regression.fit does, and adds to each of held what its own fold's rest
// predicts. It returns false, and zero, if there are too few.
func (r *narrowRegression) fit(w *workspace, gap bool, held []float64) (beta narrowVector, ok bool) {
	all, n, total := r.sum(w)
	if n < minErrors {
		return narrowVector{}, false
	}
	unit := total / float64(n)
	for k := range w.folds + 1 {
		rest := all
		if k < w.folds {
			rest.plus(&r.grams[k], -1)
			if gap && k > 0 {
				rest.plus(&r.grams[k-1], -1)
			}
			if gap && k < w.folds-1 {
				rest.plus(&r.grams[k+1], -1)
			}
		}
		for l, penalty := range narrowPenalties {
			r.trial[l][k] = rest.solve(penalty * unit)
		}
	}
	cost := r.costs(w.fresh)
	share := trustShares(cost[:len(narrowPenalties)], lambdaTrust)
	var mixed [maxFolds + 1]narrowVector
	for k := range w.folds + 1 {
		for l, s := range share[:len(narrowPenalties)] {
			for a := range beta {
				mixed[k][a] += s * r.trial[l][k][a]
			}
		}
	}
	for i, k := range r.fold {
		if k >= 0 {
			held[i] += r.x[i].dot(&mixed[k])
		}
	}
	for a := range beta {
		beta[a] = mixed[w.folds][a] / r.rms[a]
	}
	return beta, true
}

// sum fills the folds' normal equations and returns those of all, the number of
// samples and their weight.
func (r *narrowRegression) sum(w *workspace) (all narrowGram, n int, total float64) {
	for k := range w.folds {
		r.grams[k] = narrowGram{}
	}
	for i, k := range r.fold {
		if k >= 0 && r.y[i] == r.y[i] {
			r.grams[k].add(&r.x[i], r.y[i], w.fresh[i])
			n++
			total += w.fresh[i]
		}
	}
	for k := range w.folds {
		all.plus(&r.grams[k], 1)
	}
	return all, n, total
}

// costs returns the absolute errors that the trials held out.
func (r *narrowRegression) costs(weights []float64) (cost [4]float64) {
	for i, k := range r.fold {
		if k >= 0 && r.y[i] == r.y[i] {
			for l := range narrowPenalties {
				cost[l] += weights[i] * math.Abs(r.y[i]-r.x[i].dot(&r.trial[l][k]))
			}
		}
	}
	return cost
}

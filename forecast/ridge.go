package forecast

import "math"

const (
	maxFeatures = 20
	maxFolds    = 10
	// lambdaTrust is how sharply penalties that held out worse are passed over:
	// one that is 3 % worse than the best counts e⁻¹ as much.
	lambdaTrust = 30
)

// Penalties that are tried, in units of samples, on features scaled to a root
// mean square of one.
var (
	widePenalties   = []float64{0.3, 10, 1000}
	narrowPenalties = []float64{1, 30, 1000}
)

type vector [maxFeatures]float64

// A gram holds the normal equations of one fold; only the lower triangle of
// its matrix is used.
type gram struct {
	xx [maxFeatures]vector
	xy vector
}

// add adds one sample of p features. By hand, in memory of a fixed size: gonum's
// blas64.Syr and Axpy take a seventh longer (BenchmarkAccumulate).
func (g *gram) add(x *vector, y, w float64, p int) {
	xs := x[:p]
	for a, v := range xs {
		v *= w
		row := g.xx[a][:a+1]
		for b, u := range xs[:len(row)] {
			row[b] += v * u
		}
		g.xy[a] += v * y
	}
}

// plus adds sign times o.
func (g *gram) plus(o *gram, sign float64, p int) {
	for a := range p {
		for b := 0; b <= a; b++ {
			g.xx[a][b] += sign * o.xx[a][b]
		}
		g.xy[a] += sign * o.xy[a]
	}
}

// solve returns (X + penalty·I)⁻¹·y by a Cholesky decomposition, zero if that
// does not exist. g is not changed. It is by hand since a fit solves some
// thousand systems of 15 features: gonum's lapack64 (Potrf, Potrs), with its
// memory kept, takes 2.9 times as long (BenchmarkSolve). A test holds the two
// together.
func (g *gram) solve(penalty float64, p int, out *vector) {
	var l [maxFeatures]vector
	for j := range p {
		d := g.xx[j][j] + penalty
		lj := l[j][:j]
		for _, v := range lj {
			d -= v * v
		}
		if !(d > 1e-12) {
			*out = vector{}
			return
		}
		d = math.Sqrt(d)
		l[j][j] = d
		inv := 1 / d
		for i := j + 1; i < p; i++ {
			s, li := g.xx[i][j], l[i][:len(lj)]
			for k, v := range lj {
				s -= li[k] * v
			}
			l[i][j] = s * inv
		}
	}
	for i := range p {
		s := g.xy[i]
		for k := range i {
			s -= l[i][k] * out[k]
		}
		out[i] = s / l[i][i]
	}
	for i := p - 1; i >= 0; i-- {
		s := out[i]
		for k := i + 1; k < p; k++ {
			s -= l[k][i] * out[k]
		}
		out[i] = s / l[i][i]
	}
}

func dot(x, beta *vector, p int) float64 {
	s := 0.0
	bs := beta[:p]
	for a, v := range x[:len(bs)] {
		s += v * bs[a]
	}
	return s
}

// A regression is ridge regression with folds of days left out: the folds give
// both the penalty and honest predictions of the samples themselves, at the
// price of some more small decompositions. Its zero value is ready; it is
// reused to spare memory.
//
// # References
//
// Hoerl, Kennard: Ridge Regression, 1970. Stone: Cross-Validatory Choice,
// 1974. The weighting of penalties instead of choosing one follows the
// soft-averaged leave-one-out of FLAIR (arXiv 2605.07222).
type regression struct {
	p        int // features
	folds    int
	gap      bool // leave out the neighbouring folds too: their targets overlap
	x        []vector
	y        []float64 // NaN: a sample that is only predicted
	weight   []float64
	fold     []int8 // −1: a sample that is left out altogether
	grams    [maxFolds]gram
	held     []float64 // predictions of y with its fold left out
	beta     vector    // fitted on everything
	rms      vector
	solution [maxFolds + 1]vector
	trial    [8][maxFolds + 1]vector
}

// reset prepares for n samples.
func (r *regression) reset(n int) {
	if cap(r.x) < n {
		r.x = make([]vector, n)
		r.y, r.weight, r.held, r.fold = make([]float64, n), make([]float64, n), make([]float64, n), make([]int8, n)
	}
	r.x, r.y, r.weight, r.held, r.fold = r.x[:n], r.y[:n], r.weight[:n], r.held[:n], r.fold[:n]
}

// fit solves for the penalties and mixes them. It returns false if fewer than
// minErrors samples can be learned from; beta and held are zero then.
func (r *regression) fit(penalties []float64) bool {
	p := r.p
	n, total := r.scale()
	if n < minErrors {
		r.beta = vector{}
		clear(r.held)
		return false
	}
	all := r.sum()
	unit := total / float64(n) // a penalty of one weighs as much as one sample
	for k := range r.folds + 1 {
		rest := all
		for q := range r.folds {
			if k < r.folds && (q == k || r.gap && (q == k-1 || q == k+1)) {
				rest.plus(&r.grams[q], -1, p)
			}
		}
		for l, penalty := range penalties {
			rest.solve(penalty*unit, p, &r.trial[l][k])
		}
	}
	r.mix(r.costs(len(penalties)))
	for i := range r.x {
		r.held[i] = 0
		if k := r.fold[i]; k >= 0 {
			r.held[i] = dot(&r.x[i], &r.solution[k], p)
		}
	}
	for a := range p {
		r.beta[a] = r.solution[r.folds][a] / r.rms[a]
	}
	return true
}

// sum fills the folds' normal equations and returns those of all.
func (r *regression) sum() (all gram) {
	for k := range r.folds {
		r.grams[k] = gram{}
	}
	for i := range r.x {
		if r.weight[i] > 0 && r.fold[i] >= 0 {
			r.grams[r.fold[i]].add(&r.x[i], r.y[i], r.weight[i], r.p)
		}
	}
	for k := range r.folds {
		all.plus(&r.grams[k], 1, r.p)
	}
	return all
}

// costs returns the absolute errors that the first n trials held out.
func (r *regression) costs(n int) []float64 {
	var cost [8]float64
	for i := range r.x {
		if r.weight[i] > 0 && r.fold[i] >= 0 {
			for l := range n {
				cost[l] += r.weight[i] * math.Abs(r.y[i]-dot(&r.x[i], &r.trial[l][r.fold[i]], r.p))
			}
		}
	}
	return cost[:n]
}

// scale divides the features by their root mean squares. It returns how many
// samples can be learned from and their weight.
func (r *regression) scale() (n int, total float64) {
	r.rms = vector{}
	used := 0
	for i := range r.x {
		if r.fold[i] < 0 {
			r.weight[i] = 0
			continue
		}
		if r.y[i] != r.y[i] {
			r.weight[i] = 0
		}
		if r.weight[i] > 0 {
			n++
			total += r.weight[i]
		}
		used++
		for a, v := range r.x[i][:r.p] {
			r.rms[a] += v * v
		}
	}
	var inverse vector
	for a := range r.p {
		if r.rms[a] = math.Sqrt(r.rms[a] / float64(used)); !(r.rms[a] > 1e-300) {
			r.rms[a] = math.Inf(1) // never differs from zero: takes no part
		}
		inverse[a] = 1 / r.rms[a]
	}
	r.rms[0], inverse[0] = 1, 1
	for i := range r.x {
		xs := r.x[i][:r.p]
		for a, v := range xs {
			v *= inverse[a]
			if v > mostScales {
				v = mostScales
			} else if v < -mostScales {
				v = -mostScales
			}
			xs[a] = v
		}
	}
	return n, total
}

// mostScales is how many root mean squares a feature may be from zero: beyond,
// a regression would extrapolate from one burst.
const mostScales = 6

// limits returns what the features are cut to, in their own unit.
func (r *regression) limits() (most vector) {
	for a := range r.p {
		most[a] = mostScales * r.rms[a]
	}
	return most
}

// mix averages the trial solutions, by how well they held out.
func (r *regression) mix(cost []float64) {
	share := trustShares(cost, lambdaTrust)
	for k := range r.folds + 1 {
		r.solution[k] = vector{}
		for l := range cost {
			for a := range r.p {
				r.solution[k][a] += share[l] * r.trial[l][k][a]
			}
		}
	}
}

// trustShares returns shares that add up to one: exp(−sharp·(c/best − 1)) each,
// before they are made to. There are at most eight.
func trustShares(cost []float64, sharp float64) (share [8]float64) {
	best, total := math.Inf(1), 0.0
	for _, c := range cost {
		best = min(best, c)
	}
	for l, c := range cost {
		share[l] = 1
		if c > best {
			share[l] = math.Exp(-sharp * (c/best - 1))
		}
		total += share[l]
	}
	for l := range cost {
		share[l] /= total
	}
	return share
}

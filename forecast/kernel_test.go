package forecast

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// normal is the normal equations of as many random samples as a fold has.
func normal(p int) *gram {
	random := rand.New(rand.NewPCG(1, 2))
	g := &gram{}
	for range 400 {
		var x vector
		for a := range p {
			x[a] = random.NormFloat64()
		}
		g.add(&x, random.NormFloat64(), 1, p)
	}
	return g
}

// A lapackSolver solves normal equations by gonum, in memory that it keeps.
type lapackSolver struct {
	a, b []float64
}

func (l *lapackSolver) solve(g *gram, penalty float64, p int, out *vector) {
	if l.a == nil {
		l.a, l.b = make([]float64, maxFeatures*maxFeatures), make([]float64, maxFeatures)
	}
	for i := range p {
		copy(l.a[i*p:i*p+i+1], g.xx[i][:i+1])
		l.a[i*p+i] += penalty
		l.b[i] = g.xy[i]
	}
	t, ok := lapack64.Potrf(blas64.Symmetric{N: p, Stride: p, Data: l.a[:p*p], Uplo: blas.Lower})
	if !ok {
		*out = vector{}
		return
	}
	lapack64.Potrs(t, blas64.General{Rows: p, Cols: 1, Stride: 1, Data: l.b[:p]})
	copy(out[:], l.b[:p])
}

// The reference is gonum's LAPACK.
func TestTheSolverAgreesWithLAPACK(t *testing.T) {
	var l lapackSolver
	for p := 1; p <= maxFeatures; p++ {
		g := normal(p)
		for _, penalty := range narrowPenalties {
			var ours, theirs vector
			g.solve(penalty, p, &ours)
			l.solve(g, penalty, p, &theirs)
			for a := range p {
				if math.Abs(ours[a]-theirs[a]) > 1e-12 {
					t.Fatalf("%d features, penalty %g: %v and %v", p, penalty, ours[:p], theirs[:p])
				}
			}
		}
	}
}

// The kernels side by side: what is done by hand has to be worth it.
func BenchmarkSolve(b *testing.B) {
	const p = 15
	g := normal(p)
	var out vector
	b.Run("by-hand", func(b *testing.B) {
		for b.Loop() {
			g.solve(10, p, &out)
		}
	})
	b.Run("gonum-lapack64", func(b *testing.B) {
		var l lapackSolver
		for b.Loop() {
			l.solve(g, 10, p, &out)
		}
	})
}

func BenchmarkAccumulate(b *testing.B) {
	const p = 15
	var x vector
	for a := range p {
		x[a] = float64(a)
	}
	b.Run("by-hand", func(b *testing.B) {
		g := &gram{}
		for b.Loop() {
			g.add(&x, 1, 0.5, p)
		}
	})
	b.Run("gonum-blas64", func(b *testing.B) {
		a := blas64.Symmetric{N: p, Stride: p, Data: make([]float64, p*p), Uplo: blas.Lower}
		xy := blas64.Vector{N: p, Inc: 1, Data: make([]float64, p)}
		v := blas64.Vector{N: p, Inc: 1, Data: x[:p]}
		for b.Loop() {
			blas64.Syr(0.5, v, a)
			blas64.Axpy(0.5, v, xy)
		}
	})
}

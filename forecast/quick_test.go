package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestQuickLogAndExp(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for range 200_000 {
		x := math.Exp(r.Float64()*1300 - 650)
		if got, want := quickLog(x), math.Log(x); math.Abs(got-want) > 1e-11*max(1, math.Abs(want)) {
			t.Fatalf("the logarithm of %g is %.15g, not %.15g", x, got, want)
		}
		y := r.Float64()*1600 - 800
		if got, want := quickExp(y), math.Exp(y); !(math.Abs(got-want) <= 1e-11*want) && got != want {
			t.Fatalf("e to the power of %g is %.15g, not %.15g", y, got, want)
		}
	}
	for _, x := range []float64{1, 2, 1 << 20, 0.5} {
		if got := quickLog(x); math.Abs(got-math.Log(x)) > 1e-11 {
			t.Errorf("the logarithm of %g is %g", x, got)
		}
	}
	if v := quickExp(0); v != 1 {
		t.Errorf("e to the power of 0 is %.17g", v)
	}
	for _, v := range []float64{quickLog(math.NaN()), quickLog(-1), quickExp(math.NaN())} {
		if v == v {
			t.Errorf("%g of what is no number", v)
		}
	}
}

package main

import (
	"math"
	"math/cmplx"
	"slices"
)

// A fourier is the discrete Fourier transform of n samples, by decimation in
// time over the prime factors of n: it costs O(n·Σ factors).
type fourier struct {
	turns   []complex128 // exp(−2πi k/n)
	factors []int        // of n
	parts   []complex128 // as many as the largest of them
}

func newFourier(n int) *fourier {
	f := &fourier{turns: make([]complex128, n)}
	for rest := n; rest > 1; rest /= f.factors[len(f.factors)-1] {
		f.factors = append(f.factors, factor(rest))
	}
	f.parts = make([]complex128, slices.Max(append(f.factors, 1)))
	for k := range f.turns {
		f.turns[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	return f
}

// coefficients returns X_k = Σ x_j exp(−2πi jk/n).
func (f *fourier) coefficients(xs []complex128) []complex128 {
	out := make([]complex128, len(xs))
	f.transform(out, xs, f.factors, 1)
	return out
}

// inverse returns x_j = (1/n) Σ X_k exp(2πi jk/n).
func (f *fourier) inverse(bins []complex128) []complex128 {
	out := make([]complex128, len(bins))
	for k, c := range bins {
		out[k] = cmplx.Conj(c)
	}
	out = f.coefficients(out)
	for j, c := range out {
		out[j] = cmplx.Conj(c) / complex(float64(len(bins)), 0)
	}
	return out
}

// transform writes that of every stride-th of src to dst.
func (f *fourier) transform(dst, src []complex128, factors []int, stride int) {
	n := len(dst)
	if n == 1 {
		dst[0] = src[0]
		return
	}
	p := factors[0]
	m := n / p
	for r := range p {
		f.transform(dst[r*m:(r+1)*m], src[r*stride:], factors[1:], stride*p)
	}
	step := len(f.turns) / n
	if p == 2 {
		for k := range m {
			a, b := dst[k], dst[k+m]*f.turns[k*step]
			dst[k], dst[k+m] = a+b, a-b
		}
		return
	}
	parts := f.parts[:p]
	for k := range m {
		for r := range p {
			parts[r] = dst[r*m+k] * f.turns[r*k*step]
		}
		for q := range p {
			sum := parts[0]
			for r := 1; r < p; r++ {
				sum += parts[r] * f.turns[r*q%p*m*step]
			}
			dst[k+q*m] = sum
		}
	}
}

// factor returns the least prime factor of n.
func factor(n int) int {
	for p := 2; p*p <= n; p++ {
		if n%p == 0 {
			return p
		}
	}
	return n
}

// complexOf returns xs as complex numbers.
func complexOf(xs []float64) []complex128 {
	out := make([]complex128, len(xs))
	for i, x := range xs {
		out[i] = complex(x, 0)
	}
	return out
}

package main

import "gonum.org/v1/gonum/dsp/fourier"

// A transform is the discrete Fourier transform of n samples, by gonum.
type transform struct{ *fourier.CmplxFFT }

func newTransform(n int) transform { return transform{fourier.NewCmplxFFT(n)} }

// coefficients returns X_k = Σ x_j exp(−2πi jk/n).
func (t transform) coefficients(xs []complex128) []complex128 { return t.Coefficients(nil, xs) }

// inverse returns x_j = (1/n) Σ X_k exp(2πi jk/n).
func (t transform) inverse(bins []complex128) []complex128 {
	out := t.Sequence(nil, bins)
	for j := range out {
		out[j] /= complex(float64(len(bins)), 0)
	}
	return out
}

// complexOf returns xs as complex numbers.
func complexOf(xs []float64) []complex128 {
	out := make([]complex128, len(xs))
	for i, x := range xs {
		out[i] = complex(x, 0)
	}
	return out
}

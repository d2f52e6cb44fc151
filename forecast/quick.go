package forecast

import "math"

// Fits and walks would spend a tenth of their time in math.Log and math.Exp.
// These are exact to eleven digits, which is more than the samples are.

// quickLog returns ln x, for positive normal numbers: the exponent, the
// logarithm of the nearest of 128 mantissas from a table, and the series of what
// is left. Of NaN it is NaN.
func quickLog(x float64) float64 {
	bits := math.Float64bits(x)
	if bits > positiveInfinity {
		return math.NaN()
	}
	exponent := int(bits>>52) - 1023
	near := &logs[bits>>45&127]
	r := math.Float64frombits(bits&(1<<52-1)|1023<<52)*near.inverse - 1
	return float64(exponent)*math.Ln2 + near.log + r*(1-r*(0.5-r*(1.0/3-r*0.25)))
}

const positiveInfinity = 0x7FF << 52

// logs holds the middles of 128 parts of [1, 2).
var logs = func() (table [128]struct{ inverse, log float64 }) {
	for i := range table {
		m := 1 + (float64(i)+0.5)/float64(len(table))
		table[i].inverse, table[i].log = 1/m, math.Log(m)
	}
	return table
}()

// quickExp returns eˣ: a power of two, one of 128 parts of the way to the next
// from a table, and the series of what is left.
func quickExp(x float64) float64 {
	if !(x > -700 && x < 700) {
		return math.Exp(x)
	}
	k := math.Floor(x*(128/math.Ln2) + 0.5)
	r := x - k*(math.Ln2/128)
	n := int(k)
	power := math.Float64frombits(uint64(n>>7+1023) << 52)
	return power * exps[n&127] * (1 + r*(1+r*(0.5+r*(1.0/6))))
}

// exps holds 2 to the power of i/128.
var exps = func() (table [128]float64) {
	for i := range table {
		table[i] = math.Exp2(float64(i) / float64(len(table)))
	}
	return table
}()

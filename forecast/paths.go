package forecast

import (
	"math"
	"sort"
	"time"
)

// Paths are quantile paths of the load over a horizon: row i belongs to
// Start + i·Step and holds one value for each of Taus. Within a row, values do
// not fall as the quantile rises.
type Paths struct {
	Start  time.Time
	Step   time.Duration
	Taus   []float64 // ascending, each within (0, 1)
	Values []float64 // Steps × len(Taus), row by row
}

// Steps returns the number of rows.
func (p *Paths) Steps() int {
	if len(p.Taus) == 0 {
		return 0
	}
	return len(p.Values) / len(p.Taus)
}

// Time returns the time of row i.
func (p *Paths) Time(i int) time.Time { return p.Start.Add(time.Duration(i) * p.Step) }

// Row returns the quantiles of row i. It shares p's values.
func (p *Paths) Row(i int) []float64 {
	k := len(p.Taus)
	return p.Values[i*k : (i+1)*k : (i+1)*k]
}

// Value returns the tau-quantile of row i, by linear interpolation between the
// neighbouring quantiles; a tau outside Taus gives the outermost one.
func (p *Paths) Value(i int, tau float64) float64 { return p.Read(i, p.Column(tau)) }

// A Column is where a quantile lies among those of Paths, for reading many rows.
type Column struct {
	k     int     // the upper of the two neighbours
	share float64 // of it
}

// Column returns where tau lies; outside Taus it is the outermost one.
func (p *Paths) Column(tau float64) Column {
	switch i := sort.SearchFloat64s(p.Taus, tau); {
	case i == 0:
		return Column{0, 1}
	case i == len(p.Taus):
		return Column{i - 1, 1}
	default:
		return Column{i, (tau - p.Taus[i-1]) / (p.Taus[i] - p.Taus[i-1])}
	}
}

// Read returns the value of row i in a column of p.
func (p *Paths) Read(i int, c Column) float64 {
	v := p.Values[i*len(p.Taus)+c.k]
	if c.share < 1 {
		below := p.Values[i*len(p.Taus)+c.k-1]
		return below + c.share*(v-below)
	}
	return v
}

// At returns the tau-quantile at time t, which is that of the row at or
// before t. ok is false if t lies outside the horizon.
func (p *Paths) At(t time.Time, tau float64) (v float64, ok bool) {
	if p.Steps() == 0 || t.Before(p.Start) {
		return math.NaN(), false
	}
	i := int(t.Sub(p.Start) / p.Step)
	if i >= p.Steps() {
		return math.NaN(), false
	}
	return p.Value(i, tau), true
}

// resize makes p hold the given rows, reusing what it has.
func (p *Paths) resize(start time.Time, step time.Duration, rows int, taus []float64) {
	p.Start, p.Step = start, step
	p.Taus = append(p.Taus[:0], taus...)
	n := rows * len(taus)
	if cap(p.Values) < n {
		p.Values = make([]float64, n)
	}
	p.Values = p.Values[:n]
}

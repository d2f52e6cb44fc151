package planning

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

const (
	// heldOut is how many days are forecast again to measure the residuals.
	heldOut = 7
	// maxResidual bounds an error, in spreads: an outage or a burst that comes
	// once is no path to sample.
	maxResidual = 8
)

// fitResiduals fits what was known some days earlier, and keeps by how much the load
// that came then differed from its median, in spreads of that time.
func (v *loadForecast) fitResiduals(known forecast.Series, o forecast.Options) {
	day := int(24 * time.Hour / known.Step)
	days := min(known.Len()/day/4, heldOut)
	if days < 1 || day == 0 {
		return
	}
	n := known.Len() - days*day
	before := known
	before.Values = known.Values[:n]
	o.Horizon = time.Duration(days) * 24 * time.Hour
	m, err := forecast.Fit(before, o)
	if err != nil {
		return
	}
	paths := m.Forecast(nil, []float64{0.5, spreadTau})
	v.since, v.residuals = known.Time(n), make([]float64, days*day)
	last := 0.0
	for i := range v.residuals {
		at := known.Time(n + i)
		row := min(max(int(at.Sub(paths.Start)/paths.Step), 0), paths.Steps()-1)
		middle, spread := paths.Value(row, 0.5), paths.Value(row, spreadTau)-paths.Value(row, 0.5)
		if came := known.Values[n+i]; !math.IsNaN(came) && spread > 1e-6*middle {
			last = min(max((came-middle)/spread, -maxResidual), maxResidual)
		}
		v.residuals[i] = last
	}
}

// sample writes path k into dst: the median, and the residuals of past days
// at the same time of day. All loads and workloads take the same days, so that
// what goes up together goes up together.
func (v *loadForecast) sample(dst []float64, from time.Time, tick time.Duration, k int) {
	perDay := int(24 * time.Hour / v.step)
	days := len(v.residuals) / perDay
	for i := range dst {
		ahead := from.Add(time.Duration(i) * tick).Sub(v.since)
		day := int(ahead / (24 * time.Hour))
		at := min(int(ahead%(24*time.Hour)/v.step), perDay-1) // a step need not divide the day
		pick := int(mix(uint64(k)<<32|uint64(uint32(day))) % uint64(days))
		dst[i] = max(v.middle[i]+v.residuals[pick*perDay+at]*v.spread[i], 0)
	}
}

// mix scrambles x: the finalizer of SplitMix64, G. Steele, D. Lea and C. Flood,
// Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

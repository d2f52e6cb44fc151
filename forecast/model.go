package forecast

import (
	"fmt"
	"math"
	"time"
)

// Options say what a fit has to be good for. The zero Options forecast 24
// hours, and peaks over a single step.
type Options struct {
	Horizon  time.Duration // of the forecast; 24 h if zero
	Window   time.Duration // whose largest load Peaks forecasts; one step if zero
	Calendar *Calendar     // what is known beyond the clock; nil for nothing
}

// A Model is a fitted series. It is not safe for concurrent use.
type Model struct {
	step    time.Duration
	start   time.Time // of values[0]
	values  []float64 // NaN: unknown; the last one is known
	keep    int       // how many values are kept when more are appended
	anchor  anchor
	levelN  int // samples that the present level is taken from
	horizon int // steps
	window  int // steps
	load    calibration
	peak    calibration

	rows []float64 // scratch: medians of a horizon
	zs   []float64 // scratch: standardised quantiles, by grid horizon
}

// Step returns the distance between two rows of a forecast.
func (m *Model) Step() time.Duration { return m.step }

// Origin returns the time of the newest sample that the forecast starts from.
func (m *Model) Origin() time.Time {
	return m.start.Add(time.Duration(len(m.values)-1) * m.step)
}

// Span returns the time covered by the samples that the forecast rests on.
func (m *Model) Span() time.Duration { return time.Duration(len(m.values)-1) * m.step }

// Method returns how the forecast is made, as a phrase for users.
func (m *Model) Method() string {
	return fmt.Sprintf("%s, with the present level; quantiles from %d held-out errors", m.anchor.describe(), m.load.count())
}

// Append adds newer samples and moves the origin, without fitting again.
// Samples up to the origin are passed over, a distance between the two series
// is a gap, and unknown samples at the end wait for a known one. It returns an
// error, and changes nothing, if the steps differ or s begins more than keep
// samples after the origin.
func (m *Model) Append(s Series) error {
	if s.Len() == 0 {
		return nil
	}
	if s.Step != m.step {
		return fmt.Errorf("append samples of step %s to a model of step %s", s.Step, m.step)
	}
	if off := s.Start.Sub(m.start) % m.step; off != 0 {
		return fmt.Errorf("append samples that are %s off the model's grid", off)
	}
	last := s.LastKnown()
	if last < 0 {
		return nil
	}
	first := int(s.Start.Sub(m.start)/m.step) - len(m.values)
	if first > m.keep {
		return fmt.Errorf("append samples that begin %s after the model's newest", s.Start.Sub(m.Origin()))
	}
	for ; first > 0; first-- {
		m.values = append(m.values, math.NaN())
	}
	if from := -first; from <= last {
		m.values = append(m.values, s.Values[from:last+1]...)
	}
	m.trim()
	return nil
}

// trim drops the oldest samples once there are a quarter more than are kept.
func (m *Model) trim() {
	if extra := len(m.values) - m.keep; extra > m.keep/4 {
		copy(m.values, m.values[extra:])
		m.values = m.values[:m.keep]
		m.start = m.start.Add(time.Duration(extra) * m.step)
	}
}

// Forecast writes the quantiles of the load into dst, one row a step from
// Origin + Step on, up to the fitted horizon. A nil dst allocates; taus must
// ascend within (0, 1). The values are finite and not negative.
func (m *Model) Forecast(dst *Paths, taus []float64) *Paths {
	if dst == nil {
		dst = new(Paths)
	}
	checkTaus(taus)
	dst.resize(m.Origin().Add(m.step), m.step, m.horizon, taus)
	m.medians(m.horizon)
	m.load.spread(dst, m.rows, &m.zs)
	return dst
}

// Peaks writes the quantiles of the largest load within the fitted window into
// dst: row i is that of the window that begins at the row's time and lasts
// Options.Window. It is calibrated on the largest loads themselves, since the
// largest of many quantiles is not the quantile of the largest.
// Rows, dst and taus are as for Forecast.
func (m *Model) Peaks(dst *Paths, taus []float64) *Paths {
	if dst == nil {
		dst = new(Paths)
	}
	checkTaus(taus)
	dst.resize(m.Origin().Add(m.step), m.step, m.horizon, taus)
	m.medians(m.horizon + m.window)
	slidingMax(m.rows, m.window+1)
	m.peak.spread(dst, m.rows, &m.zs)
	return dst
}

// medians writes the centre of the forecast for n steps into m.rows.
func (m *Model) medians(n int) {
	if cap(m.rows) < n {
		m.rows = make([]float64, n)
	}
	m.rows = m.rows[:n]
	v := m.anchor.from(m.values, len(m.values)-1)
	level := v.level(m.levelN)
	for i := range m.rows {
		m.rows[i] = max(0, v.at(i+1)+m.load.lasting(i+1)*level)
	}
}

// slidingMax replaces xs[i] by the largest of xs[i : i+w], or of what there is.
func slidingMax(xs []float64, w int) {
	for i := range xs {
		top := xs[i]
		for _, x := range xs[i+1 : min(i+w, len(xs))] {
			top = max(top, x)
		}
		xs[i] = top
	}
}

func checkTaus(taus []float64) {
	prev := 0.0
	for _, tau := range taus {
		if !(tau > prev && tau < 1) {
			panic(fmt.Sprintf("forecast: quantiles %v do not ascend within (0, 1)", taus))
		}
		prev = tau
	}
}

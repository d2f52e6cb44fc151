package forecast

import (
	"fmt"
	"math"
	"sort"
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
	values  []float32 // NaN: unknown; the last one is known
	keep    int       // how many values are kept when more are appended
	horizon int       // steps
	window  int       // steps
	options Options
	learned
	stale        bool         // samples were appended since the last look
	loads, peaks []row        // the forecast from the newest sample, by step
	errs         [2][]float64 // scratch of Forecast and Peaks
	least        Paths        // scratch of Peaks
}

// learned is what a fit finds out.
type learned struct {
	grid                       []int     // horizons in steps, ascending
	upper                      []float32 // by step: how near it is to the upper of the two horizons around it
	experts                    []expert
	share                      [][]float64   // by horizon and expert
	load, peak                 []calibration // by horizon
	smooth                     int
	period                     int
	offset                     float64 // of the logarithm
	middle, high               float64 // quantiles of the load
	recurring                  float64 // the largest that came on two days
	typical                    float64 // mean load
	deviation, move            float64 // their means
	bottom, top                float64 // the least load, and the largest that came on two days
	changes                    []change
	seasonalShare, periodShare float64 // shares of the anchors that rise and fall within a window
	found                      []Finding
	tried                      int // held-out origins
	heldOutOrigins             []heldOutOrigin
	external                   []externalForecast // admitted since the fit
}

// A row is the forecast of one step: its centre, the sizes of the errors at the
// two horizons of the grid around it, and the most that is believed.
type row struct {
	centre, lo, hi, most float32
}

// beyond is how far above the largest load of two days a quantile may lie, in
// parts of its range, once there are days of history: a tail that was fitted to few errors must not run away
// with the bill.
const beyond = 0.5

// Step returns the distance between two rows of a forecast.
func (m *Model) Step() time.Duration { return m.step }

// Origin returns the time of the newest sample that the forecast starts from.
func (m *Model) Origin() time.Time {
	return m.start.Add(time.Duration(len(m.values)-1) * m.step)
}

// Span returns the time covered by the samples that the forecast rests on.
func (m *Model) Span() time.Duration { return time.Duration(len(m.values)-1) * m.step }

// Findings returns what was found in the history when it was last fitted.
func (m *Model) Findings() []Finding { return m.found }

// Append adds newer samples and moves the origin, without fitting again.
// Samples up to the origin are passed over, a distance between the two series
// is a gap, and unknown samples at the end wait for a known one. It returns an
// error, and changes nothing, if the steps differ or s begins more than keep
// samples after the origin. Findings and shares are those of the last fit.
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
	last := s.Len() - 1
	for last >= 0 && !isLoad(s.Values[last]) {
		last--
	}
	if last < 0 {
		return nil
	}
	first := int(s.Start.Sub(m.start)/m.step) - len(m.values)
	if first > m.keep {
		return fmt.Errorf("append samples that begin %s after the model's newest", s.Start.Sub(m.Origin()))
	}
	for ; first > 0; first-- {
		m.values = append(m.values, float32(math.NaN()))
	}
	for i := -first; i <= last; i++ {
		m.values = append(m.values, stored(s.Values[i]))
		m.stale = true
	}
	if len(m.values) > m.keep*9/8 {
		m.trim(m.keep)
	}
	return nil
}

// trim drops the oldest samples beyond the last keep.
func (m *Model) trim(keep int) {
	if extra := len(m.values) - keep; extra > 0 {
		copy(m.values, m.values[extra:])
		m.values = m.values[:keep]
		m.start = m.start.Add(time.Duration(extra) * m.step)
	}
}

// Forecast writes the quantiles of the load into dst, one row a step from
// Origin + Step on, up to the fitted horizon. A nil dst allocates; taus must
// ascend within (0, 1). The values are finite and not negative.
func (m *Model) Forecast(dst *Paths, taus []float64) *Paths {
	m.refresh()
	return m.write(dst, taus, m.Origin(), m.loads, m.loadErrors(taus))
}

// Peaks writes the quantiles of the largest load within the fitted window into
// dst: row i is that of the window that begins at the row's time and lasts
// Options.Window. It is calibrated on the largest loads themselves, since the
// largest of many quantiles is not the quantile of the largest, and is nowhere
// below the load's own quantile. The window's two ends are both part of it.
// Rows, dst and taus are as for Forecast.
func (m *Model) Peaks(dst *Paths, taus []float64) *Paths {
	m.refresh()
	least := m.write(&m.least, taus, m.Origin(), m.loads, m.loadErrors(taus))
	return m.writePeaks(dst, least, m.peaks, m.peakErrors(taus))
}

// writePeaks puts the quantiles of the largest loads around their centres, none
// below those of the loads.
func (m *Model) writePeaks(dst, load *Paths, peaks []row, errs []float64) *Paths {
	dst = m.write(dst, load.Taus, load.Start.Add(-m.step), peaks, errs)
	for i, v := range load.Values {
		if v > dst.Values[i] {
			dst.Values[i] = v
		}
	}
	return dst
}

// refresh looks at the newest samples, if they came after the last look.
func (m *Model) refresh() {
	if !m.stale {
		return
	}
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	l := m.learned
	m.layOut(w, &l, len(m.values)-1)
	w.layWindowRise(&l, m.window)
	m.look(w)
}

// look forecasts from the newest sample in w.
func (m *Model) look(w *workspace) {
	m.stale = false
	if len(m.loads) != m.horizon {
		m.loads, m.peaks = make([]row, m.horizon), make([]row, m.horizon)
	}
	m.lookFrom(w, w.n-1, m.loads, m.peaks)
}

// lookFrom forecasts the centres and the sizes of the errors of the first steps
// after sample t of w.
func (m *Model) lookFrom(w *workspace, t int, loads, peaks []row) {
	views := m.views(w, t)
	var recent [spreadFactors]float64
	w.recentSpread(t, &m.learned, &recent)
	after := widenAfter(m.changes, w.time(t))
	for i := range loads {
		h := i + 1
		lo, hi := m.around(h)
		centre, narrow := m.mixExternal(m.centre(w, views, point{t, h, lo, hi, m.grid[lo], m.grid[hi], float64(m.upper[i])}), w.time(t+h))
		factor, wide := 1.0, after*narrow
		if w.factor != nil {
			factor = w.factor[t+h]
		}
		if last := m.grid[len(m.grid)-1]; h > last {
			wide *= math.Sqrt(float64(h) / float64(last)) // as a random walk
		}
		x := recent
		w.spread(t, h, &m.learned, &x)
		loads[i] = m.row(w, &m.load[lo], &m.load[hi], &x, centre, factor, wide)
		if w.factor != nil {
			factor = largest(w.factor[t+h : t+h+m.window+1])
		}
		peaks[i] = m.row(w, &m.peak[lo], &m.peak[hi], &x, centre+w.windowRise(&m.learned, t, h), factor, wide)
	}
}

func (m *Model) row(w *workspace, lo, hi *calibration, x *[spreadFactors]float64, centre, factor, wide float64) row {
	x[0] = w.size(centre, m.typical)
	return row{
		centre: float32(centre * factor),
		lo:     float32(lo.scale(x) * factor * wide),
		hi:     float32(hi.scale(x) * factor * wide),
		most:   float32(min(m.believed(centre)*factor, math.MaxFloat32)),
	}
}

// layUpper lays out how near each step is to the upper of the two horizons of
// the grid around it: linear in the logarithm.
func (l *learned) layUpper(horizon int) {
	l.upper = make([]float32, horizon)
	for i := range l.upper {
		if lo, hi := l.around(i + 1); lo != hi {
			from := float64(l.grid[lo])
			l.upper[i] = float32(min(1, math.Log(float64(i+1)/from)/math.Log(float64(l.grid[hi])/from)))
		}
	}
}

// around returns the horizons of the grid around h, the last one twice beyond it.
func (l *learned) around(h int) (lo, hi int) {
	hi = sort.SearchInts(l.grid, h)
	return min(max(hi-1, 0), len(l.grid)-1), min(hi, len(l.grid)-1)
}

// A view is what an expert knows at the origin of a forecast, whatever the
// horizon: the narrow ones all their features.
type view struct {
	narrow narrowVector
	wide   recentFeatures
}

// views returns those of all experts at t, until it is called again.
func (m *Model) views(w *workspace, t int) []view {
	if len(w.views) < len(m.experts) {
		w.views = make([]view, len(m.experts))
	}
	for k := range m.experts {
		e, v := &m.experts[k], &w.views[k]
		if e.wide {
			v.wide = e.recentFeatures(&w.frame, t)
			continue
		}
		v.narrow = w.narrowly(e.space(&w.frame), e.anchor, t)
		for a := 1; a < narrowFeatures; a++ {
			v.narrow[a] = min(max(v.narrow[a], -e.slimit[a]), e.slimit[a])
		}
	}
	return w.views[:len(m.experts)]
}

// A point is what a forecast of one step is made at: h steps after t, between
// the horizons lo and hi of the grid, which are from and to steps, with share upper
// of the latter.
type point struct {
	t, h, lo, hi, from, to int
	upper                  float64
}

// centre combines the experts' forecasts of p. On a holiday only those count
// that know what kind of day it is, all alike if none of them has a share.
func (m *Model) centre(w *workspace, views []view, p point) float64 {
	shared := func(k int) float64 { return (1-p.upper)*m.share[p.lo][k] + p.upper*m.share[p.hi][k] }
	kind := func(k int) bool {
		e := &m.experts[k]
		return !e.wide && (e.anchor == baseWeek || e.anchor == baseWeeks)
	}
	if w.free != nil && w.free[p.t+p.h] {
		v := m.combine(w, views, p, func(k int) float64 {
			if kind(k) {
				return shared(k)
			}
			return 0
		})
		if v != v {
			v = m.combine(w, views, p, func(k int) float64 {
				if kind(k) {
					return 1
				}
				return 0
			})
		}
		if v == v {
			return v
		}
	}
	if v := m.combine(w, views, p, shared); v == v {
		return v
	}
	return m.fallback(w, p.t)
}

// combine returns the mean of the experts' forecasts of p, weighed by share; NaN
// if none of those that have one knows its anchor.
func (m *Model) combine(w *workspace, views []view, p point, share func(k int) float64) float64 {
	sum, total := 0.0, 0.0
	for k := range m.experts {
		part := share(k)
		if part == 0 {
			continue
		}
		e := &m.experts[k]
		var v float64
		if e.wide {
			v = e.predict(&w.frame, &views[k].wide, p)
		} else {
			s, x := e.space(&w.frame), &views[k].narrow
			z := w.anchor(s, e.anchor, p.t, p.h)
			v = s.back(z + (1-p.upper)*x.dot(&e.slim[p.lo]) + p.upper*x.dot(&e.slim[p.hi]))
		}
		if v == v {
			sum += part * v
			total += part
		}
	}
	return sum / total
}

// fallback is the forecast where no expert knows its anchor: the mean of the
// day up to t, or that of all.
func (m *Model) fallback(w *workspace, t int) float64 {
	if v := w.lin.base[baseRecent][t+1]; v == v {
		return max(0, v)
	}
	return m.typical
}

// loadErrors and peakErrors return the quantiles of the relative errors, those
// of one horizon of the grid after those of another.
func (m *Model) loadErrors(taus []float64) []float64 { return tabulate(&m.errs[0], m.load, taus) }
func (m *Model) peakErrors(taus []float64) []float64 { return tabulate(&m.errs[1], m.peak, taus) }

func tabulate(into *[]float64, cs []calibration, taus []float64) []float64 {
	checkTaus(taus)
	*into = (*into)[:0]
	for g := range cs {
		for _, tau := range taus {
			*into = append(*into, cs[g].value(tau))
		}
	}
	return *into
}

// write puts the quantiles around the rows' centres.
func (m *Model) write(dst *Paths, taus []float64, origin time.Time, rows []row, errs []float64) *Paths {
	if dst == nil {
		dst = new(Paths)
	}
	dst.resize(origin.Add(m.step), m.step, len(rows), taus)
	n := len(taus)
	lo, hi := 0, 0
	for i, r := range rows {
		for hi < len(m.grid)-1 && m.grid[hi] < i+1 {
			lo, hi = hi, hi+1
		}
		upper := float64(m.upper[i])
		if i+1 > m.grid[hi] {
			upper = 1 // beyond the last horizon
		}
		out, below := dst.Row(i), 0.0
		a, b := errs[lo*n:][:len(out)], errs[hi*n:][:len(out)]
		centre, low, high, most := float64(r.centre), (1-upper)*float64(r.lo), upper*float64(r.hi), float64(r.most)
		lifted := centre + tie*centre
		for j, tau := range taus[:len(out)] {
			v := a[j]*low + b[j]*high
			if tau > 0.5 {
				v += lifted
			} else {
				v += centre
			}
			if v > most {
				v = most
			}
			if v > below {
				below = v
			}
			out[j] = below
		}
	}
	return dst
}

// tie lifts upper quantiles over the rounding of stored samples, so that a load
// that repeats exactly is covered.
const tie = 1e-7

func checkTaus(taus []float64) {
	prev := 0.0
	for _, tau := range taus {
		if !(tau > prev && tau < 1) {
			panic(fmt.Sprintf("forecast: quantiles %v do not ascend within (0, 1)", taus))
		}
		prev = tau
	}
}

package forecast

import (
	"fmt"
	"math"
	"time"
)

const (
	// minSpan and minKnown are the least history that anything is said from.
	minSpan  = 30 * time.Minute
	minKnown = 10
	// maxOrigins bounds the held-out forecasts that the errors come from.
	maxOrigins = 400
	// minErrors is how many errors a horizon needs to be calibrated by its own.
	minErrors = 20
	// maxPast bounds the samples kept: five weeks, so that four are known
	// wherever the weekly anchor looks.
	maxPast = 35 * 24 * time.Hour
)

// Fit fits s. It chooses the anchor whose held-out forecasts were nearest to
// what came, and measures their errors. s is not changed or kept.
//
// It returns a *NoForecast if the known history is shorter than half an hour
// or ten samples, or if less than a fifth of it is known.
//
// It costs about 400 forecasts at a dozen horizons for each candidate: a few
// milliseconds for four weeks of 5-minute samples.
func Fit(s Series, o Options) (*Model, error) {
	s = s.trim()
	if err := enough(s); err != nil {
		return nil, err
	}
	m := &Model{
		step:    s.Step,
		start:   s.Start,
		keep:    int(maxPast / s.Step),
		levelN:  max(1, int(15*time.Minute/s.Step)),
		horizon: steps(o.Horizon, 24*time.Hour, s.Step),
		window:  steps(o.Window, s.Step, s.Step),
	}
	from := max(0, s.Len()-m.keep)
	m.start = s.Time(from)
	m.values = append(make([]float64, 0, min(m.keep*5/4, s.Len()*5/4)+1), s.Values[from:]...)

	best := math.Inf(1)
	for _, a := range anchors(len(m.values), m.step) {
		c, cost, ok := m.calibrate(a)
		if ok && cost < best {
			best, m.anchor, m.load = cost, a, c
		}
	}
	if math.IsInf(best, 1) {
		return nil, &NoForecast{ReasonTooShort, fmt.Sprintf("%s of history leave no forecast to check itself on; wait for more", s.Span())}
	}
	m.calibratePeaks()
	return m, nil
}

// steps returns d in whole steps, rounded up, or def's if d is zero.
func steps(d, def, step time.Duration) int {
	if d <= 0 {
		d = def
	}
	return max(1, int((d+step-1)/step))
}

func enough(s Series) error {
	known := s.Known()
	switch {
	case known == 0:
		return &NoForecast{ReasonNoData, "the load is not known at any time; check the query and that its series exist"}
	case s.Span() < minSpan || known < minKnown:
		return &NoForecast{ReasonTooShort, fmt.Sprintf("%d samples over %s are known, %d over %s are needed", known, s.Span(), minKnown, minSpan)}
	case known*5 < s.Len():
		return &NoForecast{ReasonSparse, fmt.Sprintf("only %d of %d samples are known; check for scrape failures, or use a longer step", known, s.Len())}
	}
	return nil
}

// horizons returns the grid of horizons, about doubling, up to n steps.
func horizons(n int) []int {
	var grid []int
	for h := 1; h < n; h = max(h+1, h*9/5) {
		grid = append(grid, h)
	}
	return append(grid, n)
}

// origins returns the indices that held-out forecasts start from: evenly
// spread, at distances that share no factor with the day so that every time of
// day has its turn.
func (m *Model) origins(a anchor) []int {
	first, n := a.warmup(), len(m.values)
	stride := max(1, (n-first)/maxOrigins)
	if a.day > 1 {
		for gcd(stride, a.day) > 1 {
			stride++
		}
	}
	var list []int
	for i := first; i < n-1; i += stride {
		list = append(list, i)
	}
	return list
}

// calibrate makes held-out forecasts with anchor a and measures their errors.
// cost is the mean absolute error over the grid of horizons; ok is false if no
// horizon has enough forecasts to tell.
func (m *Model) calibrate(a anchor) (c calibration, cost float64, ok bool) {
	origins := m.origins(a)
	views, levels := make([]view, len(origins)), make([]float64, len(origins))
	for i, t := range origins {
		views[i] = a.from(m.values, t)
		levels[i] = views[i].level(m.levelN)
	}
	var pairs [][]pair
	for _, h := range horizons(m.horizon) {
		var ys, bs, ls []float64
		var days []int
		for i, t := range origins {
			if t+h >= len(m.values) || math.IsNaN(m.values[t+h]) {
				continue
			}
			if b := views[i].at(h); !math.IsNaN(b) {
				ys, bs, ls = append(ys, m.values[t+h]), append(bs, b), append(ls, levels[i])
				days = append(days, m.dayOf(t+h))
			}
		}
		if len(ys) < minErrors && len(c.grid) > 0 {
			break
		}
		if len(ys) < 5 {
			return c, 0, false
		}
		phi, ps := regressLevel(ys, bs, ls, days)
		c.grid, c.logs, c.phi = append(c.grid, h), append(c.logs, math.Log(float64(h))), append(c.phi, phi)
		pairs = append(pairs, ps)
		for _, p := range ps {
			cost += math.Abs(p.y-p.centre) / float64(len(ps))
		}
	}
	cost /= float64(len(c.grid))
	c.offset = m.typical() / 10
	c.choosePower(pairs)
	c.extend(m.horizon)
	return c, cost, true
}

// extend makes a calibration whose history was too short for the whole horizon
// reach it, with errors that grow by the square root of the time, as those of
// a random walk do, and a level that does not last longer than was seen.
func (c *calibration) extend(horizon int) {
	last := len(c.grid) - 1
	known := c.grid[last]
	if known >= horizon {
		return
	}
	wider := make([]float64, len(c.errs[last]))
	grow := math.Sqrt(float64(horizon) / float64(known))
	for i, e := range c.errs[last] {
		wider[i] = e * grow
	}
	c.grid, c.logs = append(c.grid, horizon), append(c.logs, math.Log(float64(horizon)))
	c.phi, c.errs = append(c.phi, c.phi[last]), append(c.errs, wider)
}

// calibratePeaks measures how far the largest centre in a window was off the
// largest load in it.
func (m *Model) calibratePeaks() {
	c := calibration{offset: m.load.offset}
	origins := m.origins(m.anchor)
	var pairs [][]pair
	for _, h := range m.load.grid {
		var ps []pair
		for _, t := range origins {
			if t+h+m.window >= len(m.values) {
				break
			}
			v := m.anchor.from(m.values, t)
			level := v.level(m.levelN)
			if p := m.peakPair(v, level, h); !math.IsNaN(p.y) {
				ps = append(ps, p)
			}
		}
		if len(ps) < minErrors && len(c.grid) > 0 {
			break
		}
		if len(ps) == 0 {
			// Too short for even one window: the errors of single steps stand in.
			m.peak = m.load
			return
		}
		c.grid, c.logs, c.phi = append(c.grid, h), append(c.logs, math.Log(float64(h))), append(c.phi, 0)
		pairs = append(pairs, ps)
	}
	c.choosePower(pairs)
	c.extend(m.horizon)
	m.peak = c
}

// peakPair returns the largest load from h to h + window steps after the
// view's origin and the largest centre there; NaN if no load there is known.
func (m *Model) peakPair(v view, level float64, h int) pair {
	p := pair{math.NaN(), 0}
	for k := h; k <= h+m.window; k++ {
		if y := m.values[v.origin+k]; !math.IsNaN(y) && !(y <= p.y) {
			p.y = y
		}
		p.centre = max(p.centre, v.at(k)+m.load.lasting(k)*level)
	}
	return p
}

// dayOf numbers the days of the series, for leaving one out.
func (m *Model) dayOf(i int) int {
	return int(m.start.Add(time.Duration(i)*m.step).Unix() / 86400)
}

// typical returns the mean of the known values, or a tiny number if that is zero.
func (m *Model) typical() float64 {
	if mean := trailingMean(m.values, len(m.values)-1, len(m.values)); mean > 0 {
		return mean
	}
	return 1e-9
}

// regressLevel finds the share phi of the level l that lasts, by least squares
// of y − b on l within [0, 1], and pairs each y with b + phi·l where phi is
// fitted on all other days, so that its error is an honest one.
func regressLevel(ys, bs, ls []float64, days []int) (phi float64, ps []pair) {
	type sums struct{ xx, xy float64 }
	all, by := sums{}, map[int]sums{}
	for i, l := range ls {
		d := by[days[i]]
		d.xx += l * l
		d.xy += l * (ys[i] - bs[i])
		by[days[i]] = d
		all.xx += l * l
		all.xy += l * (ys[i] - bs[i])
	}
	share := func(xx, xy float64) float64 {
		if xx <= 0 {
			return 0
		}
		return min(max(xy/xx, 0), 1)
	}
	ps = make([]pair, len(ys))
	for i := range ys {
		d := by[days[i]]
		others := share(all.xx-d.xx, all.xy-d.xy)
		ps[i] = pair{ys[i], max(0, bs[i]+others*ls[i])}
	}
	return share(all.xx, all.xy), ps
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

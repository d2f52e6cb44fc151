package capacity

import "math"

// A line is y = a + b·x.
type line struct{ a, b float64 }

// A lineFit is a line with what its uncertainty is drawn from.
type lineFit struct {
	line
	sums [blocks]moments
}

// moments are weighted sums over the observations of a block.
type moments struct{ w, x, y, xx, xy float64 }

func (m *moments) add(w, x, y float64) {
	m.w += w
	m.x += w * x
	m.y += w * y
	m.xx += w * x * x
	m.xy += w * x * y
}

// line returns the line of least squares; ok is false if x does not vary.
func (m *moments) line() (l line, ok bool) {
	d := m.w*m.xx - m.x*m.x
	if !(d > 1e-12*m.w*m.xx) {
		return line{}, false
	}
	l.b = (m.w*m.xy - m.x*m.y) / d
	l.a = (m.y - l.b*m.x) / m.w
	return l, true
}

const (
	lineBins  = 40
	lineSteps = 20
	// bisquare is where an observation's weight becomes zero, in standard
	// deviations: 95 % efficient for normal noise.
	bisquare = 4.685
)

// fitLine fits CPU per pod = a + b·(load per pod) to rows sorted by load. ok
// is false if there is no rising line.
//
// It starts from the Theil–Sen line through the medians of 40 bins of equal
// count, the median of the slopes of all pairs, which a quarter of spoiled bins
// does not move. From there, least squares are reweighted by Tukey's bisquare,
// which gives no weight at all to what lies more than 4.7 standard deviations
// off; Huber's weights would leave an observation of absurd load its leverage.
// Together that is an MM-estimate: the breakdown point of the start and the
// efficiency of the end. Cost O(n).
//
// # References
//
// P. K. Sen, Estimates of the regression coefficient based on Kendall's tau,
// JASA 63 (1968). V. J. Yohai, High breakdown-point and high efficiency robust
// estimates for regression, Annals of Statistics 15 (1987).
func fitLine(rows []row) (*lineFit, bool) {
	f := &lineFit{}
	var ok bool
	if f.line, ok = theilSen(binMedians(rows, lineBins)); !ok || !(f.b > 0) {
		return f, false
	}
	abs := make([]float64, len(rows))
	middle := f.a + f.b*rows[len(rows)/2].x
	for i := range rows {
		abs[i] = math.Abs(rows[i].cpu - f.a - f.b*rows[i].x)
	}
	// Without noise the scale is zero; a millionth of the CPU stands in.
	reach := bisquare * max(1.4826*medianOf(abs), 1e-6*math.Abs(middle))
	for range lineSteps {
		var all moments
		f.sums = [blocks]moments{}
		for i := range rows {
			r := &rows[i]
			u := (r.cpu - f.a - f.b*r.x) / reach
			if u*u < 1 {
				f.sums[r.block].add((1-u*u)*(1-u*u), r.x, r.cpu)
			}
		}
		for k := range f.sums {
			all.merge(&f.sums[k], 1)
		}
		l, ok := all.line()
		if !ok || !(l.b > 0) {
			return f, false
		}
		done := math.Abs(l.b-f.b) <= 1e-6*f.b && math.Abs(l.a-f.a) <= 1e-6*(math.Abs(f.a)+math.Abs(middle))
		if f.line = l; done {
			break
		}
	}
	return f, true
}

func (m *moments) merge(o *moments, times float64) {
	m.w += times * o.w
	m.x += times * o.x
	m.y += times * o.y
	m.xx += times * o.xx
	m.xy += times * o.xy
}

// draw returns the lines of the bootstrap. The weights stay those of the fit,
// which is the first step of the estimate on each draw; the lines that cannot
// be made are flat.
func (f *lineFit) draw() []line {
	list := make([]line, 0, draws)
	resample(func(times *[blocks]float64) {
		var all moments
		for k := range f.sums {
			all.merge(&f.sums[k], times[k])
		}
		l, _ := all.line()
		list = append(list, l)
	})
	return list
}

// bend returns how far off the line the medians of bins lie at most, as a share
// of the CPU that it gives there or in the middle, whichever is more. It refuses
// if that is no line, or if the slope of its lower or upper half differs from it
// by more than a factor of two: where something holds the CPU down that no
// series tells of, the line is steep at first and then flat.
func (f *lineFit) bend(rows []row) (off float64, refusal *Refusal) {
	bins := binMedians(rows, lineBins)
	middle := f.a + f.b*bins[len(bins)/2].X
	for _, p := range bins {
		y := f.a + f.b*p.X
		off = max(off, math.Abs(p.Y-y)/max(y, middle))
	}
	bent := false
	for _, half := range [][]Point{bins[:len(bins)/2], bins[len(bins)/2:]} {
		l, ok := theilSen(half)
		wide := half[len(half)-1].X > halfSpread*half[0].X
		bent = bent || ok && wide && !(l.b > f.b/2 && l.b < 2*f.b)
	}
	if off > broken || bent && off > slight {
		return off, refuse(MethodCPU, ReasonNotLinear, "the CPU of a pod does not follow its load in a straight line: it lies up to %.0f%% off", 100*off)
	}
	return off, nil
}

// binMedians returns the medians of load and CPU over bins of equal count.
func binMedians(rows []row, n int) []Point {
	list := make([]Point, n)
	ys := make([]float64, 0, len(rows)/n+1)
	for k := range list {
		part := rows[k*len(rows)/n : (k+1)*len(rows)/n]
		ys = ys[:0]
		for i := range part {
			ys = append(ys, part[i].cpu)
		}
		list[k] = Point{part[len(part)/2].x, medianOf(ys)}
	}
	return list
}

// theilSen returns the line through ps of which the slope is the median of the
// slopes of all pairs. ok is false if x does not vary.
func theilSen(ps []Point) (l line, ok bool) {
	slopes := make([]float64, 0, len(ps)*(len(ps)-1)/2)
	for i, p := range ps {
		for _, q := range ps[:i] {
			if d := p.X - q.X; d > 0 {
				slopes = append(slopes, (p.Y-q.Y)/d)
			}
		}
	}
	if len(slopes) == 0 {
		return line{}, false
	}
	l.b = medianOf(slopes)
	at := make([]float64, len(ps))
	for i, p := range ps {
		at[i] = p.Y - l.b*p.X
	}
	l.a = medianOf(at)
	return l, true
}

package plots

import (
	"image/color"
	"math"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/highwater-dev/highwater/forecast"
)

// A Forecast draws a history, the quantiles that were forecast of what follows
// it, and what came. Only Paths is needed.
type Forecast struct {
	Title    string
	Note     string          // a few words beside the title; none if empty
	History  forecast.Series // up to the origin; unknown samples are left blank
	Came     forecast.Series // after the origin
	Paths    *forecast.Paths
	Location *time.Location // of the times on the axis; UTC if nil
	Plain    bool           // without a legend, as for one of many
}

func (f Forecast) drawInto(c draw.Canvas) {
	p := blank()
	p.Add(f.grid())
	top := f.top()
	p.Y.Min, p.Y.Max = 0, top
	location := f.Location
	if location == nil {
		location = time.UTC
	}
	most := int((c.Max.X - c.Min.X) / 58)
	p.X.Tick.Marker = hours{location, max(2, most)}
	f.addPaths(p)
	f.addSeries(p, f.History, ink, 1)
	f.addSeries(p, f.Came, warm, 1.1)
	first, last := f.span()
	p.X.Min, p.X.Max = seconds(first), seconds(last)
	head := vg.Length(26)
	if f.Plain {
		head = 20
	}
	body := draw.Crop(c, 10, -14, 8, -head)
	p.Draw(body)
	f.drawHead(draw.Crop(c, 12, -14, c.Max.Y-c.Min.Y-head, 0))
}

func seconds(t time.Time) float64 { return float64(t.Unix()) }

// span returns the times that the axis covers.
func (f Forecast) span() (first, last time.Time) {
	first, last = f.Paths.Start, f.Paths.Time(max(0, f.Paths.Steps()-1))
	if f.History.Len() > 0 {
		first = f.History.Start
	}
	return first, last
}

// top returns the upper end of the axis of loads: a round number above all
// that is drawn. A tail quantile far beyond the rest is cut off, so that
// the rest stays legible.
func (f Forecast) top() float64 {
	body, tail := 0.0, 0.0
	for _, s := range []forecast.Series{f.History, f.Came} {
		for _, v := range s.Values {
			if !math.IsNaN(v) {
				body = max(body, v)
			}
		}
	}
	k := len(f.Paths.Taus)
	for i := range f.Paths.Steps() {
		row := f.Paths.Row(i)
		body, tail = max(body, row[k/2]), max(tail, row[k-1])
	}
	top := min(max(body, tail), 2.5*body)
	if !(top > 0) {
		return 1
	}
	step := roundStep(top / 4)
	return math.Ceil(top*1.02/step) * step
}

func (f Forecast) grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal.Color, g.Horizontal.Width = line, 0.7
	return g
}

// addPaths adds the bands between neighbouring quantiles, the outer ones the
// fainter, the median, and a mark at the origin.
func (f Forecast) addPaths(p *plot.Plot) {
	n, k := f.Paths.Steps(), len(f.Paths.Taus)
	if n == 0 {
		return
	}
	at := func(i, j int) plotter.XY {
		return plotter.XY{X: seconds(f.Paths.Time(i)), Y: min(f.Paths.Row(i)[j], p.Y.Max)}
	}
	for j := 1; j < k; j++ {
		outer := f.Paths.Taus[j]
		if f.Paths.Taus[j] <= 0.5 {
			outer = 1 - f.Paths.Taus[j-1]
		}
		band := make(plotter.XYs, 0, 2*n)
		for i := range n {
			band = append(band, at(i, j))
		}
		for i := n - 1; i >= 0; i-- {
			band = append(band, at(i, j-1))
		}
		poly, err := plotter.NewPolygon(band)
		if err != nil {
			continue // not finite: nothing to draw
		}
		poly.Color, poly.LineStyle.Width = faint(accent, shade(outer)), 0
		p.Add(poly)
	}
	origin := seconds(f.Paths.Start.Add(-f.Paths.Step))
	p.Add(rule{x: origin})
	if m := f.median(); m >= 0 {
		xys := make(plotter.XYs, n)
		for i := range xys {
			xys[i] = at(i, m)
		}
		if l, err := plotter.NewLine(xys); err == nil {
			l.Color, l.Width = accent, 1.5
			p.Add(l)
		}
	}
}

// shade is how strong the band is that ends at a quantile.
func shade(tau float64) float64 {
	switch {
	case tau <= 0.9:
		return 0.34
	case tau <= 0.95:
		return 0.22
	}
	return 0.12
}

// median returns the index of the quantile nearest to one half, if it is near.
func (f Forecast) median() int {
	best := -1
	for j, tau := range f.Paths.Taus {
		if math.Abs(tau-0.5) < 0.05 && (best < 0 || math.Abs(tau-0.5) < math.Abs(f.Paths.Taus[best]-0.5)) {
			best = j
		}
	}
	return best
}

// addSeries adds a line that breaks where the load is not known.
func (f Forecast) addSeries(p *plot.Plot, s forecast.Series, c color.Color, width float64) {
	var run plotter.XYs
	flush := func() {
		if len(run) > 0 {
			if l, err := plotter.NewLine(run); err == nil {
				l.Color, l.Width = c, vg.Length(width)
				p.Add(l)
			}
		}
		run = nil
	}
	for i, v := range s.Values {
		if math.IsNaN(v) {
			flush()
			continue
		}
		run = append(run, plotter.XY{X: seconds(s.Time(i)), Y: min(v, p.Y.Max)})
	}
	flush()
}

// A rule is a vertical line at x.
type rule struct{ x float64 }

// Plot implements plot.Plotter.
func (r rule) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: faint(muted, 0.75), Width: 0.7, Dashes: []vg.Length{2, 2}}, x(r.x), c.Min.Y, x(r.x), c.Max.Y)
}

// drawHead writes the title, and what the lines and bands are.
func (f Forecast) drawHead(c draw.Canvas) {
	size := 10.5
	if f.Plain {
		size = 9
	}
	y := c.Min.Y + (c.Max.Y-c.Min.Y)/2 - vg.Length(size)*0.45
	title := text(size, ink, true)
	c.FillText(title, vg.Point{X: c.Min.X, Y: y}, f.Title)
	x := c.Min.X + title.Width(f.Title) + 8
	note := text(size-1.5, muted, false)
	c.FillText(note, vg.Point{X: x, Y: y}, f.Note)
	if f.Plain {
		return
	}
	label := text(8.5, muted, false)
	right := c.Max.X
	for _, e := range f.legend() {
		right -= label.Width(e.words)
		c.FillText(label, vg.Point{X: right, Y: y + 0.5}, e.words)
		right -= 4 + swatch
		e.draw(c, vg.Point{X: right, Y: y + 3.5})
		right -= 12
	}
}

// swatch is the width of the sign before an entry of a legend.
const swatch = 16

// draw draws the sign of e to the right of p, half above and half below.
func (e entry) draw(c draw.Canvas, p vg.Point) {
	if !e.band {
		c.StrokeLine2(draw.LineStyle{Color: e.color, Width: vg.Length(e.width)}, p.X, p.Y, p.X+swatch, p.Y)
		return
	}
	c.Rectangle = vg.Rectangle{Min: vg.Point{X: p.X, Y: p.Y - 4}, Max: vg.Point{X: p.X + swatch, Y: p.Y + 4}}
	fill(c, e.color)
}

// A Key explains the lines and bands of plain Forecasts beside it.
type Key struct {
	Of Forecast // one of them
}

func (k Key) drawInto(c draw.Canvas) {
	label := text(9, muted, false)
	p := vg.Point{X: c.Min.X + 34, Y: c.Max.Y - 30}
	for _, e := range slices.Backward(k.Of.legend()) {
		e.draw(c, p)
		c.FillText(label, vg.Point{X: p.X + swatch + 6, Y: p.Y - 3}, e.words)
		p.Y -= 18
	}
}

type entry struct {
	words string
	color color.Color
	width float64
	band  bool
}

// legend lists the entries from right to left.
func (f Forecast) legend() []entry {
	var list []entry
	if f.Came.Known() > 0 {
		list = append(list, entry{"what came", warm, 1.1, false})
	}
	for j := len(f.Paths.Taus) - 1; j > 0; j-- {
		if tau := f.Paths.Taus[j]; tau > 0.5 {
			list = append(list, entry{"to " + percent(tau), faint(accent, shade(tau)), 0, true})
		}
	}
	if m := f.median(); m >= 0 {
		list = append(list, entry{"median", accent, 1.5, false})
	}
	if f.History.Known() > 0 {
		list = append(list, entry{"load", ink, 1, false})
	}
	return list
}

func percent(tau float64) string {
	return strconv.FormatFloat(math.Round(tau*1e4)/1e2, 'f', -1, 64) + " %"
}

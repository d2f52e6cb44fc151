package plots

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Frontier shows what policies gain against what they cost: each mark is
// one outcome, and better is lower and further to the left. Marks beyond the
// axes are left out, and so is what a line has there.
type Frontier struct {
	Title, Note string
	X, Y        string // of the axes
	MaxX, MaxY  float64
	Curves      []Curve // the last is drawn on top
	Plain       bool    // small: without labels and names, as for one of many
}

// A Curve is one policy with some of its settings.
type Curve struct {
	Name   string
	Points []Mark
	Ours   bool // drawn in the stronger colour
	Loose  bool // marks that no line joins
}

// A Mark is one outcome.
type Mark struct {
	X, Y  float64
	Label string // none if empty
}

// shapes tell the curves apart that are not ours.
var shapes = []draw.GlyphDrawer{
	draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{},
}

// sign is how the i-th curve is drawn.
func (f Frontier) sign(i int) (c color.NRGBA, shape draw.GlyphDrawer, radius vg.Length) {
	k := f.Curves[i]
	switch {
	case k.Ours && k.Loose:
		return accent, draw.RingGlyph{}, 3.2
	case k.Ours && i < len(f.Curves)-1:
		neighbours := [...]draw.GlyphDrawer{draw.SquareGlyph{}, draw.PyramidGlyph{}}
		return faint(accent, 0.6), neighbours[(len(f.Curves)-1-i)%2], 2.4
	case k.Ours:
		return accent, draw.CircleGlyph{}, 3
	case i == 0:
		return warm, draw.CircleGlyph{}, 2.4
	}
	return muted, shapes[i%len(shapes)], 2.6
}

func (f Frontier) drawInto(c draw.Canvas) {
	size, head := 10.5, vg.Length(28)
	if f.Plain {
		size, head = 9, 20
	}
	c = draw.Crop(c, 14, -14, 8, -8)
	title, note := text(size, ink, true), text(size-1.5, muted, false)
	y := c.Max.Y - 12
	c.FillText(title, vg.Point{X: c.Min.X, Y: y}, f.Title)
	c.FillText(note, vg.Point{X: c.Min.X + title.Width(f.Title) + 8, Y: y}, f.Note)
	body := draw.Crop(c, 0, 0, 0, -head)
	if !f.Plain {
		f.key(draw.Crop(c, c.Max.X-c.Min.X-180, 0, 0, -head))
		body = draw.Crop(body, 0, -190, 0, 0)
	}
	p := blank()
	g := plotter.NewGrid()
	g.Vertical.Color, g.Vertical.Width = line, 0.5
	g.Horizontal.Color, g.Horizontal.Width = line, 0.7
	p.Add(g)
	p.X.Tick.Marker, p.Y.Tick.Marker = times{}, times{}
	p.X.Label.Text, p.Y.Label.Text = f.X, f.Y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle = text(8.5, muted, false)
		a.Label.TextStyle.XAlign = draw.XCenter
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = f.least(), f.MaxX, 0, f.MaxY
	for i := range f.Curves {
		p.Add(drawnCurve{f, i})
	}
	p.Draw(body)
}

// least returns the left end of the axis: a tenth below all marks, at most 0.9.
func (f Frontier) least() float64 {
	least := 0.95
	for _, k := range f.Curves {
		for _, m := range k.Points {
			least = min(least, m.X)
		}
	}
	return math.Floor(10*least) / 10
}

// A drawnCurve is the i-th curve of a frontier on its plot.
type drawnCurve struct {
	f Frontier
	i int
}

// Plot implements plot.Plotter.
func (d drawnCurve) Plot(c draw.Canvas, p *plot.Plot) {
	k := d.f.Curves[d.i]
	x, y := p.Transforms(&c)
	with, shape, radius := d.f.sign(d.i)
	if d.f.Plain {
		radius *= 0.75
	}
	if !k.Loose {
		style := draw.LineStyle{Color: faint(with, 0.55), Width: 0.9}
		if k.Ours {
			style = draw.LineStyle{Color: with, Width: 1.4}
		}
		for i := 1; i < len(k.Points); i++ {
			a, b := k.Points[i-1], k.Points[i]
			c.StrokeLines(style, c.ClipLinesXY([]vg.Point{{X: x(a.X), Y: y(a.Y)}, {X: x(b.X), Y: y(b.Y)}})...)
		}
	}
	label := text(7.5, with, k.Ours)
	for _, m := range k.Points {
		if at := (vg.Point{X: x(m.X), Y: y(m.Y)}); c.Contains(at) {
			c.DrawGlyph(draw.GlyphStyle{Color: with, Radius: radius, Shape: shape}, at)
			if m.Label != "" && !d.f.Plain {
				c.FillText(label, vg.Point{X: at.X + 5, Y: at.Y + 3}, m.Label)
			}
		}
	}
}

// key names the curves, from the top.
func (f Frontier) key(c draw.Canvas) {
	y := c.Max.Y - 14
	for i, k := range slices.Backward(f.Curves) {
		with, shape, radius := f.sign(i)
		if !k.Loose {
			c.StrokeLine2(draw.LineStyle{Color: faint(with, 0.55), Width: 1}, c.Min.X, y, c.Min.X+swatch, y)
		}
		c.DrawGlyph(draw.GlyphStyle{Color: with, Radius: radius, Shape: shape}, vg.Point{X: c.Min.X + swatch/2, Y: y})
		c.FillText(text(8.5, ink, k.Ours), vg.Point{X: c.Min.X + swatch + 8, Y: y - 3}, k.Name)
		y -= 17
	}
}

// A FrontierKey names the curves of plain Frontiers beside it.
type FrontierKey struct {
	Of Frontier
}

func (k FrontierKey) drawInto(c draw.Canvas) { k.Of.key(draw.Crop(c, 34, -14, 0, -14)) }

// times puts multiples on an axis: ×0.5, ×1.
type times struct{}

// Ticks implements plot.Ticker.
func (times) Ticks(lo, hi float64) []plot.Tick {
	step := roundStep((hi - lo) / 6)
	var ticks []plot.Tick
	for k := int(math.Ceil(lo/step - 1e-9)); float64(k)*step <= hi*(1+1e-12); k++ {
		ticks = append(ticks, plot.Tick{Value: float64(k) * step, Label: "×" + strconv.FormatFloat(float64(k)*step, 'f', decimals(step), 64)})
	}
	return ticks
}

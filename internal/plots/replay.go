package plots

import (
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Replay draws what a load needed and what was there for it: pods, those of
// them that are ready, and the floor, each as the load that they carry.
type Replay struct {
	Title, Note string
	PerPod      float64 // load that a ready pod carries
	Columns     []Column
	Top         float64        // that the axis reaches; Most if 0
	Location    *time.Location // of the times on the axis; UTC if nil
}

// A Column is what held from a time until that of the next.
type Column struct {
	Time               time.Time
	Load               float64 // NaN if not known
	Ready, Pods, Floor int32
	Short              bool // fewer ready pods than the load needed, at some time
}

func (r Replay) drawInto(c draw.Canvas) {
	if len(r.Columns) == 0 {
		return
	}
	p := blank()
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal.Color, g.Horizontal.Width = line, 0.7
	p.Add(g)
	location := r.Location
	if location == nil {
		location = time.UTC
	}
	p.X.Tick.Marker = hours{location, max(2, int((c.Max.X-c.Min.X)/58))}
	p.Add(shortSpans{r})
	r.steps(p, faint(muted, 0.8), 0.8, func(k Column) float64 { return float64(k.Pods) * r.PerPod })
	r.steps(p, accent, 1.4, func(k Column) float64 { return float64(k.Ready) * r.PerPod })
	r.steps(p, floorGreen, 1.1, func(k Column) float64 { return float64(k.Floor) * r.PerPod })
	r.steps(p, ink, 0.9, func(k Column) float64 { return k.Load })
	first, last := r.Columns[0].Time, r.end()
	p.X.Min, p.X.Max = seconds(first), seconds(last)
	p.Y.Min, p.Y.Max = 0, r.top()
	p.Draw(draw.Crop(c, 10, -14, 8, -26))
	r.drawHead(draw.Crop(c, 12, -14, c.Max.Y-c.Min.Y-26, 0))
}

// floorGreen is the colour of floors on the page.
var floorGreen = rgb(0x1f7a4d)

// end returns when the last column ends.
func (r Replay) end() time.Time {
	n := len(r.Columns)
	if n < 2 {
		return r.Columns[n-1].Time.Add(time.Minute)
	}
	return r.Columns[n-1].Time.Add(r.Columns[1].Time.Sub(r.Columns[0].Time))
}

// Most returns the largest load that is drawn.
func (r Replay) Most() float64 {
	top := 0.0
	for _, k := range r.Columns {
		top = max(top, float64(max(k.Pods, k.Floor))*r.PerPod)
		if k.Load > top {
			top = k.Load
		}
	}
	return top
}

// top returns the upper end of the axis: a round number.
func (r Replay) top() float64 {
	top := max(r.Top, r.Most())
	if !(top > 0) {
		return 1
	}
	step := roundStep(top / 4)
	return math.Ceil(top*1.02/step) * step
}

// steps adds a line of steps that breaks where a value is not known.
func (r Replay) steps(p *plot.Plot, c color.Color, width vg.Length, value func(Column) float64) {
	var run plotter.XYs
	flush := func() {
		if len(run) > 1 {
			if l, err := plotter.NewLine(run); err == nil {
				l.Color, l.Width = c, width
				p.Add(l)
			}
		}
		run = nil
	}
	for i, k := range r.Columns {
		y, end := value(k), r.end()
		if i+1 < len(r.Columns) {
			end = r.Columns[i+1].Time
		}
		if math.IsNaN(y) {
			flush()
			continue
		}
		if n := len(run); n > 1 && run[n-1].Y == y {
			run[n-1].X = seconds(end) // one step goes on
			continue
		}
		run = append(run, plotter.XY{X: seconds(k.Time), Y: y}, plotter.XY{X: seconds(end), Y: y})
	}
	flush()
}

// shortSpans marks the times of too few ready pods, each at least wide enough
// to be seen.
type shortSpans struct{ r Replay }

// Plot implements plot.Plotter.
func (s shortSpans) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for i := 0; i < len(s.r.Columns); i++ {
		if !s.r.Columns[i].Short {
			continue
		}
		from, to := s.r.Columns[i].Time, s.r.end()
		for i+1 < len(s.r.Columns) {
			i++
			if to = s.r.Columns[i].Time; !s.r.Columns[i].Short {
				break
			}
		}
		span := c
		span.Min.X, span.Max.X = x(seconds(from)), max(x(seconds(to)), x(seconds(from))+1.2)
		fill(span, faint(warm, 0.28))
		span.Max.Y = span.Min.Y + 4
		fill(span, warm)
	}
}

// drawHead writes the title, and what the lines are.
func (r Replay) drawHead(c draw.Canvas) {
	y := c.Min.Y + (c.Max.Y-c.Min.Y)/2 - 4.7
	title := text(10.5, ink, true)
	c.FillText(title, vg.Point{X: c.Min.X, Y: y}, r.Title)
	c.FillText(text(9, muted, false), vg.Point{X: c.Min.X + title.Width(r.Title) + 8, Y: y}, r.Note)
	label := text(8.5, muted, false)
	right := c.Max.X
	for _, e := range []entry{
		{"short", faint(warm, 0.28), 0, true}, {"all pods", faint(muted, 0.8), 0.8, false}, {"floor", floorGreen, 1.1, false},
		{"ready pods carry", accent, 1.4, false}, {"load", ink, 0.9, false},
	} {
		right -= label.Width(e.words)
		c.FillText(label, vg.Point{X: right, Y: y + 0.5}, e.words)
		right -= 4 + swatch
		e.draw(c, vg.Point{X: right, Y: y + 3.5})
		right -= 12
	}
}

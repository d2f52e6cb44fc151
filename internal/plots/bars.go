package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bars compares methods: a group of horizontal bars for each of them, one bar
// in each panel. A dash stands where a value is not known.
type Bars struct {
	Title  string
	Note   string
	Panels []string // headings, from left to right
	Rows   []BarRow
	One    float64 // a line at this value in each panel; none if zero
}

// A BarRow is one method.
type BarRow struct {
	Name   string
	Values []float64 // by panel; NaN if not known
	Ours   bool      // drawn in the stronger colour
}

func (b Bars) drawInto(c draw.Canvas) {
	c = draw.Crop(c, 14, -14, 12, -8)
	title, note := text(10.5, ink, true), text(9, muted, false)
	label, heading := text(9, ink, false), text(9, muted, false)
	y := c.Max.Y - 12
	c.FillText(title, vg.Point{X: c.Min.X, Y: y}, b.Title)
	c.FillText(note, vg.Point{X: c.Min.X + title.Width(b.Title) + 8, Y: y}, b.Note)

	names := vg.Length(0)
	for _, r := range b.Rows {
		names = max(names, label.Width(r.Name))
	}
	left := c.Min.X + names + 12
	wide := (c.Max.X - left) / vg.Length(max(1, len(b.Panels)))
	high := (y - 30 - c.Min.Y) / vg.Length(max(1, len(b.Rows)))
	for k, name := range b.Panels {
		x0 := left + vg.Length(k)*wide
		c.FillText(heading, vg.Point{X: x0, Y: y - 22}, name)
		scale := (wide - 48) / vg.Length(b.top(k))
		if b.One > 0 && b.One <= b.top(k) {
			x := x0 + vg.Length(b.One)*scale
			c.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.7, Dashes: []vg.Length{2, 2}}, x, y-28, x, c.Min.Y)
		}
		for i, r := range b.Rows {
			b.bar(c, r, k, vg.Point{X: x0, Y: y - 30 - vg.Length(i+1)*high}, high, scale)
		}
	}
	for i, r := range b.Rows {
		s := label
		if r.Ours {
			s = text(9, ink, true)
		}
		c.FillText(s, vg.Point{X: left - 10 - s.Width(r.Name), Y: y - 30 - vg.Length(i)*high - high/2 - 3}, r.Name)
	}
}

// bar draws the k-th value of r, with its number, above corner.
func (b Bars) bar(c draw.Canvas, r BarRow, k int, corner vg.Point, high, scale vg.Length) {
	v := r.Values[k]
	number := text(8.5, ink, r.Ours)
	mid := corner.Y + high/2
	if math.IsNaN(v) {
		c.FillText(number, vg.Point{X: corner.X, Y: mid - 3}, "–")
		return
	}
	with := faint(muted, 0.38)
	if r.Ours {
		with = accent
	}
	end := corner.X + vg.Length(min(v, b.top(k)))*scale
	half := min(high*0.34, 7)
	box := c
	box.Rectangle = vg.Rectangle{Min: vg.Point{X: corner.X, Y: mid - half}, Max: vg.Point{X: end, Y: mid + half}}
	fill(box, with)
	words := strconv.FormatFloat(v, 'f', 2, 64)
	if v > b.top(k) {
		words += " →"
	}
	box.Rectangle = vg.Rectangle{Min: vg.Point{X: end + 2, Y: mid - 6}, Max: vg.Point{X: end + 6 + number.Width(words), Y: mid + 6}}
	fill(box, ground)
	c.FillText(number, vg.Point{X: end + 4, Y: mid - 3}, words)
}

// top returns the value at the right end of a panel. One that is more than
// three times that of the line is cut off there, so that the rest can be told apart.
func (b Bars) top(k int) float64 {
	top := b.One
	for _, r := range b.Rows {
		if v := r.Values[k]; !math.IsNaN(v) {
			top = max(top, v)
		}
	}
	if b.One > 0 {
		top = min(top, 3*b.One)
	}
	if top <= 0 {
		return 1
	}
	return top
}

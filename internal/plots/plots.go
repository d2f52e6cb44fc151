// Package plots draws forecasts and measurements as SVG or PNG, in the colours
// of the web page.
package plots

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The colours of the page in its light scheme: see api/ui/src/style.css.
var (
	ground = rgb(0xffffff)
	ink    = rgb(0x14202b)
	muted  = rgb(0x54626f)
	line   = rgb(0xdfe4e9)
	accent = rgb(0x0b5c8a)
	warm   = rgb(0xa04400)
)

func rgb(x uint32) color.NRGBA {
	return color.NRGBA{R: uint8(x >> 16), G: uint8(x >> 8), B: uint8(x), A: 255}
}

// faint is c seen through: alpha 0 is nothing, 1 is c.
func faint(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(math.Round(255 * alpha))
	return c
}

// A Format is a kind of picture.
type Format string

// The kinds of picture.
const (
	SVG Format = "svg"
	PNG Format = "png"
)

// A Figure is something that can be drawn into a rectangle.
type Figure interface {
	drawInto(c draw.Canvas)
}

// Write writes the figures as one picture, row by row in the given number of
// columns. Width and height are of each figure, in points of 1/72 inch; a PNG
// has two pixels to the point. It returns w's error, or one for a Format that
// is not known.
func Write(w io.Writer, format Format, width, height float64, columns int, figures ...Figure) error {
	columns = max(1, min(columns, len(figures)))
	rows := (len(figures) + columns - 1) / columns
	wide, high := vg.Length(width)*vg.Length(columns), vg.Length(height)*vg.Length(rows)
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case SVG:
		canvas = vgsvg.New(wide, high)
	case PNG:
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(wide, high), vgimg.UseDPI(144), vgimg.UseBackgroundColor(ground))}
	default:
		return fmt.Errorf("picture format %q: neither svg nor png", format)
	}
	all := draw.New(canvas)
	if format == SVG {
		fill(all, ground)
	}
	for i, f := range figures {
		x, y := vg.Length(i%columns)*vg.Length(width), high-vg.Length(i/columns+1)*vg.Length(height)
		f.drawInto(draw.Canvas{Canvas: canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + vg.Length(width), Y: y + vg.Length(height)}}})
	}
	if format == SVG {
		// The font has the measures of Arial, and few browsers know it.
		var b bytes.Buffer
		if _, err := canvas.WriteTo(&b); err != nil {
			return err
		}
		_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
		return err
	}
	_, err := canvas.WriteTo(w)
	return err
}

func fill(c draw.Canvas, with color.Color) {
	c.SetColor(with)
	c.Fill(c.Rectangle.Path())
}

// text is the style of words, in the given size and colour.
func text(size float64, c color.Color, bold bool) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(size)}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

// blank is an empty plot in the look of the page: horizontal grid lines, no
// frame, small muted labels.
func blank() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	label := text(8.5, muted, false)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font, a.Tick.Label.Color = label.Font, muted
		a.Padding = 0
	}
	p.X.LineStyle.Color, p.X.LineStyle.Width = faint(muted, 0.6), 0.7
	p.X.Tick.LineStyle.Color, p.X.Tick.LineStyle.Width, p.X.Tick.Length = faint(muted, 0.6), 0.7, 4
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width, p.Y.Tick.Length = 0, 0, 3
	p.Y.Tick.Marker = numbers{}
	return p
}

// numbers puts round numbers on an axis, and writes large ones short: 1.5k, 20M.
type numbers struct{}

// Ticks implements plot.Ticker.
func (numbers) Ticks(lo, hi float64) []plot.Tick {
	step := roundStep((hi - lo) / 5)
	size, name := unitOf(hi)
	var ticks []plot.Tick
	for k := int(math.Ceil(lo/step - 1e-9)); float64(k)*step <= hi*(1+1e-12); k++ {
		label := "0"
		if k != 0 {
			label = strconv.FormatFloat(float64(k)*step/size, 'f', decimals(step/size), 64) + name
		}
		ticks = append(ticks, plot.Tick{Value: float64(k) * step, Label: label})
	}
	return ticks
}

// unitOf returns what the numbers of an axis up to hi are written in.
func unitOf(hi float64) (size float64, name string) {
	for _, u := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if hi >= u.size*5 {
			return u.size, u.name
		}
	}
	return 1, ""
}

// decimals returns how many digits after the point tell steps apart.
func decimals(step float64) int {
	for d := range 6 {
		if x := step * math.Pow(10, float64(d)); math.Abs(x-math.Round(x)) < 1e-6*x {
			return d
		}
	}
	return 6
}

// roundStep returns the least of 1, 2, 2.5 or 5 times a power of ten that is not
// less than x; 1 if x is not positive.
func roundStep(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

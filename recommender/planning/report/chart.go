package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// The coordinates of a chart's picture, which is stretched to its place: words
// and numbers stand beside it, so that they keep their size.
const (
	chartWidth  = 1000.0
	chartHeight = 300.0
)

// A chart is pods over time.
type chart struct {
	Label                    string
	Band, With, Alone, Floor string // SVG paths; Floor may be empty
	Limit                    string
	Ys, Xs                   []mark
	Grid, Midnights          []float64
	High                     string // name of the high quantile
	LimitName                string
}

// A mark is a label of an axis.
type mark struct {
	Text  string
	Place string // CSS: "left:12.5%"
	Minor bool   // not shown where there is little room
}

// chartOf draws rows. A limit of 0, and one far above all of them, is not shown.
func chartOf(rows []planning.Row, r *planning.Report, zone *time.Location, limit float64, name, label string, floors bool) chart {
	top := 0.0
	for _, x := range rows {
		top = max(top, x.PodsHigh, x.Alone, x.Pods)
		if floors {
			top = max(top, x.Floor)
		}
	}
	c := chart{Label: label, High: tau(r.Quantiles[1])}
	if limit > 0 && limit <= 1.6*top {
		top, c.LimitName = max(top, limit), name
	}
	step := roundStep(top * 1.04 / 4)
	top = max(math.Ceil(top*1.04/step)*step, step)
	y := func(v float64) float64 { return chartHeight * (1 - v/top) }
	x := func(i float64) float64 { return chartWidth * i / float64(len(rows)) }
	line := func(of func(planning.Row) float64) string {
		var b strings.Builder
		for i, row := range rows {
			v := y(of(row))
			if i == 0 {
				fmt.Fprintf(&b, "M0 %s", coordinate(v))
			}
			fmt.Fprintf(&b, "L%s %s", coordinate(x(float64(i)+0.5)), coordinate(v))
			if i == len(rows)-1 {
				fmt.Fprintf(&b, "L%g %s", chartWidth, coordinate(v))
			}
		}
		return b.String()
	}
	c.With = line(func(r planning.Row) float64 { return r.Pods })
	c.Alone = line(func(r planning.Row) float64 { return r.Alone })
	c.Band = line(func(r planning.Row) float64 { return max(r.PodsHigh, r.Pods) }) + backwards(c.With) + "Z"
	if floors {
		c.Floor = line(func(r planning.Row) float64 { return r.Floor })
	}
	if c.LimitName != "" {
		c.Limit = fmt.Sprintf("M0 %s H%g", coordinate(y(limit)), chartWidth)
	}
	for v := 0.0; v <= top*(1+1e-9); v += step {
		c.Grid = append(c.Grid, math.Round(y(v)*10)/10)
		c.Ys = append(c.Ys, mark{Text: amount(v), Place: fmt.Sprintf("bottom:%.2f%%", 100*v/top)})
	}
	c.days(r, zone)
	return c
}

// backwards returns the path from its end to its beginning, to go on with.
func backwards(path string) string {
	points := strings.FieldsFunc(path, func(r rune) bool { return r == 'M' || r == 'L' })
	var b strings.Builder
	for _, point := range slices.Backward(points) {
		b.WriteString("L" + point)
	}
	return b.String()
}

// days marks midnights, or hours if there are few days.
func (c *chart) days(r *planning.Report, zone *time.Location) {
	span := r.To.Sub(r.From)
	at := r.From.In(zone)
	y, m, d := at.Date()
	hours, form := 24, "Mon 2"
	if span <= 48*time.Hour {
		hours, form = 6, clockTime
	}
	every := max(1, int(span/(8*24*time.Hour)+1))
	for k := 0; ; k++ {
		wall := time.Date(y, m, d, k*hours, 0, 0, 0, time.UTC)
		t, _, _ := calendar.WallTimes(wall, zone)
		if !t.Before(r.To) {
			return
		}
		if t.Before(r.From) {
			continue
		}
		if hours == 24 && k%every != 0 {
			continue
		}
		share := float64(t.Sub(r.From)) / float64(span)
		c.Midnights = append(c.Midnights, math.Round(share*chartWidth*10)/10)
		if share > 0.97 {
			continue
		}
		text := wall.Format(form)
		if hours < 24 && wall.Hour() == 0 {
			text = wall.Format("Mon 2")
		}
		c.Xs = append(c.Xs, mark{Text: text, Place: fmt.Sprintf("left:%.2f%%", 100*share), Minor: len(c.Xs)%2 == 1})
	}
}

// coordinate writes a place in the picture, to a tenth.
func coordinate(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") }

// roundStep returns the least of 1, 2 or 5 times a power of ten, from 0.1 on,
// that is not less than x.
func roundStep(x float64) float64 {
	if !(x > 0.1) || math.IsInf(x, 0) {
		return 0.1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/backtest"
	"github.com/highwater-dev/highwater/internal/plots"
)

// draw writes the pictures of the report.
func (r *report) draw(folder string) error {
	bars := plots.Bars{Title: "Pinball loss relative to yesterday's value", Note: "geometric mean over series, each on the origins it was run on; shorter is better",
		Panels: []string{"up to 30 minutes", "30 minutes to 3 hours", "3 to 24 hours"}, One: 1}
	for i, m := range r.methods {
		bars.Rows = append(bars.Rows, plots.BarRow{Name: m.name, Values: slices.Clone(m.sum.Ratio[:]), Ours: i == 0})
	}
	if err := save(filepath.Join(folder, "accuracy-methods.svg"), 800, 70+24*float64(len(bars.Rows)), 1, bars); err != nil {
		return err
	}
	var worst []plots.Figure
	var one plots.Forecast
	for _, i := range r.worstSeries(5) {
		one = r.worstCase(r.methods[0].scores[i].Series)
		worst = append(worst, one)
	}
	if len(worst) > 0 {
		worst = append(worst, plots.Key{Of: one})
	}
	return save(filepath.Join(folder, "accuracy-worst.svg"), 480, 190, 2, worst...)
}

func save(path string, width, height float64, columns int, figures ...plots.Figure) error {
	var b bytes.Buffer
	if err := plots.Write(&b, plots.SVG, width, height, columns, figures...); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// worstCase draws the forecast of a series with the largest loss.
func (r *report) worstCase(series string) plots.Forecast {
	k := slices.IndexFunc(r.tasks, func(t *backtest.Task) bool { return t.Name == series })
	t, f := r.tasks[k], r.own.ours[k]
	worst, most := 0, -1.0
	for i := range t.Origins {
		if loss := originLoss(t, f, i); loss > most {
			worst, most = i, loss
		}
	}
	origin, end := t.OriginTime(worst), t.OriginTime(worst).Add(t.Protocol.Horizon)
	paths := &forecast.Paths{Start: origin.Add(t.Series.Step), Step: t.Series.Step, Taus: f.Taus}
	for h := 1; h <= t.Horizon(); h++ {
		paths.Values = append(paths.Values, f.Row(worst, h)...)
	}
	return plots.Forecast{Title: series, Note: origin.UTC().Format("Mon 2 Jan 2006, 15:04 MST"), Plain: true, Paths: paths,
		History: t.Series.Between(origin.Add(-2*24*time.Hour), origin), Came: t.Series.Between(origin.Add(1), end)}
}

// originLoss is the pinball loss of one origin; −1 if it has no forecast.
func originLoss(t *backtest.Task, f *backtest.Forecasts, i int) float64 {
	sum, n := 0.0, 0
	for h := 1; h <= t.Horizon(); h++ {
		y, row := t.Target(i, h), f.Row(i, h)
		if math.IsNaN(y) || math.IsNaN(row[0]) {
			continue
		}
		for j, q := range row {
			sum += backtest.Pinball(f.Taus[j], q, y)
		}
		n++
	}
	if n == 0 {
		return -1
	}
	return sum / float64(n)
}

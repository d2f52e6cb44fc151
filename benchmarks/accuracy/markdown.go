package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// markdown is ACCURACY.md.
func (r *report) markdown() string {
	var b strings.Builder
	origins := 0
	for _, t := range r.tasks {
		origins += len(t.Origins)
	}
	fmt.Fprintf(&b, "# Accuracy\n\nMade by `make bench-accuracy` on %s; do not edit. Highwater %s on %s.\n\n", r.date, cmp.Or(r.release, "(development)"), r.machine)
	fmt.Fprintf(&b, "%d series of %s, %d origins. ", len(r.tasks), r.from, origins)
	b.WriteString("The protocol is that of [docs/backtest.md](../../docs/backtest.md): load averaged to 5 minutes or the series' own longer\n" +
		"step, up to 28 days of context, origins from 60 % of the series on every 53 steps, every step of the next 24 hours a target.\n" +
		"Numbers are pinball losses at .5, .9, .95 and .99 divided by those of the seasonal naive forecast (yesterday's value with\n" +
		"empirical residual quantiles) on the same targets, as geometric means over series: lower is better.\n\n")
	r.bars(&b)
	r.all(&b)
	r.each(&b)
	r.perSeries(&b)
	r.worst(&b)
	return b.String()
}

// all is the table of all methods.
func (r *report) all(b *strings.Builder) {
	b.WriteString("## All methods\n\n![losses by method and horizon](accuracy-methods.svg)\n\n" +
		"A slow method is run on fewer origins; `ours` is Highwater on just the targets that the method forecast.\n\n" +
		"| method | rests on | origins | series | ≤ 30 m | ours | ≤ 3 h | ours | ≤ 24 h | ours | covers .9 | .95 | .99 | worst .95 | largest load .95 | MASE | fit + forecast | no forecast |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range r.methods {
		s := m.sum
		n := 0
		for i := range m.scores {
			n += m.scores[i].Origins
		}
		k := index(s.Taus, 0.95)
		fmt.Fprintf(b, "| %s | %s | %d (%s) | %d ", m.name, m.version, n, m.origins, s.Series)
		for _, bin := range backtest.Bins {
			fmt.Fprintf(b, "| %s | %s ", number(s.Ratio[bin]), number(m.oursSum.Ratio[bin]))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s (%s) | %s | %s | %s | %d |\n", number(s.Coverage[index(s.Taus, 0.9)]), number(s.Coverage[k]),
			number(s.Coverage[index(s.Taus, 0.99)]), number(s.Worst[k]), s.WorstSeries[k], number(s.PeakCoverage[k]), number(s.MASE), took(m.seconds), m.failed)
	}
	b.WriteString("\nCoverage is the share of all targets below the quantile; `worst` is the series with the least. `largest load` is that within\n" +
		"30 minutes; methods that do not forecast it have a dash. The time is the median over all origins, while other series were being\n" +
		"forecast; see [SPEED.md](SPEED.md) for a fair one.\n\n")
	for _, m := range r.methods {
		if len(m.absent) > 0 {
			fmt.Fprintf(b, "%s has no forecast of %s.\n\n", m.name, strings.Join(m.absent, ", "))
		}
	}
}

// each is the table of ours against each method.
func (r *report) each(b *strings.Builder) {
	b.WriteString("## Highwater against each\n\nHow much lower the loss is on the same targets (geometric mean over series, with the 95 % interval of a bootstrap over\n" +
		"series), and on what share of the series it is lower.\n\n" +
		"| method | ≤ 30 m | series | ≤ 3 h | series | ≤ 24 h | series |\n|---|---|---|---|---|---|---|\n")
	for _, m := range r.methods[1:] {
		fmt.Fprintf(b, "| %s ", m.name)
		for _, a := range m.against {
			fmt.Fprintf(b, "| %s (%s to %s) | %s of %d ", percent(a.lower), percent(a.low), percent(a.high), percent(a.better), a.series)
		}
		b.WriteString("|\n")
	}
	b.WriteString("\n")
}

// perSeries is the table of ours.
func (r *report) perSeries(b *strings.Builder) {
	ours := r.methods[0]
	b.WriteString("## Highwater, series by series\n\n| series | step | origins | ≤ 30 m | ≤ 3 h | ≤ 24 h | covers .5 | .9 | .95 | .99 | largest load .95 | MASE |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range ours.scores {
		s, base := &ours.scores[i], &ours.base[i]
		t := r.task(s.Series)
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Series, shortStep(t.Series.Step), s.Origins,
			number(s.Ratio(base, backtest.Near)), number(s.Ratio(base, backtest.Mid)), number(s.Ratio(base, backtest.Far)),
			number(s.Coverage(0.5)), number(s.Coverage(0.9)), number(s.Coverage(0.95)), number(s.Coverage(0.99)), number(s.PeakCoverage(0.95)), number(s.MASE()))
	}
	b.WriteString("\nAll methods, series by series, are in [accuracy.csv](accuracy.csv).\n\n")
}

// worst tells of the series on which ours gains least.
func (r *report) worst(b *strings.Builder) {
	b.WriteString("## The worst cases\n\nThe five series on which the loss relative to the seasonal naive is highest (mean over horizons), each at the origin with the\n" +
		"largest loss: what was forecast, and what came.\n\n![the worst cases](accuracy-worst.svg)\n\n| series | mean ratio | best method there | its ratio, same targets as ours |\n|---|---|---|---|\n")
	for _, i := range r.worstSeries(5) {
		s := &r.methods[0].scores[i]
		name, theirs, ours := r.bestOn(s.Series)
		fmt.Fprintf(b, "| %s | %s | %s | %s, ours %s |\n", s.Series, number(meanRatio(s, &r.methods[0].base[i])), name, number(theirs), number(ours))
	}
	b.WriteString("\n")
}

// worstSeries returns the indices of the n series with the highest mean ratio.
func (r *report) worstSeries(n int) []int {
	m := r.methods[0]
	order := make([]int, len(m.scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return sign(meanRatio(&m.scores[y], &m.base[y]) - meanRatio(&m.scores[x], &m.base[x]))
	})
	return order[:min(n, len(order))]
}

// meanRatio is the mean of the ratios of the bins that have one.
func meanRatio(s, base *backtest.Score) float64 {
	sum, n := 0.0, 0.0
	for _, b := range backtest.Bins {
		if x := s.Ratio(base, b); !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	return sum / n
}

// bestOn returns the method with the least mean ratio on a series, apart from
// ours, and ours on the same targets.
func (r *report) bestOn(series string) (name string, theirs, ours float64) {
	theirs = math.Inf(1)
	for _, m := range r.methods[1:] {
		for i := range m.scores {
			if m.scores[i].Series != series {
				continue
			}
			if x := meanRatio(&m.scores[i], &m.base[i]); x < theirs {
				name, theirs, ours = m.name, x, meanRatio(&m.ours[i], &m.base[i])
			}
		}
	}
	return name, theirs, ours
}

func (r *report) task(name string) *backtest.Task {
	i := slices.IndexFunc(r.tasks, func(t *backtest.Task) bool { return t.Name == name })
	return r.tasks[i]
}

// number is a number of a table; a dash if it is not known.
func number(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}

// field is a number of a CSV file; empty if it is not known.
func field(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(100*x, 'f', 0, 64) + " %"
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// took is a number of seconds with two digits.
func took(s float64) string {
	switch {
	case math.IsNaN(s):
		return "–"
	case s < 1e-3:
		return strconv.FormatFloat(s*1e6, 'g', 2, 64) + " µs"
	case s < 0.1:
		return strconv.FormatFloat(s*1e3, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(s, 'f', 2, 64) + " s"
}

func index(taus []float64, tau float64) int { return slices.Index(taus, tau) }

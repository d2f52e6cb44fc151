package main

import (
	"fmt"
	"strings"

	"github.com/highwater-dev/highwater/forecast/backtest"
)

// bars is the table of what the project set out to reach.
func (r *report) bars(b *strings.Builder) {
	b.WriteString("## What was set out for\n\n| what | bar | measured | reached |\n|---|---|---|---|\n")
	row := func(what, bar, measured string, reached bool) {
		word := "yes"
		if !reached {
			word = "**no**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", what, bar, measured, word)
	}
	ours := r.methods[0].sum
	for _, g := range []struct {
		bin  backtest.Bin
		name string
		bar  float64
	}{{backtest.Near, "up to 30 minutes", 0.33}, {backtest.Mid, "up to 3 hours", 0.50}, {backtest.Far, "up to 24 hours", 0.80}} {
		x := ours.Ratio[g.bin]
		row("loss relative to the seasonal naive, "+g.name, fmt.Sprintf("≤ %.2f", g.bar), number(x), x <= g.bar)
	}
	row(r.leastLead())
	row(r.leastShare())
	k := index(ours.Taus, 0.95)
	c := ours.Coverage[k]
	row("coverage at .95, all targets", ".94 to .965", number(c), c >= 0.94 && c <= 0.965)
	row("coverage at .95, worst series", "≥ .88", fmt.Sprintf("%s (%s)", number(ours.Worst[k]), ours.WorstSeries[k]), ours.Worst[k] >= 0.88)
	p := ours.PeakCoverage[k]
	row("coverage of the largest load within 30 minutes at .95", ".94 to .97", number(p), p >= 0.94 && p <= 0.97)
	b.WriteString("\n")
	r.exactRepeats(b)
}

// exactRepeats says what the losses are without series that a naive forecast
// foretells to the last digit: they lower a geometric mean without merit.
func (r *report) exactRepeats(b *strings.Builder) {
	ours := r.methods[0]
	var names []string
	keep := make([]bool, len(ours.scores))
	for i := range ours.scores {
		keep[i] = true
		for _, m := range r.methods[1:] {
			for j := range m.scores {
				if m.scores[j].Series == ours.scores[i].Series && m.scores[j].MeanLoss(backtest.Far) == 0 {
					keep[i] = false
				}
			}
		}
		if !keep[i] {
			names = append(names, ours.scores[i].Series)
		}
	}
	if len(names) == 0 {
		return
	}
	var losses []string
	for _, bin := range backtest.Bins {
		var ratios []float64
		for i, x := range backtest.Ratios(ours.scores, ours.base, bin) {
			if keep[i] {
				ratios = append(ratios, x)
			}
		}
		mean, _ := backtest.GeometricMean(ratios)
		losses = append(losses, number(mean))
	}
	fmt.Fprintf(b, "%s repeats its last week to the last digit, so that last week's forecast loses nothing at all on it. Without it, the losses above\nare %s.\n\n",
		strings.Join(names, ", "), strings.Join(losses, " / "))
}

// leastLead is the smallest gain over any method in any bin.
func (r *report) leastLead() (what, bar, measured string, reached bool) {
	measured, reached = r.least(func(a against) float64 { return a.lower }, 0.15)
	return "loss lower than that of every method, each horizon", "≥ 15 %", measured, reached
}

// leastShare is the smallest share of series on which ours is better.
func (r *report) leastShare() (what, bar, measured string, reached bool) {
	measured, reached = r.least(func(a against) float64 { return a.better }, 0.7)
	return "better on the share of series, every method, each horizon", "≥ 70 %", measured, reached
}

// least tells the smallest figure against any method in any bin, and whether it
// reaches the bar.
func (r *report) least(figure func(against) float64, bar float64) (measured string, reached bool) {
	least, where := 2.0, "nobody to compare with"
	for _, m := range r.methods[1:] {
		for _, b := range backtest.Bins {
			if x := figure(m.against[b]); x < least {
				least, where = x, fmt.Sprintf("%s against %s, %s", percent(x), m.name, b)
			}
		}
	}
	return where, least >= bar
}

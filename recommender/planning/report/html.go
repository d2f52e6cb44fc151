package report

import (
	_ "embed"
	"io"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/planning"
)

//go:embed page.css
var pageStyle string

// The types below are what the page shows, in words.
type (
	pageData struct {
		Title, When, Made string
		WhatIf            []string
		Workloads         int
		Facts             []fact
		Fleet             chart
		Mid, High         string
		Peaks             []peakRow
		Gaps              []gapRow
		MoreGaps          int
		List              []workloadRow
		Notes             []string
		Priced            bool
	}
	peakRow struct {
		Workload, Time, Between, Load, LoadHigh, Pods, PodsHigh, Ceiling, Exceeds string
		Bad                                                                       bool
	}
	gapRow struct {
		Where, When, Often, Need, Limit, Lack, Sure, Remedy string
		Expected                                            bool
	}
	workloadRow struct {
		Name, None, Facts, Cost string
		Pods, Most, Short       string
		Lacks                   bool
		Chart                   chart
		Problems                []string
	}
)

// HTML writes the report as one page: it loads nothing, runs no script, and
// follows the reader's light or dark scheme.
func HTML(w io.Writer, r *planning.Report, o Options) error {
	o = o.withDefaults()
	d := pageData{
		Title: o.Title, When: between(r.From, r.To, o.Zone) + " " + o.Zone.String(),
		WhatIf: r.WhatIf, Workloads: len(r.Workloads), Facts: facts(r), Notes: r.Notes, Priced: r.Priced,
		Mid: tau(r.Quantiles[0]), High: tau(r.Quantiles[1]),
		Fleet: chartOf(r.Fleet, r, o.Zone, 0, "", "pods of the fleet by hour", false),
	}
	if !o.Made.IsZero() {
		d.Made = o.Made.In(o.Zone).Format("2 January 2006, 15:04 MST")
	}
	d.tables(r, o)
	for i := range r.Workloads {
		d.List = append(d.List, workloadOf(&r.Workloads[i], r, o.Zone))
	}
	return d.page().Render(w)
}

func (d *pageData) tables(r *planning.Report, o Options) {
	unit := units(r)
	for _, p := range biggest(r, o.Top) {
		d.Peaks = append(d.Peaks, peakRow{
			p.Workload, p.Time.In(o.Zone).Format(dayTime), hours(p.From, p.To, o.Zone),
			loadOf(p.Load, unit[p.Workload]), loadOf(p.LoadHigh, ""), amount(p.Pods), amount(p.PodsHigh), ceilingOf(p.Ceiling),
			chance(p.Exceeds), p.Exceeds >= 0.01,
		})
	}
	for i, g := range shortages(r) {
		if i >= 3*o.Top {
			d.MoreGaps++
			continue
		}
		d.Gaps = append(d.Gaps, gapRow{
			where(g.Gap), between(g.From, g.To, o.Zone), g.often(), room(g.Gap, g.Need), room(g.Gap, g.Limit), room(g.Gap, g.Lack), sure(g.Gap, r.Quantiles[1]), g.Remedy, g.Expected,
		})
	}
}

func workloadOf(w *planning.WorkloadPlan, r *planning.Report, zone *time.Location) workloadRow {
	x := workloadRow{
		Name: w.Key(), Problems: w.Problems,
		Pods: amount(w.Total.PodHours), Most: amount(w.Total.PodsMost), Short: amount(w.Total.Short) + " / " + amount(w.Total.ShortAlone),
		Chart: chartOf(w.Rows, r, zone, float64(w.Ceiling), "ceiling", "pods of "+w.Key()+" by hour", true),
	}
	if r.Priced && (w.Price != nil || !ownPrices(r)) {
		x.Cost = strings.TrimSuffix(amount(w.Total.Cost)+" "+r.Currency, " ")
	}
	for _, row := range w.Rows {
		x.Lacks = x.Lacks || row.Gap > 0
	}
	x.Facts = "baseline " + amount(float64(w.Baseline)) + ", ceiling " + ceilingOf(w.Ceiling)
	if w.PerPod.Known() {
		x.Facts += ", a pod carries " + loadOf(w.PerPod, w.Unit)
	}
	if w.Method != "" {
		x.Facts += "; " + w.Method
	}
	if w.Forecast != nil {
		x.None = w.Forecast.Reason + ": " + w.Forecast.Detail
	}
	return x
}

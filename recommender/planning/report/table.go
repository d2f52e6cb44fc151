package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// Table writes a summary for a terminal: the fleet in a few numbers, its largest
// peaks, the gaps, and what could not be forecast.
func Table(w io.Writer, r *planning.Report, o Options) error {
	o = o.withDefaults()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := func(format string, args ...any) { fmt.Fprintf(t, format, args...) }
	line := func(cells ...string) { p("%s\n", strings.Join(cells, "\t")) }

	p("%s: %s, %s %s\n", o.Title, workloads(len(r.Workloads)), between(r.From, r.To, o.Zone), o.Zone)
	for _, x := range r.WhatIf {
		p("what if: %s\n", x)
	}
	p("\n")
	line("FLEET", "HPA ALONE", "HIGHWATER", "CHANGE")
	for _, f := range facts(r) {
		line(f.Name, f.Alone, f.With, f.Change)
	}
	mid, high := strings.ToUpper(tau(r.Quantiles[0])), strings.ToUpper(tau(r.Quantiles[1]))
	unit := units(r)
	if peaks := biggest(r, o.Top); len(peaks) > 0 {
		p("\n")
		line("PEAK OF", "TIME", "BETWEEN", "LOAD "+mid, high, "PODS "+mid, high, "CEILING", "EXCEEDS IT")
		for _, k := range peaks {
			line(k.Workload, k.Time.In(o.Zone).Format(dayTime), hours(k.From, k.To, o.Zone),
				loadOf(k.Load, unit[k.Workload]), loadOf(k.LoadHigh, ""), amount(k.Pods), amount(k.PodsHigh), ceilingOf(k.Ceiling), chance(k.Exceeds))
		}
	}
	p("\n")
	if list := shortages(r); len(list) == 0 {
		p("No gap: what is needed at %s fits into every ceiling and every limit that is known.\n", tau(r.Quantiles[1]))
	} else {
		line("GAP IN", "WORST", "", "NEED", "THERE IS", "LACK", "", "REMEDY")
		for _, g := range list[:min(o.Top, len(list))] {
			line(where(g.Gap), between(g.From, g.To, o.Zone), g.often(), room(g.Gap, g.Need), room(g.Gap, g.Limit), room(g.Gap, g.Lack), sure(g.Gap, r.Quantiles[1]), g.Remedy)
		}
		if more := len(list) - o.Top; more > 0 {
			p("and gaps in %d more places\n", more)
		}
	}
	nodeHeadroom(r, o, p)
	remarks(r, p)
	return t.Flush()
}

// nodeHeadroom writes for how many pods nodes have to be there ahead, and in which
// hours of each workload the most.
func nodeHeadroom(r *planning.Report, o Options, p func(format string, args ...any)) {
	head := "\nNODES AHEAD FOR\tMOST\tBY STEP\n"
	for i := range r.Workloads {
		rows := slices.Clone(r.Workloads[i].Rows)
		rows = slices.DeleteFunc(rows, func(x planning.Row) bool { return x.NodeHeadroom <= 0 })
		if len(rows) == 0 {
			continue
		}
		slices.SortStableFunc(rows, func(a, b planning.Row) int { return cmp.Compare(b.NodeHeadroom, a.NodeHeadroom) })
		most, more := rows[0].NodeHeadroom, len(rows)-mostHours
		rows = rows[:min(len(rows), mostHours)]
		slices.SortFunc(rows, func(a, b planning.Row) int { return a.Time.Compare(b.Time) })
		var when []string
		for _, x := range rows {
			when = append(when, fmt.Sprintf("%s %s", x.Time.In(o.Zone).Format(dayTime), amount(x.NodeHeadroom)))
		}
		if more > 0 {
			when = append(when, fmt.Sprintf("and in %d more", more))
		}
		p("%s%s\t%s pods\t%s\n", head, r.Workloads[i].Key(), amount(most), strings.Join(when, ", "))
		head = ""
	}
}

// mostHours is how many times of one workload are written.
const mostHours = 6

// remarks writes what could not be forecast, the problems and the notes.
func remarks(r *planning.Report, p func(format string, args ...any)) {
	head := "\nNOT FORECAST\n"
	for i := range r.Workloads {
		if w := &r.Workloads[i]; w.Forecast != nil {
			p("%s%s: %s: %s\n", head, w.Key(), w.Forecast.Reason, oneLine(w.Forecast.Detail))
			head = ""
		}
	}
	head = "\nPROBLEMS\n"
	for i := range r.Workloads {
		for _, x := range r.Workloads[i].Problems {
			p("%s%s: %s\n", head, r.Workloads[i].Key(), oneLine(x))
			head = ""
		}
	}
	head = "\n"
	for _, n := range r.Notes {
		p("%sNote: %s.\n", head, n)
		head = ""
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

package report

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

const pageMeta = `<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light dark"/>`

// page is the whole document. It is made of Go values, which escape every text
// and attribute, and not by html/template: a template calls methods by their
// names, so that the linker has to keep every exported method of the binary,
// which is 25 MB of client-go in the controller's.
func (d *pageData) page() g.Node {
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			g.Raw(pageMeta),
			h.TitleEl(g.Text(d.Title+", "+d.When)),
			h.StyleEl(g.Raw(pageStyle)),
		),
		h.Body(
			d.header(),
			h.Main(
				h.Section(h.Class("facts"), g.Map(d.Facts, fact.node)),
				h.Section(h.H2(g.Text("Pods of the fleet")), d.Fleet.node()),
				d.gaps(),
				g.Iff(len(d.Peaks) > 0, d.peaks),
				d.workloads(),
				g.Iff(len(d.Notes) > 0, func() g.Node {
					return h.Section(h.H2(g.Text("To keep in mind")), h.Ul(g.Map(d.Notes, func(s string) g.Node { return h.Li(g.Text(s + ".")) })))
				}),
			),
		),
	))
}

func (d *pageData) header() g.Node {
	line := d.When + " · " + workloads(d.Workloads)
	if d.Made != "" {
		line += " · made " + d.Made
	}
	return h.Header(h.H1(g.Text(d.Title)), h.P(g.Text(line)), list("whatif", d.WhatIf))
}

// list is a list of texts; nothing if there are none.
func list(class string, texts []string) g.Node {
	return g.Iff(len(texts) > 0, func() g.Node {
		return h.Ul(h.Class(class), g.Map(texts, func(s string) g.Node { return h.Li(g.Text(s)) }))
	})
}

func (f fact) node() g.Node {
	alone := "HPA alone " + f.Alone
	if f.Change != "" {
		alone += ", " + f.Change
	}
	return h.Div(h.Class("fact"), h.H2(g.Text(f.Name)),
		h.P(h.B(g.Text(f.With)), g.If(f.Alone != "", g.Group{g.Text(" "), h.Span(g.Text(alone))})))
}

func (d *pageData) gaps() g.Node {
	if len(d.Gaps) == 0 {
		return h.Section(h.H2(g.Text("Gaps")), h.P(g.Text("None: what is needed at "+d.High+" fits into every ceiling and every limit that is known.")))
	}
	rows := g.Map(d.Gaps, func(r gapRow) g.Node {
		sure := "tag warm"
		if r.Expected {
			sure = "tag bad"
		}
		return h.Tr(h.Th(g.Text(r.Where)),
			h.Td(as("Worst"), g.Text(r.When), g.If(r.Often != "", g.Group{g.Text(" "), h.Small(g.Text(r.Often))})),
			figure("Need", r.Need, false), figure("There is", r.Limit, false), figure("Lack", r.Lack, true),
			h.Td(as("How sure"), h.Span(h.Class(sure), g.Text(r.Sure))),
			h.Td(as("Remedy"), g.Text(r.Remedy)))
	})
	return h.Section(h.H2(g.Text("Gaps")),
		table(rows, "In", "Worst", "#Need", "#There is", "#Lack", "How sure", "Remedy"),
		g.If(d.MoreGaps > 0, h.P(h.Class("muted"), g.Text(fmt.Sprintf("and gaps in %d more places", d.MoreGaps)))))
}

func (d *pageData) peaks() g.Node {
	rows := g.Map(d.Peaks, func(r peakRow) g.Node {
		return h.Tr(h.Th(g.Text(r.Workload)),
			h.Td(as("When"), g.Text(r.Time)), h.Td(as("Between"), g.Text(r.Between)),
			figure("Load "+d.Mid, r.Load, false), figure("Load "+d.High, r.LoadHigh, false),
			figure("Pods "+d.Mid, r.Pods, false), figure("Pods "+d.High, r.PodsHigh, false),
			figure("Ceiling", r.Ceiling, false), figure("Exceeds it", r.Exceeds, r.Bad))
	})
	return h.Section(h.H2(g.Text("Largest peaks")),
		table(rows, "Workload", "When", "Between", "#Load "+d.Mid, "#"+d.High, "#Pods "+d.Mid, "#"+d.High, "#Ceiling", "#Exceeds it"))
}

// table has a head for each column; that of numbers begins with #.
func table(rows g.Node, heads ...string) g.Node {
	head := g.Map(heads, func(s string) g.Node {
		if s[0] == '#' {
			return h.Th(h.Class("n"), g.Text(s[1:]))
		}
		return h.Th(g.Text(s))
	})
	return h.Div(h.Class("wide"), h.Table(h.THead(h.Tr(head)), h.TBody(rows)))
}

// as names a cell where the heads have no room.
func as(name string) g.Node { return h.Data("as", name) }

func figure(name, value string, bad bool) g.Node {
	class := "n"
	if bad {
		class = "n bad"
	}
	return h.Td(h.Class(class), as(name), g.Text(value))
}

func (d *pageData) workloads() g.Node {
	return h.Section(h.H2(g.Text("Workloads")), g.Map(d.List, workloadRow.node),
		h.P(h.Class("muted"), g.Text("Short minutes are with Highwater / with the HPA alone.")))
}

func (w workloadRow) node() g.Node {
	tag := func(class, text string) g.Node { return g.Group{g.Text(" "), h.Span(h.Class(class), g.Text(text))} }
	return h.Details(
		h.Summary(
			h.Span(h.Class("name"), g.Text(w.Name), g.If(w.Lacks, tag("tag bad", "gap")), g.If(w.None != "", tag("tag doubt", "not forecast"))),
			h.Span(h.Class("sums"), h.Span(g.Text(w.Pods+" pod-hours")), h.Span(g.Text(w.Most+" pods at most")),
				h.Span(g.Text("short "+w.Short+" min")), g.If(w.Cost != "", h.Span(g.Text("cost "+w.Cost)))),
		),
		w.Chart.node(),
		g.If(w.None != "", h.P(h.Class("doubt"), g.Text(w.None))),
		h.P(h.Class("muted"), g.Text(w.Facts)),
		list("problems", w.Problems),
	)
}

func (c chart) node() g.Node {
	key := func(class, text string) g.Node { return h.Span(h.Class("key "+class), g.Text(text)) }
	path := func(class, d string) g.Node {
		return g.If(d != "", g.El("path", h.Class(class), g.Attr("d", d)))
	}
	at := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return h.Figure(
		h.FigCaption(key("with", "with Highwater"), key("band", "up to "+c.High), key("alone", "HPA alone"),
			g.If(c.Floor != "", key("floor", "floor")), g.If(c.LimitName != "", key("limit", c.LimitName))),
		h.Div(h.Class("plot"),
			h.SVG(g.Attr("viewBox", "0 0 1000 300"), g.Attr("preserveAspectRatio", "none"), h.Role("img"), h.Aria("label", c.Label),
				g.Map(c.Grid, func(y float64) g.Node { return path("grid", "M0 "+at(y)+"H1000") }),
				g.Map(c.Midnights, func(x float64) g.Node { return path("grid", "M"+at(x)+" 0V300") }),
				path("band", c.Band), path("limit", c.Limit), path("floor", c.Floor), path("alone", c.Alone), path("with", c.With)),
			g.Map(c.Ys, func(m mark) g.Node { return m.node("y") }),
			g.Map(c.Xs, func(m mark) g.Node { return m.node("x") })),
	)
}

func (m mark) node(class string) g.Node {
	if m.Minor {
		class += " minor"
	}
	return h.Span(h.Class(class), h.Style(m.Place), g.Text(m.Text))
}

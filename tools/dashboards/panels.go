package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// A panel asks Prometheus for something and draws it.
type panel struct {
	title, about string
	unit         string
	queries      []query
}

// A query is PromQL, and the name of its series in the legend.
type query struct{ legend, expr string }

// store is the Prometheus that the viewer has chosen.
func store() common.DataSourceRef {
	kind, uid := "prometheus", "${datasource}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

// choice is a variable with the values of a label.
func choice(name, title, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).
		Label(title).
		Datasource(store()).
		Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc)
}

// target is the i-th query of a panel.
func (q query) target(i int) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(string(rune('A' + i))).Expr(q.expr)
}

// number is a panel of its latest value.
func (p panel) number() *stat.PanelBuilder {
	b := stat.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(store()).Span(4).Height(4)
	for i, q := range p.queries {
		b.WithTarget(q.target(i).LegendFormat(q.legend).Instant())
	}
	return b
}

// curve is a panel over time.
func (p panel) curve() *timeseries.PanelBuilder {
	b := timeseries.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Min(0).Datasource(store()).Span(12).Height(8)
	for i, q := range p.queries {
		b.WithTarget(q.target(i).LegendFormat(q.legend))
	}
	return b
}

// list is a panel with a row for each series.
func (p panel) list() *table.PanelBuilder {
	b := table.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(store()).Span(12).Height(8)
	for i, q := range p.queries {
		b.WithTarget(q.target(i).Instant().Format(prometheus.PromQueryFormatTable))
	}
	return b
}

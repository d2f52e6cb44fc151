package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A store may hold the same sample several times: two jobs scrape one target, or
// two Prometheus servers write what they both scraped and tell it apart by the
// label prometheus_replica.

// ofContainers sums series of which each container of a namespace has one, whoever
// scraped it and however often it was restarted: after a restart the old one lasts
// for some minutes beside the new one.
func ofContainers(expr string) string { return "sum(max by (pod, container) (" + expr + "))" }

// ofPods sums series of which each pod of a namespace may have several, as one for
// each path, once for each pod, whoever scraped it.
func ofPods(expr string) string {
	return "sum(max by (pod) (sum by (pod, job, prometheus_replica) (" + expr + ")))"
}

// ofAll sums series of which nothing else is known.
func ofAll(expr string) string { return "sum(max without (prometheus_replica) (" + expr + "))" }

// A measured metric is looked for under the names that it may have in Prometheus.
type measured struct {
	name   string
	on     []*labels.Matcher
	sum    func(expr string) string // over its series
	window time.Duration
}

// load returns the queries for the metric as Prometheus' adapter serves it, whose
// default rules name the rate of x_total and of x_seconds_total x, and drop no
// other suffix. The first that has samples counts.
//
//	x              the gauge x, else the rate of x_total, else that of x_seconds_total
//	x_per_second   besides, the rate of x_total: the name in the adapter's documentation
//	x_total        its rate: a counter itself is no load
//	x_count, x_sum its rate where both are there, as of a histogram or a summary
//	x_count        besides, the rate of the count of the native histogram x
//
// A name with dots, as OpenTelemetry has them, is also looked for with underscores.
func (m measured) load() (list []string) {
	for _, name := range m.names() {
		list = append(list, m.candidates(name)...)
	}
	return list
}

func (m measured) names() []string {
	if plain := model.EscapeName(m.name, model.UnderscoreEscaping); plain != m.name {
		return []string{m.name, plain}
	}
	return []string{m.name}
}

func (m measured) candidates(name string) []string {
	if strings.HasSuffix(name, "_total") {
		return []string{m.rate(name)}
	}
	if base, ok := strings.CutSuffix(name, "_count"); ok {
		return append(m.histogram(name, base+"_sum"), m.sum(fmt.Sprintf("histogram_count(rate(%s[%s]))", m.selector(base), promDuration(m.window))))
	}
	if base, ok := strings.CutSuffix(name, "_sum"); ok {
		return m.histogram(name, base+"_count")
	}
	list := []string{m.sum(m.selector(name)), m.rate(name + "_total"), m.rate(name + "_seconds_total")}
	if base, ok := strings.CutSuffix(name, "_per_second"); ok {
		list = slices.Insert(list, 1, m.rate(base+"_total"))
	}
	return list
}

// histogram rates name where sibling is there, too; else it is a gauge.
func (m measured) histogram(name, sibling string) []string {
	other := "on () count(" + m.selector(sibling) + ")"
	return []string{m.rate(name) + " and " + other, m.sum(m.selector(name)) + " unless " + other}
}

func (m measured) selector(name string) string { return selector(name, m.on...) }

func (m measured) rate(name string) string {
	return m.sum(fmt.Sprintf("rate(%s[%s])", m.selector(name), promDuration(m.window)))
}

// ofNamespace matches series of a namespace, and those of none: the adapter serves
// an External metric for a namespace, from the series that have it.
func ofNamespace(namespace string, on []*labels.Matcher) []*labels.Matcher {
	if namespace == "" || slices.ContainsFunc(on, func(m *labels.Matcher) bool { return m.Name == "namespace" }) {
		return on
	}
	return append([]*labels.Matcher{matcher(labels.MatchRegexp, "namespace", namespace+"|")}, on...)
}

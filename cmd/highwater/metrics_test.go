package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/highwater-dev/highwater/internal/server"
	"github.com/highwater-dev/highwater/scheduler"
)

const metricsDocs = "../../docs/metrics.md"

// TestDocsListEveryMetric holds that docs/metrics.md has each metric of `highwater
// serve` as it is registered, and what each of their labels is.
func TestDocsListEveryMetric(t *testing.T) {
	generated(t, metricsDocs, map[string]string{"metrics": metricsTable(t), "labels": labelsTable(t)})
}

// A metric is what is exported under one name.
type metric struct {
	name, kind, help string
	labels           []string
}

// exportedMetrics returns the metrics by name, from what is registered: Highwater's
// own, those of the Go runtime and of the process.
func exportedMetrics(t *testing.T) map[string]metric {
	t.Helper()
	r := registrations{}
	server.RegisterProcess(r, version())
	server.NewReadMetrics(r)
	scheduler.NewMetrics(r)
	r.MustRegister(scheduler.NewCollector(nil))
	return r
}

// ownMetrics returns Highwater's own metrics, by name.
func ownMetrics(t *testing.T) map[string]metric {
	t.Helper()
	list := exportedMetrics(t)
	maps.DeleteFunc(list, func(name string, _ metric) bool { return !strings.HasPrefix(name, "highwater_") })
	for name, m := range list {
		if m.kind == "" {
			t.Errorf("the type of %s is not known", name)
		}
	}
	return list
}

// registrations is a Registerer that keeps what is registered, by name.
type registrations map[string]metric

// described is a prometheus.Desc as it prints itself.
var described = regexp.MustCompile(`^Desc\{fqName: ("(?:[^"\\]|\\.)*"), help: ("(?:[^"\\]|\\.)*"), unit: "[^"]*", constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)

func (r registrations) Register(c prometheus.Collector) error {
	kind := ""
	switch c.(type) {
	case prometheus.Gauge, *prometheus.GaugeVec, scheduler.Collector:
		kind = "gauge"
	case prometheus.Counter, *prometheus.CounterVec:
		kind = "counter"
	case prometheus.Histogram, *prometheus.HistogramVec:
		kind = "histogram"
	}
	ch := make(chan *prometheus.Desc)
	go func() { c.Describe(ch); close(ch) }()
	for d := range ch {
		parts := described.FindStringSubmatch(d.String())
		if parts == nil {
			return fmt.Errorf("%s is not printed as before", d)
		}
		m := metric{kind: kind}
		m.name, _ = strconv.Unquote(parts[1])
		m.help, _ = strconv.Unquote(parts[2])
		for _, list := range parts[3:] {
			for label := range strings.SplitSeq(list, ",") {
				if label, _, _ = strings.Cut(label, "="); label != "" {
					m.labels = append(m.labels, label)
				}
			}
		}
		r[m.name] = m
	}
	return nil
}

func (r registrations) MustRegister(list ...prometheus.Collector) {
	for _, c := range list {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

func (registrations) Unregister(prometheus.Collector) bool { return false }

// units are the units of the metrics whose names do not end in one.
var units = map[string]string{
	"highwater_floor":          "pods",
	"highwater_baseline":       "pods",
	"highwater_ceiling":        "pods",
	"highwater_workloads":      "workloads",
	"highwater_predicted_load": "the load's own",
	"highwater_build_info":     "",
	"highwater_floor_withheld": "",
	"highwater_leading":        "",
	"highwater_no_forecast":    "",
	"highwater_proof_verdict":  "",
}

// endings are the units that names end in, the first that fits.
var endings = []struct{ suffix, unit string }{
	{"_timestamp_seconds", "unix time"}, {"_seconds", "seconds"}, {"_ratio", "1 is all"}, {"_pods", "pods"}, {"_pod_hours", "pod-hours"}, {"_total", "count"},
}

func metricsTable(t *testing.T) string {
	list := ownMetrics(t)
	var b strings.Builder
	b.WriteString("| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(list)) {
		m := list[name]
		unit, ok := units[name]
		for _, e := range endings {
			if !ok && strings.HasSuffix(name, e.suffix) {
				unit, ok = e.unit, true
			}
		}
		if !ok {
			t.Errorf("%s names no unit, and units has none", name)
		}
		labels := strings.Join(m.labels, "`, `")
		if labels != "" {
			labels = "`" + labels + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", name, m.kind, unit, labels, cell(m.help))
	}
	return b.String()
}

// labelMeanings say what the labels of the metrics are.
var labelMeanings = map[string]string{
	"namespace": "of the workload",
	"name":      "of the workload: that of its HPA, or of the ScaledObject that KEDA keeps it for",
	"signal":    "the load, as the API names it",
	"mode":      "`Observe` or `Enforce`, as it holds: a policy that enforces counts as `Observe` while its proof does not hold",
	"reason":    "one word; which ones is told below",
	"verdict":   "of the [proof](proof.md#the-verdicts), `Pending` or `Withdrawn`; of `highwater_proofs_total` also `none`",
	"policy":    "`hpa`, the HPA alone, or `highwater`, with floors",
	"outcome":   "what became of a decision or a request, in one word; `Answered` is a request that went well",
	"forecast":  "`yes` or `no`",
	"expert":    "the external model, as `experts` names it",
	"op":        "what was read: `load` or `replicas`",
	"version":   "of the binary",
}

func labelsTable(t *testing.T) string {
	used := map[string]bool{}
	for _, m := range ownMetrics(t) {
		for _, l := range m.labels {
			if used[l] = true; labelMeanings[l] == "" {
				t.Errorf("the label %s of %s has no meaning", l, m.name)
			}
		}
	}
	var b strings.Builder
	b.WriteString("| label | meaning |\n|---|---|\n")
	for _, l := range slices.Sorted(maps.Keys(labelMeanings)) {
		if !used[l] {
			t.Errorf("no metric has the label %s", l)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", l, labelMeanings[l])
	}
	return b.String()
}

package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A MetricKind is the type of a metric of a HorizontalPodAutoscaler.
type MetricKind string

// The kinds of metrics.
const (
	Resource          MetricKind = "Resource"
	ContainerResource MetricKind = "ContainerResource"
	Pods              MetricKind = "Pods"
	Object            MetricKind = "Object"
	External          MetricKind = "External"
)

// A TargetType says how an autoscaler compares a metric with its target.
type TargetType string

// The types of targets.
const (
	Utilization  TargetType = "Utilization"
	AverageValue TargetType = "AverageValue"
	Value        TargetType = "Value"
)

// A Requirement on a label, as in a Kubernetes label selector.
type Requirement struct {
	Label    string
	Operator string // "In", "NotIn", "Exists", "DoesNotExist"
	Values   []string
}

// A Metric is one of an autoscaler's metrics, without Kubernetes' types.
type Metric struct {
	Index       int // in spec.metrics
	Kind        MetricKind
	Name        string // "cpu", or the metric's
	Container   string // of a ContainerResource
	MatchLabels map[string]string
	Match       []Requirement
	Object      Target // that an Object metric describes; its namespace is the workload's
	TargetType  TargetType
}

// field names the metric as its owner finds it.
func (m Metric) field() string {
	return fmt.Sprintf("spec.metrics[%d] (%s %s)", m.Index, m.Kind, m.Name)
}

// A Target is the object that an autoscaler scales.
type Target struct {
	Namespace, Kind, Name string
}

// DeriveOptions tune Derive. The zero value is the default.
type DeriveOptions struct {
	// RateWindow is the range of rate(). It has to hold two scrapes or more,
	// so four scrape intervals are a good choice; 2m if zero.
	RateWindow time.Duration
}

// Derive returns the query for the load behind a metric of the autoscaler that
// scales t, such that
//
//	replicas wanted by the autoscaler = load / target
//
// and load does not depend on the replica count. So it is the sum over the pods
// where the target is an average over them, and the value times the ready pods
// where the autoscaler scales by the ratio of a value to its target.
//
// The error says what to do if there is no such query.
func Derive(m Metric, t Target, o DeriveOptions) (Query, error) {
	o.RateWindow = defaultTo(o.RateWindow, LeastRateWindow)
	q := Query{From: m.field()}
	var list []string
	var err error
	switch m.Kind {
	case Resource, ContainerResource:
		list, q.Unit, err = resourceLoad(m, t, o)
	case Pods:
		list, err = podsLoad(m, t, o)
		q.Unit = unitOf(m.Name)
	case External:
		list, err = valueLoad(m, t, nil, o)
		q.Unit = unitOf(m.Name)
	case Object:
		label := strings.ToLower(m.Object.Kind)
		if label == "" || m.Object.Name == "" {
			err = fmt.Errorf("it describes no object")
			break
		}
		on := []*labels.Matcher{equal("namespace", t.Namespace)}
		if label != "namespace" {
			on = append(on, equal(label, m.Object.Name))
		}
		list, err = valueLoad(m, t, on, o)
		q.Unit = unitOf(m.Name)
	default:
		err = fmt.Errorf("kind %q is not known", m.Kind)
	}
	if err != nil {
		return Query{From: q.From}, fmt.Errorf("%s: %w; set spec.load.query in a FloorPolicy", q.From, err)
	}
	if m.TargetType == Value {
		q.Unit = "" // a value times pods
	}
	q.Expr = list[0]
	if len(list) > 1 {
		q.Else = list[1:]
	}
	return q, nil
}

// mixinRule begins the names of the recording rules of kubernetes-mixin, which
// kube-prometheus-stack has: one series for each container.
const mixinRule = "node_namespace_pod_container:"

// resourceLoad returns the queries of a resource: what kubelets measure, and where
// a store keeps only what the recording rules of kubernetes-mixin make of it, these.
// They come second, since their rates are over five minutes, or of two samples.
func resourceLoad(m Metric, t Target, o DeriveOptions) (list []string, unit string, err error) {
	on := []*labels.Matcher{equal("namespace", t.Namespace), podsOf(t)}
	if m.Kind == ContainerResource {
		on = append(on, equal("container", m.Container))
	} else {
		// Without these, a pod's own cgroup and its pause container count again.
		on = append(on, matcher(labels.MatchNotEqual, "container", ""), matcher(labels.MatchNotEqual, "container", "POD"))
	}
	switch m.Name {
	case "cpu":
		used := "container_cpu_usage_seconds_total"
		return []string{
			measured{on: on, sum: ofContainers, window: o.RateWindow}.rate(used),
			ofContainers(selector(mixinRule+used+":sum_rate5m", on...)),
			ofContainers(selector(mixinRule+used+":sum_irate", on...)),
		}, "cores", nil
	case "memory":
		used := "container_memory_working_set_bytes"
		return []string{ofContainers(selector(used, on...)), ofContainers(selector(mixinRule+used, on...))}, "bytes", nil
	}
	return nil, "", fmt.Errorf("it is not known which metric measures the use of %q", m.Name)
}

func podsLoad(m Metric, t Target, o DeriveOptions) ([]string, error) {
	on, err := m.matchers()
	if err != nil {
		return nil, err
	}
	on = append([]*labels.Matcher{equal("namespace", t.Namespace), podsOf(t)}, on...)
	if err := checkName(m.Name); err != nil {
		return nil, err
	}
	return measured{m.Name, on, ofPods, o.RateWindow}.load(), nil
}

// valueLoad is for metrics that are not per pod.
func valueLoad(m Metric, t Target, on []*labels.Matcher, o DeriveOptions) ([]string, error) {
	more, err := m.matchers()
	if err != nil {
		return nil, err
	}
	if err := checkName(m.Name); err != nil {
		return nil, err
	}
	on = append(on, more...)
	if m.Kind == External {
		on = ofNamespace(t.Namespace, on)
	}
	list := measured{m.Name, on, ofAll, o.RateWindow}.load()
	if m.TargetType != Value {
		return list, nil
	}
	perReadyPod(list, t)
	return list, nil
}

// perReadyPod multiplies values by the ready pods of t.
func perReadyPod(list []string, t Target) {
	_, ready := replicasOf(t)
	for i := range list {
		list[i] = "(" + list[i] + ") * " + ready[1]
	}
}

func checkName(name string) error {
	if isKEDA(name) {
		return fmt.Errorf("%q is KEDA's own name for it; the query behind it is in the triggers of the ScaledObject", name)
	}
	if !model.UTF8Validation.IsValidMetricName(name) {
		return fmt.Errorf("%q is not the name of a Prometheus metric", name)
	}
	return nil
}

// isKEDA reports whether name is as KEDA generates it: s0-prometheus, s12-cron-….
func isKEDA(name string) bool {
	rest, ok := strings.CutPrefix(name, "s")
	digits := strings.TrimLeft(rest, "0123456789")
	return ok && len(digits) < len(rest) && strings.HasPrefix(digits, "-")
}

// unitOf reads the unit off a metric's name; empty if it does not say.
func unitOf(name string) string {
	if base, ok := strings.CutSuffix(name, "_per_second"); ok {
		return base[strings.LastIndexByte(base, '_')+1:] + "/s"
	}
	if strings.HasSuffix(name, "_bytes") {
		return "bytes"
	}
	return ""
}

func promDuration(d time.Duration) string { return model.Duration(d).String() }

package discovery

import (
	"cmp"
	"net/url"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
)

// A Store is the one that loads are read from, as triggers name theirs.
type Store struct {
	URL     string            // empty if it is not known
	Headers map[string]string // sent with each query
	Params  map[string]string // likewise
}

// fromTrigger is the load behind a trigger, as source is that behind a metric.
func (d *describer) fromTrigger(i int, m autoscalingv2.MetricSpec) (workload.Source, *workload.Problem) {
	so := d.in.ScaledObject
	t, target := so.Spec.Triggers[i], &m.External.Target
	field := trigger(i, t)
	if t.Type == keda.Cron {
		if len(so.Spec.Triggers) > 1 {
			return workload.Source{}, nil // it is a schedule, and the load is another's
		}
		p := notice(UnusableMetric, field, "a cron trigger is a schedule and no load; to have one forecast, set spec.load.query in a FloorPolicy to what its pods are for")
		return workload.Source{}, &p
	}
	ht := history.Trigger{Field: field, Index: i, ScaledObject: so.Name, TargetType: history.TargetType(target.Type)}
	if t.Type == keda.Prometheus {
		ht.Query = t.Metadata["query"]
		if strings.TrimSpace(ht.Query) == "" {
			p := notice(UnusableMetric, field, "its metadata has no query: give it one, or set spec.load.query in a FloorPolicy")
			return workload.Source{}, &p
		}
		d.foreign(i, t)
	}
	ref := d.in.HPA.Spec.ScaleTargetRef
	q, err := history.DeriveTrigger(ht, history.Target{Namespace: so.Namespace, Kind: ref.Kind, Name: ref.Name})
	if err != nil {
		p := notice(UnusableMetric, field, "%v", err)
		return workload.Source{}, &p
	}
	s := workload.Source{Name: cmp.Or(t.Name, t.Type), Query: q}
	metric := history.Metric{Kind: history.External, Name: m.External.Metric.Name, TargetType: ht.TargetType}
	c, p := capacityOf(field, metric, target, d.in)
	switch {
	case p != nil:
		c, p.Field = recommender.Capacity{}, field
	case so.Is(keda.Fallback, metav1.ConditionTrue):
		c = recommender.Capacity{} // in doubt, which FallbackActive tells
	}
	s.Capacity = c
	view(&s, metric, target)
	return s, p
}

// foreign tells of a trigger that asks another server than Highwater does, or in
// another way, as far as that can be compared.
func (d *describer) foreign(i int, t keda.Trigger) {
	store := d.o.Store
	if store.URL == "" {
		return
	}
	var differ []string
	if own := t.Metadata["serverAddress"]; own != "" && server(own) != server(store.URL) {
		differ = append(differ, "serverAddress "+redacted(own))
	}
	if own := t.Metadata["namespace"]; own != "" && own != store.Params["namespace"] {
		differ = append(differ, "namespace "+own)
	}
	for name, value := range pairs(t.Metadata["queryParameters"]) {
		if store.Params[name] != value {
			differ = append(differ, "query parameter "+name)
		}
	}
	for name, value := range pairs(t.Metadata["customHeaders"]) {
		if !hasHeader(store.Headers, name, value) {
			differ = append(differ, "header "+name)
		}
	}
	if len(differ) == 0 {
		return
	}
	d.report(notice(OtherStore, trigger(i, t),
		"KEDA asks with %s, and Highwater asks %s without: its query is asked there; if that gives something else, set spec.load.query in a FloorPolicy",
		andList(differ), redacted(store.URL)))
}

// pairs reads "a=1,b=2", in its order.
func pairs(text string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for part := range strings.SplitSeq(text, ",") {
			if name, value, ok := strings.Cut(part, "="); ok && !yield(strings.TrimSpace(name), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

func hasHeader(headers map[string]string, name, value string) bool {
	for n, v := range headers {
		if strings.EqualFold(n, name) && v == value {
			return true
		}
	}
	return false
}

// server is the host, port and path of an address, so that the names that a Service
// has within a cluster are one.
func server(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return address
	}
	host := strings.ToLower(u.Hostname())
	for _, suffix := range []string{".", ".cluster.local", ".svc"} {
		host = strings.TrimSuffix(host, suffix)
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443"}[u.Scheme], "80")
	return host + ":" + port + strings.TrimRight(u.Path, "/")
}

// redacted is an address without the password that it may hold.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "that does not parse"
	}
	return u.Redacted()
}

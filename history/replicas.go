package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/forecast"
)

// replicaMetrics are those of kube-state-metrics: what was asked for and what
// was ready, and the label that names the object.
var replicaMetrics = map[string]struct{ label, spec, ready string }{
	"Deployment":  {"deployment", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready"},
	"StatefulSet": {"statefulset", "kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"},
	"ReplicaSet":  {"replicaset", "kube_replicaset_spec_replicas", "kube_replicaset_status_ready_replicas"},
}

// replicasOf are the queries for how many replicas of an object were asked for and
// how many were ready, with the metrics that they are of. Of a kind that
// kube-state-metrics does not know, as a Rollout, its pods are counted.
func replicasOf(t Target) (spec, ready [2]string) {
	if m, ok := replicaMetrics[t.Kind]; ok {
		return [2]string{m.spec, replicaExpr(m.spec, m.label, t.Namespace, t.Name)}, [2]string{m.ready, replicaExpr(m.ready, m.label, t.Namespace, t.Name)}
	}
	count := func(metric string, of *labels.Matcher) [2]string {
		return [2]string{metric, "sum(max by (pod) (" + selector(metric, equal("namespace", t.Namespace), podsOf(t), of) + "))"}
	}
	return count("kube_pod_status_phase", matcher(labels.MatchRegexp, "phase", "Pending|Running")), count("kube_pod_status_ready", equal("condition", "true"))
}

// Replicas reads how many replicas of an object were asked for and how many
// were ready, from kube-state-metrics. What is not there is an empty Series and
// a note among the warnings: a forecast does without.
func (r *Reader) Replicas(ctx context.Context, namespace, kind, name string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	asked, had := replicasOf(Target{Namespace: namespace, Kind: kind, Name: name})
	one := func(q [2]string) (forecast.Series, error) {
		metric, expr := q[0], q[1]
		res, err := r.read(ctx, "replicas", Query{Expr: expr, Unit: "pods"}, from, to, step)
		warnings = appendNew(warnings, res.Warnings...)
		if errors.Is(err, ErrNoSeries) {
			warnings = appendNew(warnings, fmt.Sprintf("no replica history: %s is not in Prometheus; are kube-state-metrics scraped?", metric))
			err = nil
		}
		return res.Series, err
	}
	if spec, err = one(asked); err != nil {
		return spec, ready, warnings, err
	}
	ready, err = one(had)
	return spec, ready, warnings, err
}

// replicaExpr takes the largest, for there may be two kube-state-metrics, or
// an old and a new one for a while.
func replicaExpr(metric, label, namespace, name string) string {
	return "max(" + selector(metric, equal("namespace", namespace), equal(label, name)) + ")"
}

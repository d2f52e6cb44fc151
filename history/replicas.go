package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// replicaMetrics are those of kube-state-metrics: what was asked for and what
// was ready, and the label that names the object.
var replicaMetrics = map[string]struct{ label, spec, ready string }{
	"Deployment":  {"deployment", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready"},
	"StatefulSet": {"statefulset", "kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"},
	"ReplicaSet":  {"replicaset", "kube_replicaset_spec_replicas", "kube_replicaset_status_ready_replicas"},
}

// Replicas reads how many replicas of an object were asked for and how many
// were ready, from kube-state-metrics. What is not there is an empty Series and
// a note among the warnings, and so is a kind that kube-state-metrics does not
// know: a forecast does without.
func (r *Reader) Replicas(ctx context.Context, namespace, kind, name string, from, to time.Time, step time.Duration) (spec, ready forecast.Series, warnings []string, err error) {
	m, ok := replicaMetrics[kind]
	if !ok {
		return spec, ready, []string{fmt.Sprintf("no replica history: kube-state-metrics has none for kind %s", kind)}, nil
	}
	one := func(metric string) (forecast.Series, error) {
		res, err := r.read(ctx, "replicas", Query{Expr: replicaExpr(metric, m.label, namespace, name), Unit: "pods"}, from, to, step)
		warnings = appendNew(warnings, res.Warnings...)
		if errors.Is(err, ErrNoSeries) {
			warnings = appendNew(warnings, fmt.Sprintf("no replica history: %s is not in Prometheus; are kube-state-metrics scraped?", metric))
			err = nil
		}
		return res.Series, err
	}
	if spec, err = one(m.spec); err != nil {
		return spec, ready, warnings, err
	}
	ready, err = one(m.ready)
	return spec, ready, warnings, err
}

// replicaExpr takes the largest, for there may be two kube-state-metrics, or
// an old and a new one for a while.
func replicaExpr(metric, label, namespace, name string) string {
	return "max(" + selector(metric, equal("namespace", namespace), equal(label, name)) + ")"
}

package discovery

import (
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

const (
	maxLatency             = time.Hour
	minBacklog, maxBacklog = time.Second, 24 * time.Hour
)

// lessons finds what capacity is learned from, and the queue that is worked off.
func (d *describer) lessons() {
	p := d.in.policy()
	if p == nil || len(d.w.Sources) == 0 {
		return
	}
	r := resolver{policy: p.Name}
	if l := p.Spec.Latency; l != nil {
		d.w.Latency = r.objective("spec.latency", l.Query, l.Objective, "more than 0s and at most 1h", func(t time.Duration) bool {
			return t > 0 && t <= maxLatency
		})
	}
	switch b := p.Spec.Backlog; {
	case b == nil:
	case p.Spec.Load == nil:
		r.bad("spec.backlog", "it needs spec.load.query: the rate at which its messages arrive, each second")
	default:
		d.w.Backlog = r.objective("spec.backlog", b.Query, b.Objective, "from 1s to 24h", func(t time.Duration) bool {
			return t >= minBacklog && t <= maxBacklog
		})
	}
	d.report(r.problems...)
	if p.Spec.Load != nil {
		d.cpu()
	}
}

// objective is one of a policy; nil if there is a problem with it.
func (r *resolver) objective(field, query string, most v1alpha1.Duration, want string, ok func(time.Duration) bool) *workload.Objective {
	had := len(r.problems)
	o := workload.Objective{Query: history.Query{Expr: query, From: ofPolicy(r.policy, field+".query")}}
	if strings.TrimSpace(query) == "" {
		r.bad(field+".query", "it is empty: write PromQL that gives one series, or leave %s out", strings.TrimPrefix(field, "spec."))
	}
	if most == "" {
		r.bad(field+".objective", "it is missing: it must be %s", want)
	}
	r.duration(&o.Most, field+".objective", string(most), want, ok)
	if len(r.problems) > had {
		return nil
	}
	return &o
}

// cpu finds how the use of CPU is read, and what a pod requests of it. Without
// either nothing is learned from it, and nothing is wrong.
func (d *describer) cpu() {
	ref := d.in.HPA.Spec.ScaleTargetRef
	q, err := history.Derive(history.Metric{Kind: history.Resource, Name: "cpu", TargetType: history.Utilization},
		history.Target{Namespace: d.in.HPA.Namespace, Kind: ref.Kind, Name: ref.Name}, history.DeriveOptions{RateWindow: d.o.RateWindow})
	if err != nil || d.in.PodErr != nil {
		return
	}
	request, err := d.in.Pod.request("cpu", "")
	if v := request.AsApproximateFloat64(); err == nil && v > 0 {
		d.w.CPU = &workload.CPU{Query: q, Request: v}
	}
}

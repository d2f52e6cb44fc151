package fleet

import (
	"context"
	"fmt"
	"math"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/recommender/planning"
)

// limits reads the quotas and the nodes. Of a quota, what others use in the
// namespace is taken off; of the nodes it is not known.
func (r *podReader) limits(ctx context.Context, workloads []planning.Workload) (planning.Limits, []string) {
	l := planning.Limits{Quotas: map[string]planning.Quota{}}
	var notes []string
	own := map[string]planning.Quota{}
	for i := range workloads {
		w, n := &workloads[i], float64(workloads[i].Replicas)
		q := own[w.Namespace]
		own[w.Namespace] = planning.Quota{Pods: q.Pods + n, CPU: q.CPU + n*w.PodCPU, Memory: q.Memory + n*w.PodMemory}
	}
	for _, ns := range r.namespaces {
		list, err := r.client.CoreV1().ResourceQuotas(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			notes = append(notes, fmt.Sprintf("quotas are not known, and not looked at: %v", err))
			continue
		}
		for i := range list.Items {
			q := &list.Items[i]
			if len(q.Spec.Scopes) > 0 || q.Spec.ScopeSelector != nil {
				continue // it counts some pods only
			}
			l.Quotas[q.Namespace] = tighter(l.Quotas[q.Namespace], left(q, own[q.Namespace]))
		}
	}
	nodes, err := r.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return l, append(notes, fmt.Sprintf("what the nodes hold is not known, and not looked at: %v; give --node-cpu and --node-memory", err))
	}
	for i := range nodes.Items {
		if n := &nodes.Items[i]; !n.Spec.Unschedulable {
			l.Nodes.CPU += n.Status.Allocatable.Cpu().AsApproximateFloat64()
			l.Nodes.Memory += n.Status.Allocatable.Memory().AsApproximateFloat64()
			l.Nodes.Pods += n.Status.Allocatable.Pods().AsApproximateFloat64()
		}
	}
	if len(nodes.Items) > 0 {
		notes = append(notes, fmt.Sprintf("the %d nodes are held against these workloads alone: what other pods request is not taken off; give --node-cpu and --node-memory to say what is left", len(nodes.Items)))
	}
	return l, notes
}

// left is what a quota leaves for the workloads that use own of it now.
func left(q *corev1.ResourceQuota, own planning.Quota) planning.Quota {
	of := func(own float64, names ...corev1.ResourceName) float64 {
		least := math.Inf(1)
		for _, name := range names {
			hard, ok := q.Spec.Hard[name]
			if !ok {
				continue
			}
			used := q.Status.Used[name]
			others := max(used.AsApproximateFloat64()-own, 0)
			least = min(least, max(hard.AsApproximateFloat64()-others, 1e-3)) // 0 would be no limit
		}
		if math.IsInf(least, 1) {
			return 0
		}
		return least
	}
	return planning.Quota{
		Pods: of(own.Pods, corev1.ResourcePods, "count/pods"),
		CPU:  of(own.CPU, corev1.ResourceRequestsCPU, corev1.ResourceCPU), Memory: of(own.Memory, corev1.ResourceRequestsMemory, corev1.ResourceMemory),
	}
}

// tighter is the lesser of two limits, in each part.
func tighter(a, b planning.Quota) planning.Quota {
	least := func(x, y float64) float64 {
		if x == 0 || y != 0 && y < x {
			return y
		}
		return x
	}
	return planning.Quota{Pods: least(a.Pods, b.Pods), CPU: least(a.CPU, b.CPU), Memory: least(a.Memory, b.Memory)}
}

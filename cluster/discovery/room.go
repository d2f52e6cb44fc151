package discovery

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/recommender"
)

// roomEvery is the time between two readings of quotas and nodes.
const roomEvery = 5 * time.Minute

// A roomLog knows what else than its ceiling bounds a workload: the
// ResourceQuotas of its namespace, and the nodes. What may not be read, or
// cannot, bounds nothing: this is for warnings.
type roomLog struct {
	client     kubernetes.Interface
	namespaces []string

	mu     sync.Mutex
	quotas map[string][]corev1.ResourceQuota // by namespace
	nodes  corev1.ResourceList               // allocatable, of all that take pods
}

// run reads again and again until ctx ends.
func (l *roomLog) run(ctx context.Context) {
	t := time.NewTicker(roomEvery)
	defer t.Stop()
	for {
		l.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (l *roomLog) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, podTimeout)
	defer cancel()
	quotas := map[string][]corev1.ResourceQuota{}
	for _, ns := range l.namespaces {
		list, err := l.client.CoreV1().ResourceQuotas(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			continue
		}
		for _, q := range list.Items {
			if len(q.Spec.Scopes) == 0 && q.Spec.ScopeSelector == nil { // else it counts some pods only
				quotas[q.Namespace] = append(quotas[q.Namespace], q)
			}
		}
	}
	nodes := l.allocatable(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quotas, l.nodes = quotas, nodes
}

// allocatable adds up what the nodes hold. Nobody who is kept to some
// namespaces may read nodes.
func (l *roomLog) allocatable(ctx context.Context) corev1.ResourceList {
	nodes := corev1.ResourceList{}
	if !slices.Contains(l.namespaces, metav1.NamespaceAll) {
		return nodes
	}
	list, err := l.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nodes
	}
	for i := range list.Items {
		if n := &list.Items[i]; !n.Spec.Unschedulable {
			for _, name := range []corev1.ResourceName{corev1.ResourcePods, corev1.ResourceCPU, corev1.ResourceMemory} {
				sum := nodes[name]
				sum.Add(n.Status.Allocatable[name])
				nodes[name] = sum
			}
		}
	}
	return nodes
}

// of returns what bounds a workload of so many replicas, whose pods request
// what pod says, as far as that is known.
func (l *roomLog) of(namespace string, replicas int32, pod Pod) []recommender.Room {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rooms []recommender.Room
	for i := range l.quotas[namespace] {
		if replicas == 0 {
			break // not counted yet, so that the quota's own count cannot be told apart
		}
		if r, ok := quotaRoom(&l.quotas[namespace][i], replicas, pod); ok {
			rooms = append(rooms, r)
		}
	}
	if r, ok := nodeRoom(l.nodes, pod); ok {
		rooms = append(rooms, r)
	}
	return rooms
}

// bounding is what one pod takes of each resource that a quota may bound.
var bounding = []struct {
	resource corev1.ResourceName // of a pod; empty is the pod itself
	quota    []corev1.ResourceName
}{
	{"", []corev1.ResourceName{corev1.ResourcePods, "count/pods"}},
	{corev1.ResourceCPU, []corev1.ResourceName{corev1.ResourceRequestsCPU, corev1.ResourceCPU}},
	{corev1.ResourceMemory, []corev1.ResourceName{corev1.ResourceRequestsMemory, corev1.ResourceMemory}},
}

// takes returns how much of a resource one pod takes; zero if that is not known.
func (p Pod) takes(name corev1.ResourceName) float64 {
	if name == "" {
		return 1
	}
	q, err := p.request(name, "")
	if err != nil {
		return 0
	}
	return q.AsApproximateFloat64()
}

// quotaRoom returns how many pods of the workload a quota allows: those that
// there are, and what is left of it.
func quotaRoom(q *corev1.ResourceQuota, replicas int32, pod Pod) (recommender.Room, bool) {
	least, by := math.Inf(1), corev1.ResourceName("")
	for _, b := range bounding {
		each := pod.takes(b.resource)
		for _, name := range b.quota {
			hard, bound := q.Status.Hard[name]
			if !bound || !(each > 0) {
				continue
			}
			used := q.Status.Used[name]
			if n := float64(replicas) + max(0, (hard.AsApproximateFloat64()-used.AsApproximateFloat64())/each); n < least {
				least, by = n, name
			}
		}
	}
	if math.IsInf(least, 1) {
		return recommender.Room{}, false
	}
	return recommender.Room{
		Code: "QuotaTooLow", Name: "the ResourceQuota " + q.Name, Pods: whole(least),
		Remedy: fmt.Sprintf("raise %s of it", by),
	}, true
}

// nodeRoom returns how many pods of the workload the nodes would hold if
// nothing else were on them.
func nodeRoom(nodes corev1.ResourceList, pod Pod) (recommender.Room, bool) {
	least := math.Inf(1)
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		have := nodes[name]
		if each := pod.takes(name); each > 0 && !have.IsZero() {
			least = min(least, have.AsApproximateFloat64()/each)
		}
	}
	if pods := nodes[corev1.ResourcePods]; !pods.IsZero() {
		least = min(least, pods.AsApproximateFloat64())
	}
	if math.IsInf(least, 1) {
		return recommender.Room{}, false
	}
	return recommender.Room{
		Code: "NodesTooFew", Name: "the present nodes, with nothing else on them,", Pods: whole(least),
		Remedy: "see that nodes are added in time",
	}, true
}

func whole(n float64) int32 { return int32(min(math.Floor(n+1e-9), 1<<30)) }

// namespacesOf returns the namespaces to look at, each once; all if none is named.
func namespacesOf(list []string) []string {
	if list = slices.Compact(slices.Sorted(slices.Values(list))); len(list) > 0 && !slices.ContainsFunc(list, func(ns string) bool { return strings.TrimSpace(ns) == "" }) {
		return list
	}
	return []string{metav1.NamespaceAll}
}

package discovery

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/price"
)

// SetPrices sets what pods cost from now on. While the book has a price, the pods of
// every workload are looked at, and not only where their requests matter to the
// autoscaler.
func (c *Cluster) SetPrices(b *price.Book) { c.prices.Store(b) }

// priceSpan is the time that OpenCost's costs are averaged over.
const priceSpan = 24 * time.Hour

// ReadPrices adds to a book what OpenCost says that nodes cost, if the store has
// it. left says what was left out, and why; it is empty if nothing was.
func ReadPrices(ctx context.Context, store *history.Reader, at time.Time, configured *price.Book) (b *price.Book, left string, err error) {
	costs, err := store.NodeCosts(ctx, at, priceSpan)
	if err != nil {
		return configured, "", err
	}
	nodes := make([]price.Node, len(costs))
	for i, c := range costs {
		nodes[i] = price.Node{Name: c.Node, CPU: c.CPU, GiB: c.GiB, GPU: c.GPU}
	}
	b, left = configured.WithNodes(nodes, priceSpan)
	return b, left, nil
}

// price says what an hour of a pod costs, if that is known of any.
func (d *describer) price() {
	if d.o.Prices.Empty() || errors.Is(d.in.PodErr, errPending) {
		return
	}
	var pod price.Pod
	if d.in.PodErr == nil {
		pod = price.Pod{CPU: d.in.Pod.sum(corev1.ResourceCPU), Memory: d.in.Pod.sum(corev1.ResourceMemory), GPU: d.in.Pod.GPUs, Nodes: d.in.Pod.Nodes}
	}
	p, err := d.o.Prices.Of(pod)
	if err = cmp.Or(d.in.PodErr, err); !p.Known() && err != nil {
		d.report(notice(NoPrice, "", "an hour of its pods has no price: %v", err))
	}
	d.w.Price = p
}

// sum is what the pod requests of a resource, as far as it does.
func (p Pod) sum(name corev1.ResourceName) float64 {
	if q, ok := p.Requests[name]; ok {
		return q.AsApproximateFloat64()
	}
	total := 0.0
	for _, c := range p.Containers {
		q := c.Requests[name]
		total += q.AsApproximateFloat64()
	}
	return total
}

// gpus counts the GPUs that the containers ask for, whoever made them:
// nvidia.com/gpu, amd.com/gpu. They are given whole, to one container each.
func gpus(spec *corev1.PodSpec) float64 {
	total := 0.0
	for i := range spec.Containers {
		for name, q := range spec.Containers[i].Resources.Limits { // which extended resources always have
			if strings.HasSuffix(string(name), "/gpu") {
				total += q.AsApproximateFloat64()
			}
		}
	}
	return total
}

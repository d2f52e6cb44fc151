package fleet

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// A podReader reads what pods request and what there is room for. What it may
// not read is missing, and told.
type podReader struct {
	client     kubernetes.Interface
	namespaces []string
	labels     map[workload.Key]map[string]string // of the autoscalers
}

func newPodReader(ctx context.Context, client kubernetes.Interface, namespaces []string) *podReader {
	r := &podReader{client: client, namespaces: namespaces, labels: map[workload.Key]map[string]string{}}
	if len(namespaces) == 0 {
		r.namespaces = []string{metav1.NamespaceAll}
	}
	for _, ns := range r.namespaces {
		list, err := client.AutoscalingV2().HorizontalPodAutoscalers(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			continue // they were listed a moment ago
		}
		for i := range list.Items {
			h := &list.Items[i]
			r.labels[workload.Key{Namespace: h.Namespace, Name: h.Name}] = h.Labels
		}
	}
	return r
}

// fill adds the labels of w, and what its pods request.
func (r *podReader) fill(ctx context.Context, w *workload.Workload, out *planning.Workload) {
	out.Labels = r.labels[w.Key]
	spec, err := r.template(ctx, w)
	switch {
	case err != nil:
		out.Problems = append(out.Problems, fmt.Sprintf("what a pod requests is not known: %v", err))
	case spec != nil:
		out.PodCPU, out.PodMemory = requested(spec, corev1.ResourceCPU), requested(spec, corev1.ResourceMemory)
	}
}

// template is the pod of w's scale target; nil if its kind has no well-known one.
func (r *podReader) template(ctx context.Context, w *workload.Workload) (*corev1.PodSpec, error) {
	apps, options := r.client.AppsV1(), metav1.GetOptions{}
	switch w.Target.Kind {
	case "Deployment":
		o, err := apps.Deployments(w.Namespace).Get(ctx, w.Target.Name, options)
		if err != nil {
			return nil, err
		}
		return &o.Spec.Template.Spec, nil
	case "StatefulSet":
		o, err := apps.StatefulSets(w.Namespace).Get(ctx, w.Target.Name, options)
		if err != nil {
			return nil, err
		}
		return &o.Spec.Template.Spec, nil
	}
	return nil, nil
}

// requested sums up what the containers of a pod request; a limit stands for a
// request that is not there.
func requested(spec *corev1.PodSpec, name corev1.ResourceName) float64 {
	sum := 0.0
	add := func(c *corev1.Container) {
		q, ok := c.Resources.Requests[name]
		if !ok {
			q = c.Resources.Limits[name]
		}
		sum += q.AsApproximateFloat64()
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	return sum
}

package discovery

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
)

// A Pod is what one pod of a scale target requests. Of the rest of the pod
// nothing is kept: there may be ten thousand.
type Pod struct {
	Requests   corev1.ResourceList // of the pod as a whole; nil if only its containers request
	Containers []Container         // those that run along with the pod, sidecars included
	From       string              // where they were read: "Deployment shop/web"
	GPUs       float64             // that it asks for
	Nodes      []string            // that the target's pods are on, for each of them; none of a template
}

// A Container is what one container requests.
type Container struct {
	Name     string
	Field    string // "spec.template.spec.containers[0]"
	Requests corev1.ResourceList
}

// podOf keeps of a pod what the autoscaler reckons with: the containers and
// those init containers that keep running. As the API server does when it makes
// a pod, a limit stands for a request that is not there.
func podOf(from, field string, spec *corev1.PodSpec) Pod {
	p := Pod{From: from, GPUs: gpus(spec)}
	if spec.Resources != nil { // its limits do not stand for requests: those of the containers come first
		p.Requests = requests(corev1.ResourceRequirements{Requests: spec.Resources.Requests})
	}
	for i, c := range spec.Containers {
		p.Containers = append(p.Containers, Container{c.Name, fmt.Sprintf("%s.containers[%d]", field, i), requests(c.Resources)})
	}
	for i, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			p.Containers = append(p.Containers, Container{c.Name, fmt.Sprintf("%s.initContainers[%d]", field, i), requests(c.Resources)})
		}
	}
	return p
}

// requests keeps what utilization can be reckoned of.
func requests(r corev1.ResourceRequirements) corev1.ResourceList {
	var kept corev1.ResourceList
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		q, ok := r.Requests[name]
		if !ok {
			q, ok = r.Limits[name]
		}
		if !ok {
			continue
		}
		if kept == nil {
			kept = corev1.ResourceList{}
		}
		kept[name] = q
	}
	return kept
}

// meanOf returns a pod that requests what pods request on average: the first of them
// if they are alike. None of them lacks a request that matters.
func meanOf(pods []Pod) Pod {
	mean := pods[0]
	alike := func(p Pod) bool {
		return equality.Semantic.DeepEqual(p.Requests, mean.Requests) && slices.EqualFunc(p.Containers, mean.Containers, func(a, b Container) bool {
			return a.Name == b.Name && equality.Semantic.DeepEqual(a.Requests, b.Requests)
		})
	}
	if !slices.ContainsFunc(pods, func(p Pod) bool { return !alike(p) }) {
		return mean
	}
	mean = Pod{From: pods[0].From}
	for _, p := range pods {
		for _, c := range p.Containers {
			i := slices.IndexFunc(mean.Containers, func(m Container) bool { return m.Name == c.Name })
			if i < 0 {
				i = len(mean.Containers)
				mean.Containers = append(mean.Containers, Container{Name: c.Name, Field: c.Field, Requests: corev1.ResourceList{}})
			}
			add(mean.Containers[i].Requests, c.Requests, len(pods))
		}
		if len(p.Requests) > 0 && mean.Requests == nil { // where a pod requests as a whole, that is what counts
			mean.Requests = corev1.ResourceList{}
		}
		add(mean.Requests, p.Requests, len(pods))
	}
	for name := range mean.Requests { // of some pods only: those of the others are their containers'
		for _, p := range pods {
			if _, ok := p.Requests[name]; !ok {
				q, _ := p.request(name, "")
				add(mean.Requests, corev1.ResourceList{name: q}, len(pods))
			}
		}
	}
	return mean
}

// add adds a share of more to sum, to the thousandth.
func add(sum, more corev1.ResourceList, parts int) {
	for name, q := range more {
		part := resource.NewMilliQuantity(q.MilliValue()/int64(parts), q.Format)
		total := sum[name]
		total.Format = q.Format
		total.Add(*part)
		sum[name] = total
	}
}

// A lack is a request that is missing.
type lack struct {
	pod       Pod
	resource  corev1.ResourceName
	container string
	field     string
}

func (l *lack) Error() string {
	if l.field == "" {
		return fmt.Sprintf("%s has no container %q; name one of its containers", l.pod.From, l.container)
	}
	return fmt.Sprintf("container %q of %s requests no %s, so the autoscaler cannot reckon its utilization either; set %s.resources.requests.%s",
		l.container, l.pod.From, l.resource, l.field, l.resource)
}

// request returns what utilization of a resource is a share of: the request of
// the named container, or else of the pod, or else the sum over its containers.
// So does the autoscaler: calculateRequests in
// pkg/controller/podautoscaler/replica_calculator.go of Kubernetes 1.36.
func (p Pod) request(name corev1.ResourceName, container string) (resource.Quantity, error) {
	if q, ok := p.Requests[name]; ok && container == "" {
		return q, nil
	}
	var sum resource.Quantity
	found := false
	for _, c := range p.Containers {
		if container != "" && container != c.Name {
			continue
		}
		q, ok := c.Requests[name]
		if !ok {
			return resource.Quantity{}, &lack{pod: p, resource: name, container: c.Name, field: c.Field}
		}
		found = true
		if sum.IsZero() {
			sum.Format = q.Format
		}
		sum.Add(q)
	}
	if !found {
		return resource.Quantity{}, &lack{pod: p, resource: name, container: container}
	}
	return sum, nil
}

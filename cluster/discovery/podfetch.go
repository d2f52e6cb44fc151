package discovery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fetchPod reads what a pod of a scale target requests, as the autoscaler sees
// it: from its pods, which admission, an injected sidecar or a resize may have made
// others than the template says. The template stands in while there are none, or
// none may be read, and names what is missing where it is missing there, too.
func (c *Cluster) fetchPod(ctx context.Context, s scaled) (Pod, error) {
	from := fmt.Sprintf("%s %s/%s", s.Kind, s.namespace, s.Name)
	template, selector, err := c.template(ctx, s)
	if err != nil {
		return Pod{}, err
	}
	if template == nil {
		if selector, err = c.scaleSelector(ctx, s); err != nil {
			return Pod{}, err
		}
		return c.livePod(ctx, s, from, selector)
	}
	live, err := c.livePod(ctx, s, from, selector)
	if err == nil && complete(live, s.needs) {
		return live, nil
	}
	pod := podOf(from, "spec.template.spec", &template.Spec)
	if err == nil && complete(pod, s.needs) {
		return live, nil // what is missing came with an injected container
	}
	return pod, nil
}

// template is the pod template of s; nil if its kind has no well-known one.
func (c *Cluster) template(ctx context.Context, s scaled) (*corev1.PodTemplateSpec, string, error) {
	gv, err := schema.ParseGroupVersion(s.APIVersion)
	if err != nil {
		return nil, "", err
	}
	if gv.Group != "apps" {
		return nil, "", nil
	}
	var (
		t   *corev1.PodTemplateSpec
		sel *metav1.LabelSelector
	)
	apps, get := c.client.AppsV1(), metav1.GetOptions{}
	switch s.Kind {
	case "Deployment":
		o, err := apps.Deployments(s.namespace).Get(ctx, s.Name, get)
		if err != nil {
			return nil, "", err
		}
		t, sel = &o.Spec.Template, o.Spec.Selector
	case "StatefulSet":
		o, err := apps.StatefulSets(s.namespace).Get(ctx, s.Name, get)
		if err != nil {
			return nil, "", err
		}
		t, sel = &o.Spec.Template, o.Spec.Selector
	case "ReplicaSet":
		o, err := apps.ReplicaSets(s.namespace).Get(ctx, s.Name, get)
		if err != nil {
			return nil, "", err
		}
		t, sel = &o.Spec.Template, o.Spec.Selector
	default:
		return nil, "", nil
	}
	return t, metav1.FormatLabelSelector(sel), nil
}

// scaleSelector reads which pods s has from its scale subresource.
func (c *Cluster) scaleSelector(ctx context.Context, s scaled) (string, error) {
	gv, err := schema.ParseGroupVersion(s.APIVersion)
	if err != nil {
		return "", err
	}
	m, err := c.mapper.RESTMapping(schema.GroupKind{Group: gv.Group, Kind: s.Kind}, gv.Version)
	if err != nil {
		return "", fmt.Errorf("find the resource of kind %s in %s: %w", s.Kind, s.APIVersion, err)
	}
	scale, err := c.dynamic.Resource(m.Resource).Namespace(s.namespace).Get(ctx, s.Name, metav1.GetOptions{}, "scale")
	if err != nil {
		return "", err
	}
	selector, _, err := unstructured.NestedString(scale.Object, "status", "selector")
	if err != nil {
		return "", err
	}
	if selector == "" {
		return "", errors.New("its scale names no selector of pods")
	}
	return selector, nil
}

// selectsSome says whether a selector is one of some pods; one of nothing would be
// one of every pod of the namespace.
func selectsSome(selector string) bool {
	sel, err := metav1.ParseToLabelSelector(selector)
	return err == nil && len(sel.MatchLabels)+len(sel.MatchExpressions) > 0
}

// manyPods are so many of a target's pods that more change no mean.
const manyPods = 100

// livePod reads what the selected pods request on average; the autoscaler divides
// what they use by the sum of it. If a request is missing in one of them, it is
// that pod: the autoscaler cannot go on then.
func (c *Cluster) livePod(ctx context.Context, s scaled, from, selector string) (Pod, error) {
	if !selectsSome(selector) {
		return Pod{}, errNoPods
	}
	list, err := c.client.CoreV1().Pods(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector, Limit: manyPods})
	if err != nil {
		return Pod{}, err
	}
	var pods []Pod
	var nodes []string
	for i := range list.Items {
		p := &list.Items[i]
		if p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded {
			continue
		}
		pod := podOf(fmt.Sprintf("pod %s of %s", p.Name, from), "spec", &p.Spec)
		if !complete(pod, s.needs) {
			return pod, nil
		}
		pods = append(pods, pod)
		if p.Spec.NodeName != "" {
			nodes = append(nodes, unique.Make(p.Spec.NodeName).Value()) // many workloads share few nodes
		}
	}
	if len(pods) == 0 {
		return Pod{}, errNoPods
	}
	mean := meanOf(pods)
	mean.Nodes, mean.GPUs = nodes, 0
	for _, p := range pods {
		mean.GPUs += p.GPUs / float64(len(pods))
	}
	return mean, nil
}

// complete reports whether every container requests what is needed.
func complete(p Pod, needs string) bool {
	if needs == "" { // it is read for its price alone
		return true
	}
	for name := range strings.SplitSeq(needs, ",") {
		if _, err := p.request(corev1.ResourceName(name), ""); err != nil {
			return false
		}
	}
	return true
}

package discovery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// fetchPod reads what a pod of a scale target requests: from the pod template
// of the kinds that have a well-known one, and from one of its pods for the
// others, and also where the template leaves a request to a LimitRange or a
// webhook.
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
		return c.onePod(ctx, s, from, selector)
	}
	pod := podOf(from, "spec.template.spec", &template.Spec)
	if complete(pod, s.needs) {
		return pod, nil
	}
	// What is missing may be there in the pods. If they cannot be read, the
	// template at least tells what is missing.
	if live, err := c.onePod(ctx, s, from, selector); err == nil && complete(live, s.needs) {
		return live, nil
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

// onePod reads what any of the selected pods requests.
func (c *Cluster) onePod(ctx context.Context, s scaled, from, selector string) (Pod, error) {
	list, err := c.client.CoreV1().Pods(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector, Limit: 1})
	if err != nil {
		return Pod{}, err
	}
	if len(list.Items) == 0 {
		return Pod{}, errNoPods
	}
	p := &list.Items[0]
	return podOf(fmt.Sprintf("pod %s of %s", p.Name, from), "spec", &p.Spec), nil
}

// complete reports whether every container requests what is needed.
func complete(p Pod, needs string) bool {
	for name := range strings.SplitSeq(needs, ",") {
		if _, err := p.request(corev1.ResourceName(name), ""); err != nil {
			return false
		}
	}
	return true
}

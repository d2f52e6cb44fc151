package plane

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CreateNamespace creates a namespace, and does nothing if it exists.
func (p *Plane) CreateNamespace(t testing.TB, name string) {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := p.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatalf("create namespace %s: %v", name, err)
	}
}

// CreateDeployment creates a Deployment, and its namespace if there is none. Its pods carry the label app=name and ask
// for cpuRequest, such as "100m"; the empty string asks for nothing.
func (p *Plane) CreateDeployment(t testing.TB, namespace, name string, replicas int, cpuRequest string) {
	t.Helper()
	p.CreateNamespace(t, namespace)
	ctx, cancel := within()
	defer cancel()
	d := deployment(namespace, name, replicas, cpuRequest)
	if _, err := p.client.AppsV1().Deployments(namespace).Create(ctx, d, metav1.CreateOptions{}); err != nil {
		t.Fatalf("create deployment %s/%s: %v", namespace, name, err)
	}
}

func deployment(namespace, name string, replicas int, cpuRequest string) *appsv1.Deployment {
	container := corev1.Container{Name: "app", Image: "example.org/app"}
	if cpuRequest != "" {
		container.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpuRequest)}
	}
	labels := map[string]string{"app": name}
	n := int32(replicas)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: &n,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{container}},
			},
		},
	}
}

// Replicas are the pods of a workload, counted.
type Replicas struct {
	Wanted int // as the scale target asks
	Pods   int // that exist and are not being deleted
	Ready  int // of those
}

// Replicas counts the pods of a Deployment made by CreateDeployment.
func (p *Plane) Replicas(t testing.TB, namespace, name string) Replicas {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	r, err := p.replicas(ctx, namespace, name)
	if err != nil {
		t.Fatalf("count the replicas of %s/%s: %v", namespace, name, err)
	}
	return r
}

func (p *Plane) replicas(ctx context.Context, namespace, name string) (Replicas, error) {
	d, err := p.client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return Replicas{}, err
	}
	list, err := p.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + name})
	if err != nil {
		return Replicas{}, err
	}
	r := Replicas{Wanted: int(*d.Spec.Replicas)}
	for i := range list.Items {
		if list.Items[i].DeletionTimestamp != nil {
			continue
		}
		r.Pods++
		if podReady(&list.Items[i]) {
			r.Ready++
		}
	}
	return r, nil
}

func podReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// Expect turns a count into an error for Eventually: nil when all three are as wanted.
func (r Replicas) Expect(wanted Replicas) error {
	if r != wanted {
		return fmt.Errorf("replicas are %+v, not %+v", r, wanted)
	}
	return nil
}

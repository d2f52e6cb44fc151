package discovery

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/recommender/price"
)

// The pods of an autoscaler that has no use for their requests are read for their
// price: what they request, on the nodes that they are on.
func TestAPriceIsOfTheRunningPods(t *testing.T) {
	labels := map[string]string{"app": "web"}
	spec := func(node string) corev1.PodSpec {
		return corev1.PodSpec{NodeName: node, Containers: []corev1.Container{
			{Name: "app", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("500m"), "memory": resource.MustParse("1Gi")},
				Limits:   corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}}},
			{Name: "sidecar"}, // requests nothing, which does not matter here
		}}
	}
	objects := []runtime.Object{&appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec:       appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{Spec: spec("")}},
	}}
	for i, node := range []string{"a", "a", "b", ""} {
		objects = append(objects, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("web-%d", i), Labels: labels},
			Spec: spec(node), Status: corev1.PodStatus{Phase: corev1.PodRunning}})
	}
	c := &Cluster{client: fake.NewClientset(objects...)}
	in := Input{HPA: web(external("queue", autoscalingv2.AverageValueMetricType, "10")), Now: time.Unix(1, 0)}
	if _, needed := c.scaledOf(in); needed {
		t.Error("without prices nobody asks what such pods request")
	}
	book, left := price.New(price.Rates{}, "").WithNodes([]price.Node{{Name: "a", CPU: 0.03, GiB: 0.004, GPU: 1}, {Name: "b", CPU: 0.06, GiB: 0.008, GPU: 2}, {Name: "c", CPU: 9, GiB: 9, GPU: 9}}, 24*time.Hour)
	c.SetPrices(book)
	s, needed := c.scaledOf(in)
	if !needed || left != "" {
		t.Fatalf("needed %t, %q", needed, left)
	}
	pod, err := c.fetchPod(t.Context(), s)
	if err != nil || pod.GPUs != 1 || fmt.Sprint(pod.Nodes) != "[a a b]" {
		t.Fatalf("%+v, %v", pod, err)
	}
	in.Pod = pod
	w := Describe(in, DescribeOptions{Prices: book})
	// Two pods on a, one on b: 0.5 cores at 0.04, 1 GiB at 0.016/3, a GPU at 4/3.
	if want := 0.02 + 0.016/3 + 4./3; math.Abs(w.Price.PodHour-want) > 1e-9 || w.Price.Source != "OpenCost's mean of 2 nodes over 24 h" || w.Price.Currency != "USD" {
		t.Errorf("%+v, want %v", w.Price, want)
	}
}

func TestWhyThereIsNoPriceIsTold(t *testing.T) {
	opencost, _ := price.New(price.Rates{}, "").WithNodes([]price.Node{{Name: "a", CPU: 0.03, GiB: 0.004}}, 24*time.Hour)
	for _, c := range []struct {
		name string
		book *price.Book
		pod  Pod
		err  error
		want string
		is   float64
	}{
		{"no prices", nil, Pod{}, nil, "", 0},
		{"no prices configured", price.New(price.Rates{}, "EUR"), Pod{}, nil, "", 0},
		{"it is being read", opencost, Pod{}, errPending, "", 0},
		{"pods may not be read", opencost, Pod{}, errors.New("forbidden"), "an hour of its pods has no price: forbidden", 0},
		{"no requests", opencost, podWith(corev1.Container{Name: "app"}), nil, "an hour of its pods has no price: it is not known that its pods request CPU or memory, which is what has a price", 0},
		{"a price for any pod", price.New(price.Rates{Pod: 0.04}, "EUR"), Pod{}, errors.New("forbidden"), "", 0.04},
	} {
		w := Describe(Input{HPA: web(podsMetric("rps", "100")), Pod: c.pod, PodErr: c.err, Now: time.Unix(1, 0)}, DescribeOptions{Prices: c.book})
		got := ""
		for _, p := range w.Problems {
			if p.Code == NoPrice {
				got += p.Message
				if p.Fatal {
					t.Errorf("%s: it keeps floors from being set", c.name)
				}
			}
		}
		if got != c.want || w.Price.PodHour != c.is {
			t.Errorf("%s: %q, %+v; want %q, %v", c.name, got, w.Price, c.want, c.is)
		}
	}
}

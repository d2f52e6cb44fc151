package discovery

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// podSpec is that of containers, each written as "app=200m"; "proxy=" requests nothing.
func podSpec(containers ...string) corev1.PodSpec {
	var spec corev1.PodSpec
	for _, text := range containers {
		name, cpu, _ := strings.Cut(text, "=")
		c := corev1.Container{Name: name}
		if cpu != "" {
			c.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
		}
		spec.Containers = append(spec.Containers, c)
	}
	return spec
}

// What a pod requests is what the running pods request on average, as the autoscaler reckons it, whatever the template says.
func TestRequestsAreThoseOfTheRunningPods(t *testing.T) {
	type pods = [][]string
	for name, c := range map[string]struct {
		template []string
		live     pods
		gone     pods // terminating, or failed
		denied   bool // pods may not be listed
		want     string
		lacks    string // of the message, if a request is missing
	}{
		"no pods":                             {[]string{"app=200m"}, nil, nil, false, "200m", ""},
		"pods as the template":                {[]string{"app=200m"}, pods{{"app=200m"}, {"app=200m"}}, nil, false, "200m", ""},
		"a right-sizer or a resize":           {[]string{"app=1"}, pods{{"app=250m"}}, nil, false, "250m", ""},
		"an injected sidecar":                 {[]string{"app=200m"}, pods{{"app=200m", "istio-proxy=100m"}}, nil, false, "300m", ""},
		"two ReplicaSets at once":             {[]string{"app=400m"}, pods{{"app=200m"}, {"app=200m"}, {"app=200m"}, {"app=400m", "new=200m"}}, nil, false, "300m", ""},
		"a LimitRange":                        {[]string{"app="}, pods{{"app=150m"}}, nil, false, "150m", ""},
		"pods that go do not count":           {[]string{"app=200m"}, pods{{"app=200m"}}, pods{{"app=900m"}, {"app="}}, false, "200m", ""},
		"pods that may not be listed":         {[]string{"app=200m"}, pods{{"app=250m"}}, nil, true, "200m", ""},
		"an injected sidecar without request": {[]string{"app=200m"}, pods{{"app=200m"}, {"app=200m", "istio-proxy="}}, nil, false, "", `container "istio-proxy" of pod web-1 of Deployment shop/web requests no cpu, so the autoscaler cannot reckon its utilization either`},
		"a template without request":          {[]string{"app="}, pods{{"app="}}, nil, false, "", "set spec.template.spec.containers[0].resources.requests.cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			labels := map[string]string{"app": "web"}
			objects := []runtime.Object{&appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
				Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels},
					Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec(c.template...)}},
			}}
			for i, containers := range c.live {
				objects = append(objects, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("web-%d", i), Labels: labels},
					Spec: podSpec(containers...), Status: corev1.PodStatus{Phase: corev1.PodRunning}})
			}
			for i, containers := range c.gone {
				p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("gone-%d", i), Labels: labels}, Spec: podSpec(containers...)}
				if p.Status.Phase = corev1.PodFailed; i%2 == 0 {
					p.DeletionTimestamp, p.Finalizers, p.Status.Phase = &metav1.Time{Time: time.Unix(1, 0)}, []string{"x/y"}, corev1.PodRunning
				}
				objects = append(objects, p)
			}
			client := fake.NewClientset(objects...)
			if c.denied {
				client.PrependReactor("list", "pods", func(k8stesting.Action) (bool, runtime.Object, error) { return true, nil, errors.New("forbidden") })
			}
			cluster := &Cluster{client: client}
			pod, err := cluster.fetchPod(t.Context(), scaled{namespace: "shop", Ref: workload.Ref{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}, needs: "cpu"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := pod.request(corev1.ResourceCPU, "")
			switch {
			case c.lacks != "":
				if err == nil || !strings.Contains(err.Error(), c.lacks) {
					t.Errorf("%v; want %q", err, c.lacks)
				}
			case err != nil || got.Cmp(resource.MustParse(c.want)) != 0:
				t.Errorf("%s, %v; want %s", got.String(), err, c.want)
			}
		})
	}
}

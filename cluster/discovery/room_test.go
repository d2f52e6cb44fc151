package discovery

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/highwater-dev/highwater/recommender"
)

func quota(name string, hard, used corev1.ResourceList) *corev1.ResourceQuota {
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Status:     corev1.ResourceQuotaStatus{Hard: hard, Used: used},
	}
}

func list(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return l
}

func TestRoom(t *testing.T) {
	scoped := quota("spot", list("pods", "1"), list("pods", "1"))
	scoped.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}
	client := fake.NewClientset(
		quota("compute", list("requests.cpu", "10", "pods", "100"), list("requests.cpu", "6", "pods", "20")), scoped,
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a"}, Status: corev1.NodeStatus{Allocatable: list("cpu", "4", "memory", "16Gi", "pods", "110")}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "b"}, Status: corev1.NodeStatus{Allocatable: list("cpu", "4", "memory", "16Gi", "pods", "110")}},
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "gone"}, Spec: corev1.NodeSpec{Unschedulable: true}, Status: corev1.NodeStatus{Allocatable: list("cpu", "64")}},
	)
	l := &roomLog{client: client, namespaces: []string{metav1.NamespaceAll}}
	if got := l.of("shop", 8, Pod{}); len(got) > 0 {
		t.Errorf("before anything is read: %+v", got)
	}
	l.read(t.Context())
	pod := Pod{Requests: list("cpu", "500m", "memory", "1Gi")}
	want := []recommender.Room{
		{Code: "QuotaTooLow", Name: "the ResourceQuota compute", Pods: 16, Remedy: "raise requests.cpu of it"}, // 8 and 4 cores more
		{Code: "NodesTooFew", Name: "the present nodes, with nothing else on them,", Pods: 16, Remedy: "see that nodes are added in time"},
	}
	got := l.of("shop", 8, pod)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	// Where requests are not known, pods are still counted.
	if got := l.of("shop", 8, Pod{}); len(got) != 2 || got[0].Pods != 88 || got[1].Pods != 220 {
		t.Errorf("without requests: %+v", got)
	}
	if got := l.of("shop", 0, pod); len(got) != 1 || got[0].Code != "NodesTooFew" {
		t.Errorf("before the autoscaler has counted its pods: %+v", got)
	}
	if got := l.of("other", 8, pod); len(got) != 1 || got[0].Code != "NodesTooFew" {
		t.Errorf("another namespace: %+v", got)
	}
}

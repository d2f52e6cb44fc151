package e2e

import (
	"os"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func selector(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// install puts what Highwater needs into the cluster, without Highwater itself.
func (w *world) install(t *testing.T) {
	t.Helper()
	crd, err := os.ReadFile("../../charts/highwater/crds/highwater.dev_floorpolicies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w.Apply(t, string(crd))
	w.Kubectl(t, "wait", "--for=condition=Established", "crd/floorpolicies.highwater.dev")
	w.CreateNamespace(t, "highwater")
	w.CreateNamespace(t, "shop")
}

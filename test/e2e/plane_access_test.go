package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// TestServiceAccountIsHeldToItsRole holds that RBAC is at work, and that the audit lists what an account did.
func TestServiceAccountIsHeldToItsRole(t *testing.T) {
	t.Parallel()
	p := plane.Start(t, plane.Options{Audit: true})
	p.CreateNamespace(t, "shop")
	p.CreateHPA(t, plane.HPA{Namespace: "shop", Name: "web", Min: 2, Max: 40})
	p.Apply(t, role)
	user := plane.ServiceAccountUser("highwater", "highwater")
	client, err := kubernetes.NewForConfig(p.ServiceAccountConfig(t, "highwater", "highwater"))
	if err != nil {
		t.Fatal(err)
	}
	hpas := client.AutoscalingV2().HorizontalPodAutoscalers("shop")
	if _, err := hpas.List(t.Context(), metav1.ListOptions{}); err != nil {
		t.Error(err)
	}
	patch := []byte(`{"spec": {"minReplicas": 3}}`)
	if _, err := hpas.Patch(t.Context(), "web", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Error(err)
	}
	_ = hpas.Delete(t.Context(), "web", metav1.DeleteOptions{}) // refused

	plane.Eventually(t, patience, func() error {
		var got []string
		for _, e := range p.Audit(t, user) {
			got = append(got, fmt.Sprintf("%s %s/%s %d", e.Rule(), e.Namespace, e.Name, e.Code))
		}
		want := []string{
			"list autoscaling/horizontalpodautoscalers shop/ 200",
			"patch autoscaling/horizontalpodautoscalers shop/web 200",
			"delete autoscaling/horizontalpodautoscalers shop/web 403",
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("audited %q, not %q", got, want)
		}
		return nil
	})

	kubeconfig := p.ServiceAccountKubeconfig(t, "highwater", "highwater")
	_, err = p.TryKubectl("", "--kubeconfig", kubeconfig, "get", "secrets", "-n", "shop")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("User %q cannot list resource \"secrets\"", user)) {
		t.Errorf("reading secrets as %s: %v", user, err)
	}
}

const role = `
apiVersion: v1
kind: Namespace
metadata: {name: highwater}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: highwater, namespace: highwater}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: highwater}
rules:
- {apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [get, list, watch, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: highwater}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: highwater}
subjects: [{kind: ServiceAccount, name: highwater, namespace: highwater}]
`

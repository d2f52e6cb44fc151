package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// The release, as `helm install highwater charts/highwater -n highwater` names
// things. An installation that enforces has two service accounts.
const (
	release        = "highwater"
	serveAccount   = release
	restoreAccount = release + "-restore"
)

func selector(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// chart is what the Helm chart renders for an installation that enforces, and may ask for nodes.
var chart = sync.OnceValues(func() ([]*unstructured.Unstructured, error) {
	return template("--set", "image.repository=registry.example/highwater,prometheus.url=http://prometheus:9090,enforce.enabled=true,nodeHeadroom.enabled=true")
})

// template is what the Helm chart renders with these arguments.
func template(args ...string) ([]*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // the first time, Helm is built
	defer cancel()
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "-modfile=" + filepath.Join(root, "tools", "go.mod"), "helm",
		"template", release, "charts/highwater", "--namespace", "highwater", "--kube-version", "1.36.0"}, args...)...)
	cmd.Dir = root
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("helm template: %w: %s", err, problem.String())
	}
	var objects []*unstructured.Unstructured
	for doc := range strings.SplitSeq(string(out), "\n---") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
			return nil, fmt.Errorf("helm template: %w", err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// permissions are the objects of the chart that say who may do what: everything
// but the pods and what they need to run.
func permissions(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	objects, err := chart()
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
		"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
	return slices.DeleteFunc(slices.Clone(objects), func(o *unstructured.Unstructured) bool { return !slices.Contains(kinds, o.GetKind()) })
}

// install puts the chart into the cluster, without running Highwater itself,
// and returns the kubeconfig of the service account that it runs as.
func install(t *testing.T, p *plane.Plane) (kubeconfig string) {
	t.Helper()
	crd, err := os.ReadFile("../../charts/highwater/crds/highwater.dev_floorpolicies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p.Apply(t, string(crd))
	p.Kubectl(t, "wait", "--for=condition=Established", "crd/floorpolicies.highwater.dev")
	p.CreateNamespace(t, "highwater")
	p.CreateNamespace(t, "shop")
	var b strings.Builder
	for _, o := range permissions(t) {
		text, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n")
		b.Write(text)
	}
	p.Apply(t, b.String())
	guarded(t, p)
	return p.ServiceAccountKubeconfig(t, "highwater", serveAccount)
}

// guarded returns once the admission policy is in force, some seconds after it
// was made.
func guarded(t *testing.T, p *plane.Plane) {
	t.Helper()
	p.Apply(t, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: canary, namespace: highwater}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}, maxReplicas: 2}
`)
	client, err := dynamic.NewForConfig(p.ServiceAccountConfig(t, "highwater", serveAccount))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	plane.Eventually(t, patience, func() error {
		n++ // a patch that changes nothing is not refused
		if err := patchAs(client, "highwater", "canary", fmt.Sprintf(`{"metadata":{"labels":{"sung":"%d"}}}`, n)); !refusedByPolicy(err) {
			return fmt.Errorf("the admission policy does not hold yet: %v", err)
		}
		return nil
	})
	p.Kubectl(t, "delete", "hpa", "canary", "-n", "highwater")
}

// install puts what Highwater needs into the cluster, without Highwater itself.
func (w *world) install(t *testing.T) {
	t.Helper()
	w.kubeconfig = install(t, w.Plane)
}

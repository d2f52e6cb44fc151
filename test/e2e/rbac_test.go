package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

var hpaResource = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}

// patchAs sends one merge patch of an autoscaler, and nothing else.
func patchAs(client dynamic.Interface, namespace, name, patch string, sub ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := client.Resource(hpaResource).Namespace(namespace).
		Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "highwater"}, sub...)
	return err
}

// refusedByPolicy reports whether the admission policy refused a request, and
// not RBAC.
func refusedByPolicy(err error) bool {
	return err != nil && strings.Contains(err.Error(), "ValidatingAdmissionPolicy")
}

// extras are autoscalers whose pods have to be looked up in every way there is.
const extras = `---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: store}}
  template: {metadata: {labels: {app: store}}, spec: {containers: [{name: app, image: example.org/app, resources: {requests: {cpu: 100m}}}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: old, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: old}}
  template: {metadata: {labels: {app: old}}, spec: {containers: [{name: app, image: example.org/app, resources: {requests: {cpu: 100m}}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: modest, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: modest}}
  template: {metadata: {labels: {app: modest}}, spec: {containers: [{name: app, image: example.org/app}]}}
`

func cpuHPA(kind, name string) string {
	return fmt.Sprintf(`---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[2]s, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: %[1]s, name: %[2]s}
  minReplicas: 1
  maxReplicas: 9
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
`, kind, name)
}

// TestPermissionsAreJustEnough is the chart's RBAC against the real authorizer:
// a whole life of Highwater needs every permission that it has and none that it
// lacks.
func TestPermissionsAreJustEnough(t *testing.T) {
	t.Parallel()
	// Without streamed lists, informers list as they do before Kubernetes 1.34.
	f := newFleet(t, plane.Options{Audit: true, APIServerArgs: []string{"--feature-gates=WatchList=false"}},
		map[string]float64{"web": 1560, "api": 800})
	f.InstallKEDA(t) // its resources only: a floor needs no KEDA that runs
	f.InstallKarpenter(t)
	k := &kedaWorld{fleet: f}
	f.Apply(t, k.scaled("queue", "api", "2")+kedaPolicy("queue", "ScaledObject", "queue"))
	f.Apply(t, extras+plainHPA("web", 2, 20)+plainHPA("api", 1, 20)+
		cpuHPA("StatefulSet", "store")+cpuHPA("ReplicaSet", "old")+cpuHPA("Deployment", "modest")+
		floorPolicy("web", "Enforce", "  nodeHeadroom: {leadTime: 6h}\n")+floorPolicy("modest", "Enforce", ""))
	d := f.serve(t, "--node-headroom")
	f.raised(t, "web", 8)
	k.raisedTo(t, "queue", 8)
	for range 2 { // so that events repeat and are patched
		f.Kubectl(t, "patch", "fp", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":true}}`)
		f.givenBack(t, "web", 2)
		f.Kubectl(t, "patch", "fp", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"suspend":false}}`)
		f.raised(t, "web", 8)
	}
	plane.Eventually(t, patience, func() error {
		if rec, err := d.workload("shop", "modest"); err != nil || len(rec.Problems) == 0 || rec.Problems[0].Code != "MissingRequest" {
			return fmt.Errorf("modest: %+v, %v", rec.Problems, err)
		}
		return nil
	})
	f.Kubectl(t, "wait", "--for=condition=Enforcing", "fp/web", "-n", "shop", "--timeout=20s")
	// Its floor goes up in steps, and its buffer down, until it goes.
	f.unbuffered(t)
	f.exactly(t, serveAccount)
	d.kill()
	f.Apply(t, `{apiVersion: autoscaling.x-k8s.io/v1beta1, kind: CapacityBuffer,
  metadata: {name: highwater-web, namespace: shop, labels: {app.kubernetes.io/managed-by: highwater}, annotations: {highwater.dev/workload: web}},
  spec: {replicas: 1, scalableRef: {apiGroup: apps, kind: Deployment, name: web}}}`)

	account := f.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
	for _, args := range [][]string{{"shop/web"}, {"--all"}} {
		if _, problem, code := run(t, append([]string{"restore", "--kubeconfig", account}, args...)...); code != 0 {
			t.Errorf("restore %v: %s", args, problem)
		}
	}
	f.exactly(t, restoreAccount)
	f.unbuffered(t)
	if n := least(k.read(t, "queue")); n != "2" {
		t.Errorf("restore left minReplicaCount %s", n)
	}

	t.Run("nothing else is allowed", func(t *testing.T) {
		for _, account := range []string{serveAccount, restoreAccount} {
			kubeconfig := f.ServiceAccountKubeconfig(t, "highwater", account)
			for _, args := range [][]string{
				{"patch", "deployment", "web", "-n", "shop", "--subresource=scale", "--type=merge", "-p", `{"spec":{"replicas":9}}`},
				{"delete", "hpa", "web", "-n", "shop"},
				{"create", "-n", "shop", "-f", "-"},
				{"get", "secrets", "-n", "highwater"},
				{"get", "configmaps", "-A"},
				{"delete", "fp", "web", "-n", "shop"},
				{"delete", "pods", "--all", "-n", "shop"},
				{"get", "leases", "-n", "highwater"},
				{"get", "lease", "kube-scheduler", "-n", "kube-system"},
				{"delete", "lease", "highwater", "-n", "highwater"},
				{"get", "namespaces"},
			} {
				_, err := f.TryKubectl(floorPolicy("more", "Enforce", ""), append([]string{"--kubeconfig", kubeconfig}, args...)...)
				if err == nil || !strings.Contains(err.Error(), "forbidden") {
					t.Errorf("%s may %v: %v", account, args, err)
				}
			}
		}
	})
	t.Run("only minReplicas and the lease", f.onlyOneField)
}

// exactly holds what a service account asked for against what it is granted.
func (f *fleet) exactly(t *testing.T, account string) {
	t.Helper()
	used := map[string]bool{}
	for _, e := range f.Audit(t, plane.ServiceAccountUser("highwater", account)) {
		if e.Name == "canary" { // see guarded
			continue
		}
		if e.Code == http.StatusForbidden || e.Code == http.StatusUnauthorized {
			t.Errorf("%s: %d for %s %s/%s", account, e.Code, e.Rule(), e.Namespace, e.Name)
		}
		if e.Resource != "" {
			used[e.Rule()] = true
		}
	}
	granted := grants(t, account)
	for _, rule := range slices.Sorted(maps.Keys(granted)) {
		if !used[rule] {
			t.Errorf("%s is granted %q and never needed it", account, rule)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(used)) {
		if !granted[rule] {
			t.Errorf("%s used %q, which the chart does not grant", account, rule)
		}
	}
	t.Logf("%s used %d rules: %s", account, len(used), strings.Join(slices.Sorted(maps.Keys(used)), ", "))
}

// grants lists what the chart allows a service account, as AuditEvent.Rule does.
func grants(t *testing.T, account string) map[string]bool {
	t.Helper()
	rules, roles := map[string][]rbacv1.PolicyRule{}, []string{}
	for _, o := range permissions(t) {
		switch o.GetKind() {
		case "Role", "ClusterRole":
			var r rbacv1.Role // as a ClusterRole, for what is read of it
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &r); err != nil {
				t.Fatal(err)
			}
			rules[o.GetKind()+" "+o.GetName()] = r.Rules
		case "RoleBinding", "ClusterRoleBinding":
			var b rbacv1.RoleBinding
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &b); err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool { return s.Name == account }) {
				roles = append(roles, b.RoleRef.Kind+" "+b.RoleRef.Name)
			}
		}
	}
	granted := map[string]bool{}
	for _, role := range roles {
		for _, r := range rules[role] {
			for _, verb := range r.Verbs {
				for _, group := range r.APIGroups {
					for _, resource := range r.Resources {
						granted[verb+" "+strings.TrimPrefix(group+"/"+resource, "/")] = true
					}
				}
			}
		}
	}
	if len(granted) == 0 {
		t.Fatalf("the chart grants %s nothing", account)
	}
	return granted
}

// onlyOneField is the chart's ValidatingAdmissionPolicy on the real API server.
func (f *fleet) onlyOneField(t *testing.T) {
	for _, account := range []string{serveAccount, restoreAccount} {
		client, err := dynamic.NewForConfig(f.ServiceAccountConfig(t, "highwater", account))
		if err != nil {
			t.Fatal(err)
		}
		before := f.portraits(t)["web"]
		for field, patch := range map[string]string{
			"maxReplicas":             `{"spec":{"maxReplicas":99}}`,
			"scaleTargetRef":          `{"spec":{"scaleTargetRef":{"name":"api"}}}`,
			"metrics":                 `{"spec":{"metrics":null}}`,
			"behavior":                `{"spec":{"behavior":{"scaleDown":{"stabilizationWindowSeconds":0}}}}`,
			"labels":                  `{"metadata":{"labels":{"a":"b"}}}`,
			"another annotation":      `{"metadata":{"annotations":{"a":"b"}}}`,
			"finalizers":              `{"metadata":{"finalizers":["a.b/c"]}}`,
			"ownerReferences":         `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"a","uid":"u"}]}}`,
			"maxReplicas beside ours": `{"spec":{"minReplicas":5,"maxReplicas":99},"metadata":{"annotations":{"highwater.dev/lease":"{}"}}}`,
			"minReplicas without way": `{"spec":{"minReplicas":5}}`,
		} {
			if err := patchAs(client, "shop", "web", patch); !refusedByPolicy(err) || !strings.Contains(err.Error(), "Highwater may") {
				t.Errorf("%s may write %s: %v", account, field, err)
			}
		}
		if err := patchAs(client, "shop", "web", `{"status":{"desiredReplicas":9}}`, "status"); !apierrors.IsForbidden(err) {
			t.Errorf("%s may write the status: %v", account, err)
		}
		if now := f.portraits(t)["web"]; now != before {
			t.Errorf("a refused write went through:\n%s\n%s", before, now)
		}
		for _, patch := range []string{ // a floor, its lease renewed, and the way back
			fmt.Sprintf(`{"spec":{"minReplicas":5},"metadata":{"annotations":{"highwater.dev/lease":%q}}}`, lease(2, 5)),
			fmt.Sprintf(`{"metadata":{"annotations":{"highwater.dev/lease":%q}}}`, leaseUntil(2, 5, stamp(time.Now()), stamp(time.Now().Add(40*time.Minute)))),
			`{"spec":{"minReplicas":2},"metadata":{"annotations":{"highwater.dev/lease":null}}}`,
		} {
			if err := patchAs(client, "shop", "web", patch); err != nil {
				t.Errorf("%s may not write %s: %v", account, patch, err)
			}
		}
	}
	f.PatchHPA(t, "shop", "web", `{"spec":{"maxReplicas":33,"minReplicas":3},"metadata":{"labels":{"a":"b"},"annotations":{"c":"d"}}}`)
	f.Kubectl(t, "delete", "hpa", "web", "-n", "shop")
}

// Package charts holds the Helm chart. Its tests render it as Helm does.
package charts

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/highwater-dev/highwater/actuator"
)

const (
	release   = "highwater"
	namespace = "capacity" // of the release

	image     = "image: {repository: registry.example/highwater}\n"
	least     = image + "prometheus: {url: 'http://prometheus.monitoring:9090'}\n"
	enforcing = least + "enforce: {enabled: true}\n"
)

// helm runs the Helm that tools/go.mod pins.
func helm(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("the first run builds Helm")
	}
	modfile, err := filepath.Abs("../tools/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool", "-modfile=" + modfile, "helm"}, args...)...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home, "KUBECONFIG=/dev/null")
	cmd.Stdout, cmd.Stderr = &out, &problem
	err = cmd.Run()
	return out.String(), problem.String(), err
}

func template(t *testing.T, values string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	out, problem, err := helm(t, "template", release, "highwater", "--namespace", namespace, "--kube-version", "1.36.0", "--values", file)
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, problem)
	}
	return out, nil
}

// render returns the objects of the chart. A field that Kubernetes does not
// know fails the test.
func render(t *testing.T, values string) []runtime.Object {
	t.Helper()
	text, err := template(t, values)
	if err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	var objects []runtime.Object
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(doc, []byte("\nkind: ")) {
			continue
		}
		o, _, err := decoder.Decode(doc, nil, nil)
		if runtime.IsNotRegisteredError(err) { // not of Kubernetes itself
			o, _, err = decoder.Decode(doc, nil, &unstructured.Unstructured{})
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		objects = append(objects, o)
	}
}

// every returns the objects of one type.
func every[T runtime.Object](objects []runtime.Object) []T {
	var list []T
	for _, o := range objects {
		if v, ok := o.(T); ok {
			list = append(list, v)
		}
	}
	return list
}

// permissions returns what RBAC lets each service account of the release do,
// each as "verb group/resource[name] in scope".
func permissions(t *testing.T, objects []runtime.Object) map[string][]string {
	t.Helper()
	rules := map[string][]rbacv1.PolicyRule{} // by kind, namespace and name
	for _, r := range every[*rbacv1.ClusterRole](objects) {
		rules["ClusterRole//"+r.Name] = r.Rules
	}
	for _, r := range every[*rbacv1.Role](objects) {
		rules["Role/"+r.Namespace+"/"+r.Name] = r.Rules
	}
	granted := map[string][]string{}
	used := map[string]bool{}
	grant := func(ref rbacv1.RoleRef, in string, subjects []rbacv1.Subject) {
		key := ref.Kind + "/" + in + "/" + ref.Name
		used[key] = true
		if rules[key] == nil {
			t.Errorf("bound to %s, which is not there or empty", key)
		}
		for _, s := range subjects {
			if s.Kind != "ServiceAccount" || s.Namespace != namespace {
				t.Errorf("%s is granted to %v", key, s)
			}
			for _, r := range rules[key] {
				granted[s.Name] = append(granted[s.Name], spell(r, in)...)
			}
		}
	}
	for _, b := range every[*rbacv1.ClusterRoleBinding](objects) {
		grant(b.RoleRef, "", b.Subjects)
	}
	for _, b := range every[*rbacv1.RoleBinding](objects) {
		grant(b.RoleRef, b.Namespace, b.Subjects)
	}
	for key := range rules {
		if !used[key] {
			t.Errorf("%s is bound to nobody", key)
		}
	}
	accounts := map[string]bool{}
	for _, a := range every[*corev1.ServiceAccount](objects) {
		accounts[a.Name] = true
	}
	for name := range granted {
		slices.Sort(granted[name])
		if !accounts[name] {
			t.Errorf("there is no service account %s", name)
		}
	}
	return granted
}

func spell(r rbacv1.PolicyRule, scope string) []string {
	var list []string
	for _, g := range r.APIGroups {
		for _, resource := range r.Resources {
			names := r.ResourceNames
			if len(names) == 0 {
				names = []string{""}
			}
			for _, name := range names {
				for _, v := range r.Verbs {
					list = append(list, permission(v, g, resource, name, scope))
				}
			}
		}
	}
	return list
}

func permission(verb, group, resource, name, scope string) string {
	return fmt.Sprintf("%s %s/%s[%s] in %s", verb, group, resource, name, cmp.Or(scope, "all"))
}

// needed returns the permissions that the process has to have.
func needed(enforce, headroom bool, scopes []string, scaleTargets ...[2]string) []string {
	var list []string
	add := func(group, resource, name, scope string, verbs ...string) {
		for _, v := range verbs {
			list = append(list, permission(v, group, resource, name, scope))
		}
	}
	for _, n := range actuator.Needs() {
		switch {
		case n.Enforce && !enforce, n.Resource == "capacitybuffers" && !headroom:
		case n.Resource == "leases":
			for _, v := range n.Verbs {
				name := release
				if v == "create" { // cannot be held to a name
					name = ""
				}
				add(n.Group, n.Resource, name, namespace, v)
			}
		case n.Resource == "*/scale":
			for _, target := range scaleTargets {
				for _, s := range scopes {
					add(target[0], target[1]+"/scale", "", s, n.Verbs...)
				}
			}
		case n.Resource == "nodes" && scopes[0] != "": // of no namespace
		default:
			for _, s := range scopes {
				add(n.Group, n.Resource, "", s, n.Verbs...)
			}
		}
	}
	slices.Sort(list)
	return list
}

// restoring returns the permissions of `highwater restore`.
func restoring(headroom bool, scopes ...string) []string {
	var list []string
	for _, s := range scopes {
		if headroom {
			list = append(list, permission("list", "autoscaling.x-k8s.io", "capacitybuffers", "", s), permission("delete", "autoscaling.x-k8s.io", "capacitybuffers", "", s))
		}
		for _, v := range []string{"get", "list", "patch"} {
			list = append(list, permission(v, "autoscaling", "horizontalpodautoscalers", "", s), permission(v, "keda.sh", "scaledobjects", "", s))
		}
	}
	slices.Sort(list)
	return list
}

func TestEveryPermissionIsNeededAndNoneIsMissing(t *testing.T) {
	everywhere, two := []string{""}, []string{"cart", "shop"}
	f := func(name, values string, want map[string][]string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := permissions(t, render(t, values))
			if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
				t.Errorf("granted to %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
			for account, list := range want {
				if !slices.Equal(got[account], list) {
					t.Errorf("%s may\n  %s\nwant\n  %s", account, strings.Join(got[account], "\n  "), strings.Join(list, "\n  "))
				}
			}
		})
	}
	f("read-only", least, map[string][]string{"highwater": needed(false, false, everywhere)})
	f("enforcing", enforcing, map[string][]string{
		"highwater":           needed(true, false, everywhere),
		"highwater-restore":   restoring(false, ""),
		"highwater-uninstall": restoring(false, ""),
	})
	f("enforcing in two namespaces", enforcing+"namespaces: [shop, cart]\n", map[string][]string{
		"highwater":           needed(true, false, two),
		"highwater-restore":   restoring(false, two...),
		"highwater-uninstall": restoring(false, two...),
	})
	f("node headroom", enforcing+"nodeHeadroom: {enabled: true}\n", map[string][]string{
		"highwater":           needed(true, true, everywhere),
		"highwater-restore":   restoring(true, ""),
		"highwater-uninstall": restoring(true, ""),
	})
	f("node headroom in two namespaces", enforcing+"nodeHeadroom: {enabled: true}\nnamespaces: [shop, cart]\n", map[string][]string{
		"highwater":           needed(true, true, two),
		"highwater-restore":   restoring(true, two...),
		"highwater-uninstall": restoring(true, two...),
	})
	f("node headroom without floors", least+"nodeHeadroom: {enabled: true}\n", map[string][]string{"highwater": needed(false, false, everywhere)})
	f("other scale targets", least+"scaleTargets: [{group: argoproj.io, resource: rollouts}]\n", map[string][]string{
		"highwater": needed(false, false, everywhere, [2]string{"argoproj.io", "rollouts"}),
	})
	f("giving back only", least+"restore: {enabled: true}\n", map[string][]string{
		"highwater":           needed(false, false, everywhere),
		"highwater-restore":   restoring(false, ""),
		"highwater-uninstall": restoring(false, ""),
	})
}

func TestNamespacesMeansNoClusterRole(t *testing.T) {
	objects := render(t, enforcing+"namespaces: [shop, cart]\n")
	if n := len(every[*rbacv1.ClusterRole](objects)) + len(every[*rbacv1.ClusterRoleBinding](objects)); n > 0 {
		t.Errorf("%d cluster-wide roles and bindings", n)
	}
	for name, spec := range podSpecs(objects) {
		if name == release {
			continue
		}
		var got []string
		for _, c := range spec.Containers {
			got = append(got, c.Args[len(c.Args)-1])
		}
		if want := []string{"--namespace=shop", "--namespace=cart"}; !slices.Equal(got, want) {
			t.Errorf("%s restores %q, want %q", name, got, want)
		}
	}
}

// podSpecs returns what runs, by the name of what runs it.
func podSpecs(objects []runtime.Object) map[string]corev1.PodSpec {
	specs := map[string]corev1.PodSpec{}
	for _, d := range every[*appsv1.Deployment](objects) {
		specs[d.Name] = d.Spec.Template.Spec
	}
	for _, c := range every[*batchv1.CronJob](objects) {
		specs[c.Name] = c.Spec.JobTemplate.Spec.Template.Spec
	}
	for _, j := range every[*batchv1.Job](objects) {
		specs[j.Name] = j.Spec.Template.Spec
	}
	return specs
}

func TestPodsAreRestricted(t *testing.T) {
	specs := podSpecs(render(t, enforcing))
	if got, want := slices.Sorted(maps.Keys(specs)), []string{"highwater", "highwater-restore", "highwater-uninstall"}; !slices.Equal(got, want) {
		t.Fatalf("pods of %q, want %q", got, want)
	}
	for name, spec := range specs {
		if name != spec.ServiceAccountName {
			t.Errorf("%s runs as %s", name, spec.ServiceAccountName)
		}
		p := spec.SecurityContext
		if p == nil || !*p.RunAsNonRoot || *p.RunAsUser != 65532 || p.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: security of the pod: %v", name, p)
		}
		// A Service named highwater would make variables that begin with HIGHWATER_.
		if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks {
			t.Errorf("%s: service links are on", name)
		}
		for _, c := range spec.Containers {
			s := c.SecurityContext
			if s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
				t.Errorf("%s: security of container %s: %v", name, c.Name, s)
			}
			if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
				t.Errorf("%s: resources of container %s: %v", name, c.Name, c.Resources)
			}
		}
	}
}

func TestSelectorsMeetTheServingPodsOnly(t *testing.T) {
	objects := render(t, enforcing)
	d := every[*appsv1.Deployment](objects)[0]
	serving := d.Spec.Template.Labels
	restoring := every[*batchv1.CronJob](objects)[0].Spec.JobTemplate.Spec.Template.Labels
	f := func(what string, selector map[string]string) {
		matches := func(labels map[string]string) bool {
			for k, v := range selector {
				if labels[k] != v {
					return false
				}
			}
			return true
		}
		if !matches(serving) || matches(restoring) {
			t.Errorf("%s selects by %v: serving pods have %v, restoring ones %v", what, selector, serving, restoring)
		}
	}
	f("Deployment", d.Spec.Selector.MatchLabels)
	f("Service", every[*corev1.Service](objects)[0].Spec.Selector)
	f("PodDisruptionBudget", every[*policyv1.PodDisruptionBudget](objects)[0].Spec.Selector.MatchLabels)
}

func TestThePolicyHoldsWhoeverMayPatch(t *testing.T) {
	objects := render(t, enforcing)
	policies, bindings := every[*admissionv1.ValidatingAdmissionPolicy](objects), every[*admissionv1.ValidatingAdmissionPolicyBinding](objects)
	if len(policies) != 2 || len(bindings) != 2 {
		t.Fatalf("%d policies, %d bindings: want one for HorizontalPodAutoscalers, and one for ScaledObjects", len(policies), len(bindings))
	}
	held := map[string]bool{}
	for _, p := range policies {
		if !slices.ContainsFunc(bindings, func(b *admissionv1.ValidatingAdmissionPolicyBinding) bool { return b.Spec.PolicyName == p.Name }) {
			t.Errorf("%s is bound nowhere", p.Name)
		}
		group := p.Spec.MatchConstraints.ResourceRules[0].APIGroups[0]
		held[group] = true
		condition := p.Spec.MatchConditions[0].Expression
		for account, may := range permissions(t, objects) {
			user := fmt.Sprintf("%q", "system:serviceaccount:"+namespace+":"+account)
			patches := slices.ContainsFunc(may, func(p string) bool { return strings.HasPrefix(p, "patch "+group+"/") })
			// The policy is gone when that account comes.
			if strings.Contains(condition, user) != (patches && account != "highwater-uninstall") {
				t.Errorf("%s: may patch %s: %v; the policy is for %s", account, group, patches, condition)
			}
		}
	}
	if !held["autoscaling"] || !held["keda.sh"] {
		t.Errorf("policies hold %v", held)
	}
	if list := every[*admissionv1.ValidatingAdmissionPolicy](render(t, least)); len(list) > 0 {
		t.Errorf("there is a policy though nobody may patch: %v", list[0].Name)
	}
}

// TestFloorsAreGivenBackAfterTheDeployment holds that on `helm uninstall` the
// floors are given back when no tick can raise them any more.
func TestFloorsAreGivenBackAfterTheDeployment(t *testing.T) {
	weights := map[string]string{}
	for _, o := range render(t, enforcing) {
		m := o.(metav1.Object)
		hook, kind := m.GetAnnotations()["helm.sh/hook"], o.GetObjectKind().GroupVersionKind().Kind
		if strings.HasPrefix(m.GetName(), "highwater-uninstall") != (hook == "post-delete") {
			t.Errorf("%s %s has the hook %q", kind, m.GetName(), hook)
		}
		if hook != "" {
			weights[kind] = cmp.Or(m.GetAnnotations()["helm.sh/hook-weight"], "0")
		}
	}
	want := map[string]string{"ServiceAccount": "-1", "ClusterRole": "-1", "ClusterRoleBinding": "-1", "Job": "0"}
	if !maps.Equal(weights, want) {
		t.Errorf("weights of the hooks %v, want %v", weights, want)
	}
}

// TestTheBinaryTakesTheConfiguration starts `highwater serve`, as the image has
// it, with the file of the ConfigMap. It has no cluster, and that has to be all that it misses.
func TestTheBinaryTakesTheConfiguration(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the binary")
	}
	binary := filepath.Join(t.TempDir(), "highwater")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "controller,grpcnotrace", "-o", binary, "../cmd/highwater").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const noCluster = "highwater: kubernetes: "
	f := func(name, values, want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := every[*corev1.ConfigMap](render(t, values))[0].Data["config.yaml"]
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, binary, "serve", "--config", file, "--kubeconfig", filepath.Join(t.TempDir(), "missing")).CombinedOutput()
			if err == nil || !strings.HasPrefix(string(out), want) {
				t.Errorf("%v: %s\nwant %q for\n%s", err, out, want, config)
			}
		})
	}
	f("least", least, noCluster)
	f("namespaces", enforcing+"namespaces: [shop, cart]\n", noCluster)
	f("node headroom", enforcing+"nodeHeadroom: {enabled: true}\n", noCluster)
	f("more", image+`
prometheus:
  url: https://mimir.example/prometheus
  headers: {X-Scope-OrgID: shop}
  matchers: ['cluster="eu-1"', 'namespace=~"shop|cart"']
  timeout: 20s
  concurrency: 16
config:
  dryRun: true
  log: {level: debug, format: json}
  scheduler: {history: 30d, workers: 16}
  defaults: {quantile: 0.99, headroom: 0.1, leadTime: 3m}
`, noCluster)
	f("credentials", image+`
credentials: {secretName: prometheus}
prometheus: {url: "https://prometheus.example", tokenFile: /etc/highwater/credentials/token}
`, "highwater: prometheus credentials: open /etc/highwater/credentials/token: ")
	f("floors for KEDA", least+"keda: {scaler: {enabled: true}}\n", noCluster)
	f("a key that is not known", least+"config: {schedular: {}}\n", "highwater: configuration ")
}

// KEDA reaches the external scaler by the Service's port, and only where it is asked for.
func TestKEDAReachesTheScaler(t *testing.T) {
	objects := render(t, least+"keda: {scaler: {enabled: true, port: 9090, tlsSecretName: scaler-tls}}\n")
	ports := every[*corev1.Service](objects)[0].Spec.Ports
	spec := podSpecs(objects)[release]
	container := spec.Containers[0]
	if len(ports) != 2 || ports[1].Port != 9090 || ports[1].TargetPort.StrVal != container.Ports[1].Name || container.Ports[1].ContainerPort != 8090 {
		t.Errorf("ports %+v of the Service, %+v of the container", ports, container.Ports)
	}
	config := every[*corev1.ConfigMap](objects)[0].Data["config.yaml"]
	for _, line := range []string{"  listen: :8090", "  certFile: /etc/highwater/scaler/tls.crt", "  keyFile: /etc/highwater/scaler/tls.key"} {
		if !strings.Contains(config, line+"\n") {
			t.Errorf("no %q in\n%s", line, config)
		}
	}
	mounted := slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == "scaler" && m.MountPath == "/etc/highwater/scaler" })
	secret := slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Secret != nil && v.Secret.SecretName == "scaler-tls" })
	if !mounted || !secret {
		t.Errorf("mounts %+v, volumes %+v", container.VolumeMounts, spec.Volumes)
	}
	objects = render(t, least)
	if ports := every[*corev1.Service](objects)[0].Spec.Ports; len(ports) != 1 || len(podSpecs(objects)[release].Containers[0].Ports) != 1 {
		t.Errorf("ports by default: %+v", ports)
	}
}

func TestCredentialsAreFilesInThePod(t *testing.T) {
	spec := podSpecs(render(t, least+"credentials: {secretName: prometheus}\n"))[release]
	mounts := map[string]string{}
	for _, m := range spec.Containers[0].VolumeMounts {
		if !m.ReadOnly {
			t.Errorf("%s can be written", m.MountPath)
		}
		mounts[m.Name] = m.MountPath
	}
	if want := map[string]string{"config": "/etc/highwater/config.yaml", "credentials": "/etc/highwater/credentials"}; !maps.Equal(mounts, want) {
		t.Errorf("mounted %v, want %v", mounts, want)
	}
	for _, v := range spec.Volumes {
		if v.Secret != nil && (v.Secret.SecretName != "prometheus" || *v.Secret.DefaultMode != 0o440) {
			t.Errorf("the secret is %v", v.Secret)
		}
	}
}

func TestValuesThatMakeNoSenseAreRefused(t *testing.T) {
	f := func(name, values, want string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template(t, values)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
	f("no image", "prometheus: {url: x}", "image.repository: not set; give ")
	f("no Prometheus", "image: {repository: x}", "prometheus.url: not set; give ")
	f("a misspelt key", least+"replica: 3", "replica")
	f("a wildcard", least+"scaleTargets: [{group: '*', resource: '*'}]", "scaleTargets")
	f("what the chart sets", least+"config: {listen: ':9'}", "config.listen: the chart sets it; see the value service.port")
	f("Prometheus among the others", least+"config: {prometheus: {}}", "config.prometheus: the chart sets it; see the value prometheus")
	f("an account without a name", least+"serviceAccount: {create: false}", "serviceAccount.name: not set; name one ")
}

func TestEveryValueLandsWhereItBelongs(t *testing.T) {
	objects := render(t, `
image: {repository: registry.example/highwater, digest: sha256:`+strings.Repeat("0a", 32)+`, pullPolicy: Always}
imagePullSecrets: [{name: registry}]
replicas: 3
prometheus: {url: x}
namespaces: [shop]
enforce: {enabled: true}
restore: {schedule: "* * * * *"}
serviceAccount: {create: false, name: mine}
service: {type: NodePort, port: 80, annotations: {a: service}}
serviceMonitor: {enabled: true, interval: 1m, labels: {a: monitor}}
env: [{name: HTTPS_PROXY, value: "http://proxy"}]
podAnnotations: {a: pod}
podLabels: {b: pod}
priorityClassName: high
nodeSelector: {c: node}
tolerations: [{key: d, operator: Exists}]
affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: e, operator: Exists}]}}]}}
topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]
nameOverride: hw
fullnameOverride: high
`)
	d := every[*appsv1.Deployment](objects)[0]
	pod := d.Spec.Template
	got := []any{
		d.Name, *d.Spec.Replicas, pod.Annotations["a"], pod.Labels["b"], pod.Labels["app.kubernetes.io/name"], pod.Spec.Containers[0].Image,
		pod.Spec.Containers[0].ImagePullPolicy, pod.Spec.ImagePullSecrets[0].Name, pod.Spec.Containers[0].Env[0].Name, pod.Spec.ServiceAccountName,
		pod.Spec.PriorityClassName, pod.Spec.NodeSelector["c"], pod.Spec.Tolerations[0].Key, pod.Spec.Affinity.NodeAffinity != nil,
		len(pod.Spec.TopologySpreadConstraints), pod.Spec.TopologySpreadConstraints[0].TopologyKey,
		len(every[*corev1.ServiceAccount](objects)), every[*batchv1.CronJob](objects)[0].Spec.Schedule,
		every[*corev1.Service](objects)[0].Spec.Ports[0].Port, every[*corev1.Service](objects)[0].Annotations["a"],
		every[*unstructured.Unstructured](objects)[0].GetKind(), every[*unstructured.Unstructured](objects)[0].GetLabels()["a"],
	}
	want := []any{
		"high", int32(3), "pod", "pod", "hw", "registry.example/highwater@sha256:" + strings.Repeat("0a", 32),
		corev1.PullAlways, "registry", "HTTPS_PROXY", "mine",
		"high", "node", "d", true,
		1, "zone",
		2, "* * * * *",
		int32(80), "service",
		"ServiceMonitor", "monitor",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rendered\n  %v\nwant\n  %v", got, want)
	}
}

func TestLint(t *testing.T) {
	if out, problem, err := helm(t, "lint", "--strict", "highwater"); err != nil {
		t.Errorf("%v: %s%s", err, out, problem)
	}
}

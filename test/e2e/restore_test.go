package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

// variety is autoscalers as people write them.
const variety = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  namespace: shop
  labels: {app.kubernetes.io/part-of: shop, tier: front}
  annotations:
    team: "shop"
    notes: "{\"baseline\": 99,\n  \"unicode\": \"Überlauf ✓\"}"
    highwater.example/lease: "not ours"
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 20
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 15
      selectPolicy: Max
      policies: [{type: Percent, value: 100, periodSeconds: 30}, {type: Pods, value: 4, periodSeconds: 60}]
    scaleDown:
      stabilizationWindowSeconds: 120
      selectPolicy: Min
      policies: [{type: Pods, value: 1, periodSeconds: 60}]
  metrics:
  - {type: External, external: {metric: {name: requests_per_second, selector: {matchLabels: {app: web}}}, target: {type: AverageValue, averageValue: "100"}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: shop}
spec: # without minReplicas
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  maxReplicas: 30
  metrics:
  - {type: External, external: {metric: {name: requests_per_second, selector: {matchLabels: {app: api}}}, target: {type: AverageValue, averageValue: 100500m}}}
  - {type: External, external: {metric: {name: requests_per_second, selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}, target: {type: AverageValue, averageValue: "1k"}}}
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  minReplicas: 1
  maxReplicas: 9
  targetCPUUtilizationPercentage: 55
`

// TestFloorsAreGivenBack is the way out: what Highwater left behind when it was
// killed is brought home by a command, and what it gives up while it runs it
// brings home itself. Every object is then as its owner wrote it.
func TestFloorsAreGivenBack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, plane.Options{}, map[string]float64{"web": 760, "api": 800, "cart": 500, "taken": 650, "idle": 900})
	f.Apply(t, variety+plainHPA("taken", 3, 12)+plainHPA("idle", 4, 12))
	before := f.portraits(t)
	policies := map[string]string{
		"web": floorPolicy("web", "Enforce", ""), "api": floorPolicy("api", "Enforce", ""), "taken": floorPolicy("taken", "Enforce", ""),
		"cart": floorPolicy("cart", "Enforce", `  load: {query: 'sum(requests_per_second{app="cart"})', perPod: 100}`),
	}
	f.Apply(t, strings.Join(slices.Collect(maps.Values(policies)), ""))
	wanted := map[string]int{"web": 8, "api": 8, "cart": 5, "taken": 7}
	allRaised := func() {
		t.Helper()
		for name, floor := range wanted {
			f.raised(t, name, floor)
		}
	}
	same := func(t *testing.T, names ...string) {
		t.Helper()
		now := f.portraits(t)
		for _, name := range names {
			if now[name] != before[name] {
				t.Errorf("%s is not as its owner wrote it. It was\n%s\nand is\n%s", name, before[name], now[name])
			}
		}
	}
	d := f.serve(t)
	allRaised()

	t.Run("by Highwater itself", func(t *testing.T) {
		f.Kubectl(t, "patch", "floorpolicy", "web", "-n", "shop", "--type=merge", "-p", `{"spec":{"mode":"Observe"}}`)
		f.givenBack(t, "web", 2)
		f.Kubectl(t, "delete", "floorpolicy", "api", "-n", "shop")
		f.givenBack(t, "api", 1)
		same(t, "web", "api", "idle")
	})
	f.Apply(t, policies["web"]+policies["api"])
	allRaised()
	d.kill()

	account := f.ServiceAccountKubeconfig(t, "highwater", restoreAccount)
	restore := func(t *testing.T, args ...string) string {
		t.Helper()
		out, problem, code := run(t, append([]string{"restore", "--kubeconfig", account}, args...)...)
		if code != 0 {
			t.Errorf("restore %v: %d: %s", args, code, problem)
		}
		return out
	}
	touched := func(t *testing.T, do func()) bool {
		t.Helper()
		versions := func() string {
			return f.Kubectl(t, "get", "hpa", "-n", "shop", "-o", "jsonpath={range .items[*]}{.metadata.name}={.spec.minReplicas} {.metadata.annotations}\n{end}")
		}
		was := versions()
		do()
		return was != versions()
	}
	row := func(t *testing.T, out, name string, from, to int, outcome string) {
		t.Helper()
		for line := range strings.Lines(out) {
			if slices.Equal(strings.Fields(line), []string{"shop", name, fmt.Sprint(from), fmt.Sprint(to), outcome, "HorizontalPodAutoscaler"}) {
				return
			}
		}
		t.Errorf("no row tells that %s is %s from %d to %d:\n%s", name, outcome, from, to, out)
	}

	t.Run("not before the lease has run out", func(t *testing.T) {
		if touched(t, func() {
			if out := restore(t, "--expired"); strings.TrimSpace(out) != "nothing to restore" {
				t.Errorf("restore --expired: %s", out)
			}
		}) {
			t.Error("a valid lease was taken away")
		}
	})
	t.Run("told of only", func(t *testing.T) {
		if touched(t, func() {
			out := restore(t, "--all", "--dry-run")
			for name, base := range map[string]int{"web": 2, "api": 1, "cart": 1, "taken": 3} {
				row(t, out, name, f.floorOf(t, name), base, "WouldRestore")
			}
			if strings.Contains(out, "idle") {
				t.Errorf("idle has no floor to give back:\n%s", out)
			}
		}) {
			t.Error("a dry run changed something")
		}
	})
	t.Run("one", func(t *testing.T) {
		floor := f.floorOf(t, "web")
		row(t, restore(t, "shop/web"), "web", floor, 2, "Restored")
		same(t, "web", "idle")
		if out := restore(t, "shop/web"); strings.TrimSpace(out) != "nothing to restore" {
			t.Errorf("once more: %s", out)
		}
		for _, name := range []string{"api", "cart", "taken"} {
			f.raised(t, name, wanted[name])
		}
	})
	t.Run("once the lease has run out", func(t *testing.T) {
		floor := f.floorOf(t, "api")
		f.PatchHPA(t, "shop", "api", expired(t, f.HPA(t, "shop", "api").Annotations[leaseAnnotation]))
		out := restore(t, "--expired")
		row(t, out, "api", floor, 1, "Restored")
		if strings.Contains(out, "cart") {
			t.Errorf("the lease of cart is valid:\n%s", out)
		}
		same(t, "web", "api", "idle")
		f.raised(t, "cart", wanted["cart"])
	})
	t.Run("all, but what somebody else has set since", func(t *testing.T) {
		f.Kubectl(t, "patch", "hpa", "taken", "-n", "shop", "--type=merge", "-p", `{"spec":{"minReplicas":5}}`)
		floor := f.floorOf(t, "cart")
		out := restore(t, "--all")
		row(t, out, "cart", floor, 1, "Restored")
		row(t, out, "taken", 5, 5, "Released")
		before["taken"] = strings.Replace(before["taken"], `"minReplicas": 3`, `"minReplicas": 5`, 1)
		same(t, "web", "api", "cart", "taken", "idle")
		if out := restore(t, "--all"); strings.TrimSpace(out) != "nothing to restore" {
			t.Errorf("once more: %s", out)
		}
	})
	t.Run("past a lease that cannot be read", func(t *testing.T) {
		f.PatchHPA(t, "shop", "idle", `{"metadata":{"annotations":{"highwater.dev/lease":"?"}}}`)
		f.PatchHPA(t, "shop", "web", fmt.Sprintf(`{"spec":{"minReplicas":7},"metadata":{"annotations":{"highwater.dev/lease":%q}}}`,
			`{"baseline":2,"floor":7,"renewed":"2026-01-01T00:00:00Z","expires":"2026-01-01T00:30:00Z"}`))
		out, problem, code := run(t, "restore", "--kubeconfig", account, "--all")
		if code != 0 || !strings.Contains(problem, "shop/idle") || !strings.Contains(problem, leaseAnnotation) || !strings.Contains(problem, "mend the annotation") {
			t.Errorf("%d: %s", code, problem)
		}
		row(t, out, "web", 7, 2, "Restored")
		row(t, out, "idle", 4, 4, "Broken")
		same(t, "web")
	})
	t.Run("wrong arguments", func(t *testing.T) {
		for _, tt := range []struct {
			args []string
			want string
		}{
			{nil, "say what to restore: exactly one of --all, --expired, or NAMESPACE/NAME"},
			{[]string{"--all", "--expired"}, "say what to restore"},
			{[]string{"--all", "shop/web"}, "say what to restore"},
			{[]string{"web"}, `"web": want NAMESPACE/NAME`},
			{[]string{"shop/"}, `"shop/": want NAMESPACE/NAME`},
			{[]string{"shop/web", "shop/api"}, "accepts at most 1 arg"},
			{[]string{"shop/web", "--namespace", "other"}, "--namespace other and shop/web"},
			{[]string{"shop/nothing"}, `restore shop/nothing: horizontalpodautoscalers.autoscaling "nothing" not found`},
			{[]string{"--everything"}, "unknown flag: --everything"},
			{[]string{"--all", "--kubeconfig", "/nowhere"}, "/nowhere"},
		} {
			out, problem, code := run(t, append([]string{"restore", "--kubeconfig", account}, tt.args...)...)
			if code != 1 || !strings.Contains(problem, tt.want) || strings.Count(problem, "\n") != 1 {
				t.Errorf("restore %v: code %d, want 1 and %q:\n%s%s", tt.args, code, tt.want, out, problem)
			}
		}
	})
}

// expired is the patch that makes a lease one that has run out.
func expired(t *testing.T, lease string) string {
	t.Helper()
	var l map[string]any
	if err := json.Unmarshal([]byte(lease), &l); err != nil {
		t.Fatalf("lease %q: %v", lease, err)
	}
	for key, at := range map[string]time.Time{"renewed": time.Now().Add(-31 * time.Minute), "expires": time.Now().Add(-time.Minute)} {
		lease = strings.Replace(lease, l[key].(string), stamp(at), 1) // the order of the keys stays
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{leaseAnnotation: lease}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(patch)
}

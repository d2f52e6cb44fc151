package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/highwater-dev/highwater/test/e2e/plane"
)

const recordAnnotation = "highwater.dev/record"

// policed is a cluster in which Highwater's service accounts may do everything,
// but for what the admission policy refuses.
type policed struct {
	*plane.Plane
	admin, serve, restore dynamic.Interface
}

func newPoliced(t *testing.T) *policed {
	t.Helper()
	p := &policed{Plane: plane.Start(t, plane.Options{APIServerArgs: []string{"--feature-gates=HPAScaleToZero=true"}})}
	install(t, p.Plane)
	p.Apply(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: intruder}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, namespace: highwater, name: `+serveAccount+`}
- {kind: ServiceAccount, namespace: highwater, name: `+restoreAccount+`}
`)
	admin, err := clientcmd.BuildConfigFromFlags("", p.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client := func(config *rest.Config) dynamic.Interface {
		config.QPS = -1
		c, err := dynamic.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p.admin = client(admin)
	p.serve = client(p.ServiceAccountConfig(t, "highwater", serveAccount))
	p.restore = client(p.ServiceAccountConfig(t, "highwater", restoreAccount))
	for _, c := range []dynamic.Interface{p.serve, p.restore} {
		plane.Eventually(t, patience, func() error {
			_, err := c.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}).List(t.Context(), metav1.ListOptions{})
			return err
		})
	}
	return p
}

// A victim is an autoscaler with a minReplicas of 8 that helm applied, and an
// annotation of somebody else's.
type victim struct {
	*policed
	*testing.T
	name   string
	client dynamic.Interface // what writes in Highwater's name
}

func (p *policed) victim(t *testing.T, name string) *victim {
	t.Helper()
	v := &victim{p, t, name, p.serve}
	v.apply(8)
	v.owner(`{"metadata":{"annotations":{"team":"shop"}}}`)
	return v
}

// apply is helm's server-side apply, without force.
func (v *victim) apply(least int) {
	v.Helper()
	h := fmt.Sprintf(`{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: %s, labels: {tier: front}},
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}, minReplicas: %d, maxReplicas: 20}}`, v.name, least)
	if err := v.send(v.admin, types.ApplyPatchType, h, metav1.PatchOptions{FieldManager: "helm"}); err != nil {
		v.Fatal(err)
	}
}

// owner is a merge patch by somebody who may do everything.
func (v *victim) owner(patch string) {
	v.Helper()
	if err := v.send(v.admin, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "owner"}); err != nil {
		v.Fatal(err)
	}
}

func (v *victim) send(as dynamic.Interface, kind types.PatchType, patch string, o metav1.PatchOptions, sub ...string) error {
	ctx, cancel := context.WithTimeout(v.Context(), 20*time.Second)
	defer cancel()
	_, err := as.Resource(hpaResource).Namespace("shop").Patch(ctx, v.name, kind, []byte(patch), o, sub...)
	return err
}

func (v *victim) read() *unstructured.Unstructured {
	v.Helper()
	h, err := v.admin.Resource(hpaResource).Namespace("shop").Get(v.Context(), v.name, metav1.GetOptions{})
	if err != nil {
		v.Fatal(err)
	}
	return h
}

func (v *victim) min() int {
	v.Helper()
	n, _, err := unstructured.NestedInt64(v.read().Object, "spec", "minReplicas")
	if err != nil {
		v.Fatal(err)
	}
	return int(n)
}

// state is everything that Highwater might change: all but the status.
func (v *victim) state() string {
	v.Helper()
	h := v.read()
	unstructured.RemoveNestedField(h.Object, "status")
	h.SetResourceVersion("")
	h.SetManagedFields(slices.DeleteFunc(h.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Subresource == "status" }))
	text, err := h.MarshalJSON()
	if err != nil {
		v.Fatal(err)
	}
	return string(text)
}

// An operation is one of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// patch sends a JSON patch in Highwater's name.
func (v *victim) patch(operations ...operation) error {
	v.Helper()
	text, err := json.Marshal(operations)
	if err != nil {
		v.Fatal(err)
	}
	return v.send(v.client, types.JSONPatchType, string(text), metav1.PatchOptions{FieldManager: "highwater"})
}

// A change is what a write of Highwater's makes of "min", "lease" and "record";
// nil removes.
type change map[string]any

// operations are those that Highwater would send for it.
func (c change) operations(h *unstructured.Unstructured) []operation {
	list := []operation{{"test", "/metadata/uid", h.GetUID()}}
	if h.GetAnnotations() == nil {
		list = append(list, operation{"add", "/metadata/annotations", map[string]string{}})
	}
	for _, key := range []string{"lease", "record"} {
		value, ok := c[key]
		if !ok {
			continue
		}
		path := "/metadata/annotations/highwater.dev~1" + key
		if old, ok := h.GetAnnotations()["highwater.dev/"+key]; ok {
			list = append(list, operation{"test", path, old})
		}
		if value == nil {
			list = append(list, operation{"remove", path, nil})
		} else {
			list = append(list, operation{"add", path, value})
		}
	}
	if value, ok := c["min"]; ok {
		old, _, _ := unstructured.NestedInt64(h.Object, "spec", "minReplicas")
		list = append(list, operation{"test", "/spec/minReplicas", old}, operation{"replace", "/spec/minReplicas", value})
	}
	return list
}

// write makes a change in Highwater's name, and whatever else is given.
func (v *victim) write(c change, more ...operation) error {
	v.Helper()
	return v.patch(append(c.operations(v.read()), more...)...)
}

// must makes a change that has to pass, and tidies up after it, as Highwater does.
func (v *victim) must(c change) {
	v.Helper()
	if err := v.write(c); err != nil {
		v.Fatalf("%s: refused %v: %v", v.name, c, err)
	}
	v.tidy()
}

// tidy takes Highwater's own entry out of managedFields.
func (v *victim) tidy() {
	v.Helper()
	i := v.entry("highwater")
	if i < 0 {
		return
	}
	if err := v.patch(take(i, "highwater")...); err != nil {
		v.Fatalf("%s: refused to take the own entry out of managedFields: %v", v.name, err)
	}
	if v.entry("highwater") >= 0 {
		v.Errorf("%s: the own entry is still there: %s", v.name, v.state())
	}
}

// entry returns the place of a manager's entry in managedFields, and -1 for none.
func (v *victim) entry(manager string) int {
	v.Helper()
	return slices.IndexFunc(v.read().GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Manager == manager })
}

func take(i int, manager string) []operation {
	path := fmt.Sprint("/metadata/managedFields/", i)
	return []operation{{"test", path + "/manager", manager}, {"remove", path, nil}}
}

// forge adds an entry to managedFields.
func forge(manager, operated, at string, fields any) operation {
	return operation{"add", "/metadata/managedFields/-", map[string]any{
		"manager": manager, "operation": operated, "apiVersion": "autoscaling/v2", "time": at, "fieldsType": "FieldsV1", "fieldsV1": fields,
	}}
}

var (
	onlyMin = map[string]any{"f:spec": map[string]any{"f:minReplicas": map[string]any{}}}
	onlyMax = map[string]any{"f:spec": map[string]any{"f:maxReplicas": map[string]any{}}}
)

func stamp(at time.Time) string { return at.UTC().Truncate(time.Second).Format(time.RFC3339) }

// lease is one as Highwater writes it now.
func lease(baseline, floor int) string {
	return leaseUntil(baseline, floor, stamp(time.Now()), stamp(time.Now().Add(30*time.Minute)))
}

func leaseUntil(baseline, floor int, renewed, expires string) string {
	return fmt.Sprintf(`{"baseline":%d,"floor":%d,"renewed":%q,"expires":%q,"holder":"highwater-0_1a2b","installation":"highwater/highwater"}`,
		baseline, floor, renewed, expires)
}

// record is one of a baseline, with the floors that Highwater set. more comes
// before the floors.
func record(baseline int, more string, floors ...int) string {
	var list []string
	for _, f := range floors {
		list = append(list, fmt.Sprintf(`"%d":%q`, f, stamp(time.Now())))
	}
	return fmt.Sprintf(`{"baseline":%d,"by":"helm"%s,"floors":{%s}}`, baseline, more, strings.Join(list, ","))
}

// The messages of the admission policy.
const (
	onlyUpdates  = "may only update HorizontalPodAutoscalers"
	onlyAs       = "autoscaling/v2 only, as the field manager highwater"
	onlySpec     = "no field of spec but minReplicas"
	onlyMetadata = "no labels, finalizers, ownerReferences or other metadata"
	onlyTwo      = "no annotations but highwater.dev/lease and highwater.dev/record"
	unreadable   = "whose lease it cannot read"
	form         = "only a lease that names its baseline"
	atFloor      = "only to the floor that the lease names"
	truth        = "whose baseline is the minReplicas of the owner"
	wayBack      = "only with a lease, which holds the way back"
	notBelow     = "may not lower minReplicas below what its owner wrote"
	bounded      = "renewed no later than now and expires within 24 hours"
	recorded     = "record only what the owners wrote"
	takeNothing  = "take no entries of other field managers"
	addNothing   = "add nothing to managedFields"
)

// TestAttacksWithHighwatersAccountAreRefused tries what somebody could do who
// has the token of Highwater's service account, or what a fault in Highwater
// could.
func TestAttacksWithHighwatersAccountAreRefused(t *testing.T) {
	t.Parallel()
	p := newPoliced(t)
	n := 0
	f := func(name, want string, before func(*victim), attack func(*victim) error) {
		n++
		v := p.victim(t, fmt.Sprintf("victim-%d", n))
		if before != nil {
			before(v)
		}
		was := v.state()
		err := attack(v)
		switch {
		case err == nil:
			t.Errorf("%s: it is not refused", name)
		case !apierrors.IsForbidden(err) || !refusedByPolicy(err) || !strings.Contains(err.Error(), want):
			t.Errorf("%s: refused by %v; want %q", name, err, want)
		}
		if is := v.state(); is != was {
			t.Errorf("%s: it changed\n%s\nto\n%s", name, was, is)
		}
	}
	now, never := stamp(time.Now()), "9999-12-31T23:59:59Z"
	writes := func(c change, more ...operation) func(*victim) error {
		return func(v *victim) error { return v.write(c, more...) }
	}
	patches := func(operations ...operation) func(*victim) error {
		return func(v *victim) error { return v.patch(operations...) }
	}
	sends := func(kind types.PatchType, patch string, o metav1.PatchOptions, sub ...string) func(*victim) error {
		return func(v *victim) error {
			return v.send(v.client, kind, strings.ReplaceAll(patch, "NAME", v.name), o, sub...)
		}
	}
	raised := func(v *victim) { v.must(change{"min": 12, "lease": lease(8, 12), "record": record(8, "", 12)}) }
	then := func(before func(*victim), patch string) func(*victim) {
		return func(v *victim) { before(v); v.owner(patch) }
	}
	ours, force := metav1.PatchOptions{FieldManager: "highwater"}, true

	// The three that passed before the policy knew of baselines.
	f("lower a user's 8", notBelow, nil, writes(change{"min": 1}))
	f("forge a lease", truth, nil, writes(change{"lease": leaseUntil(1, 8, now, never)}))
	f("wipe managedFields", takeNothing, nil, patches(operation{"replace", "/metadata/managedFields", []any{map[string]any{}}}))

	// Leases.
	f("lower with a lease", truth, nil, writes(change{"min": 1, "lease": lease(1, 1)}))
	f("raise with a baseline too low", truth, nil, writes(change{"min": 12, "lease": lease(1, 12)}))
	f("raise with a baseline too high", truth, nil, writes(change{"min": 12, "lease": lease(12, 12)}))
	f("raise without a lease", wayBack, nil, writes(change{"min": 12}))
	f("a lease of another floor", atFloor, nil, writes(change{"min": 12, "lease": lease(8, 13)}))
	f("a floor below the baseline", form, nil, writes(change{"min": 5, "lease": lease(8, 5)}))
	f("a lease that is no JSON", form, nil, writes(change{"min": 12, "lease": "mine"}))
	f("a lease with one more key", form, nil, writes(change{"min": 12, "lease": strings.Replace(lease(8, 12), "}", `,"baseline":1}`, 1)}))
	f("a lease that only looks like JSON", form, nil, writes(change{"min": 12, "lease": strings.Replace(lease(8, 12), "highwater-0", "a\nb", 1)}))
	f("a lease without end", bounded, nil, writes(change{"min": 12, "lease": leaseUntil(8, 12, now, never)}))
	f("a lease of the far future", bounded, nil, writes(change{"min": 12, "lease": leaseUntil(8, 12, never, never)}))
	f("a lease of ten minutes ahead", bounded, nil, func(v *victim) error {
		return v.write(change{"min": 12, "lease": leaseUntil(8, 12, stamp(time.Now().Add(10*time.Minute)), stamp(time.Now().Add(time.Hour)))})
	})
	f("a lease of 25 hours", bounded, nil, func(v *victim) error {
		return v.write(change{"min": 12, "lease": leaseUntil(8, 12, now, stamp(time.Now().Add(25*time.Hour)))})
	})
	f("a lease that ended before it began", bounded, nil, writes(change{"min": 12, "lease": leaseUntil(8, 12, now, "2020-01-01T00:00:00Z")}))
	f("a far lease, with a far entry", bounded, nil,
		writes(change{"min": 12, "lease": leaseUntil(8, 12, never, never)}, forge("highwater", "Update", never, onlyMin)))
	f("a far lease, with an entry of another version", bounded, nil, func(v *victim) error {
		e := forge("highwater", "Update", never, onlyMin)
		e.Value.(map[string]any)["apiVersion"] = "autoscaling/v1"
		return v.write(change{"min": 12, "lease": leaseUntil(8, 12, never, never)}, e)
	})
	f("a far lease where nothing is tracked", bounded, func(v *victim) { v.owner(`{"metadata":{"managedFields":[{}]}}`) },
		writes(change{"min": 12, "lease": leaseUntil(8, 12, never, never)}))

	// In two steps and more.
	f("below the baseline, after raising", notBelow, raised, writes(change{"min": 5, "lease": nil}))
	f("below the baseline, with a lease", truth, raised, writes(change{"min": 5, "lease": lease(5, 5)}))
	f("a lower baseline, after raising", truth, raised, writes(change{"lease": lease(1, 12)}))
	f("another minReplicas under the same lease", atFloor, raised, writes(change{"min": 9}))
	f("lengthen a lease for ever", bounded, raised, writes(change{"lease": leaseUntil(8, 12, now, never)}))
	f("the stale baseline over an owner's newer value", notBelow, then(raised, `{"spec":{"minReplicas":10}}`), writes(change{"min": 8, "lease": nil}))
	f("a lease with the stale baseline", truth, then(raised, `{"spec":{"minReplicas":10}}`), writes(change{"min": 12, "lease": lease(8, 12)}))
	f("raise back without saying so", truth, then(raised, `{"spec":{"minReplicas":10}}`), writes(change{"min": 12}))
	f("raise again after giving back", wayBack, func(v *victim) { raised(v); v.must(change{"min": 8, "lease": nil}) }, writes(change{"min": 12}))
	f("lower what was no floor, by the record", notBelow, func(v *victim) {
		raised(v)
		v.must(change{"min": 8, "lease": nil})
		v.owner(`{"spec":{"minReplicas":15}}`)
	}, writes(change{"min": 8, "record": nil}))

	// Records.
	f("a forged record, to restore by it", recorded, raised, writes(change{"record": record(1, "", 12)}))
	f("a forged value of before", recorded, raised, writes(change{"record": record(8, `,"before":{"baseline":1}`, 12)}))
	f("a record with the owner's value as a floor", recorded, nil, writes(change{"min": 12, "lease": lease(8, 12), "record": record(8, "", 12, 8)}))
	f("the same, by a lease of that floor", recorded, func(v *victim) { raised(v); v.must(change{"min": 8, "lease": lease(8, 8)}) },
		writes(change{"record": record(8, "", 12, 8)}))
	f("a record without a lease", recorded, nil, writes(change{"record": record(8, "")}))
	f("a record that is no JSON", recorded, raised, writes(change{"record": "mine"}))
	f("a record with the baseline in a name", recorded, raised, writes(change{"record": `{"baseline":8,"by":"\",\"baseline\":1"}`}))
	f("a record too long", recorded, raised, writes(change{"record": record(8, `,"overwrites":["`+strings.Repeat(now+`","`, 200)+now+`"]`, 12)}))

	// Leases that cannot be read.
	broken := func(v *victim) { v.owner(`{"metadata":{"annotations":{"highwater.dev/lease":"{\"baseline\":8"}}}`) }
	f("write over a broken lease", unreadable, broken, writes(change{"min": 12, "lease": lease(8, 12)}))
	f("remove a broken lease", unreadable, broken, writes(change{"lease": nil}))
	f("lower under a broken lease", unreadable, broken, writes(change{"min": 1}))

	// managedFields.
	f("empty managedFields", takeNothing, nil, patches(operation{"replace", "/metadata/managedFields", []any{}}))
	f("wipe managedFields while raising", bounded, nil, writes(change{"min": 12, "lease": lease(8, 12)}, operation{"replace", "/metadata/managedFields", []any{map[string]any{}}}))
	f("drop another's entry", takeNothing, nil, func(v *victim) error { return v.patch(take(v.entry("owner"), "owner")...) })
	f("drop another's entry while raising", takeNothing, nil, func(v *victim) error {
		return v.write(change{"min": 12, "lease": lease(8, 12)}, take(v.entry("owner"), "owner")...)
	})
	f("drop another's entry and the own one", takeNothing, func(v *victim) {
		if err := v.write(change{"min": 12, "lease": lease(8, 12)}); err != nil {
			t.Error(err)
		}
	}, func(v *victim) error {
		kept := slices.DeleteFunc(v.read().GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool { return e.Manager != "helm" })
		return v.patch(operation{"replace", "/metadata/managedFields", kept})
	})
	f("take a field from another's entry", takeNothing, nil, func(v *victim) error {
		return v.patch(operation{"remove", fmt.Sprintf("/metadata/managedFields/%d/fieldsV1/f:spec/f:minReplicas", v.entry("helm")), nil})
	})
	f("take more than minReplicas from another's entry", takeNothing, nil, func(v *victim) error {
		return v.write(change{"min": 12, "lease": lease(8, 12)}, operation{"remove", fmt.Sprintf("/metadata/managedFields/%d/fieldsV1/f:spec/f:maxReplicas", v.entry("helm")), nil})
	})
	f("give another's entry a field", takeNothing, nil, func(v *victim) error {
		return v.patch(operation{"add", fmt.Sprintf("/metadata/managedFields/%d/fieldsV1/f:spec", v.entry("owner")), onlyMin["f:spec"]})
	})
	f("date another's entry anew", takeNothing, nil, func(v *victim) error { // alone, the API server ignores it
		return v.write(change{"min": 12, "lease": lease(8, 12)},
			operation{"replace", fmt.Sprintf("/metadata/managedFields/%d/time", v.entry("helm")), "2020-01-01T00:00:00Z"})
	})
	f("rename another's entry", takeNothing, nil, func(v *victim) error {
		return v.patch(operation{"replace", fmt.Sprintf("/metadata/managedFields/%d/manager", v.entry("helm")), "highwater"})
	})
	f("forge an own entry of the far future", addNothing, nil, patches(forge("highwater", "Update", never, onlyMin)))
	f("forge another's entry", addNothing, nil, patches(forge("kubectl", "Update", now, onlyMin)))
	f("forge a merged entry", addNothing, nil, writes(change{"min": 12, "lease": lease(8, 12)}, forge("ancient-changes", "Update", now, onlyMax)))
	f("own what is not its own", addNothing, nil, writes(change{"min": 12, "lease": lease(8, 12)},
		forge("highwater", "Update", now, onlyMax)))

	// Other ways to write.
	right := `{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"NAME","annotations":{"highwater.dev/lease":` +
		fmt.Sprintf("%q", lease(8, 12)) + `}},"spec":{"minReplicas":12}}`
	f("another field manager", onlyAs, nil, sends(types.MergePatchType, right, metav1.PatchOptions{FieldManager: "helm"}))
	f("no field manager", onlyAs, nil, sends(types.MergePatchType, right, metav1.PatchOptions{}))
	f("server-side apply", bounded, nil, sends(types.ApplyPatchType, right, metav1.PatchOptions{FieldManager: "highwater", Force: &force}))
	f("server-side apply of 1", notBelow, nil, sends(types.ApplyPatchType,
		`{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"NAME"},"spec":{"minReplicas":1}}`,
		metav1.PatchOptions{FieldManager: "highwater", Force: &force}))
	f("server-side apply of nothing new", addNothing, nil, sends(types.ApplyPatchType,
		`{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"NAME"},"spec":{"minReplicas":8}}`,
		metav1.PatchOptions{FieldManager: "highwater", Force: &force}))
	f("the first version of the API", onlyAs, nil, func(v *victim) error {
		first := schema.GroupVersionResource{Group: "autoscaling", Version: "v1", Resource: "horizontalpodautoscalers"}
		_, err := v.client.Resource(first).Namespace("shop").Patch(t.Context(), v.name, types.MergePatchType,
			[]byte(strings.ReplaceAll(strings.Replace(right, "autoscaling/v2", "autoscaling/v1", 1), "NAME", v.name)), ours)
		return err
	})
	for field, patch := range map[string]string{
		"maxReplicas":    `{"spec":{"maxReplicas":99}}`,
		"scaleTargetRef": `{"spec":{"scaleTargetRef":{"name":"api"}}}`,
		"metrics":        `{"spec":{"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":1}}}]}}`,
		"behavior":       `{"spec":{"behavior":{"scaleDown":{"stabilizationWindowSeconds":0}}}}`,
	} {
		f("change "+field, onlySpec, nil, sends(types.MergePatchType, patch, ours))
	}
	for field, patch := range map[string]string{
		"labels":          `{"metadata":{"labels":{"a":"b"}}}`,
		"no labels":       `{"metadata":{"labels":null}}`,
		"finalizers":      `{"metadata":{"finalizers":["a.b/c"]}}`,
		"ownerReferences": `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"a","uid":"u"}]}}`,
	} {
		f("change "+field, onlyMetadata, nil, sends(types.MergePatchType, patch, ours))
	}
	f("another annotation", onlyTwo, nil, sends(types.MergePatchType, `{"metadata":{"annotations":{"a":"b"}}}`, ours))
	f("take another annotation", onlyTwo, nil, sends(types.MergePatchType, `{"metadata":{"annotations":{"team":null}}}`, ours))
	f("all annotations", onlyTwo, raised, sends(types.MergePatchType, `{"metadata":{"annotations":null}}`, ours))
	f("the status", onlyUpdates, nil, sends(types.MergePatchType, `{"status":{"desiredReplicas":9}}`, ours, "status"))
	f("delete", onlyUpdates, nil, func(v *victim) error {
		return v.client.Resource(hpaResource).Namespace("shop").Delete(t.Context(), v.name, metav1.DeleteOptions{})
	})
	f("delete all", onlyUpdates, nil, func(v *victim) error {
		return v.client.Resource(hpaResource).Namespace("shop").DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "tier=front"})
	})
	f("create", onlyUpdates, nil, func(v *victim) error {
		h := v.read()
		h.SetName("another")
		h.SetResourceVersion("")
		_, err := v.client.Resource(hpaResource).Namespace("shop").Create(t.Context(), h, metav1.CreateOptions{FieldManager: "highwater"})
		return err
	})
	f("replace", onlySpec, nil, func(v *victim) error {
		h := v.read()
		if err := unstructured.SetNestedField(h.Object, int64(99), "spec", "maxReplicas"); err != nil {
			return err
		}
		_, err := v.client.Resource(hpaResource).Namespace("shop").Update(t.Context(), h, metav1.UpdateOptions{FieldManager: "highwater"})
		return err
	})
	as := func(v *victim) { raised(v); v.client = v.restore }
	f("lower, by the account that restores", notBelow, as, writes(change{"min": 1, "lease": nil, "record": nil}))
	f("forge, by the account that restores", truth, as, writes(change{"lease": lease(1, 12)}))
	t.Logf("%d attacks", n)
}

// TestAttackPolicyLetsHighwaterWork is all that Highwater writes, against the
// policy that the attacks are refused by.
func TestAttackPolicyLetsHighwaterWork(t *testing.T) {
	t.Parallel()
	p := newPoliced(t)
	expect := func(v *victim, least int) {
		v.Helper()
		if got := v.min(); got != least {
			v.Errorf("minReplicas is %d, want %d: %s", got, least, v.state())
		}
	}
	clean := func(v *victim) {
		v.Helper()
		for key := range v.read().GetAnnotations() {
			if strings.HasPrefix(key, "highwater.dev/") {
				v.Errorf("annotation %s is left", key)
			}
		}
	}
	t.Run("a whole life", func(t *testing.T) {
		v := p.victim(t, "web")
		v.must(change{"min": 12, "lease": lease(8, 12), "record": record(8, "", 12)})
		v.must(change{"lease": leaseUntil(8, 12, stamp(time.Now()), stamp(time.Now().Add(time.Hour)))}) // renewed
		v.must(change{"min": 15, "lease": lease(8, 15), "record": record(8, "", 12, 15)})
		v.must(change{"min": 9, "lease": lease(8, 9), "record": record(8, "", 12, 15, 9)})
		expect(v, 9)
		v.apply(9) // helm still has its labels, and does not conflict
		v.owner(`{"spec":{"minReplicas":4}}`)
		v.must(change{"min": 12, "lease": lease(4, 12), "record": record(4, `,"before":{"baseline":8,"by":"helm"}`, 12, 15, 9)}) // put back
		v.must(change{"min": 4, "lease": nil})                                                                                   // given back
		expect(v, 4)
		v.owner(`{"spec":{"minReplicas":12}}`)                                            // a tool writes back the floor that it had saved
		v.must(change{"min": 14, "lease": lease(8, 14), "record": record(8, "", 12, 14)}) // adopted, with the owner's value of before
		v.owner(`{"spec":{"minReplicas":12}}`)                                            // the same, while there is a lease
		v.must(change{"min": 14, "lease": lease(8, 14)})
		v.client = v.restore
		v.must(change{"min": 8, "lease": nil, "record": nil})
		expect(v, 8)
		clean(v)
		v.apply(3)
		expect(v, 3)
	})
	t.Run("a floor written back is given back without a lease", func(t *testing.T) {
		v := p.victim(t, "returned")
		v.must(change{"min": 12, "lease": lease(8, 12), "record": record(8, "", 12)})
		v.must(change{"min": 8, "lease": nil})
		v.owner(`{"spec":{"minReplicas":12}}`)
		v.must(change{"min": 8, "record": nil})
		expect(v, 8)
		clean(v)
	})
	t.Run("an overwritten floor is released", func(t *testing.T) {
		v := p.victim(t, "released")
		v.must(change{"min": 12, "lease": lease(8, 12), "record": record(8, "", 12)})
		v.owner(`{"spec":{"minReplicas":3}}`)
		v.must(change{"lease": nil, "record": record(3, `,"before":{"baseline":8}`, 12)})
		expect(v, 3)
		v.must(change{"record": nil})
		clean(v)
	})
	t.Run("the owner raises the baseline", func(t *testing.T) {
		v := p.victim(t, "higher")
		v.must(change{"min": 12, "lease": lease(8, 12)})
		v.owner(`{"metadata":{"annotations":{"declared":"10"}}}`)
		v.must(change{"lease": lease(10, 12)})
		v.must(change{"min": 10, "lease": nil})
		expect(v, 10)
	})
	t.Run("scale to zero, and no annotation", func(t *testing.T) {
		p.Apply(t, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: zero, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}
  minReplicas: 0
  maxReplicas: 9
  metrics: [{type: External, external: {metric: {name: jobs}, target: {type: AverageValue, averageValue: "1"}}}]
`)
		v := &victim{p, t, "zero", p.serve}
		v.must(change{"min": 3, "lease": lease(0, 3), "record": record(0, "", 3)})
		v.must(change{"min": 0, "lease": nil, "record": nil})
		expect(v, 0)
		clean(v)
	})
	t.Run("the first version of the API, and no minReplicas", func(t *testing.T) {
		var h unstructured.Unstructured
		if err := yaml.Unmarshal([]byte(`
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: first, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}, maxReplicas: 9, targetCPUUtilizationPercentage: 50}
`), &h.Object); err != nil {
			t.Fatal(err)
		}
		first := schema.GroupVersionResource{Group: "autoscaling", Version: "v1", Resource: "horizontalpodautoscalers"}
		if _, err := p.admin.Resource(first).Namespace("shop").Create(t.Context(), &h, metav1.CreateOptions{FieldManager: "kubectl-autoscale"}); err != nil {
			t.Fatal(err)
		}
		v := &victim{p, t, "first", p.serve}
		v.must(change{"min": 3, "lease": lease(1, 3), "record": record(1, "", 3)})
		v.must(change{"min": 1, "lease": nil, "record": nil})
		expect(v, 1)
	})
	t.Run("fields that others have written alone", func(t *testing.T) {
		v := p.victim(t, "alone")
		by := func(manager, patch string) {
			t.Helper()
			if err := v.send(v.admin, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: manager}); err != nil {
				t.Fatal(err)
			}
		}
		by("kubectl-patch", `{"spec":{"minReplicas":7}}`)
		by("kubectl-annotate", fmt.Sprintf(`{"metadata":{"annotations":{"highwater.dev/lease":%q}}}`, lease(7, 7)))
		v.must(change{"min": 12, "lease": lease(7, 12), "record": record(7, "", 12)})
		by("kubectl-annotate", fmt.Sprintf(`{"metadata":{"annotations":{"highwater.dev/lease":%q}}}`, leaseUntil(7, 12, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")))
		v.client = v.restore
		v.must(change{"min": 7, "lease": nil, "record": nil})
		expect(v, 7)
		for _, manager := range []string{"kubectl-patch", "kubectl-annotate"} {
			if v.entry(manager) >= 0 {
				t.Errorf("%s still owns something: %s", manager, v.state())
			}
		}
	})
	t.Run("more field managers than the API server keeps apart", func(t *testing.T) {
		v := p.victim(t, "many")
		for i := range 12 {
			if err := v.send(v.admin, types.MergePatchType, fmt.Sprintf(`{"metadata":{"annotations":{"note%d":"x"}}}`, i),
				metav1.PatchOptions{FieldManager: fmt.Sprint("manager", i)}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second) // or Highwater's entry is among the oldest
		v.must(change{"min": 12, "lease": lease(8, 12)})
		v.must(change{"lease": leaseUntil(8, 12, stamp(time.Now()), stamp(time.Now().Add(time.Hour)))})
		v.must(change{"min": 8, "lease": nil})
		expect(v, 8)
	})
	t.Run("the longest record, beside much else", func(t *testing.T) {
		v := p.victim(t, "long")
		var floors []int
		for n := range 40 {
			floors = append(floors, 1000+n)
		}
		times := fmt.Sprintf(`,"overwrites":[%s]`, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%q,", stamp(time.Now())), 100), ","))
		long := func(baseline int, more ...int) string {
			r := record(baseline, "", append(floors, more...)...)
			return r[:len(r)-1] + times + "}"
		}
		v.owner(fmt.Sprintf(`{"metadata":{"annotations":{"highwater.dev/record":%q,"note":%q}}}`, long(8), strings.Repeat("x", 200_000)))
		v.must(change{"min": 12, "lease": lease(8, 12), "record": long(8, 12)})
		v.must(change{"min": 13, "lease": lease(8, 13), "record": long(8, 12, 13)})
		v.must(change{"min": 8, "lease": nil})
		if n := len(v.read().GetAnnotations()[recordAnnotation]); n < 3500 {
			t.Errorf("the record is of %d bytes only", n)
		}
	})
	t.Run("an entry that an earlier version left", func(t *testing.T) {
		v := p.victim(t, "earlier")
		if err := v.write(change{"min": 12, "lease": lease(8, 12)}); err != nil {
			t.Fatal(err)
		}
		if err := v.write(change{"min": 13, "lease": lease(8, 13)}); err != nil {
			t.Fatal(err)
		}
		v.tidy()
	})
	t.Run("a write that changes nothing", func(t *testing.T) {
		if err := p.victim(t, "nothing").patch(operation{"test", "/spec/minReplicas", 8}); err != nil {
			t.Error(err)
		}
	})
	t.Run("the API server finds no fault with the expressions", func(t *testing.T) {
		plane.Eventually(t, patience, func() error {
			out := p.Kubectl(t, "get", "validatingadmissionpolicy", "-o", "jsonpath={.items[*].status}")
			if out == "" || !strings.Contains(out, "typeChecking") {
				return fmt.Errorf("not checked yet: %q", out)
			}
			if strings.Contains(out, "expressionWarnings") {
				t.Error(out)
			}
			return nil
		})
	})
}

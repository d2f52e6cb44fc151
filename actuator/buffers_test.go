package actuator

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/workload"
)

var bufferStart = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// A bufferWorld is Buffers with what they write to.
type bufferWorld struct {
	*Buffers
	cluster *fake.Clientset
	dyn     *dynamicfake.FakeDynamicClient
	now     time.Time
	events  chan string
}

func newBufferWorld(versions ...string) *bufferWorld {
	w := &bufferWorld{now: bufferStart, cluster: fake.NewClientset()}
	w.serve(versions...)
	w.dyn = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		w.at("v1beta1"): "CapacityBufferList", w.at("v1alpha1"): "CapacityBufferList",
	})
	recorder := record.NewFakeRecorder(100)
	w.events = recorder.Events
	w.Buffers = NewBuffers(Clients{Kubernetes: w.cluster, Buffers: w.dyn}, nil,
		Options{TTL: 30 * time.Minute, Installation: "highwater/highwater", Events: recorder, Now: func() time.Time { return w.now }}, slog.New(slog.DiscardHandler))
	return w
}

// serve lets the API server have CapacityBuffers in these versions.
func (w *bufferWorld) serve(versions ...string) {
	w.cluster.Resources = []*metav1.APIResourceList{{GroupVersion: bufferGroup + "/v1", APIResources: []metav1.APIResource{{Name: "provisioningrequests"}}}}
	for _, v := range versions {
		w.cluster.Resources = append(w.cluster.Resources, &metav1.APIResourceList{GroupVersion: bufferGroup + "/" + v, APIResources: []metav1.APIResource{{Name: bufferPlural}}})
	}
}

func (*bufferWorld) at(version string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: bufferGroup, Version: version, Resource: bufferPlural}
}

// read returns the buffer of a name; nil if there is none.
func (w *bufferWorld) read(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	u, err := w.dyn.Resource(w.at("v1beta1")).Namespace("shop").Get(t.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// replicas returns what the buffer of web asks for; -1 if there is none.
func (w *bufferWorld) replicas(t *testing.T) int32 {
	t.Helper()
	u := w.read(t, "highwater-web")
	if u == nil {
		return -1
	}
	return readBuffer(u).replicas
}

func (w *bufferWorld) keep(t *testing.T, requests ...workload.RoomRequest) {
	t.Helper()
	if err := w.Keep(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
}

// writes counts what was sent since the last call.
func (w *bufferWorld) writes() (n int) {
	for _, a := range w.dyn.Actions() {
		if a.GetVerb() != "list" && a.GetVerb() != "get" {
			n++
		}
	}
	w.dyn.ClearActions()
	return n
}

func roomFor(name string, pods int32) workload.RoomRequest {
	return workload.RoomRequest{Pods: pods, Lead: 6 * time.Minute, Workload: &workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: name}, Kind: workload.HorizontalPodAutoscaler, PolicyName: name, PolicyUID: "policy-" + name,
		Target: workload.Ref{APIVersion: "apps/v1", Kind: "Deployment", Name: name},
	}}
}

func doubtful(r workload.RoomRequest) workload.RoomRequest {
	r.Doubt = true
	return r
}

func TestABufferFollowsThePlan(t *testing.T) {
	w := newBufferWorld("v1beta1", "v1alpha1")
	w.keep(t, roomFor("web", 0))
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes for no room", n)
	}
	w.keep(t, roomFor("web", 10), roomFor("api", 3))
	b := readBuffer(w.read(t, "highwater-web"))
	want := workload.Ref{APIVersion: "apps", Kind: "Deployment", Name: "web"}
	if b.replicas != 10 || b.target != want || !b.owned(roomFor("web", 0).Workload) || b.of != "web" || !b.expires.Equal(w.now.Add(30*time.Minute)) {
		t.Errorf("made %+v", b)
	}
	if e := <-w.events; !strings.Contains(e, "NodeHeadroom") || !strings.Contains(e, "10 more pods") || !strings.Contains(e, "6m0s") {
		t.Errorf("the event says %q", e)
	}
	w.writes()
	w.now = w.now.Add(14 * time.Minute)
	w.keep(t, roomFor("web", 10), roomFor("api", 3))
	if n := w.writes(); n != 0 {
		t.Errorf("%d writes though nothing changed", n)
	}
	w.now = w.now.Add(2 * time.Minute)
	w.keep(t, roomFor("web", 10), roomFor("api", 3))
	if b := readBuffer(w.read(t, "highwater-web")); !b.expires.Equal(w.now.Add(30*time.Minute)) || w.writes() != 2 {
		t.Errorf("not renewed: %+v", b)
	}
	w.keep(t, roomFor("web", 6), roomFor("api", 3))
	if n := w.replicas(t); n != 6 {
		t.Errorf("asks for %d, want 6", n)
	}
	if room := w.Room(workload.Key{Namespace: "shop", Name: "web"}); room.Pods != 6 || room.Object != "CapacityBuffer highwater-web" {
		t.Errorf("room %+v", room)
	}
	w.keep(t, roomFor("web", 0)) // and api's policy wants none any more
	if w.replicas(t) != -1 || w.read(t, "highwater-api") != nil {
		t.Error("a buffer stays that is needed no more")
	}
	if room := w.Room(workload.Key{Namespace: "shop", Name: "web"}); room != (workload.Room{}) {
		t.Errorf("room %+v of no buffer", room)
	}
}

func TestDoubtHoldsABufferUntilItExpires(t *testing.T) {
	w := newBufferWorld("v1beta1")
	w.keep(t, roomFor("web", 10))
	f := func(after time.Duration, pods, want int32, why string) {
		t.Helper()
		w.now = bufferStart.Add(after)
		w.keep(t, doubtful(roomFor("web", pods)))
		if n := w.replicas(t); n != want {
			t.Errorf("%s: asks for %d, want %d", why, n, want)
		}
	}
	f(10*time.Minute, 0, 10, "doubt lowers nothing")
	f(20*time.Minute, 4, 10, "nor to what is known to be needed")
	f(29*time.Minute, 0, 10, "and is not renewed")
	f(30*time.Minute, 0, -1, "past its time it goes")
	f(31*time.Minute, 4, 4, "what is needed in spite of doubt is asked for")
	f(32*time.Minute, 7, 7, "and raised")
}

func TestOnlyBuffersOfThisInstallationAreWritten(t *testing.T) {
	w := newBufferWorld("v1beta1")
	put := func(name string, change func(*unstructured.Unstructured)) {
		r := roomFor(strings.TrimPrefix(name, "highwater-"), 5)
		u := newBuffer("v1beta1", r, "highwater/highwater", w.now.Add(time.Hour))
		change(u)
		if _, err := w.dyn.Resource(w.at("v1beta1")).Namespace("shop").Create(t.Context(), u, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("highwater-web", func(u *unstructured.Unstructured) { u.SetLabels(nil) })
	put("highwater-api", func(u *unstructured.Unstructured) {
		u.SetAnnotations(map[string]string{installationAnnotation: "other/highwater", workloadAnnotation: "api"})
	})
	put("highwater-old", func(*unstructured.Unstructured) {})
	w.keep(t, roomFor("web", 8), roomFor("api", 8))
	if n := w.replicas(t); n != 5 {
		t.Errorf("somebody's buffer of 5 asks for %d", n)
	}
	if readBuffer(w.read(t, "highwater-api")).replicas != 5 || w.read(t, "highwater-old") != nil {
		t.Error("another installation's buffer was written, or one of ours that nobody wants is still there")
	}
	for _, name := range []string{"web", "api"} {
		if p := w.Problem(roomFor(name, 8).Workload); p == nil || p.Code != BufferNotOurs || !strings.Contains(p.Message, "highwater-"+name) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestABufferOfAnotherPolicyIsMadeAnew(t *testing.T) {
	w := newBufferWorld("v1beta1")
	w.keep(t, roomFor("web", 5))
	r := roomFor("web", 5)
	r.PolicyUID, r.PolicyName = "another", "another"
	w.keep(t, r)
	if b := readBuffer(w.read(t, "highwater-web")); !b.owned(r.Workload) || len(b.owners) != 1 {
		t.Errorf("owned by %+v", b.owners)
	}
}

func TestBuffersThatCannotBeHadAreOneProblem(t *testing.T) {
	f := func(name string, versions []string, fail error, want string) {
		t.Run(name, func(t *testing.T) {
			w := newBufferWorld(versions...)
			w.dyn.PrependReactor("list", bufferPlural, func(clienttesting.Action) (bool, runtime.Object, error) { return fail != nil, nil, fail })
			for range 2 {
				w.keep(t, roomFor("web", 5))
				p := w.Problem(roomFor("web", 5).Workload)
				if p == nil || p.Code != NodeHeadroomUnavailable || !strings.Contains(p.Message, want) || p.Fatal || p.Field != "FloorPolicy web: spec.nodeHeadroom" {
					t.Fatalf("%+v, want %q", p, want)
				}
			}
			// They come, and the problem goes.
			w.serve("v1beta1")
			fail = nil
			w.keep(t, roomFor("web", 5))
			if p := w.Problem(roomFor("web", 5).Workload); p != nil || w.replicas(t) != 5 {
				t.Errorf("%+v, and %d pods are asked for", p, w.replicas(t))
			}
		})
	}
	f("none", nil, nil, "not installed in the cluster; install their CRD")
	f("another version", []string{"v2"}, nil, "as v2, and this Highwater knows v1beta1 and v1alpha1")
	f("forbidden", []string{"v1beta1"}, apierrors.NewForbidden(schema.GroupResource{Group: bufferGroup, Resource: bufferPlural}, "", nil), "nodeHeadroom.enabled")
	f("gone meanwhile", []string{"v1beta1"}, apierrors.NewNotFound(schema.GroupResource{Group: bufferGroup, Resource: bufferPlural}, ""), "not installed")
}

func TestTheOlderVersionServes(t *testing.T) {
	w := newBufferWorld("v1alpha1")
	w.keep(t, roomFor("web", 5))
	if _, err := w.dyn.Resource(w.at("v1alpha1")).Namespace("shop").Get(t.Context(), "highwater-web", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func TestABufferThatBringsNoNodesIsToldOf(t *testing.T) {
	w := newBufferWorld("v1beta1")
	w.keep(t, roomFor("web", 5))
	status := func(value any) {
		u := w.read(t, "highwater-web")
		u.SetCreationTimestamp(metav1.Time{Time: bufferStart})
		u.Object["status"] = value
		if _, err := w.dyn.Resource(w.at("v1beta1")).Namespace("shop").Update(t.Context(), u, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	f := func(after time.Duration, code, words string) {
		t.Helper()
		w.now = bufferStart.Add(after)
		w.keep(t, roomFor("web", 5))
		p := w.Problem(roomFor("web", 5).Workload)
		if code == "" && p != nil || code != "" && (p == nil || p.Code != code || !strings.Contains(p.Message, words)) {
			t.Errorf("after %s: %+v, want %s %q", after, p, code, words)
		}
	}
	status(nil)
	f(time.Minute, "", "")
	f(3*time.Minute, BufferIgnored, "no node autoscaler has taken up")
	condition := func(s string) map[string]any {
		return map[string]any{"conditions": []any{map[string]any{"type": "ReadyForProvisioning", "status": s, "reason": "ScalableRefNotFound", "message": "no such thing"}}}
	}
	status(condition("False"))
	f(4*time.Minute, BufferNotReady, "ScalableRefNotFound: no such thing")
	status(condition("True"))
	f(5*time.Minute, "", "")
}

func TestNamesOfBuffersAreShortAndTheirOwn(t *testing.T) {
	long := strings.Repeat("a.very-long-name-of-an-autoscaler", 7)
	seen := map[string]string{}
	for _, name := range []string{"web", "web.v1", strings.Repeat("a", 53), strings.Repeat("a", 54), long, long + "x", strings.Repeat("b.", 60) + "c"} {
		got := bufferName(workload.Key{Namespace: "shop", Name: name})
		if len(validation.IsDNS1123Subdomain(got)) > 0 || len(validation.IsValidLabelValue(got)) > 0 {
			t.Errorf("%s makes %s, which is no name or no label", name, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s both make %s", name, other, got)
		}
		seen[got] = name
	}
}

func TestRestoreRemovesBuffers(t *testing.T) {
	f := func(name string, o RestoreOptions, want ...string) {
		t.Run(name, func(t *testing.T) {
			w := newBufferWorld("v1beta1")
			w.keep(t, roomFor("old", 5))
			w.now = w.now.Add(29 * time.Minute)
			w.keep(t, doubtful(roomFor("old", 0)), roomFor("web", 7))
			u := newBuffer("v1beta1", roomFor("foreign", 1), "", w.now)
			u.SetLabels(nil)
			if _, err := w.dyn.Resource(w.at("v1beta1")).Namespace("shop").Create(t.Context(), u, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			o.Now = w.now.Add(2 * time.Minute)
			clients := Clients{Kubernetes: w.cluster, Buffers: w.dyn}
			restored, err := Restore(t.Context(), clients, o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range restored {
				got = append(got, r.String())
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("restored %q, want %q", got, want)
			}
			for _, name := range []string{"highwater-old", "highwater-web", "highwater-foreign"} {
				there, removed := w.read(t, name) != nil, strings.Contains(strings.Join(want, " "), name+": Removed")
				if there == removed {
					t.Errorf("%s is there: %v", name, there)
				}
			}
		})
	}
	const old, web = "shop/highwater-old: Removed, replicas 5 → 0", "shop/highwater-web: Removed, replicas 7 → 0"
	f("all", RestoreOptions{}, old, web)
	f("expired", RestoreOptions{Expired: true}, old)
	f("dry run", RestoreOptions{DryRun: true}, strings.ReplaceAll(old, "Removed", "WouldRemove"), strings.ReplaceAll(web, "Removed", "WouldRemove"))
	f("another namespace", RestoreOptions{Namespace: "cart"})
}

package discovery

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

func policies(t *testing.T, ps ...*v1alpha1.FloorPolicy) *dynamicfake.FakeDynamicClient {
	t.Helper()
	var objs []runtime.Object
	for _, p := range ps {
		u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(p)
		if err != nil {
			t.Fatal(err)
		}
		o := &unstructured.Unstructured{Object: u}
		o.SetGroupVersionKind(v1alpha1.Kind)
		objs = append(objs, o)
	}
	return dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{v1alpha1.Resource: "FloorPolicyList", keda.Resource: "ScaledObjectList"}, objs...)
}

// running starts a cluster and stops it with the test.
func running(t *testing.T, client *fake.Clientset, dyn *dynamicfake.FakeDynamicClient, o Options) *Cluster {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := New(client, dyn, o)
	if _, err := c.Workloads(t.Context()); !errors.Is(err, ErrNotSynced) {
		t.Errorf("before Run: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	wait, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	if err := c.WaitForSync(wait); err != nil {
		t.Fatal(err)
	}
	return c
}

func workloads(t *testing.T, c *Cluster) []workload.Workload {
	t.Helper()
	ws, err := c.Workloads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func hpaIn(namespace, name string, metrics ...autoscalingv2.MetricSpec) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := web(metrics...)
	hpa.Namespace, hpa.Name = namespace, name
	return hpa
}

func deployment(containers ...corev1.Container) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: containers}}}}
}

func TestClusterListsWorkloadsInOrderWithTheirPolicies(t *testing.T) {
	client := fake.NewClientset(hpaIn("shop", "web", utilizationOf("cpu", 50)), hpaIn("shop", "api", averageOf("cpu", "1")),
		hpaIn("bank", "z", averageOf("cpu", "1")), deployment(container("app", "400m")))
	c := running(t, client, policies(t, named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce, Quantile: "99%"})), Options{})
	for range 3 {
		ws := workloads(t, c)
		var keys []string
		for _, w := range ws {
			keys = append(keys, w.Key.String())
		}
		if got := strings.Join(keys, " "); got != "bank/z shop/api shop/web" {
			t.Fatalf("order %s", got)
		}
		if w := ws[2]; w.PolicyName != "p" || w.Policy.Mode != recommender.Enforce || w.Policy.Quantile != 0.99 ||
			len(w.Sources) != 1 || w.Sources[0].Capacity.PerPod != 0.2 {
			t.Fatalf("%+v", w)
		}
	}
	reads := 0
	for _, a := range client.Actions() {
		if a.Matches("get", "deployments") {
			reads++
		}
	}
	// Once for the template, and once for each workload to find its pods' starts.
	if reads < 1 || reads > 4 {
		t.Errorf("the Deployment was read %d times for three lists; want at most 4", reads)
	}
}

func TestClusterKeepsToItsNamespaces(t *testing.T) {
	client := fake.NewClientset(hpaIn("shop", "web"), hpaIn("bank", "web"), hpaIn("zoo", "web"))
	c := running(t, client, policies(t), Options{Namespaces: []string{"zoo", "shop", "zoo"}})
	if ws := workloads(t, c); len(ws) != 2 || ws[0].Namespace != "shop" || ws[1].Namespace != "zoo" {
		t.Errorf("%+v", ws)
	}
	for _, a := range client.Actions() {
		if a.GetNamespace() == "" {
			t.Errorf("asked the whole cluster: %v", a)
		}
	}
}

func TestClusterDoesWithoutPoliciesUntilTheyAreInstalled(t *testing.T) {
	dyn := policies(t, named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce}))
	var installed atomic.Bool
	missing := func(clienttesting.Action) (bool, runtime.Object, error) {
		if installed.Load() {
			return false, nil, nil
		}
		return true, nil, apierrors.NewNotFound(v1alpha1.Resource.GroupResource(), "")
	}
	dyn.PrependReactor("list", "floorpolicies", missing)
	var text strings.Builder // written under the handler's lock, read after the warning
	c := running(t, fake.NewClientset(web(averageOf("cpu", "1"))), dyn, Options{Log: slog.New(slog.NewTextHandler(&text, nil))})
	if ws := workloads(t, c); len(ws) != 1 || ws[0].PolicyName != "" {
		t.Fatalf("%+v", ws)
	}
	installed.Store(true)
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ws, err := c.Workloads(t.Context())
		if err == nil && ws[0].PolicyName == "p" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the policy was not picked up: %+v, %v", ws, err)
		}
	}
	if n := strings.Count(text.String(), "not installed"); n != 1 {
		t.Errorf("warned %d times:\n%s", n, text.String())
	}
}

func TestPoliciesOutliveAShortAbsenceOfTheirResource(t *testing.T) {
	var clock atomic.Int64
	c := running(t, fake.NewClientset(web(averageOf("cpu", "1"))), policies(t, named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce})),
		Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	holds := func(want bool, when string) {
		t.Helper()
		if ws := workloads(t, c); (ws[0].PolicyName == "p") != want {
			t.Errorf("%s: policy %q", when, ws[0].PolicyName)
		}
	}
	clock.Store(1000)
	holds(true, "at first")
	c.policies[0].saw(apierrors.NewNotFound(v1alpha1.Resource.GroupResource(), ""))
	clock.Add(299)
	holds(true, "a moment after a 404: doubt holds")
	clock.Add(2)
	holds(false, "five minutes after it")
	c.policies[0].saw(nil)
	holds(true, "once it is back")
}

func TestAPanicStaysWithItsWorkload(t *testing.T) {
	raised := hpaIn("shop", "raised", averageOf("cpu", "1"))
	raised.Spec.MinReplicas = new(int32(9))
	raised.Annotations[ownership.LeaseAnnotation] = ownership.FormatLease(workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon})
	garbled := hpaIn("shop", "garbled", averageOf("cpu", "1"))
	garbled.Annotations[ownership.LeaseAnnotation] = "?"
	c := running(t, fake.NewClientset(hpaIn("shop", "fine", averageOf("cpu", "1")), raised, garbled, web(averageOf("cpu", "1"))),
		policies(t, named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce})), Options{Describe: DescribeOptions{
			Defaults: func() recommender.Policy { p := recommender.DefaultPolicy(); p.Min = 5; return p }()}})
	c.describe = func(in Input, o DescribeOptions) workload.Workload {
		if in.HPA.Name != "fine" {
			panic("index out of range")
		}
		return Describe(in, o)
	}
	ws := workloads(t, c)
	if len(ws) != 4 || ws[0].Name != "fine" || len(ws[0].Problems) != 0 || len(ws[0].Sources) != 1 {
		t.Fatalf("%+v", ws)
	}
	for i, tt := range []struct {
		name, policy    string
		floor, baseline int32
		mode            recommender.Mode
		broken          bool
	}{
		{"garbled", "", 2, 2, recommender.Observe, true},
		{"raised", "", 9, 2, recommender.Enforce, false}, // so that doubt holds it
		{"web", "p", 2, 2, recommender.Enforce, false},
	} {
		w := ws[i+1]
		if w.Name != tt.name || w.UID != "u1" || w.ResourceVersion != "7" || w.PolicyName != tt.policy || w.Floor != tt.floor || w.Baseline != tt.baseline ||
			w.Ceiling != 40 || w.Policy.Mode != tt.mode || w.Policy.Min != 0 || w.LeaseBroken != tt.broken || len(w.Sources) != 0 {
			t.Errorf("%+v", w)
		}
		want := "HorizontalPodAutoscaler shop/" + tt.name + " could not be described, which is a mistake of Highwater's own, " +
			"so no new floor is set: please report it (panic: index out of range)"
		if p := w.Problems; len(p) != 1 || p[0].Code != Internal || !p[0].Fatal || p[0].Message != want {
			t.Errorf("%+v", p)
		}
		d := recommender.Decide(w.Policy, recommender.Input{Now: noon, Baseline: w.Baseline, Ceiling: w.Ceiling, Floor: w.Floor})
		if d.Floor != tt.floor {
			t.Errorf("%s: floor %d, want %d kept", tt.name, d.Floor, tt.floor)
		}
	}
}

func TestRequestsOfPodsStandInForTheTemplate(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{container("app", "250m")}}}
	f := func(want string, objs ...runtime.Object) {
		t.Helper()
		c := running(t, fake.NewClientset(append(objs, web(utilizationOf("cpu", 100)))...), policies(t), Options{})
		w := workloads(t, c)[0]
		got := ""
		for _, s := range w.Sources {
			got += s.Capacity.Source
		}
		for _, p := range w.Problems {
			got += p.Code
		}
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f("100% of the 250m CPU that a pod requests", deployment(container("app", "")), pod) // a LimitRange's
	f(MissingRequest, deployment(container("app", "")))
	f(TargetMissing)
}

func TestOtherScaleTargetsAreReadThroughTheirScale(t *testing.T) {
	hpa := web(utilizationOf("cpu", 100))
	hpa.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web"}
	client := fake.NewClientset(hpa, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{container("app", "250m")}}})
	client.Resources = []*metav1.APIResourceList{{GroupVersion: "argoproj.io/v1alpha1", APIResources: []metav1.APIResource{
		{Name: "rollouts", Kind: "Rollout", Namespaced: true}, {Name: "rollouts/scale", Kind: "Scale", Namespaced: true}}}}
	dyn := policies(t)
	dyn.PrependReactor("get", "rollouts", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if a.GetSubresource() != "scale" {
			t.Errorf("read %v", a)
		}
		return true, &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"selector": "app=web"}}}, nil
	})
	w := workloads(t, running(t, client, dyn, Options{}))[0]
	if len(w.Sources) != 1 || w.Sources[0].Capacity.PerPod != 0.25 {
		t.Errorf("%+v", w)
	}
}

func TestStrayPolicies(t *testing.T) {
	lost := named("lost", v1alpha1.FloorPolicySpec{Hold: "x"})
	lost.Spec.TargetRef.Name = "nowhere"
	dyn := policies(t, named("a", v1alpha1.FloorPolicySpec{}), named("b", v1alpha1.FloorPolicySpec{}), lost)
	c := running(t, fake.NewClientset(web(averageOf("cpu", "1"))), dyn, Options{})
	if w := workloads(t, c)[0]; w.PolicyName != "a" || w.Problems[0].Code != PolicyConflict {
		t.Errorf("%+v", w)
	}
	stray := c.Stray()
	if len(stray) != 2 || stray[0].PolicyName != "b" || stray[1].PolicyName != "lost" {
		t.Fatalf("%+v", stray)
	}
	if p := stray[0].Problems; len(p) != 1 || p[0].Code != PolicyConflict {
		t.Errorf("%+v", p)
	}
	if p := stray[1].Problems; len(p) != 2 || p[0].Code != BadPolicy || p[1].Message != "there is no HorizontalPodAutoscaler shop/nowhere: create it, or name one of this namespace" {
		t.Errorf("%+v", p)
	}
	if err := c.StatusWriter().Publish(t.Context(), stray[1]); err != nil {
		t.Fatal(err)
	}
	u, err := dyn.Resource(v1alpha1.Resource).Namespace("shop").Get(t.Context(), "lost", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if reason, _, _ := unstructured.NestedString(u.Object, "status", "reason"); reason != BadPolicy {
		t.Errorf("status %v", u.Object["status"])
	}
}

func TestStatusIsWrittenOnlyWhenItTellsSomething(t *testing.T) {
	dyn := policies(t, named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce}))
	c := running(t, fake.NewClientset(web(averageOf("cpu", "1"))), dyn, Options{Now: func() time.Time { return noon }})
	w := workloads(t, c)[0]
	publish := func(minute int, floor int32, replicas int32) int {
		t.Helper()
		w.Replicas = replicas
		in := PolicyStatus{Namespace: "shop", PolicyName: "p", Workload: w, Decision: recommender.Decision{
			Time: noon.Add(time.Duration(minute) * time.Minute), Floor: floor, Reason: recommender.ReasonPeak, Message: "m", Signal: "cpu"}}
		dyn.ClearActions()
		if err := c.StatusWriter().Publish(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		writes := 0
		for _, a := range dyn.Actions() {
			if a.GetVerb() == "patch" && a.GetSubresource() == "status" {
				writes++
			}
		}
		for deadline := time.Now().Add(5 * time.Second); writes > 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if s := c.floorPolicy("shop", "p").Status; s.LastDecisionTime != nil && s.LastDecisionTime.Time.Equal(in.Decision.Time) {
				break // the cache has seen the write
			}
		}
		return writes
	}
	for _, tt := range []struct {
		minute          int
		floor, replicas int32
		want            int
		why             string
	}{
		{0, 5, 5, 1, "the first"},
		{1, 5, 6, 0, "only the time and the replicas"},
		{2, 6, 6, 1, "the floor"},
		{6, 6, 7, 0, "four minutes"},
		{7, 6, 7, 1, "five minutes"},
	} {
		if got := publish(tt.minute, tt.floor, tt.replicas); got != tt.want {
			t.Errorf("minute %d (%s): %d writes, want %d", tt.minute, tt.why, got, tt.want)
		}
	}
	if err := c.StatusWriter().Publish(t.Context(), PolicyStatus{Namespace: "shop", PolicyName: "gone"}); err != nil {
		t.Errorf("a policy that is gone: %v", err)
	}
}

// What keeps the list of autoscalers from being known is told.
func TestWhatKeepsTheListAwayIsTold(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("list", "horizontalpodautoscalers", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("no route to the API server")
	})
	c := New(client, policies(t), Options{Log: slog.New(slog.DiscardHandler)})
	if err := c.Synced(); !errors.Is(err, ErrNotSynced) || err.Error() != ErrNotSynced.Error() {
		t.Errorf("before Run: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	defer func() { cancel(); <-done }()
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := c.Synced()
		if errors.Is(err, ErrNotSynced) && strings.Contains(err.Error(), "no route to the API server") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

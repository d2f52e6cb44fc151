package discovery

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// unread is so as the API server gives it.
func unread(t *testing.T, so *keda.ScaledObject) *unstructured.Unstructured {
	t.Helper()
	o, err := runtime.DefaultUnstructuredConverter.ToUnstructured(so)
	if err != nil {
		t.Fatal(err)
	}
	o["apiVersion"], o["kind"] = "keda.sh/v1alpha1", "ScaledObject"
	if so.Spec.MinReplicaCount == nil {
		unstructured.RemoveNestedField(o, "spec", "minReplicaCount")
	}
	return &unstructured.Unstructured{Object: o}
}

func create(t *testing.T, dyn *dynamicfake.FakeDynamicClient, so *keda.ScaledObject) {
	t.Helper()
	if _, err := dyn.Resource(keda.Resource).Namespace(so.Namespace).Create(t.Context(), unread(t, so), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// policyFor names an autoscaler by kind.
func policyFor(name, kind, target string) *v1alpha1.FloorPolicy {
	p := named(name, v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce})
	p.Spec.TargetRef = v1alpha1.TargetRef{Kind: kind, Name: target}
	return p
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

var prometheusMetric = kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "30")

func TestAnHPAThatKEDAKeepsLeadsToItsScaledObject(t *testing.T) {
	so, other := scaledObject(promTrigger()), scaledObject(promTrigger())
	other.Name, other.UID, other.Spec.MinReplicaCount = "other", "s2", nil // KEDA keeps no HPA for it yet
	renamed := keptFor(so, prometheusMetric)
	renamed.Name = "old-name"
	stale := keptFor(so, prometheusMetric)
	stale.Name, stale.OwnerReferences[0].UID = "a-former-life", "s0"
	client := fake.NewClientset(hpaIn("shop", "web", averageOf("cpu", "1")), keptFor(so, prometheusMetric), renamed, stale)
	dyn := policies(t, policyFor("a", "HorizontalPodAutoscaler", "keda-hpa-web-so"), policyFor("b", "ScaledObject", "other"), policyFor("c", "", "web"))
	create(t, dyn, so)
	create(t, dyn, other)
	c := running(t, client, dyn, Options{})
	var text []string
	for _, w := range workloads(t, c) {
		text = append(text, strings.Join([]string{w.Kind, w.Key.String(), w.UID, w.PolicyName}, " "))
		if direct, ok := c.Workload(w.Key); !ok || direct.UID != w.UID || direct.PolicyName != w.PolicyName {
			t.Errorf("%s by itself: %+v", w.Key, direct)
		}
	}
	want := "ScaledObject shop/other s2 b\nHorizontalPodAutoscaler shop/web u1 c\nScaledObject shop/web-so s1 a"
	if got := strings.Join(text, "\n"); got != want {
		t.Errorf("%s", got)
	}
	if _, ok := c.Workload(workload.Key{Namespace: "shop", Name: "keda-hpa-web-so"}); ok {
		t.Error("KEDA's HPA is a workload of its own")
	}
	if stray := c.Stray(); len(stray) > 0 {
		t.Errorf("%+v", stray)
	}
	for name, apart := range map[string]bool{"web-so": false, "other": true} {
		in, _ := c.kedaInput(workload.Key{Namespace: "shop", Name: name})
		if in.Apart.IsZero() == apart {
			t.Errorf("%s: since %s", name, in.Apart)
		}
		if again, _ := c.kedaInput(workload.Key{Namespace: "shop", Name: name}); again.Apart != in.Apart {
			t.Errorf("%s: since %s, then since %s", name, in.Apart, again.Apart)
		}
	}
}

func TestPoliciesThatMeanOneScaledObject(t *testing.T) {
	so := scaledObject(promTrigger())
	client := fake.NewClientset(keptFor(so, prometheusMetric), hpaIn("shop", "web", averageOf("cpu", "1")))
	dyn := policies(t, policyFor("a", "ScaledObject", "web-so"), policyFor("b", "", "keda-hpa-web-so"),
		policyFor("c", "", "web-so"), policyFor("d", "ScaledObject", "web"), policyFor("e", "ScaledObject", "none"))
	create(t, dyn, so)
	c := running(t, client, dyn, Options{})
	w, ok := c.Workload(workload.Key{Namespace: "shop", Name: "web-so"})
	if !ok || codes(w) != PolicyConflict || !strings.Contains(w.Problems[0].Message, "FloorPolicies a, b all name ScaledObject shop/web-so") {
		t.Errorf("%+v", w)
	}
	want := map[string]string{
		"b": "all name ScaledObject shop/web-so",
		"c": "there is no HorizontalPodAutoscaler shop/web-so: there is a ScaledObject of that name, so set spec.targetRef.kind to ScaledObject",
		"d": "there is no ScaledObject shop/web: there is a HorizontalPodAutoscaler of that name",
		"e": "there is no ScaledObject shop/none: create it",
	}
	for _, s := range c.Stray() {
		if len(s.Problems) != 1 || want[s.PolicyName] == "" || !strings.Contains(s.Problems[0].Message, want[s.PolicyName]) {
			t.Errorf("%s: %+v", s.PolicyName, s.Problems)
		}
		delete(want, s.PolicyName)
	}
	if len(want) > 0 {
		t.Errorf("nothing told of %v", want)
	}
}

func TestAScaledObjectWithTheNameOfAnotherHPAIsLeftOut(t *testing.T) {
	so := scaledObject(promTrigger())
	so.Name = "web"
	client := fake.NewClientset(keptFor(so, prometheusMetric), hpaIn("shop", "web", averageOf("cpu", "1")))
	dyn := policies(t)
	create(t, dyn, so)
	ws := workloads(t, running(t, client, dyn, Options{}))
	if len(ws) != 1 || ws[0].Kind != "HorizontalPodAutoscaler" || codes(ws[0]) != SameName {
		t.Errorf("%+v", ws)
	}
}

// A cluster gets KEDA while Highwater runs, or the right to read its objects.
func TestScaledObjectsAreFoundOnceTheyCanBeRead(t *testing.T) {
	for name, refusal := range map[string]error{
		"not installed": apierrors.NewNotFound(keda.Resource.GroupResource(), ""),
		"forbidden":     apierrors.NewForbidden(keda.Resource.GroupResource(), "", nil),
	} {
		t.Run(name, func(t *testing.T) {
			so := scaledObject(promTrigger())
			dyn := policies(t, policyFor("p", "ScaledObject", "web-so"))
			var there atomic.Bool
			refuse := func(clienttesting.Action) (bool, runtime.Object, error) { return !there.Load(), nil, refusal }
			dyn.PrependReactor("list", "scaledobjects", refuse)
			dyn.PrependWatchReactor("scaledobjects", func(clienttesting.Action) (bool, watch.Interface, error) { return !there.Load(), nil, refusal })
			log := &lockedBuffer{}
			c := running(t, fake.NewClientset(keptFor(so, prometheusMetric)), dyn, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
			ws := workloads(t, c)
			if len(ws) != 1 || ws[0].Key.Name != "web-so" || ws[0].UID != "s1" || ws[0].PolicyName != "p" || ws[0].Policy.Mode != recommender.Observe || !strings.HasPrefix(codes(ws[0]), OwnedByKEDA) {
				t.Fatalf("%+v", ws)
			}
			if warned := strings.Count(log.String(), "level=WARN msg=\"ScaledObjects may not be read"); (warned == 1) != (name == "forbidden") {
				t.Errorf("warned %d times:\n%s", warned, log)
			}
			var changed atomic.Int32
			c.OnChange(func(k workload.Key) {
				if k.Name == "web-so" {
					changed.Add(1)
				}
			})
			there.Store(true)
			create(t, dyn, so)
			eventually(t, "the ScaledObject is read", func() bool {
				w, ok := c.Workload(workload.Key{Namespace: "shop", Name: "web-so"})
				return ok && w.Policy.Mode == recommender.Enforce && w.Ceiling == 40 && len(w.Sources) == 1
			})
			if changed.Load() == 0 {
				t.Error("nobody was told")
			}
		})
	}
}

func TestAScaledObjectThatCannotBeReadIsOnlyObserved(t *testing.T) {
	so := scaledObject(promTrigger())
	u := unread(t, so)
	_ = unstructured.SetNestedField(u.Object, "many", "spec", "minReplicaCount")
	dyn := policies(t)
	if _, err := dyn.Resource(keda.Resource).Namespace("shop").Create(t.Context(), u, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	ws := workloads(t, running(t, fake.NewClientset(keptFor(so, prometheusMetric)), dyn, Options{}))
	if len(ws) != 1 || ws[0].Key.Name != "web-so" || !strings.Contains(ws[0].Problems[0].Message, "it cannot be read") {
		t.Errorf("%+v", ws)
	}
}

func TestTheStatusOfAScaledObjectIsNoChange(t *testing.T) {
	was, is := scaledObject(promTrigger()), scaledObject(promTrigger())
	is.ResourceVersion = "10"
	if changedScaled(was, is) {
		t.Error("only the version")
	}
	is.Status.Conditions = []keda.Condition{{Type: keda.Fallback, Status: "True"}}
	if !changedScaled(was, is) {
		t.Error("fallback")
	}
	is = scaledObject(promTrigger())
	is.Spec.MinReplicaCount = nil
	if !changedScaled(was, is) {
		t.Error("minReplicaCount")
	}
}

// A lockedBuffer is written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

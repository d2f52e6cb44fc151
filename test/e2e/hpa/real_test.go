package hpa

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	scalefake "k8s.io/client-go/scale/fake"
	clienttest "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

const (
	namespace = "shop"
	name      = "web"
	period    = 15 * time.Second

	defaultDownscale = 5 * time.Minute
)

// A real is Kubernetes' own HPA controller on an API server that is a fake, in
// a bubble of testing/synctest: its time is the bubble's.
type real struct {
	t        *testing.T
	client   *fake.Clientset
	pods     cache.Indexer
	began    time.Time // its first sync is a period later
	syncs    []time.Time
	replicas int32 // spec.replicas of the scale target
	status   int32 // its status.replicas
}

// newReal starts the controller on one HPA. It stops with the bubble's test.
func newReal(t *testing.T, hpa *autoscalingv2.HorizontalPodAutoscaler, replicas int32, m metrics.MetricsClient, downscale time.Duration, tolerance float64) *real {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &real{t: t, client: fake.NewSimpleClientset(hpa), replicas: replicas, status: replicas}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: "apps", Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, meta.RESTScopeNamespace)
	factory := informers.NewSharedInformerFactory(r.client, 0)
	c := podautoscaler.NewHorizontalController(ctx, r.client.CoreV1(), r.scales(), r.client.AutoscalingV2(), mapper, m,
		factory.Autoscaling().V2().HorizontalPodAutoscalers(), factory.Core().V1().Pods(),
		period, downscale, tolerance, 5*time.Minute, 30*time.Second)
	r.pods = factory.Core().V1().Pods().Informer().GetIndexer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	done := make(chan struct{})
	r.began = time.Now()
	go func() {
		defer close(done)
		c.Run(ctx, 1)
	}()
	synctest.Wait()
	t.Cleanup(func() {
		cancel()
		<-done
		factory.Shutdown()
	})
	return r
}

// scales serves the scale target.
func (r *real) scales() *scalefake.FakeScaleClient {
	c := &scalefake.FakeScaleClient{}
	scale := func() *autoscalingv1.Scale {
		return &autoscalingv1.Scale{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec:       autoscalingv1.ScaleSpec{Replicas: r.replicas},
			Status:     autoscalingv1.ScaleStatus{Replicas: r.status, Selector: "app=web"},
		}
	}
	c.AddReactor("get", "*", func(clienttest.Action) (bool, runtime.Object, error) {
		r.syncs = append(r.syncs, time.Now())
		return true, scale(), nil
	})
	c.AddReactor("update", "*", func(a clienttest.Action) (bool, runtime.Object, error) {
		r.replicas = a.(clienttest.UpdateAction).GetObject().(*autoscalingv1.Scale).Spec.Replicas
		return true, scale(), nil
	})
	return c
}

// at returns the time of sync k, the first being 0.
func (r *real) at(k int) time.Time { return r.began.Add(time.Duration(k+1) * period) }

// sync lets the controller do sync k on these pods and returns the replicas
// after it. It fails the test unless the controller synced once, when it had to.
func (r *real) sync(k int, pods []*corev1.Pod) int32 {
	r.t.Helper()
	items := make([]any, len(pods))
	for i, p := range pods {
		items[i] = p
	}
	if err := r.pods.Replace(items, ""); err != nil {
		r.t.Fatal(err)
	}
	r.syncs = nil
	time.Sleep(time.Until(r.at(k).Add(time.Second)))
	synctest.Wait()
	if len(r.syncs) != 1 || !r.syncs[0].Equal(r.at(k)) {
		r.t.Fatalf("sync %d: the controller synced at %v, want once, at %s", k, r.syncs, r.at(k))
	}
	return r.replicas
}

// setMin changes minReplicas, as a user does, and waits until the controller's
// informer knows.
func (r *real) setMin(n int32) {
	r.t.Helper()
	hpas := r.client.AutoscalingV2().HorizontalPodAutoscalers(namespace)
	hpa, err := hpas.Get(r.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	hpa.Spec.MinReplicas = &n
	if _, err := hpas.Update(r.t.Context(), hpa, metav1.UpdateOptions{}); err != nil {
		r.t.Fatal(err)
	}
	synctest.Wait()
}

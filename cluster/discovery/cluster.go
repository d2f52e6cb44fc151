package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender/price"
)

// ErrNotSynced is returned while the caches are not filled yet.
var ErrNotSynced = errors.New("the list of autoscalers and policies is not complete yet")

// podPatience is how long Workloads waits for pod templates that were never
// read. What comes later is in the next answer.
const podPatience = 3 * time.Second

// Options say what a Cluster looks at. The zero Options are usable.
type Options struct {
	Namespaces []string // only these; none is all of them
	Describe   DescribeOptions
	NoKEDA     bool             // ScaledObjects are not read, and what KEDA scales is only observed
	Log        *slog.Logger     // nil is slog.Default()
	Now        func() time.Time // nil is time.Now
}

// A Cluster knows the workloads of a Kubernetes cluster, from memory.
type Cluster struct {
	client   kubernetes.Interface
	dynamic  dynamic.Interface
	mapper   meta.RESTMapper
	opts     Options
	describe func(Input, DescribeOptions) workload.Workload

	hpas     []informers.SharedInformerFactory // one a namespace
	policies []*policyInformer                 // likewise
	scaled   []*scaledInformer                 // likewise; none where KEDA is switched off
	pods     *podCache
	starts   *startLog
	room     *roomLog
	server   *serverLog
	watchers changes
	apart    sync.Map     // since when KEDA has not done what a ScaledObject asks for, by key
	window   atomic.Int64 // SetRateWindow
	prices   atomic.Pointer[price.Book]
	trouble  atomic.Pointer[error] // what keeps the caches from being filled
}

// New returns a Cluster that reads through client, and the policies through
// dyn. It knows nothing before Run.
func New(client kubernetes.Interface, dyn dynamic.Interface, o Options) *Cluster {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Cluster{
		client:   client,
		dynamic:  dyn,
		mapper:   restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
		opts:     o,
		describe: Describe,
	}
	c.pods, c.starts = newPodCache(o.Now, c.fetchPod), newStartLog(o.Now, c.listPods)
	namespaces := namespacesOf(o.Namespaces)
	c.room, c.server = &roomLog{client: client, namespaces: namespaces}, newServerLog(client)
	for _, ns := range namespaces {
		f := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(ns), informers.WithTransform(c.trim))
		p := newPolicyInformer(dyn, ns, o.Log, o.Now)
		c.hpas, c.policies = append(c.hpas, f), append(c.policies, p)
		i := f.Autoscaling().V2().HorizontalPodAutoscalers().Informer()
		_ = i.AddIndexers(kedaIndexers) // which fails only once it runs
		c.watchers.followAutoscalers(i)
		c.watchers.followPolicies(p, c.keyOfTarget)
		if !o.NoKEDA {
			s := newScaledInformer(dyn, ns, o.Log, o.Now)
			c.scaled = append(c.scaled, s)
			c.watchers.followScaledObjects(s)
		}
	}
	return c
}

// inquire finds out why the caches are not filled, until they are: client-go's
// reflectors keep to themselves that they cannot connect.
func (c *Cluster) inquire(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(inquireEvery):
		}
		if c.HasSynced() {
			return
		}
		var trouble error
		for _, ns := range namespacesOf(c.opts.Namespaces) {
			_, err := c.client.AutoscalingV2().HorizontalPodAutoscalers(ns).List(ctx, metav1.ListOptions{Limit: 1})
			if err == nil {
				_, err = c.dynamic.Resource(v1alpha1.Resource).Namespace(ns).List(ctx, metav1.ListOptions{Limit: 1})
			}
			trouble = cmp.Or(trouble, err)
		}
		c.trouble.Store(&trouble)
	}
}

const inquireEvery = 3 * time.Second

// Synced returns nil once the caches are filled, else ErrNotSynced, with what
// keeps them from it if that is known.
func (c *Cluster) Synced() error {
	if c.HasSynced() {
		return nil
	}
	if err := c.trouble.Load(); err != nil && *err != nil {
		return fmt.Errorf("%w: %w", ErrNotSynced, *err)
	}
	return ErrNotSynced
}

// trim drops of an autoscaler what Describe does not look at.
func (c *Cluster) trim(obj any) (any, error) {
	hpa, ok := obj.(*autoscalingv2.HorizontalPodAutoscaler)
	if !ok {
		return obj, nil
	}
	declared := ownership.Declared(&hpa.ObjectMeta)
	hpa.ManagedFields = slices.DeleteFunc(hpa.ManagedFields, func(f metav1.ManagedFieldsEntry) bool { return !ownership.OwnsFloor(f) })
	hpa.Status.Conditions = trimConditions(hpa.Status.Conditions)
	if atZero(hpa) {
		c.server.ask()
	}
	hpa.Status.CurrentMetrics = nil
	if declared != nil {
		hpa.Annotations[ownership.DeclaredAnnotation] = fmt.Sprintf(`{"spec":{"minReplicas":%d}}`, *declared)
	}
	delete(hpa.Annotations, corev1.LastAppliedConfigAnnotation)
	return hpa, nil
}

// Run keeps the caches up to date until ctx ends.
func (c *Cluster) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, f := range c.hpas {
		f.StartWithContext(ctx)
	}
	for _, p := range c.policies {
		wg.Go(func() { p.RunWithContext(ctx) })
	}
	for _, s := range c.scaled {
		wg.Go(func() { s.RunWithContext(ctx) })
	}
	wg.Go(func() { c.pods.run(ctx) })
	wg.Go(func() { c.starts.run(ctx) })
	wg.Go(func() { c.room.run(ctx) })
	wg.Go(func() { c.server.run(ctx) })
	wg.Go(func() { c.inquire(ctx) })
	<-ctx.Done()
	wg.Wait()
	for _, f := range c.hpas {
		f.Shutdown()
	}
}

// autoscalers are the informers of HorizontalPodAutoscalers.
func (c *Cluster) autoscalers() []cache.SharedIndexInformer {
	list := make([]cache.SharedIndexInformer, len(c.hpas))
	for i, f := range c.hpas {
		list[i] = f.Autoscaling().V2().HorizontalPodAutoscalers().Informer()
	}
	return list
}

// HasSynced reports whether the caches are filled. Where the FloorPolicy
// resource is not installed there are no policies to wait for, and likewise for KEDA.
func (c *Cluster) HasSynced() bool {
	if slices.ContainsFunc(c.autoscalers(), func(i cache.SharedIndexInformer) bool { return !i.HasSynced() }) {
		return false
	}
	if slices.ContainsFunc(c.scaled, func(s *scaledInformer) bool { return !s.synced() }) {
		return false
	}
	return !slices.ContainsFunc(c.policies, func(p *policyInformer) bool { return !p.synced() })
}

// WaitForSync returns once the caches are filled, or with the error of ctx.
func (c *Cluster) WaitForSync(ctx context.Context) error {
	if cache.WaitForCacheSync(ctx.Done(), c.HasSynced) {
		return nil
	}
	return errors.Join(c.Synced(), context.Cause(ctx))
}

// Workloads describes every autoscaler, by namespace and name; before they are
// all known, it returns the error of Synced. Autoscalers and
// policies come from memory; for pod templates that were never read it waits a
// few seconds at the most, and reports what is still missing as a Problem. An
// autoscaler that cannot be described is one Problem, and no other's.
func (c *Cluster) Workloads(ctx context.Context) ([]workload.Workload, error) {
	if err := c.Synced(); err != nil {
		return nil, err
	}
	inputs := c.inputs()
	c.warm(ctx, inputs)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	workloads := make([]workload.Workload, len(inputs))
	for i, in := range inputs {
		workloads[i] = c.workload(in)
	}
	return workloads, nil
}

// SetRateWindow sets the range of rate() in the queries that are derived from now
// on, unless DescribeOptions has one.
func (c *Cluster) SetRateWindow(window time.Duration) { c.window.Store(int64(window)) }

// workload describes one autoscaler, whatever comes.
func (c *Cluster) workload(in Input) (w workload.Workload) {
	defer func() {
		if p := recover(); p != nil {
			w = undescribed(in, c.opts.Describe, p)
			c.opts.Log.Error("panic while describing a workload; please report it", "workload", w.Key.String(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if s, needed := c.scaledOf(in); needed {
		in.Pod, in.PodErr = c.pods.pod(s)
	}
	in.Server, in.Now = c.server.version(), c.opts.Now()
	o := c.opts.Describe
	if window := c.window.Load(); window > 0 && o.RateWindow == 0 {
		o.RateWindow = time.Duration(window)
	}
	if b := c.prices.Load(); b != nil {
		o.Prices = b
	}
	w = c.describe(in, o)
	w.Lead, w.Room = c.leadOf(&w), c.room.of(w.Namespace, w.Replicas, in.Pod)
	return w
}

// Workload describes one autoscaler as it is now; ok is false if there is none of
// that name. It waits for nothing.
func (c *Cluster) Workload(k workload.Key) (w workload.Workload, ok bool) {
	in := Input{HPA: c.hpa(k)}
	if in.HPA != nil && keda.Owner(in.HPA) == nil {
		so, _ := c.scaledObject(k)
		in.Namesake = so != nil
	} else if in, ok = c.kedaInput(k); !ok {
		return workload.Workload{}, false
	}
	for _, t := range in.targets() {
		for _, i := range c.policies {
			in.Policies = append(in.Policies, i.of(t)...)
		}
	}
	slices.SortFunc(in.Policies, byName)
	return c.workload(in), true
}

func byName(a, b *v1alpha1.FloorPolicy) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// inputs pairs every autoscaler with the policies that name it.
func (c *Cluster) inputs() []Input {
	var inputs []Input
	scaled := c.kedaKeys()
	for _, i := range c.autoscalers() {
		for _, obj := range i.GetStore().List() {
			hpa := obj.(*autoscalingv2.HorizontalPodAutoscaler)
			if keda.Owner(hpa) != nil {
				continue
			}
			inputs = append(inputs, Input{HPA: hpa, Namesake: scaled[keyOf(hpa)]})
			delete(scaled, keyOf(hpa))
		}
	}
	for k := range scaled {
		if in, ok := c.kedaInput(k); ok {
			inputs = append(inputs, in)
		}
	}
	policies := map[target][]*v1alpha1.FloorPolicy{}
	for _, p := range c.floorPolicies() {
		policies[targetOfPolicy(p)] = append(policies[targetOfPolicy(p)], p)
	}
	for i := range inputs {
		for _, t := range inputs[i].targets() {
			inputs[i].Policies = append(inputs[i].Policies, policies[t]...)
		}
		slices.SortFunc(inputs[i].Policies, byName)
	}
	slices.SortFunc(inputs, func(a, b Input) int {
		return cmp.Or(strings.Compare(a.key().Namespace, b.key().Namespace), strings.Compare(a.key().Name, b.key().Name))
	})
	return inputs
}

// floorPolicies lists the policies by namespace and name.
func (c *Cluster) floorPolicies() []*v1alpha1.FloorPolicy {
	var all []*v1alpha1.FloorPolicy
	for _, i := range c.policies {
		all = append(all, i.list()...)
	}
	slices.SortFunc(all, byName)
	return all
}

// warm has the pods read that matter, and waits for those never read before.
func (c *Cluster) warm(ctx context.Context, inputs []Input) {
	ctx, cancel := context.WithTimeout(ctx, podPatience)
	defer cancel()
	var waiting []<-chan struct{}
	for _, in := range inputs {
		if ready := c.ask(in); ready != nil {
			waiting = append(waiting, ready)
		}
	}
	c.pods.sweep()
	c.starts.sweep()
	for _, ready := range waiting {
		select {
		case <-ready:
		case <-ctx.Done():
			return
		}
	}
}

// ask has the pod of in read, and returns what closes once it was; nil if it
// does not matter. A panic is left for workload to tell of.
func (c *Cluster) ask(in Input) (ready <-chan struct{}) {
	defer func() { _ = recover() }()
	if s, needed := c.scaledOf(in); needed {
		return c.pods.ask(s)
	}
	return nil
}

func (c *Cluster) scaledOf(in Input) (s scaled, needed bool) {
	needs := in.NeedsPod()
	priced := !c.opts.Describe.Prices.Empty() || !c.prices.Load().Empty()
	t := in.HPA.Spec.ScaleTargetRef
	return scaled{
		namespace: in.HPA.Namespace,
		Ref:       workload.Ref{APIVersion: t.APIVersion, Kind: t.Kind, Name: t.Name},
		needs:     strings.Join(needs, ","),
	}, len(needs) > 0 || priced
}

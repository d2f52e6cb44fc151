package discovery

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// A policyInformer keeps the FloorPolicies of one namespace. If the resource is
// not installed it says so once and goes on asking: client-go's reflector does
// so every minute at the latest.
type policyInformer struct {
	cache.SharedIndexInformer
	log    *slog.Logger
	now    func() time.Time
	absent atomic.Int64 // since when the resource is not there, in unix nanoseconds; 0 if it is
}

// absence is how long the resource has to be missing before policies that are
// known count as deleted with it: a 404 may come of an API server that restarts,
// and doubt holds.
const absence = 5 * time.Minute

func newPolicyInformer(dyn dynamic.Interface, namespace string, log *slog.Logger, now func() time.Time) *policyInformer {
	p := &policyInformer{log: log, now: now}
	resource := dyn.Resource(v1alpha1.Resource).Namespace(namespace)
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := resource.List(ctx, o)
			p.saw(err)
			if err != nil {
				return nil, err // not a nil *UnstructuredList
			}
			return list, nil
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := resource.Watch(ctx, o)
			p.saw(err)
			return w, err
		},
	}
	p.SharedIndexInformer = cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(lw, dyn),
		&unstructured.Unstructured{}, 0, cache.Indexers{targetIndex: func(obj any) ([]string, error) {
			if policy, ok := obj.(*v1alpha1.FloorPolicy); ok {
				return []string{targetOfPolicy(policy).String()}, nil
			}
			return nil, nil
		}})
	// These fail only once the informer runs.
	_ = p.SetTransform(p.typed)
	_ = p.SetWatchErrorHandlerWithContext(func(ctx context.Context, r *cache.Reflector, err error) {
		if !apierrors.IsNotFound(err) {
			cache.DefaultWatchErrorHandler(ctx, r, err)
		}
	})
	return p
}

// saw notes whether the API server knows the resource.
func (p *policyInformer) saw(err error) {
	switch {
	case err == nil && p.absent.Swap(0) != 0:
		p.log.Info("FloorPolicies are installed now")
	case apierrors.IsNotFound(err) && p.absent.CompareAndSwap(0, p.now().UnixNano()):
		p.log.Warn("FloorPolicies are not installed, so everything is observed with the defaults; install the chart's crds",
			"resource", v1alpha1.Resource.GroupResource())
	}
}

// typed keeps a policy as its own type, which takes less room. A policy that
// does not fit it keeps its name, so that its owner can be told.
func (p *policyInformer) typed(obj any) (any, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return obj, nil
	}
	policy := &v1alpha1.FloorPolicy{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, policy); err != nil {
		p.log.Error("FloorPolicy cannot be read", "namespace", u.GetNamespace(), "policy", u.GetName(), "err", err)
		name, _, _ := unstructured.NestedString(u.Object, "spec", "targetRef", "name")
		policy = unreadable(u, name, err)
	}
	policy.ManagedFields = nil
	delete(policy.Annotations, "kubectl.kubernetes.io/last-applied-configuration")
	return policy, nil
}

// unreadable stands for a policy that does not fit its type: its mode is one
// that ResolvePolicy reports.
func unreadable(u *unstructured.Unstructured, target string, err error) *v1alpha1.FloorPolicy {
	policy := &v1alpha1.FloorPolicy{}
	policy.Namespace, policy.Name, policy.UID = u.GetNamespace(), u.GetName(), u.GetUID()
	policy.ResourceVersion, policy.Generation = u.GetResourceVersion(), u.GetGeneration()
	policy.Spec.TargetRef.Name = target
	policy.Spec.Mode = v1alpha1.Mode(fmt.Sprintf("unreadable: %v", err))
	return policy
}

// synced reports whether there is nothing to wait for.
func (p *policyInformer) synced() bool { return p.HasSynced() || p.gone() }

// gone reports whether the resource is not installed.
func (p *policyInformer) gone() bool {
	since := p.absent.Load()
	return since != 0 && (!p.HasSynced() || p.now().Sub(time.Unix(0, since)) >= absence)
}

// targetIndex is the index of policies by the autoscaler that they name.
const targetIndex = "target"

func targetOfPolicy(p *v1alpha1.FloorPolicy) workload.Key {
	return workload.Key{Namespace: p.Namespace, Name: p.Spec.TargetRef.Name}
}

// of returns the policies that name an autoscaler; none while the resource is
// not installed.
func (p *policyInformer) of(k workload.Key) (list []*v1alpha1.FloorPolicy) {
	if p.gone() {
		return nil
	}
	objs, err := p.GetIndexer().ByIndex(targetIndex, k.String())
	if err != nil { // there is the index
		return nil
	}
	for _, obj := range objs {
		list = append(list, obj.(*v1alpha1.FloorPolicy))
	}
	return list
}

// list returns the policies; none while the resource is not installed.
func (p *policyInformer) list() []*v1alpha1.FloorPolicy {
	if p.gone() {
		return nil
	}
	objs := p.GetStore().List()
	policies := make([]*v1alpha1.FloorPolicy, len(objs))
	for i, obj := range objs {
		policies[i] = obj.(*v1alpha1.FloorPolicy)
	}
	return policies
}

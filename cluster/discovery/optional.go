package discovery

import (
	"context"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// An optionalInformer keeps the objects of a resource, in one namespace, that the
// cluster may not have. It says so once and goes on asking: client-go's reflector
// does so every minute at the latest.
type optionalInformer struct {
	cache.SharedIndexInformer
	now func() time.Time
	without
	absent atomic.Int64 // since when the resource is not there, in unix nanoseconds; 0 if it is
}

// without is what to do without the resource.
type without struct {
	missing func(err error) bool // it cannot be had
	tell    func(err error)      // once that it cannot, and why, and with nil once that it can
}

// absence is how long a resource has to be missing before objects that are known
// count as deleted with it: a 404 may come of an API server that restarts, and
// doubt holds.
const absence = 5 * time.Minute

func newOptionalInformer(dyn dynamic.Interface, of schema.GroupVersionResource, namespace string, now func() time.Time,
	typed cache.TransformFunc, indexers cache.Indexers, w without) *optionalInformer {
	p := &optionalInformer{now: now, without: w}
	resource := dyn.Resource(of).Namespace(namespace)
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
	p.SharedIndexInformer = cache.NewSharedIndexInformer(cache.ToListWatcherWithWatchListSemantics(lw, dyn), &unstructured.Unstructured{}, 0, indexers)
	// These fail only once the informer runs.
	_ = p.SetTransform(typed)
	_ = p.SetWatchErrorHandlerWithContext(func(ctx context.Context, r *cache.Reflector, err error) {
		if !w.missing(err) {
			cache.DefaultWatchErrorHandler(ctx, r, err)
		}
	})
	return p
}

// saw notes whether the resource can be had.
func (p *optionalInformer) saw(err error) {
	switch {
	case err == nil && p.absent.Swap(0) != 0:
		p.tell(nil)
	case err != nil && p.missing(err) && p.absent.CompareAndSwap(0, p.now().UnixNano()):
		p.tell(err)
	}
}

// synced reports whether there is nothing to wait for.
func (p *optionalInformer) synced() bool { return p.HasSynced() || p.gone() }

// gone reports whether the resource cannot be had.
func (p *optionalInformer) gone() bool {
	since := p.absent.Load()
	return since != 0 && (!p.HasSynced() || p.now().Sub(time.Unix(0, since)) >= absence)
}

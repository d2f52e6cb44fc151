package discovery

import (
	"sync"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/cache"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// changes tells of workloads of which something has changed that a decision
// rests on. The zero value is ready.
type changes struct {
	mu   sync.Mutex
	told []func(workload.Key)
}

// OnChange has changed called, from any goroutine, with each workload whose
// autoscaler or policy somebody has written, and once with each that is new. What
// the HPA controller writes into the status is no change. changed must not block.
func (c *Cluster) OnChange(changed func(workload.Key)) {
	c.watchers.mu.Lock()
	defer c.watchers.mu.Unlock()
	c.watchers.told = append(c.watchers.told, changed)
}

func (c *changes) tell(k workload.Key) {
	c.mu.Lock()
	told := c.told
	c.mu.Unlock()
	for _, f := range told {
		f(k)
	}
}

// followAutoscalers watches the autoscalers of a namespace.
func (c *changes) followAutoscalers(hpas cache.SharedIndexInformer) {
	// An informer refuses handlers only once it has stopped.
	_, _ = hpas.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) {
			if hpa, ok := obj.(*autoscalingv2.HorizontalPodAutoscaler); ok {
				c.tell(keyOf(hpa))
			}
		},
		UpdateFunc: func(old, obj any) {
			was, ok := old.(*autoscalingv2.HorizontalPodAutoscaler)
			is, ok2 := obj.(*autoscalingv2.HorizontalPodAutoscaler)
			if ok && ok2 && changed(was, is) {
				c.tell(keyOf(is))
			}
		},
	})
}

// followScaledObjects watches the ScaledObjects of a namespace.
func (c *changes) followScaledObjects(scaled cache.SharedIndexInformer) {
	_, _ = scaled.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) {
			if so, ok := obj.(*keda.ScaledObject); ok {
				c.tell(workload.Key{Namespace: so.Namespace, Name: so.Name})
			}
		},
		UpdateFunc: func(old, obj any) {
			was, ok := old.(*keda.ScaledObject)
			is, ok2 := obj.(*keda.ScaledObject)
			if ok && ok2 && changedScaled(was, is) {
				c.tell(workload.Key{Namespace: is.Namespace, Name: is.Name})
			}
		},
	})
}

// followPolicies watches the policies of a namespace; means says which workload
// a target is.
func (c *changes) followPolicies(policies cache.SharedIndexInformer, means func(target) workload.Key) {
	policy := func(obj any) {
		if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
			obj = gone.Obj
		}
		if p, ok := obj.(*v1alpha1.FloorPolicy); ok {
			c.tell(means(targetOfPolicy(p)))
		}
	}
	_, _ = policies.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: policy,
		UpdateFunc: func(old, obj any) {
			was, ok := old.(*v1alpha1.FloorPolicy)
			is, ok2 := obj.(*v1alpha1.FloorPolicy)
			if ok && ok2 && was.Generation == is.Generation && was.UID == is.UID {
				return // its status
			}
			policy(old)
			policy(obj)
		},
		DeleteFunc: policy,
	})
}

// changed reports whether two versions of an autoscaler differ in what a decision
// rests on. Both are trimmed.
func changed(was, is *autoscalingv2.HorizontalPodAutoscaler) bool {
	return was.UID != is.UID || !equality.Semantic.DeepEqual(was.Spec, is.Spec) ||
		!equality.Semantic.DeepEqual(was.Annotations, is.Annotations) ||
		!equality.Semantic.DeepEqual(was.ManagedFields, is.ManagedFields) ||
		!equality.Semantic.DeepEqual(was.Status.Conditions, is.Status.Conditions) ||
		(was.Status.CurrentReplicas == 0) != (is.Status.CurrentReplicas == 0)
}

package actuator

import (
	"context"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// Clients reach the objects that carry floors, and those that ask for nodes.
type Clients struct {
	Kubernetes kubernetes.Interface
	Dynamic    dynamic.Interface // for KEDA's ScaledObjects; nil to leave them alone
	Buffers    dynamic.Interface // for CapacityBuffers; nil to leave them alone
}

// An object carries a floor: it is one of the two.
type object struct {
	hpa    *autoscalingv2.HorizontalPodAutoscaler
	scaled *keda.ScaledObject
}

func (o object) kind() string {
	if o.scaled != nil {
		return workload.ScaledObject
	}
	return workload.HorizontalPodAutoscaler
}

func (o object) meta() *metav1.ObjectMeta {
	if o.scaled != nil {
		return &o.scaled.ObjectMeta
	}
	return &o.hpa.ObjectMeta
}

func (o object) key() workload.Key {
	return workload.Key{Namespace: o.meta().Namespace, Name: o.meta().Name}
}

// read says whose the object's floor is.
func (o object) read(now time.Time) (workload.Workload, error) {
	if o.scaled != nil {
		return ownership.ReadScaledObject(o.scaled, now)
	}
	return ownership.Read(o.hpa, now)
}

// get reads an object.
func (c Clients) get(ctx context.Context, kind string, k workload.Key) (object, error) {
	if kind == workload.ScaledObject {
		return scaledObject(c.Dynamic.Resource(keda.Resource).Namespace(k.Namespace).Get(ctx, k.Name, metav1.GetOptions{}))
	}
	return autoscaler(c.Kubernetes.AutoscalingV2().HorizontalPodAutoscalers(k.Namespace).Get(ctx, k.Name, metav1.GetOptions{}))
}

// patch sends a JSON patch under Highwater's name, and returns what became of the object.
func (c Clients) patch(ctx context.Context, kind string, k workload.Key, patch []byte) (object, error) {
	options := metav1.PatchOptions{FieldManager: ownership.FieldManager}
	if kind == workload.ScaledObject {
		return scaledObject(c.Dynamic.Resource(keda.Resource).Namespace(k.Namespace).Patch(ctx, k.Name, types.JSONPatchType, patch, options))
	}
	return autoscaler(c.Kubernetes.AutoscalingV2().HorizontalPodAutoscalers(k.Namespace).Patch(ctx, k.Name, types.JSONPatchType, patch, options))
}

func autoscaler(hpa *autoscalingv2.HorizontalPodAutoscaler, err error) (object, error) {
	if err != nil {
		return object{}, err
	}
	return object{hpa: hpa}, nil
}

func scaledObject(u *unstructured.Unstructured, err error) (object, error) {
	if err != nil {
		return object{}, err
	}
	so, err := keda.Parse(u)
	return object{scaled: so}, err
}

package discovery

import (
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// A policyInformer keeps the FloorPolicies of one namespace.
type policyInformer struct {
	*optionalInformer
	log *slog.Logger
}

func newPolicyInformer(dyn dynamic.Interface, namespace string, log *slog.Logger, now func() time.Time) *policyInformer {
	p := &policyInformer{log: log}
	indexers := cache.Indexers{targetIndex: func(obj any) ([]string, error) {
		if policy, ok := obj.(*v1alpha1.FloorPolicy); ok {
			return []string{targetOfPolicy(policy).String()}, nil
		}
		return nil, nil
	}}
	p.optionalInformer = newOptionalInformer(dyn, v1alpha1.Resource, namespace, now, p.typed, indexers, without{missing: apierrors.IsNotFound, tell: func(err error) {
		if err == nil {
			log.Info("FloorPolicies are installed now")
			return
		}
		log.Warn("FloorPolicies are not installed, so everything is observed with the defaults; install the chart's crds",
			"resource", v1alpha1.Resource.GroupResource())
	}})
	return p
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
		policy = unreadable(u, err)
	}
	policy.ManagedFields = nil
	delete(policy.Annotations, "kubectl.kubernetes.io/last-applied-configuration")
	return policy, nil
}

// unreadable stands for a policy that does not fit its type: its mode is one
// that ResolvePolicy reports.
func unreadable(u *unstructured.Unstructured, err error) *v1alpha1.FloorPolicy {
	policy := &v1alpha1.FloorPolicy{}
	policy.Namespace, policy.Name, policy.UID = u.GetNamespace(), u.GetName(), u.GetUID()
	policy.ResourceVersion, policy.Generation = u.GetResourceVersion(), u.GetGeneration()
	policy.Spec.TargetRef.Name, _, _ = unstructured.NestedString(u.Object, "spec", "targetRef", "name")
	policy.Spec.TargetRef.Kind, _, _ = unstructured.NestedString(u.Object, "spec", "targetRef", "kind")
	policy.Spec.Mode = v1alpha1.Mode(fmt.Sprintf("unreadable: %v", err))
	return policy
}

// A target is the autoscaler that a policy names, by whatever name.
type target struct {
	kind string // ScaledObject; all else counts as a HorizontalPodAutoscaler, and is told of
	workload.Key
}

func (t target) String() string { return t.kind + " " + t.Key.String() }

// targetIndex is the index of policies by the autoscaler that they name.
const targetIndex = "target"

func targetOfPolicy(p *v1alpha1.FloorPolicy) target {
	t := target{workload.HorizontalPodAutoscaler, workload.Key{Namespace: p.Namespace, Name: p.Spec.TargetRef.Name}}
	if p.Spec.TargetRef.Kind == v1alpha1.ScaledObject {
		t.kind = workload.ScaledObject
	}
	return t
}

// of returns the policies that name an autoscaler; none while the resource is
// not installed.
func (p *policyInformer) of(t target) (list []*v1alpha1.FloorPolicy) {
	if p.gone() {
		return nil
	}
	objs, err := p.GetIndexer().ByIndex(targetIndex, t.String())
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

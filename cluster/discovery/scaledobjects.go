package discovery

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// A scaledInformer keeps the ScaledObjects of one namespace.
type scaledInformer struct {
	*optionalInformer
	log *slog.Logger
}

func newScaledInformer(dyn dynamic.Interface, namespace string, log *slog.Logger, now func() time.Time) *scaledInformer {
	s := &scaledInformer{log: log}
	missing := func(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) }
	s.optionalInformer = newOptionalInformer(dyn, keda.Resource, namespace, now, s.typed, cache.Indexers{}, without{missing: missing, tell: func(err error) {
		switch {
		case err == nil:
			log.Info("ScaledObjects can be read now", "namespace", namespace)
		case apierrors.IsForbidden(err):
			log.Warn("ScaledObjects may not be read, so what KEDA scales is only observed; let Highwater's service account list and watch them, or switch KEDA off",
				"resource", keda.Resource.GroupResource(), "namespace", namespace, "err", err)
		default:
			log.Info("KEDA is not installed", "resource", keda.Resource.GroupResource())
		}
	}})
	return s
}

// typed keeps a ScaledObject as its own type, and of that what Describe looks at. One
// that does not fit is left out, so that what KEDA scales by it is only observed.
func (s *scaledInformer) typed(obj any) (any, error) {
	u, ok := obj.(*unstructured.Unstructured)
	if !ok {
		return obj, nil
	}
	so, err := keda.Parse(u)
	if err != nil {
		s.log.Error("ScaledObject cannot be read, so it is only observed", "err", err)
		so = &keda.ScaledObject{ObjectMeta: metav1.ObjectMeta{Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID(), ResourceVersion: u.GetResourceVersion()},
			Err: err.Error()}
	}
	declared := ownership.Declared(&so.ObjectMeta)
	so.ManagedFields = slices.DeleteFunc(so.ManagedFields, func(f metav1.ManagedFieldsEntry) bool { return !ownership.OwnsFloor(f) })
	so.Status.Conditions = slices.DeleteFunc(so.Status.Conditions, func(c keda.Condition) bool { return c.Type != keda.Active && c.Type != keda.Fallback })
	if declared != nil {
		so.Annotations[ownership.DeclaredAnnotation] = fmt.Sprintf(`{"spec":{"minReplicaCount":%d}}`, *declared)
	}
	delete(so.Annotations, corev1.LastAppliedConfigAnnotation)
	return so, nil
}

// changedScaled reports whether two versions of a ScaledObject differ in what a
// decision rests on.
func changedScaled(was, is *keda.ScaledObject) bool {
	return was.UID != is.UID || !equality.Semantic.DeepEqual(was.Spec, is.Spec) || !equality.Semantic.DeepEqual(was.Status, is.Status) ||
		!equality.Semantic.DeepEqual(was.Annotations, is.Annotations) || !equality.Semantic.DeepEqual(was.ManagedFields, is.ManagedFields)
}

// kedaIndex is the index of HorizontalPodAutoscalers by the ScaledObject that KEDA
// keeps them for.
const kedaIndex = "keda"

var kedaIndexers = cache.Indexers{kedaIndex: func(obj any) ([]string, error) {
	if hpa, ok := obj.(*autoscalingv2.HorizontalPodAutoscaler); ok && keda.Owner(hpa) != nil {
		return []string{keyOf(hpa).String()}, nil
	}
	return nil, nil
}}

// keyOf is the key of the workload that an HPA makes.
func keyOf(hpa *autoscalingv2.HorizontalPodAutoscaler) workload.Key {
	if o := keda.Owner(hpa); o != nil {
		return workload.Key{Namespace: hpa.Namespace, Name: o.Name}
	}
	return workload.Key{Namespace: hpa.Namespace, Name: hpa.Name}
}

// keyOfTarget is the key of the workload that a policy means: the name of an HPA
// that KEDA keeps leads to its ScaledObject.
func (c *Cluster) keyOfTarget(t target) workload.Key {
	if t.kind == workload.HorizontalPodAutoscaler {
		if hpa := c.hpa(t.Key); hpa != nil {
			return keyOf(hpa)
		}
	}
	return t.Key
}

// hpa returns the autoscaler of a name; nil if there is none.
func (c *Cluster) hpa(k workload.Key) *autoscalingv2.HorizontalPodAutoscaler {
	for _, i := range c.autoscalers() {
		if obj, ok, err := i.GetStore().GetByKey(k.String()); err == nil && ok {
			return obj.(*autoscalingv2.HorizontalPodAutoscaler)
		}
	}
	return nil
}

// absent is why a ScaledObject is not known that is not there.
const absent = "it does not exist"

// scaledObject returns the ScaledObject of a name, or why it is not known.
func (c *Cluster) scaledObject(k workload.Key) (so *keda.ScaledObject, why string) {
	why = absent
	for _, i := range c.scaled {
		if i.gone() {
			why = "let Highwater's service account list, watch and patch scaledobjects.keda.sh"
			continue
		}
		obj, ok, err := i.GetStore().GetByKey(k.String())
		if err != nil || !ok {
			continue
		}
		if so := obj.(*keda.ScaledObject); so.Err == "" {
			return so, ""
		}
		return nil, "it cannot be read: " + obj.(*keda.ScaledObject).Err
	}
	if len(c.scaled) == 0 {
		why = "Highwater is told to leave KEDA alone (kubernetes.keda)"
	}
	return nil, why
}

// kept returns the HPA that KEDA keeps for a ScaledObject; nil if there is none.
// There may be two for a moment, where it is given another name, and one of an
// earlier ScaledObject of the same name.
func (c *Cluster) kept(k workload.Key, so *keda.ScaledObject) *autoscalingv2.HorizontalPodAutoscaler {
	var list []*autoscalingv2.HorizontalPodAutoscaler
	for _, i := range c.autoscalers() {
		objs, err := i.GetIndexer().ByIndex(kedaIndex, k.String())
		if err != nil { // there is the index
			return nil
		}
		for _, obj := range objs {
			if hpa := obj.(*autoscalingv2.HorizontalPodAutoscaler); so == nil || keda.Owner(hpa).UID == so.UID {
				list = append(list, hpa)
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	named := func(hpa *autoscalingv2.HorizontalPodAutoscaler) int {
		if so != nil && so.Status.HpaName == hpa.Name {
			return 0
		}
		return 1
	}
	return slices.MinFunc(list, func(a, b *autoscalingv2.HorizontalPodAutoscaler) int {
		return cmp.Or(named(a)-named(b), strings.Compare(a.Name, b.Name))
	})
}

// kedaInput is what is known of a ScaledObject and of the HPA that KEDA keeps for
// it, of which either may be missing, without its policies; ok is false if there is neither.
func (c *Cluster) kedaInput(k workload.Key) (in Input, ok bool) {
	in.ScaledObject, in.Unread = c.scaledObject(k)
	in.HPA = c.kept(k, in.ScaledObject)
	if so := in.ScaledObject; so != nil && (in.HPA == nil || in.HPA.Spec.MinReplicas == nil || *in.HPA.Spec.MinReplicas != so.HPAMin()) {
		since, _ := c.apart.LoadOrStore(k, c.opts.Now())
		in.Apart = since.(time.Time)
	} else {
		c.apart.Delete(k)
	}
	switch {
	case in.HPA == nil && in.ScaledObject == nil:
		return in, false
	case in.HPA == nil:
		in.HPA = keda.Autoscaler(in.ScaledObject)
	}
	return in, true
}

// kedaKeys lists the ScaledObjects that are known, by themselves or by their HPAs.
func (c *Cluster) kedaKeys() map[workload.Key]bool {
	keys := map[workload.Key]bool{}
	for _, i := range c.autoscalers() {
		for _, text := range i.GetIndexer().ListIndexFuncValues(kedaIndex) {
			if namespace, name, ok := strings.Cut(text, "/"); ok {
				keys[workload.Key{Namespace: namespace, Name: name}] = true
			}
		}
	}
	for _, i := range c.scaled {
		if i.gone() {
			continue
		}
		for _, obj := range i.GetStore().List() {
			so := obj.(*keda.ScaledObject)
			keys[workload.Key{Namespace: so.Namespace, Name: so.Name}] = true
		}
	}
	return keys
}

// Package keda knows as much of KEDA's ScaledObjects as floors need. KEDA keeps a
// HorizontalPodAutoscaler for each and writes its own values back into it, so what
// carries floor and lease is the ScaledObject.
//
//	so, err := keda.Parse(u)           // of a dynamic client
//	owner := keda.Owner(hpa)           // of an HPA that KEDA keeps; nil for others
//	hpa := keda.Autoscaler(so)         // as KEDA would keep it, where there is none
package keda

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is that of a ScaledObject.
const Kind = "ScaledObject"

// Resource is that of ScaledObjects.
var Resource = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}

// The annotations by which a ScaledObject's owner steers KEDA.
const (
	Paused         = "autoscaling.keda.sh/paused"
	PausedReplicas = "autoscaling.keda.sh/paused-replicas"
	PausedScaleIn  = "autoscaling.keda.sh/paused-scale-in"
	PausedScaleOut = "autoscaling.keda.sh/paused-scale-out"
	TransferHPA    = "scaledobject.keda.sh/transfer-hpa-ownership"
)

// The types of conditions of a ScaledObject.
const (
	Active   = "Active"   // a trigger is
	Fallback = "Fallback" // triggers fail, and KEDA scales by spec.fallback
)

// The types of triggers that are more than a backlog.
const (
	Prometheus = "prometheus" // has a query
	Cron       = "cron"       // has a start, an end and a number of pods
)

// defaultMax is the maximum where a ScaledObject has none.
const defaultMax = 100

// A ScaledObject is one of KEDA's, without what floors do not need.
type ScaledObject struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec   Spec   `json:"spec"`
	Status Status `json:"status"`

	Err string `json:"-"` // why nothing but the metadata is known; empty if all is
}

// A Spec is what is asked of KEDA.
type Spec struct {
	ScaleTargetRef   ScaleTarget `json:"scaleTargetRef"`
	IdleReplicaCount *int32      `json:"idleReplicaCount"`
	MinReplicaCount  *int32      `json:"minReplicaCount"`
	MaxReplicaCount  *int32      `json:"maxReplicaCount"`
	Advanced         Advanced    `json:"advanced"`
	Triggers         []Trigger   `json:"triggers"`
}

// A ScaleTarget is what is scaled; a Deployment, if it does not say.
type ScaleTarget struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// Advanced is what few ScaledObjects set.
type Advanced struct {
	HorizontalPodAutoscalerConfig struct {
		Name     string                                         `json:"name"`
		Behavior *autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
	} `json:"horizontalPodAutoscalerConfig"`
	ScalingModifiers struct {
		Formula string `json:"formula"`
		Target  string `json:"target"`
	} `json:"scalingModifiers"`
}

// A Trigger is one source of load.
type Trigger struct {
	Type       string                         `json:"type"`
	Name       string                         `json:"name"`
	Metadata   map[string]string              `json:"metadata"`
	MetricType autoscalingv2.MetricTargetType `json:"metricType"`
}

// A Status is what KEDA tells.
type Status struct {
	HpaName    string      `json:"hpaName"`
	Conditions []Condition `json:"conditions"`
}

// A Condition is one of KEDA's, which have no times.
type Condition struct {
	Type    string                 `json:"type"`
	Status  metav1.ConditionStatus `json:"status"`
	Reason  string                 `json:"reason"`
	Message string                 `json:"message"`
}

// Parse reads a ScaledObject as the API server gives it.
func Parse(u *unstructured.Unstructured) (*ScaledObject, error) {
	so := &ScaledObject{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, so); err != nil {
		return nil, fmt.Errorf("ScaledObject %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return so, nil
}

// Max is the largest number of pods.
func (so *ScaledObject) Max() int32 {
	if so.Spec.MaxReplicaCount == nil {
		return defaultMax
	}
	return *so.Spec.MaxReplicaCount
}

// HPAMin is the minReplicas that KEDA gives its HorizontalPodAutoscaler: to 0 it
// scales itself.
func (so *ScaledObject) HPAMin() int32 {
	if so.Spec.MinReplicaCount == nil {
		return 1
	}
	return max(*so.Spec.MinReplicaCount, 1)
}

// Is reports whether a condition has a status.
func (so *ScaledObject) Is(condition string, status metav1.ConditionStatus) bool {
	for _, c := range so.Status.Conditions {
		if c.Type == condition {
			return c.Status == status
		}
	}
	return false
}

// Set reports whether an annotation asks for what it names. KEDA takes what is no
// boolean for true, and paused-replicas is a number.
func (so *ScaledObject) Set(annotation string) bool {
	text, ok := so.Annotations[annotation]
	if !ok || annotation == PausedReplicas {
		return ok
	}
	on, err := strconv.ParseBool(text)
	return on || err != nil
}

// Owner returns what says that KEDA keeps an HPA for a ScaledObject; nil if it
// does not.
func Owner(hpa *autoscalingv2.HorizontalPodAutoscaler) *metav1.OwnerReference {
	for i, o := range hpa.OwnerReferences {
		if group, _, _ := strings.Cut(o.APIVersion, "/"); o.Kind == Kind && (group == Resource.Group || o.APIVersion == "") {
			return &hpa.OwnerReferences[i]
		}
	}
	return nil
}

// Autoscaler is the HorizontalPodAutoscaler of a ScaledObject, without a name: what
// is known of it while KEDA keeps none. Of its metrics these are the ones of
// prometheus triggers, which alone say all of them.
func Autoscaler(so *ScaledObject) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: so.Namespace}}
	t := so.Spec.ScaleTargetRef
	if t.Kind == "" {
		t.Kind = "Deployment"
	}
	if t.APIVersion == "" {
		t.APIVersion = "apps/v1"
	}
	hpa.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: t.APIVersion, Kind: t.Kind, Name: t.Name},
		MinReplicas:    new(so.HPAMin()),
		MaxReplicas:    so.Max(),
		Behavior:       so.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior,
	}
	for i, t := range so.Spec.Triggers {
		if t.Type == Prometheus {
			hpa.Spec.Metrics = append(hpa.Spec.Metrics, t.metric(i))
		}
	}
	return hpa
}

// metric is that of a prometheus trigger.
func (t Trigger) metric(i int) autoscalingv2.MetricSpec {
	target := autoscalingv2.MetricTarget{Type: cmp.Or(t.MetricType, autoscalingv2.AverageValueMetricType)}
	if v, err := strconv.ParseFloat(t.Metadata["threshold"], 64); err == nil {
		q := resource.NewMilliQuantity(int64(v*1000), resource.DecimalSI) // as KEDA does
		target.Value, target.AverageValue = q, q
	}
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: fmt.Sprintf("s%d-%s", i, t.Type)}, Target: target}}
}

// TriggerOf returns the index of the trigger behind one of KEDA's external
// metrics, which are named s0-prometheus, s12-kafka-orders.
func TriggerOf(metric string) (index int, ok bool) {
	rest, ok := strings.CutPrefix(metric, "s")
	digits, _, named := strings.Cut(rest, "-")
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && named && err == nil
}

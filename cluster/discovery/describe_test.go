package discovery

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// web is an autoscaler from 2 to 40 pods of Deployment shop/web.
func web(metrics ...autoscalingv2.MetricSpec) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "u1", ResourceVersion: "7", Annotations: map[string]string{}},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
			MinReplicas:    new(int32(2)),
			MaxReplicas:    40,
			Metrics:        metrics,
		},
		Status: autoscalingv2.HorizontalPodAutoscalerStatus{CurrentReplicas: 5, DesiredReplicas: 6},
	}
}

func utilizationOf(name corev1.ResourceName, percent int32) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: name, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}}}
}

func averageOf(name corev1.ResourceName, q string) autoscalingv2.MetricSpec {
	v := resource.MustParse(q)
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: name, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &v}}}
}

func inContainer(container string, percent int32) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ContainerResourceMetricSourceType, ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
		Name: "cpu", Container: container, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}}}
}

func podsMetric(name, q string) autoscalingv2.MetricSpec {
	v := resource.MustParse(q)
	return autoscalingv2.MetricSpec{Type: autoscalingv2.PodsMetricSourceType, Pods: &autoscalingv2.PodsMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: name},
		Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &v}}}
}

func external(name string, t autoscalingv2.MetricTargetType, q string) autoscalingv2.MetricSpec {
	v := resource.MustParse(q)
	target := autoscalingv2.MetricTarget{Type: t, AverageValue: &v}
	if t == autoscalingv2.ValueMetricType {
		target = autoscalingv2.MetricTarget{Type: t, Value: &v}
	}
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: name, Selector: &metav1.LabelSelector{
			MatchLabels:      map[string]string{"queue": "orders"},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "dc", Operator: "In", Values: []string{"a", "b"}}},
		}}, Target: target}}
}

func object(kind, name, q string) autoscalingv2.MetricSpec {
	v := resource.MustParse(q)
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ObjectMetricSourceType, Object: &autoscalingv2.ObjectMetricSource{
		DescribedObject: autoscalingv2.CrossVersionObjectReference{Kind: kind, Name: name},
		Metric:          autoscalingv2.MetricIdentifier{Name: "requests_per_second"},
		Target:          autoscalingv2.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: &v}}}
}

// a container that requests, or one that limits if the name ends so.
func container(name, cpu string) corev1.Container {
	c := corev1.Container{Name: name}
	if cpu != "" {
		c.Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse("256Mi")}
	}
	return c
}

func podWith(containers ...corev1.Container) Pod {
	return podOf("Deployment shop/web", "spec.template.spec", &corev1.PodSpec{Containers: containers})
}

func named(name string, spec v1alpha1.FloorPolicySpec) *v1alpha1.FloorPolicy {
	spec.TargetRef.Name = "web"
	return &v1alpha1.FloorPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1}, Spec: spec}
}

func perPod(q string) *resource.Quantity {
	v := resource.MustParse(q)
	return &v
}

func TestDescribeWhatAUserSees(t *testing.T) {
	got := Describe(Input{HPA: web(utilizationOf("cpu", 70)), Pod: podWith(container("app", "400m"), container("proxy", "100m"))}, DescribeOptions{})
	if len(got.Sources) != 1 || got.Sources[0].Query.Expr == "" {
		t.Fatalf("%+v", got)
	}
	got.Sources[0].Query.Expr, got.Sources[0].Query.Else = "", nil // history's own tests say what they are
	want := workload.Workload{
		Key: workload.Key{Namespace: "shop", Name: "web"}, UID: "u1", ResourceVersion: "7", Kind: "HorizontalPodAutoscaler",
		Target: workload.Ref{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
		Policy: recommender.DefaultPolicy(), Baseline: 2, Floor: 2, Ceiling: 40, Replicas: 5, Desired: 6,
		Sources: []workload.Source{{Name: "cpu", Capacity: recommender.Capacity{PerPod: 0.35, Unit: "cores", Source: "70% of the 500m CPU that a pod requests"},
			Metric: simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: 0.7, Request: 0.5}, Full: 0.5}},
		LeadAuto: true, Annotated: true,
		Own: workload.Ownership{Holds: 2, Record: workload.Record{OwnerValue: workload.OwnerValue{MinReplicas: 2}}},
	}
	want.Sources[0].Query.Unit, want.Sources[0].Query.From = "cores", "spec.metrics[0] (Resource cpu)"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDescribeCapacities(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar, setup := container("mesh", "100m"), container("setup", "8")
	sidecar.RestartPolicy = &always
	limited := corev1.Container{Name: "app", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse("2")}}}
	whole := podWith(container("app", "400m"))
	whole.Requests = corev1.ResourceList{"cpu": resource.MustParse("1")}
	tests := []struct {
		name   string
		metric autoscalingv2.MetricSpec
		pod    Pod
		want   recommender.Capacity
	}{
		{"memory", utilizationOf("memory", 50), podWith(container("app", "1")),
			recommender.Capacity{PerPod: 128 << 20, Unit: "bytes", Source: "50% of the 256Mi memory that a pod requests"}},
		{"sidecars count, init containers do not", utilizationOf("cpu", 100),
			podOf("x", "spec", &corev1.PodSpec{Containers: []corev1.Container{container("app", "400m")}, InitContainers: []corev1.Container{setup, sidecar}}),
			recommender.Capacity{PerPod: 0.5, Unit: "cores", Source: "100% of the 500m CPU that a pod requests"}},
		{"a limit stands for a request", utilizationOf("cpu", 50), podWith(limited),
			recommender.Capacity{PerPod: 1, Unit: "cores", Source: "50% of the 2 CPU that a pod requests"}},
		{"the pod's own request comes first", utilizationOf("cpu", 50), whole,
			recommender.Capacity{PerPod: 0.5, Unit: "cores", Source: "50% of the 1 CPU that a pod requests"}},
		{"one container", inContainer("app", 50), podWith(container("app", "400m"), container("proxy", "")),
			recommender.Capacity{PerPod: 0.2, Unit: "cores", Source: "50% of the 400m CPU that container app requests"}},
		{"average of a resource", averageOf("cpu", "250m"), Pod{},
			recommender.Capacity{PerPod: 0.25, Unit: "cores", Source: "250m, the average per pod that the autoscaler aims at"}},
		{"pods", podsMetric("http_requests_per_second", "100"), Pod{},
			recommender.Capacity{PerPod: 100, Unit: "requests/s", Source: "100, the average per pod that the autoscaler aims at"}},
		{"external", external("queue_messages", autoscalingv2.AverageValueMetricType, "30"), Pod{},
			recommender.Capacity{PerPod: 30, Source: "30, the average per pod that the autoscaler aims at"}},
		{"external value", external("queue_messages", autoscalingv2.ValueMetricType, "1k"), Pod{},
			recommender.Capacity{PerPod: 1000, Source: "1k, the value that the autoscaler aims at, for each ready pod"}},
		{"object", object("Ingress", "front", "2k"), Pod{},
			recommender.Capacity{PerPod: 2000, Source: "2k, the value that the autoscaler aims at, for each ready pod"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := Describe(Input{HPA: web(tt.metric), Pod: tt.pod}, DescribeOptions{})
			if len(w.Problems) != 0 || len(w.Sources) != 1 {
				t.Fatalf("%+v", w)
			}
			if diff := cmp.Diff(tt.want, w.Sources[0].Capacity); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDescribeProblems(t *testing.T) {
	fatal := func(code, field, message string) workload.Problem {
		return workload.Problem{Code: code, Field: field, Message: message, Fatal: true}
	}
	notice := func(code, field, message string) workload.Problem {
		return workload.Problem{Code: code, Field: field, Message: message}
	}
	leased := func(minReplicas int32) *autoscalingv2.HorizontalPodAutoscaler {
		hpa := web(averageOf("cpu", "1"))
		hpa.Spec.MinReplicas = &minReplicas
		hpa.Annotations[ownership.LeaseAnnotation] = ownership.FormatLease(workload.Lease{Baseline: 2, Floor: 9, Renewed: noon, Expires: noon})
		return hpa
	}
	with := func(hpa *autoscalingv2.HorizontalPodAutoscaler, f func(*autoscalingv2.HorizontalPodAutoscaler)) *autoscalingv2.HorizontalPodAutoscaler {
		f(hpa)
		return hpa
	}
	one := func(spec v1alpha1.FloorPolicySpec) []*v1alpha1.FloorPolicy {
		return []*v1alpha1.FloorPolicy{named("p", spec)}
	}
	enforce := v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce}
	query := func(q *resource.Quantity) v1alpha1.FloorPolicySpec {
		return v1alpha1.FloorPolicySpec{Load: &v1alpha1.Load{Query: "sum(x)", PerPod: q}}
	}
	broken := with(web(averageOf("cpu", "1")), func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Annotations[ownership.LeaseAnnotation] = "{}" })
	keda := func(h *autoscalingv2.HorizontalPodAutoscaler) {
		h.OwnerReferences = []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: "web-so"}}
	}
	const kedaText = "KEDA keeps it for ScaledObject web-so, of which nothing is known, and would write minReplicas back, so floors are only recommended (mode Observe): " +
		"let Highwater's service account list it"
	const unread = "let Highwater's service account list it"
	const conflictText = "FloorPolicies a, b all name HorizontalPodAutoscaler shop/web, so none of them holds: delete all but one"
	notFound := apierrors.NewNotFound(schema.GroupResource{Group: "apps", Resource: "deployments"}, "web")

	type state struct { // of the workload, beside its problems
		mode     recommender.Mode
		suspend  bool
		baseline int32
		sources  int
	}
	observed, unknown := state{recommender.Observe, false, 2, 0}, state{recommender.Observe, false, 2, 1}
	tests := []struct {
		name  string
		in    Input
		want  []workload.Problem
		state state
	}{
		{"no metrics", Input{HPA: web()}, []workload.Problem{fatal(NoMetrics, "spec.metrics",
			"there are none, so there is no load to forecast: add a metric, or set spec.load.query in a FloorPolicy")}, observed},
		{"missing request", Input{HPA: web(utilizationOf("cpu", 70)), Pod: podWith(container("app", "1"), container("proxy", ""))},
			[]workload.Problem{fatal(MissingRequest, "spec.metrics[0].resource.target",
				`container "proxy" of Deployment shop/web requests no cpu, so the autoscaler cannot reckon its utilization either; `+
					`set spec.template.spec.containers[1].resources.requests.cpu`)}, unknown},
		{"no such container", Input{HPA: web(inContainer("ap", 70)), Pod: podWith(container("app", "1"))},
			[]workload.Problem{fatal(MissingRequest, "spec.metrics[0].containerResource.target",
				`Deployment shop/web has no container "ap"; name one of its containers`)}, unknown},
		{"scale target does not exist", Input{HPA: web(utilizationOf("cpu", 70)), PodErr: notFound},
			[]workload.Problem{fatal(TargetMissing, "spec.scaleTargetRef", "Deployment shop/web does not exist: create it, or name one that does")}, unknown},
		{"scale target cannot be read", Input{HPA: web(utilizationOf("cpu", 70)), PodErr: errors.New("timeout")},
			[]workload.Problem{fatal(UnknownRequests, "spec.scaleTargetRef",
				"what a pod of Deployment shop/web requests is not known: timeout; it is tried again")}, unknown},
		{"another metric remains", Input{HPA: web(utilizationOf("cpu", 70), podsMetric("rps", "10")), PodErr: errPending},
			[]workload.Problem{notice(UnknownRequests, "spec.scaleTargetRef",
				"what a pod of Deployment shop/web requests is not known: it is being read; it is tried again")},
			state{recommender.Observe, false, 2, 2}},
		{"the autoscaler says so itself", Input{HPA: with(web(averageOf("cpu", "1")), func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Status.Conditions = []autoscalingv2.HorizontalPodAutoscalerCondition{{Type: autoscalingv2.AbleToScale, Status: corev1.ConditionFalse,
				Reason: "FailedGetScale", Message: `deployments.apps "web" not found`}}
		})}, []workload.Problem{notice(TargetMissing, "spec.scaleTargetRef",
			`Deployment web cannot be scaled: deployments.apps "web" not found; name one that exists`)}, state{recommender.Observe, false, 2, 1}},
		{"unsupported resource", Input{HPA: web(averageOf("ephemeral-storage", "1Gi"))},
			[]workload.Problem{fatal(UnusableMetric, "spec.metrics[0]",
				`spec.metrics[0] (Resource ephemeral-storage): it is not known which metric measures the use of "ephemeral-storage"; set spec.load.query in a FloorPolicy`)}, observed},
		{"KEDA's metric", Input{HPA: with(web(external("s0-prometheus", autoscalingv2.AverageValueMetricType, "30")), keda), Policies: one(enforce), Unread: unread},
			[]workload.Problem{
				notice(OwnedByKEDA, "metadata.ownerReferences", kedaText),
				fatal(UnusableMetric, "spec.metrics[0]", `spec.metrics[0] (External s0-prometheus): "s0-prometheus" is KEDA's own name for it; `+
					`the query behind it is in the triggers of the ScaledObject; set spec.load.query in a FloorPolicy`)}, observed},
		// The lease is a copy of the ScaledObject's, and says nothing of this HPA.
		{"KEDA's, with a lease", Input{HPA: with(leased(9), keda), Policies: one(enforce), Unread: unread},
			[]workload.Problem{notice(OwnedByKEDA, "metadata.ownerReferences", kedaText)}, state{recommender.Observe, false, 9, 1}},
		{"zero target", Input{HPA: web(averageOf("cpu", "0"))},
			[]workload.Problem{fatal(UnusableMetric, "spec.metrics[0].resource.target.averageValue",
				"0 is no load that a pod could carry: it must be more than 0")}, unknown},
		{"no utilization", Input{HPA: web(utilizationOf("cpu", 0))},
			[]workload.Problem{fatal(UnusableMetric, "spec.metrics[0].resource.target.averageUtilization",
				"it is missing or not positive: set a percentage of the request, such as 70")}, unknown},
		{"half a metric", Input{HPA: web(autoscalingv2.MetricSpec{Type: "Pods"})},
			[]workload.Problem{fatal(UnusableMetric, "spec.metrics[0]", `type "Pods" is not known, or its part of the metric is missing`)}, observed},

		{"our own floor", Input{HPA: leased(9), Policies: one(enforce)}, nil, state{recommender.Enforce, false, 2, 1}},
		{"baseline changed", Input{HPA: with(leased(4), func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.ManagedFields = []metav1.ManagedFieldsEntry{
				{Manager: "highwater", Time: &metav1.Time{Time: noon}, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReplicas":{}}}`)},
				{Manager: "argocd", Time: &metav1.Time{Time: noon.Add(time.Minute)}, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:minReplicas":{}}}`)},
				{Manager: "kcm", Time: &metav1.Time{Time: noon.Add(time.Hour)}, FieldsV1: metav1.NewFieldsV1(`{"f:status":{}}`)},
			}
		})}, []workload.Problem{notice(BaselineChanged, "spec.minReplicas",
			`it is 4 and not the 9 that Highwater set: field manager "argocd" wrote it since; the baseline is 4`)},
			state{recommender.Observe, false, 4, 1}},
		{"broken lease", Input{HPA: broken}, []workload.Problem{fatal(BrokenLease, "metadata.annotations[highwater.dev/lease]",
			"it cannot be read (annotation highwater.dev/lease: baseline is missing), so the minReplicas before Highwater's is not known and 2 stays: "+
				"set spec.minReplicas to what you want and remove the annotation")}, state{recommender.Observe, false, 2, 1}},

		{"two policies", Input{HPA: web(averageOf("cpu", "1")), Policies: []*v1alpha1.FloorPolicy{named("a", enforce), named("b", enforce)}},
			[]workload.Problem{fatal(PolicyConflict, "spec.targetRef.name", conflictText)}, state{recommender.Observe, true, 2, 1}},
		{"bad policy", Input{HPA: web(averageOf("cpu", "1")), Policies: one(v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce, Hold: "x"})},
			[]workload.Problem{fatal(BadPolicy, "FloorPolicy p: spec.hold", `"x" is not a duration: write it as 90s, 5m or 1h30m`)},
			state{recommender.Enforce, false, 2, 1}},
		{"min above the ceiling", Input{HPA: web(averageOf("cpu", "1")), Policies: one(v1alpha1.FloorPolicySpec{Limits: v1alpha1.Limits{Min: new(int32(50))}})},
			[]workload.Problem{notice(LimitOutOfRange, "FloorPolicy p: spec.limits.min",
				"min 50 is more than maxReplicas 40 of HorizontalPodAutoscaler shop/web, so floors stop at 40: lower min or raise maxReplicas")},
			state{recommender.Observe, false, 2, 1}},
		{"max below the baseline", Input{HPA: web(averageOf("cpu", "1")), Policies: one(v1alpha1.FloorPolicySpec{Limits: v1alpha1.Limits{Max: new(int32(1))}})},
			[]workload.Problem{notice(LimitOutOfRange, "FloorPolicy p: spec.limits.max",
				"max 1 is less than minReplicas 2 of HorizontalPodAutoscaler shop/web, so no floor is ever set: raise max or lower minReplicas")},
			state{recommender.Observe, false, 2, 1}},
		{"no way down", Input{HPA: with(web(averageOf("cpu", "1")), func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{SelectPolicy: new(autoscalingv2.DisabledPolicySelect)}}
		})}, []workload.Problem{notice(NoWayDown, "spec.behavior.scaleDown.selectPolicy",
			"it is Disabled, so the autoscaler never removes a pod, and those that a floor brings stay: allow it to scale down, or keep mode Observe")},
			state{recommender.Observe, false, 2, 1}},
		{"a slow way down", Input{HPA: with(web(averageOf("cpu", "1")), func(h *autoscalingv2.HorizontalPodAutoscaler) {
			h.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: new(int32(3600))}}
		})}, []workload.Problem{notice(NoWayDown, "spec.behavior.scaleDown.stabilizationWindowSeconds",
			"it is 3600: where the load itself asked for as many pods, those that a floor brings stay for 1 h after it")},
			state{recommender.Observe, false, 2, 1}},

		{"a query with its capacity", Input{HPA: web(utilizationOf("cpu", 70)), Policies: one(query(perPod("100")))}, nil,
			state{recommender.Observe, false, 2, 1}},
		{"a query with the autoscaler's target", Input{HPA: web(podsMetric("rps", "10")), Policies: one(query(nil))}, nil,
			state{recommender.Observe, false, 2, 1}},
		{"a query without a capacity", Input{HPA: web(utilizationOf("cpu", 70)), Policies: one(query(nil))},
			[]workload.Problem{fatal(NoCapacity, "FloorPolicy p: spec.load.perPod",
				"it is missing, and HorizontalPodAutoscaler shop/web has no single metric with an averageValue to take it from: "+
					"set it to the load that one ready pod carries, in the unit of the query")}, observed},
		{"a negative capacity", Input{HPA: web(), Policies: one(query(perPod("-3")))},
			[]workload.Problem{fatal(BadPolicy, "FloorPolicy p: spec.load.perPod", "-3 is no load that a pod could carry: it must be more than 0")}, observed},
		{"an empty query", Input{HPA: web(), Policies: one(v1alpha1.FloorPolicySpec{Load: &v1alpha1.Load{Query: " "}})},
			[]workload.Problem{fatal(BadPolicy, "FloorPolicy p: spec.load.query",
				"it is empty: write PromQL that gives the load as one series, or leave load out")}, observed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.in.HPA.DeepCopy()
			w := Describe(tt.in, DescribeOptions{})
			if diff := cmp.Diff(tt.want, w.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if got := (state{w.Policy.Mode, w.Policy.Suspend, w.Baseline, len(w.Sources)}); got != tt.state {
				t.Errorf("%+v, want %+v", got, tt.state)
			}
			if diff := cmp.Diff(before, tt.in.HPA); diff != "" {
				t.Errorf("the autoscaler was changed:\n%s", diff)
			}
		})
	}
}

// A source that came and went with its capacity would lose its window, and
// leave the floor to the other metric without a doubt.
func TestDescribeKeepsTheSourceOfAnUnknownCapacity(t *testing.T) {
	in := Input{HPA: web(utilizationOf("cpu", 70), podsMetric("rps", "10")), Pod: podWith(container("app", "1"))}
	before := Describe(in, DescribeOptions{})
	in.PodErr = errors.New("timeout")
	after := Describe(in, DescribeOptions{})
	before.Sources[0].Capacity = recommender.Capacity{Unit: "cores"}
	before.Sources[0].Metric, before.Sources[0].Full = simulate.Metric{}, 0
	if diff := cmp.Diff(before.Sources, after.Sources); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := after.Problems; len(p) != 1 || p[0].Code != UnknownRequests || p[0].Fatal {
		t.Errorf("%+v", p)
	}
}

func TestDescribeTellsMetricsOfOneNameApart(t *testing.T) {
	w := Describe(Input{HPA: web(podsMetric("rps", "10"), external("rps", autoscalingv2.AverageValueMetricType, "5"))}, DescribeOptions{})
	if len(w.Sources) != 2 || w.Sources[0].Name != "rps" || w.Sources[1].Name != "rps (metric 1)" {
		t.Errorf("%+v", w.Sources)
	}
}

func TestDescribeWithoutMinReplicas(t *testing.T) {
	hpa := web(averageOf("cpu", "1"))
	hpa.Spec.MinReplicas = nil
	if w := Describe(Input{HPA: hpa}, DescribeOptions{}); w.Floor != 1 || w.Baseline != 1 {
		t.Errorf("floor %d, baseline %d", w.Floor, w.Baseline)
	}
}

package discovery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// scaledObject is shop/web-so, of 2 to 40 pods of Deployment shop/web.
func scaledObject(triggers ...keda.Trigger) *keda.ScaledObject {
	so := &keda.ScaledObject{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-so", UID: "s1", ResourceVersion: "9"}}
	so.Spec = keda.Spec{ScaleTargetRef: keda.ScaleTarget{Name: "web"}, MinReplicaCount: new(int32(2)), MaxReplicaCount: new(int32(40)), Triggers: triggers}
	so.Status.HpaName = "keda-hpa-web-so"
	return so
}

func promTrigger(more ...string) keda.Trigger {
	t := keda.Trigger{Type: "prometheus", Metadata: map[string]string{"serverAddress": "http://prometheus.monitoring:9090", "query": "sum(rate(orders_total[2m]))", "threshold": "30"}}
	for i := 0; i+1 < len(more); i += 2 {
		t.Metadata[more[i]] = more[i+1]
	}
	return t
}

// kedaMetric is the metric that KEDA makes of a trigger.
func kedaMetric(name string, kind autoscalingv2.MetricTargetType, q string) autoscalingv2.MetricSpec {
	v := resource.MustParse(q)
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ExternalMetricSourceType, External: &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: name, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"scaledobject.keda.sh/name": "web-so"}}},
		Target: autoscalingv2.MetricTarget{Type: kind, Value: &v, AverageValue: &v}}}
}

// keptFor is the HPA that KEDA keeps for so, with the annotations copied.
func keptFor(so *keda.ScaledObject, metrics ...autoscalingv2.MetricSpec) *autoscalingv2.HorizontalPodAutoscaler {
	hpa := web(metrics...)
	hpa.Name, hpa.UID, hpa.Annotations = "keda-hpa-"+so.Name, "h1", so.Annotations
	hpa.OwnerReferences = []metav1.OwnerReference{{APIVersion: "keda.sh/v1alpha1", Kind: "ScaledObject", Name: so.Name, UID: so.UID, Controller: new(true)}}
	hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas = new(so.HPAMin()), so.Max()
	return hpa
}

func enforced(so *keda.ScaledObject, metrics ...autoscalingv2.MetricSpec) Input {
	p := named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce})
	p.Spec.TargetRef = v1alpha1.TargetRef{Kind: v1alpha1.ScaledObject, Name: so.Name}
	return Input{HPA: keptFor(so, metrics...), ScaledObject: so, Policies: []*v1alpha1.FloorPolicy{p}, Now: noon}
}

func codes(w workload.Workload) string {
	var list []string
	for _, p := range w.Problems {
		list = append(list, p.Code)
	}
	return strings.Join(list, " ")
}

func TestAScaledObjectCarriesTheFloor(t *testing.T) {
	so := scaledObject(promTrigger())
	so.Annotations = map[string]string{ownership.LeaseAnnotation: ownership.FormatLease(workload.Lease{Floor: 7, Unset: true, Renewed: noon, Expires: noon.Add(time.Hour)})}
	so.Spec.MinReplicaCount, so.Spec.MaxReplicaCount = new(int32(7)), nil
	w := Describe(enforced(so, kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "30")), DescribeOptions{})
	if w.Kind != "ScaledObject" || w.Key.String() != "shop/web-so" || w.UID != "s1" || w.ResourceVersion != "9" || w.FloorField() != "minReplicaCount" {
		t.Errorf("%+v", w)
	}
	if w.Floor != 7 || w.Baseline != 0 || !w.BaselineUnset || w.Ceiling != 100 || !w.Own.Ours || w.Policy.Mode != recommender.Enforce || w.Replicas != 5 || w.Target.Name != "web" {
		t.Errorf("%+v", w)
	}
	if len(w.Problems) > 0 {
		t.Errorf("%+v", w.Problems)
	}
	if len(w.Sources) != 1 || w.Sources[0].Query.Expr != "sum(rate(orders_total[2m]))" || w.Sources[0].Capacity.PerPod != 30 || w.Sources[0].Query.From != "spec.triggers[0] (prometheus)" {
		t.Errorf("%+v", w.Sources)
	}
}

func TestWhatAnOwnerSaysToKEDA(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus) func(*keda.ScaledObject) {
		return func(so *keda.ScaledObject) {
			so.Status.Conditions = append(so.Status.Conditions, keda.Condition{Type: kind, Status: status})
		}
	}
	annotated := func(name, value string) func(*keda.ScaledObject) {
		return func(so *keda.ScaledObject) { so.Annotations = map[string]string{name: value} }
	}
	idle := func(n int32) func(*keda.ScaledObject) {
		return func(so *keda.ScaledObject) { so.Spec.IdleReplicaCount = &n }
	}
	for _, tt := range []struct {
		name   string
		change []func(*keda.ScaledObject)
		codes  string
		says   string // in the first problem
		mode   recommender.Mode
		keeps  bool
	}{
		{"nothing", nil, "", "", recommender.Enforce, false},
		{"paused", []func(*keda.ScaledObject){annotated(keda.Paused, "true")}, "Paused", "remove autoscaling.keda.sh/paused", recommender.Enforce, true},
		{"not paused", []func(*keda.ScaledObject){annotated(keda.Paused, "false")}, "", "", recommender.Enforce, false},
		{"paused at a number", []func(*keda.ScaledObject){annotated(keda.PausedReplicas, "0")}, "Paused", "paused-replicas", recommender.Enforce, true},
		{"paused one way", []func(*keda.ScaledObject){annotated(keda.PausedScaleIn, "true")}, "Paused", "paused-scale-in", recommender.Enforce, true},
		{"fallback", []func(*keda.ScaledObject){condition("Fallback", "True")}, "FallbackActive", "spec.fallback", recommender.Enforce, false},
		{"idle, inactive", []func(*keda.ScaledObject){idle(1), condition("Active", "False")}, "Idle", "KEDA keeps 1 pods", recommender.Enforce, false},
		{"idle, active", []func(*keda.ScaledObject){idle(1), condition("Active", "True")}, "", "", recommender.Enforce, false},
		{"idle, not below the minimum", []func(*keda.ScaledObject){idle(2)}, "BadScaledObject", "2 is not less than minReplicaCount 2", recommender.Observe, false},
		{"maximum below the minimum", []func(*keda.ScaledObject){func(so *keda.ScaledObject) { so.Spec.MaxReplicaCount = new(int32(1)) }},
			"BadScaledObject", "1 is less than minReplicaCount 2", recommender.Enforce, false},
		{"another's HPA", []func(*keda.ScaledObject){annotated(keda.TransferHPA, "true"), func(so *keda.ScaledObject) {
			so.Spec.Advanced.HorizontalPodAutoscalerConfig.Name = "keda-hpa-web-so"
		}}, "HPATransferred", "has taken HorizontalPodAutoscaler keda-hpa-web-so over", recommender.Enforce, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			so := scaledObject(promTrigger())
			for _, f := range tt.change {
				f(so)
			}
			w := Describe(enforced(so, kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "30")), DescribeOptions{})
			if codes(w) != tt.codes || tt.says != "" && !strings.Contains(w.Problems[0].Message, tt.says) {
				t.Errorf("%+v", w.Problems)
			}
			if w.Policy.Mode != tt.mode || w.KeepsOnly != tt.keeps || len(w.Sources) != 1 {
				t.Errorf("mode %s, keeps %t, %d sources", w.Policy.Mode, w.KeepsOnly, len(w.Sources))
			}
			if doubt := tt.codes == "FallbackActive"; doubt != (w.Sources[0].Capacity.PerPod == 0) {
				t.Errorf("capacity %+v", w.Sources[0].Capacity)
			}
		})
	}
}

func TestTheLoadsOfTriggers(t *testing.T) {
	const exported = `max(keda_scaler_metrics_value{exported_namespace="shop",scaledObject="web-so",triggerIndex="0"})`
	const honored = `max(keda_scaler_metrics_value{namespace="shop",scaledObject="web-so",triggerIndex="0"})`
	average, value := autoscalingv2.AverageValueMetricType, autoscalingv2.ValueMetricType
	for _, tt := range []struct {
		name    string
		trigger keda.Trigger
		metric  autoscalingv2.MetricSpec
		want    []string // queries
		perPod  float64
		says    string // the problem
	}{
		{"prometheus", promTrigger(), kedaMetric("s0-prometheus", average, "30"), []string{"sum(rate(orders_total[2m]))"}, 30, ""},
		{"prometheus, by its value", promTrigger(), kedaMetric("s0-prometheus", value, "30"),
			[]string{`(sum(sum(rate(orders_total[2m])))) * max(kube_deployment_status_replicas_ready{deployment="web",namespace="shop"})`}, 30, ""},
		{"a scalar", promTrigger("query", "scalar(orders)"), kedaMetric("s0-prometheus", average, "1500m"), []string{"vector(scalar(orders))"}, 1.5, ""},
		{"no query", promTrigger("query", " "), kedaMetric("s0-prometheus", average, "30"), nil, 0, "spec.triggers[0] (prometheus): its metadata has no query"},
		{"no PromQL", promTrigger("query", "sum(("), kedaMetric("s0-prometheus", average, "30"), nil, 0, "its query is no PromQL"},
		{"a range", promTrigger("query", "orders[5m]"), kedaMetric("s0-prometheus", average, "30"), nil, 0, "not one number"},
		{"a queue", keda.Trigger{Type: "kafka", Name: "lag"}, kedaMetric("s0-kafka-orders", average, "10"), []string{exported, honored}, 10, ""},
		{"cron", keda.Trigger{Type: "cron", Metadata: map[string]string{"start": "0 8 * * *", "end": "0 10 * * *", "desiredReplicas": "5"}},
			kedaMetric("s0-cron-x", average, "1"), nil, 0, "a cron trigger is a schedule and no load"},
		{"another server", promTrigger("serverAddress", "http://user:secret@thanos:9090"), kedaMetric("s0-prometheus", average, "30"),
			[]string{"sum(rate(orders_total[2m]))"}, 30, "KEDA asks with serverAddress http://user:xxxxx@thanos:9090, and Highwater asks http://prometheus.monitoring.svc:9090/ without"},
		{"a tenant", promTrigger("customHeaders", "X-Scope-OrgID=a, x-other=b", "namespace", "shop"), kedaMetric("s0-prometheus", average, "30"),
			[]string{"sum(rate(orders_total[2m]))"}, 30, "KEDA asks with namespace shop and header x-other"},
		{"cpu", keda.Trigger{Type: "cpu"}, averageOf("cpu", "500m"), []string{"sum(max by (pod, container) (rate(container_cpu_usage_seconds_total{" +
			`namespace="shop",pod=~"web-[a-z0-9]+-[a-z0-9]{5}",container!="",container!="POD"}[2m])))`}, 0.5, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := enforced(scaledObject(tt.trigger), tt.metric)
			w := Describe(in, DescribeOptions{Store: Store{URL: "http://prometheus.monitoring.svc:9090/", Headers: map[string]string{"x-scope-orgid": "a"}}})
			var got []string
			if len(w.Sources) == 1 {
				got = append([]string{w.Sources[0].Query.Expr}, w.Sources[0].Query.Else...)
			}
			if tt.name == "cpu" && len(got) == 3 && strings.HasPrefix(got[0], "sum(max by (pod, container)") {
				got = tt.want // history's own tests say which
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if tt.perPod > 0 && (len(w.Sources) != 1 || w.Sources[0].Capacity.PerPod != tt.perPod) {
				t.Errorf("%+v", w.Sources)
			}
			if tt.says == "" && len(w.Problems) > 0 || tt.says != "" && (len(w.Problems) != 1 || !strings.Contains(w.Problems[0].Field+": "+w.Problems[0].Message, tt.says)) {
				t.Errorf("%+v", w.Problems)
			}
			if fatal := len(w.Problems) > 0 && w.Problems[0].Fatal; fatal != (tt.want == nil && len(w.Schedules) == 0) {
				t.Errorf("fatal %t", fatal)
			}
		})
	}
}

func TestAFormulaAsksForAQuery(t *testing.T) {
	so := scaledObject(promTrigger(), promTrigger())
	so.Spec.Advanced.ScalingModifiers.Formula = "a + b"
	in := enforced(so, kedaMetric("composite-metric", autoscalingv2.AverageValueMetricType, "30"))
	w := Describe(in, DescribeOptions{})
	if len(w.Problems) != 1 || w.Problems[0].Field != "spec.advanced.scalingModifiers" || !w.Problems[0].Fatal {
		t.Errorf("%+v", w.Problems)
	}
	in.Policies[0].Spec.Load = &v1alpha1.Load{Query: "sum(x)"}
	if w := Describe(in, DescribeOptions{}); len(w.Problems) > 0 || len(w.Sources) != 1 || w.Sources[0].Capacity.PerPod != 30 {
		t.Errorf("%+v", w)
	}
}

// While KEDA is down, or has deleted its HPA, the load goes on.
func TestWithoutAnHPATheTriggersSayTheLoad(t *testing.T) {
	so := scaledObject(promTrigger("threshold", "12.5"), keda.Trigger{Type: "kafka"})
	in := enforced(so)
	in.Apart = noon.Add(-keptWithin)
	with := Describe(enforced(so, kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "12500m")), DescribeOptions{})
	in.HPA = keda.Autoscaler(so)
	w := Describe(in, DescribeOptions{})
	if codes(w) != NotCarried || w.Floor != 2 || w.Ceiling != 40 || w.Target.Kind != "Deployment" || w.Target.Name != "web" || w.UID != "s1" {
		t.Errorf("%+v", w)
	}
	if diff := cmp.Diff(with.Sources, w.Sources); diff != "" {
		t.Error(diff)
	}
	so.Annotations = map[string]string{keda.Paused: "true"}
	if w := Describe(in, DescribeOptions{}); codes(w) != Paused || !w.KeepsOnly {
		t.Errorf("%+v", w.Problems)
	}
	// KEDA makes it within a second, which is nothing to tell of.
	so = scaledObject(keda.Trigger{Type: "cpu"})
	in = enforced(so)
	in.HPA, in.Apart = keda.Autoscaler(so), noon.Add(-time.Second)
	if w := Describe(in, DescribeOptions{}); len(w.Problems) > 0 {
		t.Errorf("%+v", w.Problems)
	}
	in.Now = noon.Add(keptWithin)
	if w := Describe(in, DescribeOptions{}); codes(w) != NotCarried+" "+NoMetrics {
		t.Errorf("%+v", w.Problems)
	}
}

func TestAFloorThatKEDADoesNotCarry(t *testing.T) {
	so := scaledObject(promTrigger())
	so.Spec.MinReplicaCount = new(int32(7))
	so.Annotations = map[string]string{ownership.LeaseAnnotation: ownership.FormatLease(workload.Lease{Baseline: 2, Floor: 7, Renewed: noon, Expires: noon.Add(time.Hour)})}
	in := enforced(so, kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "30"))
	in.HPA.Spec.MinReplicas, in.Apart = new(int32(2)), noon
	if w := Describe(in, DescribeOptions{}); len(w.Problems) > 0 {
		t.Errorf("at once: %+v", w.Problems)
	}
	in.Now = noon.Add(time.Minute)
	if w := Describe(in, DescribeOptions{}); codes(w) != NotCarried || !strings.Contains(w.Problems[0].Message, "is 2 and not 7") {
		t.Errorf("%+v", w.Problems)
	}
}

// KEDA scales to zero itself, and the HPA says then that it is off.
func TestAScaledObjectAtRestGetsFloors(t *testing.T) {
	so := scaledObject(promTrigger())
	so.Spec.MinReplicaCount = new(int32(0))
	in := enforced(so, kedaMetric("s0-prometheus", autoscalingv2.AverageValueMetricType, "30"))
	in.HPA.Status = hpaStatus(0, 0, "AbleToScale=True ReadyForNewScale", "ScalingActive=False ScalingDisabled: scaling is disabled since the replica count of the target is zero")
	w := Describe(in, DescribeOptions{})
	if w.Policy.Mode != recommender.Enforce || w.Policy.Suspend || w.Baseline != 0 || w.BaselineUnset || len(w.Problems) > 0 {
		t.Errorf("%+v", w)
	}
	in.HPA.Status = hpaStatus(2, 2, "ScalingActive=False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [shop/b shop/a]")
	if w := Describe(in, DescribeOptions{}); w.Policy.Mode != recommender.Observe || codes(w) != AmbiguousSelector {
		t.Errorf("%+v", w)
	}
	if !slices.ContainsFunc(w.Problems, holdsBack) && holdsBack(notice(Paused, "", "")) != true {
		t.Error("a pause holds no floor back")
	}
}

func TestServersOfOneNameAreOne(t *testing.T) {
	for _, same := range []string{"http://Prometheus.monitoring:9090", "http://prometheus.monitoring.svc:9090/", "http://prometheus.monitoring.svc.cluster.local:9090"} {
		if got := server(same); got != "prometheus.monitoring:9090" {
			t.Errorf("%s: %s", same, got)
		}
	}
	if server("https://x/a") != server("https://x:443/a/") || server("http://x/a") == server("http://x/b") || server("http://x") != "x:80" {
		t.Error("ports and paths")
	}
}

package discovery

import (
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

func asks(kind string) keda.Trigger {
	return keda.Trigger{Type: kind, Metadata: map[string]string{"scalerAddress": "highwater.highwater:8090"}}
}

func asksOverHTTP(workload string) keda.Trigger {
	return keda.Trigger{Type: "metrics-api", Metadata: map[string]string{"valueLocation": "value", "targetValue": "1",
		"url": "http://highwater.highwater:8080/api/v1/workloads/" + workload + "/metric"}}
}

const average = autoscalingv2.AverageValueMetricType

func TestHowAFloorIsAskedFor(t *testing.T) {
	own := kedaMetric("s1-highwater-floor", average, "1")
	overHTTP := kedaMetric("s1-metric-api-value", average, "1")
	for _, tt := range []struct {
		name      string
		actuation v1alpha1.Actuation
		trigger   keda.Trigger
		metric    autoscalingv2.MetricSpec
		codes     string
		says      string // in the first problem
		loads     int
	}{
		{"push", v1alpha1.ByMetric, asks("external-push"), own, "", "", 1},
		{"poll", v1alpha1.ByMetric, asks("external"), own, "", "", 1},
		{"http", v1alpha1.ByMetric, asksOverHTTP("shop/web-so"), overHTTP, "", "", 1},
		{"of another", v1alpha1.ByMetric, asksOverHTTP("shop/other"), overHTTP, "FloorNotAsked", "none of them asks Highwater for the floor", 1},
		{"written", v1alpha1.ByMinReplicas, asks("external"), own, "FloorNotServed", "FloorPolicy p: spec.actuation is not Metric, so it is told 0 pods", 1},
		{"by default", "", asks("external"), own, "FloorNotServed", "spec.triggers[1] (external): it asks", 1},
		{"not asked", v1alpha1.ByMetric, asks("external"), kedaMetric("s1-orders", average, "5"), "FloorNotAsked", "KEDA keeps no metric highwater-floor", 2},
		{"no trigger", v1alpha1.ByMetric, keda.Trigger{Type: "kafka"}, kedaMetric("s1-kafka-orders", average, "5"), "FloorNotAsked", "add a trigger of type external-push", 2},
		{"a value", v1alpha1.ByMetric, asks("external"), kedaMetric("s1-highwater-floor", autoscalingv2.ValueMetricType, "1"), "BadTrigger", "leave metricType out", 1},
		{"a target", v1alpha1.ByMetric, asksOverHTTP("shop/web-so"), kedaMetric("s1-metric-api-value", average, "5"), "BadTrigger", "set targetValue to 1", 1},
		{"a mistake", "Both", asks("external"), own, "BadPolicy FloorNotServed", `"Both" is not known: it must be MinReplicas or Metric`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := enforced(scaledObject(promTrigger(), tt.trigger), kedaMetric("s0-prometheus", average, "30"), tt.metric)
			in.Policies[0].Spec.Actuation = tt.actuation
			w := Describe(in, DescribeOptions{})
			if codes(w) != tt.codes || w.AsMetric != (tt.actuation == v1alpha1.ByMetric) || len(w.Sources) != tt.loads {
				t.Errorf("%q, as a metric: %v, %d loads: %+v", codes(w), w.AsMetric, len(w.Sources), w.Problems)
			}
			if tt.says != "" && !strings.Contains(w.Problems[0].Field+": "+w.Problems[0].Message, tt.says) {
				t.Errorf("%+v", w.Problems[0])
			}
		})
	}
}

func TestNothingOfTheClusterScalesAnHPAByAServedFloor(t *testing.T) {
	p := named("p", v1alpha1.FloorPolicySpec{Mode: v1alpha1.Enforce, Actuation: v1alpha1.ByMetric})
	w := Describe(Input{HPA: web(kedaMetric("s0-prometheus", average, "30")), Policies: []*v1alpha1.FloorPolicy{p}, Now: noon}, DescribeOptions{})
	if !w.AsMetric || !strings.Contains(codes(w), FloorNotAsked) {
		t.Errorf("%+v", w.Problems)
	}
}

// What is served follows the forecast: as a load it would drive itself up.
func TestAFloorThatIsAskedForIsNoLoad(t *testing.T) {
	in := enforced(scaledObject(asks("external")), kedaMetric("s0-highwater-floor", average, "1"))
	in.Policies[0].Spec.Actuation = v1alpha1.ByMetric
	w := Describe(in, DescribeOptions{})
	if len(w.Sources) != 0 || codes(w) != NoMetrics || !w.Problems[0].Fatal || !strings.Contains(w.Problems[0].Message, "they ask for nothing but Highwater's floor") {
		t.Errorf("%+v, %+v", w.Sources, w.Problems)
	}
	// With a query, the target of the other metric is the only one.
	in = enforced(scaledObject(asks("external"), promTrigger()), kedaMetric("s0-highwater-floor", average, "1"), kedaMetric("s1-prometheus", average, "30"))
	in.Policies[0].Spec.Actuation, in.Policies[0].Spec.Load = v1alpha1.ByMetric, &v1alpha1.Load{Query: "sum(orders)"}
	w = Describe(in, DescribeOptions{})
	if len(w.Sources) != 1 || w.Sources[0].Capacity.PerPod != 30 || len(w.Problems) != 0 {
		t.Errorf("%+v, %+v", w.Sources, w.Problems)
	}
}

func TestWhatWasServedIsKnownFromAFreshStatusOnly(t *testing.T) {
	f := func(age time.Duration, actuation v1alpha1.Actuation, pods, want int32) {
		t.Helper()
		in := enforced(scaledObject(promTrigger(), asks("external")), kedaMetric("s0-prometheus", average, "30"), kedaMetric("s1-highwater-floor", average, "1"))
		in.Policies[0].Spec.Actuation = actuation
		in.Policies[0].Status = v1alpha1.FloorPolicyStatus{Served: &pods, LastDecisionTime: &metav1.Time{Time: noon.Add(-age)}}
		if w := Describe(in, DescribeOptions{}); w.Served != want {
			t.Errorf("a status %s old, %s: %d served, want %d", age, actuation, w.Served, want)
		}
	}
	f(time.Minute, v1alpha1.ByMetric, 12, 12)
	f(time.Minute, v1alpha1.ByMetric, 99, 40) // the ceiling
	f(time.Minute, v1alpha1.ByMinReplicas, 12, 0)
	f(servedWithin, v1alpha1.ByMetric, 12, 0)
}

func TestAServedFloorWakesWhatIsIdle(t *testing.T) {
	so := scaledObject(promTrigger(), asks("external"))
	so.Spec.IdleReplicaCount = new(int32(1))
	so.Status.Conditions = []keda.Condition{{Type: keda.Active, Status: metav1.ConditionFalse}}
	in := enforced(so, kedaMetric("s0-prometheus", average, "30"), kedaMetric("s1-highwater-floor", average, "1"))
	if w := Describe(in, DescribeOptions{}); !strings.Contains(codes(w), Idle) {
		t.Errorf("%q of a floor that is written", codes(w))
	}
	in.Policies[0].Spec.Actuation = v1alpha1.ByMetric
	if w := Describe(in, DescribeOptions{}); codes(w) != "" {
		t.Errorf("%q of a floor that is served", codes(w))
	}
}

// A floor that nothing asks for is not in force, which `kubectl wait` has to see.
func TestAFloorThatNothingAsksForIsNotEnforced(t *testing.T) {
	for code, status := range map[string]metav1.ConditionStatus{FloorNotAsked: metav1.ConditionFalse, OtherStore: metav1.ConditionTrue} {
		in := PolicyStatus{Applied: workload.Applied{Outcome: workload.OutcomeServed}, Workload: workload.Workload{
			Key: workload.Key{Namespace: "shop", Name: "web"}, AsMetric: true, Served: 9, Policy: recommender.Policy{Mode: recommender.Enforce},
			Problems: []workload.Problem{notice(code, "spec.triggers", "text")}}}
		c := meta.FindStatusCondition(statusOf(v1alpha1.FloorPolicyStatus{}, 1, in, noon).Conditions, v1alpha1.Enforcing)
		if c.Status != status || status == metav1.ConditionFalse && (c.Reason != FloorNotAsked || c.Message != "spec.triggers: text") {
			t.Errorf("%s: %+v", code, c)
		}
	}
}

func TestAStatusTellsAtOnceWhatIsServed(t *testing.T) {
	in := PolicyStatus{Workload: workload.Workload{Key: workload.Key{Namespace: "shop", Name: "web"}, AsMetric: true, Served: 9}}
	before := statusOf(v1alpha1.FloorPolicyStatus{}, 1, in, noon)
	if before.Served == nil || *before.Served != 9 {
		t.Errorf("%+v", before)
	}
	in.Workload.Served = 0
	after := statusOf(before, 1, in, noon)
	if after.Served != nil || !worthWriting(before, after) {
		t.Errorf("%+v after %+v", after, before)
	}
}

package discovery

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// What a replay is told of an HPA has to be what the HPA does, in the units of
// the load that is read.
func TestDescribeHowTheAutoscalerSeesALoad(t *testing.T) {
	app := podWith(container("app", "400m"), container("proxy", "100m"))
	load := func(q string) []*v1alpha1.FloorPolicy {
		l := &v1alpha1.Load{Query: "sum(x)"}
		if q != "" {
			l.PerPod = perPod(q)
		}
		return []*v1alpha1.FloorPolicy{named("p", v1alpha1.FloorPolicySpec{Load: l})}
	}
	utilized := func(s simulate.Source, target, request float64) simulate.Metric {
		return simulate.Metric{Kind: simulate.Utilization, Source: s, Target: target, Request: request}
	}
	average := func(s simulate.Source, target float64) simulate.Metric {
		return simulate.Metric{Kind: simulate.AverageValue, Source: s, Target: target}
	}
	for _, tt := range []struct {
		name     string
		metric   autoscalingv2.MetricSpec
		policies []*v1alpha1.FloorPolicy
		want     simulate.Metric
		full     float64
		assumed  string
	}{
		{"CPU utilization", utilizationOf("cpu", 70), nil, utilized(simulate.Resource, 0.7, 0.5), 0.5, ""},
		{"memory utilization", utilizationOf("memory", 50), nil, utilized(simulate.Memory, 0.5, 512<<20), 512 << 20, ""},
		{"one container", inContainer("app", 50), nil, utilized(simulate.Resource, 0.5, 0.4), 0.4, ""},
		{"an average of CPU", averageOf("cpu", "400m"), nil, average(simulate.Resource, 0.4), 0.5, "1.25 times the average"},
		{"pods", podsMetric("rps", "80"), nil, average(simulate.Pods, 80), 100, "set spec.load.perPod"},
		{"external", external("queue", autoscalingv2.AverageValueMetricType, "40"), nil, average(simulate.External, 40), 50, "1.25 times the average"},
		{"external value", external("queue", autoscalingv2.ValueMetricType, "40"), nil, average(simulate.External, 40), 50, "1.25 times the value"},
		{"object", object("Ingress", "front", "40"), nil, average(simulate.Object, 40), 50, "1.25 times the value"},
		{"a load beside CPU", utilizationOf("cpu", 70), load("100"), average(simulate.External, 80), 100, "taken to aim at 0.8"},
		{"a load in the autoscaler's unit", podsMetric("rps", "70"), load("100"), average(simulate.Pods, 70), 100, ""},
		{"a load in another unit", podsMetric("messages", "7k"), load("100"), average(simulate.External, 80), 100, "taken to aim at 0.8"},
		{"a load of which only the target is known", podsMetric("rps", "80"), load(""), average(simulate.External, 80), 100, "1.25 times the average"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := Describe(Input{HPA: web(tt.metric), Pod: app, Policies: tt.policies}, DescribeOptions{})
			if len(w.Sources) != 1 {
				t.Fatalf("%+v", w)
			}
			s := w.Sources[0]
			near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }
			if s.Metric.Kind != tt.want.Kind || s.Metric.Source != tt.want.Source || !near(s.Metric.Target, tt.want.Target) || !near(s.Metric.Request, tt.want.Request) || !near(s.Full, tt.full) {
				t.Errorf("%+v, full %g; want %+v, full %g", s.Metric, s.Full, tt.want, tt.full)
			}
			if (s.Assumed == "") != (tt.assumed == "") || !strings.Contains(s.Assumed, tt.assumed) {
				t.Errorf("assumed %q, want %q", s.Assumed, tt.assumed)
			}
			if err := (simulate.Spec{Max: 40, Metrics: []simulate.Metric{s.Metric}}).Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDescribeBehavior(t *testing.T) {
	hpa := web(averageOf("cpu", "1"))
	if w := Describe(Input{HPA: hpa}, DescribeOptions{}); w.Behavior != nil {
		t.Errorf("of none: %+v", w.Behavior)
	}
	least := autoscalingv2.MinChangePolicySelect
	hpa.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{
		StabilizationWindowSeconds: new(int32(600)), SelectPolicy: &least, Tolerance: new(resource.MustParse("50m")),
		Policies: []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PodsScalingPolicy, Value: 4, PeriodSeconds: 60}, {Type: autoscalingv2.PercentScalingPolicy, Value: 10, PeriodSeconds: 30}},
	}}
	want := &simulate.Behavior{Down: simulate.Rules{Window: new(10 * time.Minute), Tolerance: new(0.05), Select: simulate.SelectMin,
		Policies: []simulate.Policy{{Kind: simulate.Pods, Value: 4, Period: time.Minute}, {Kind: simulate.Percent, Value: 10, Period: 30 * time.Second}}}}
	w := Describe(Input{HPA: hpa}, DescribeOptions{})
	if diff := cmp.Diff(want, w.Behavior); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := (simulate.Spec{Max: 40, Metrics: []simulate.Metric{w.Sources[0].Metric}, Behavior: w.Behavior}).Check(); err != nil {
		t.Error(err)
	}
}

func TestDescribeWhatCapacityIsLearnedFrom(t *testing.T) {
	app := podWith(container("app", "400m"))
	latency := &v1alpha1.Latency{Query: "p95", Objective: "200ms"}
	describe := func(pod Pod, spec v1alpha1.FloorPolicySpec) workload.Workload {
		return Describe(Input{HPA: web(utilizationOf("cpu", 50)), Pod: pod, Policies: []*v1alpha1.FloorPolicy{named("p", spec)}}, DescribeOptions{Horizon: 2 * time.Hour})
	}
	w := describe(app, v1alpha1.FloorPolicySpec{Latency: latency})
	if w.Latency == nil || w.Latency.Most != 200*time.Millisecond || w.Latency.Query.From != "FloorPolicy p: spec.latency.query" || w.CPU != nil || len(w.Problems) != 0 {
		t.Errorf("a latency: %+v", w)
	}
	work := &v1alpha1.Load{Query: "sum(x)", PerPod: perPod("10")}
	w = describe(app, v1alpha1.FloorPolicySpec{Load: work, Backlog: &v1alpha1.Backlog{Query: "sum(b)", Objective: "5m"}, Proof: v1alpha1.ProofSkip, LeadTime: "1m"})
	if w.Backlog == nil || w.Backlog.Most != 5*time.Minute || w.CPU == nil || w.CPU.Request != 0.4 || w.CPU.Query.Unit != "cores" || !w.SkipProof || w.LeadAuto {
		t.Errorf("a backlog: %+v", w)
	}
	if w = describe(Pod{}, v1alpha1.FloorPolicySpec{Load: work}); w.CPU != nil || len(w.Problems) != 0 || len(w.Sources) != 1 {
		t.Errorf("a pod that requests nothing: %+v", w)
	}
	for _, tt := range []struct {
		spec v1alpha1.FloorPolicySpec
		says string
	}{
		{v1alpha1.FloorPolicySpec{Latency: &v1alpha1.Latency{Query: " ", Objective: "200ms"}}, "it is empty"},
		{v1alpha1.FloorPolicySpec{Latency: &v1alpha1.Latency{Query: "x", Objective: "2h"}}, "at most 1h"},
		{v1alpha1.FloorPolicySpec{Latency: &v1alpha1.Latency{Query: "x"}}, "it is missing"},
		{v1alpha1.FloorPolicySpec{Backlog: &v1alpha1.Backlog{Query: "x", Objective: "5m"}}, "it needs spec.load.query"},
		{v1alpha1.FloorPolicySpec{Load: work, Backlog: &v1alpha1.Backlog{Query: "x", Objective: "5ms"}}, "from 1s to 24h"},
		{v1alpha1.FloorPolicySpec{LeadTime: "3h"}, "further ahead than the forecasts of 2h"},
		{v1alpha1.FloorPolicySpec{Quiet: "3h"}, "further ahead than the forecasts of 2h"},
	} {
		w := describe(app, tt.spec)
		if len(w.Problems) != 1 || w.Problems[0].Code != BadPolicy || !strings.Contains(w.Problems[0].Message, tt.says) || w.Latency != nil || w.Backlog != nil || w.Policy.LeadTime > time.Hour || w.Policy.Quiet > time.Hour {
			t.Errorf("want %q: %+v", tt.says, w)
		}
	}
}

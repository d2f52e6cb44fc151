package discovery

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// spare is what a pod carries at the most, as a multiple of an absolute
	// target: a target is where pods should be, not where they break.
	spare = 1.25
	// aim is the target, as a share of what the policy says that a pod carries,
	// where the autoscaler's own is not known in the unit of the load.
	aim = 1 / spare
	// An autoscaler's target within these shares of what the policy says that a
	// pod carries is taken to be in the same unit.
	leastAim, mostAim = 0.25, 1.0
)

// view says how the autoscaler sees the load of a source, and what a ready pod
// carries at the most. What is not known is left at zero.
func view(s *workload.Source, m history.Metric, t *autoscalingv2.MetricTarget) {
	if !(s.Capacity.PerPod > 0) {
		return
	}
	s.Metric = simulate.Metric{Kind: simulate.AverageValue, Source: seenAs(m), Target: s.Capacity.PerPod}
	switch t.Type {
	case autoscalingv2.UtilizationMetricType:
		share := float64(*t.AverageUtilization) / 100
		s.Metric.Kind, s.Metric.Target, s.Metric.Request = simulate.Utilization, share, s.Capacity.PerPod/share
		s.Full = s.Metric.Request
	case autoscalingv2.ValueMetricType:
		// The load that is read is the value times the ready pods, and the
		// autoscaler wants load/target pods: as of an average.
		assume(s, "a pod is taken to carry %g times the value that the autoscaler aims at")
	default:
		assume(s, "a pod is taken to carry %g times the average that the autoscaler aims at")
	}
}

// assume takes a pod to carry more than its target by what is spare.
func assume(s *workload.Source, what string) {
	s.Full, s.Guessed = spare*s.Metric.Target, true
	s.Assumed = fmt.Sprintf(what+"; set spec.load.perPod of a FloorPolicy to what it does carry, or spec.latency to have it learned", spare)
}

// seenAs says where the autoscaler has a metric from.
func seenAs(m history.Metric) simulate.Source {
	switch m.Kind {
	case history.Resource, history.ContainerResource:
		if m.Name != "cpu" {
			return simulate.Memory
		}
		return simulate.Resource
	case history.Pods:
		return simulate.Pods
	case history.Object:
		return simulate.Object
	}
	return simulate.External
}

// viewOfPolicy does the same for the load that a policy gives. perPod says that
// the policy also gives what a pod carries.
func viewOfPolicy(s *workload.Source, perPod bool, in Input) {
	s.Metric = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.External, Target: s.Capacity.PerPod}
	if !perPod {
		assume(s, "a pod is taken to carry %g times the average that the autoscaler aims at")
		return
	}
	s.Full = s.Capacity.PerPod
	if target, source, ok := ownAverage(in); ok && target >= leastAim*s.Full && target <= mostAim*s.Full {
		s.Metric.Source, s.Metric.Target = source, target
		return
	}
	s.Metric.Target = aim * s.Full
	s.Assumed = fmt.Sprintf("the autoscaler is taken to aim at %g of what a pod carries, since it has no single average in the unit of spec.load.query; give it one, in this unit", aim)
}

// ownAverage returns the target of an autoscaler that has one metric, with an
// average per pod of something that is no resource.
func ownAverage(in Input) (target float64, source simulate.Source, ok bool) {
	metrics := in.metrics()
	if len(metrics) != 1 {
		return 0, "", false
	}
	m := metrics[0].MetricSpec
	t := targetOf(m)
	if t == nil || t.Type != autoscalingv2.AverageValueMetricType || t.AverageValue == nil {
		return 0, "", false
	}
	h := metricOf(0, m, in.HPA.Namespace)
	if h.Kind == history.Resource || h.Kind == history.ContainerResource {
		return 0, "", false
	}
	return t.AverageValue.AsApproximateFloat64(), seenAs(h), true
}

package discovery

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// servedWithin is how old a status may be to tell what a process before this one
// served: as long as a lease lasts.
const servedWithin = 30 * time.Minute

// A numbered metric knows its place in the autoscaler.
type numbered struct {
	i int
	autoscalingv2.MetricSpec
}

// metrics are those of the autoscaler that are not Highwater's own.
func (in Input) metrics() (list []numbered) {
	for i, m := range in.HPA.Spec.Metrics {
		if _, asks := in.asksFloor(m); !asks {
			list = append(list, numbered{i, m})
		}
	}
	return list
}

// trigger returns the index of the trigger behind a metric of the autoscaler that
// KEDA keeps; ok is false for a metric that is no trigger's.
func (in Input) trigger(m autoscalingv2.MetricSpec) (i int, ok bool) {
	if in.ScaledObject == nil || m.Type != autoscalingv2.ExternalMetricSourceType || m.External == nil {
		return 0, false
	}
	i, ok = keda.TriggerOf(m.External.Metric.Name)
	return i, ok && i < len(in.ScaledObject.Spec.Triggers)
}

// asksFloor reports whether a metric of the autoscaler is the floor of a workload,
// asked of Highwater, and whether of this one.
func (in Input) asksFloor(m autoscalingv2.MetricSpec) (own, asks bool) {
	i, ok := in.trigger(m)
	if !ok {
		return false, false
	}
	namespace, name, asks := in.ScaledObject.Spec.Triggers[i].AsksFloor(m.External.Metric.Name)
	k := workload.Key{Namespace: namespace, Name: name}
	return asks && (k == workload.Key{} || k == in.key()), asks
}

// actuation finds out how floors take effect, and tells where they could not.
func (d *describer) actuation() {
	p := d.in.policy()
	if d.w.AsMetric = p != nil && p.Spec.Actuation == v1alpha1.ByMetric; d.w.AsMetric {
		if s := p.Status; s.Served != nil && s.LastDecisionTime != nil && d.in.Now.Sub(s.LastDecisionTime.Time) < servedWithin {
			d.w.Served = min(*s.Served, d.w.Ceiling)
		}
	}
	asked := false
	for _, m := range d.in.HPA.Spec.Metrics {
		if own, _ := d.in.asksFloor(m); own {
			asked = true
			d.floorTrigger(m)
		}
	}
	if !d.w.AsMetric || asked || d.in.young() {
		return
	}
	field := ofPolicy(p.Name, "spec.actuation")
	switch so := d.in.ScaledObject; {
	case so == nil:
		d.report(notice(FloorNotAsked, field, "it is Metric, and no ScaledObject of KEDA is known for %s %s, so nothing is known to scale by the floor that is served: set it to MinReplicas", d.w.Kind, d.w.Key))
	case mayAsk(so):
		d.report(notice(FloorNotAsked, "spec.triggers",
			"KEDA keeps no metric %s for its external triggers, so the floor that is served has no effect: see that scalerAddress leads to Highwater (scaler.listen), and what KEDA's operator says", keda.FloorMetric))
	default:
		d.report(notice(FloorNotAsked, "spec.triggers",
			"none of them asks Highwater for the floor, as %s says, so the floor that is served has no effect: add a trigger of type external-push, external or metrics-api", field))
	}
}

func mayAsk(so *keda.ScaledObject) bool {
	for _, t := range so.Spec.Triggers {
		if t.MayAskFloor() {
			return true
		}
	}
	return false
}

// floorTrigger looks at the metric of a trigger that asks for the floor.
func (d *describer) floorTrigger(m autoscalingv2.MetricSpec) {
	i, _ := d.in.trigger(m)
	field := trigger(i, d.in.ScaledObject.Spec.Triggers[i])
	if !d.w.AsMetric {
		why := "no FloorPolicy holds for this ScaledObject"
		if p := d.in.policy(); p != nil {
			why = ofPolicy(p.Name, "spec.actuation") + " is not Metric"
		}
		d.report(notice(FloorNotServed, field, "it asks Highwater for the floor, and %s, so it is told 0 pods: set spec.actuation to Metric in a FloorPolicy, or remove the trigger", why))
	}
	t := m.External.Target
	switch {
	case t.Type != autoscalingv2.AverageValueMetricType || t.AverageValue == nil:
		d.report(notice(BadTrigger, field, "its metricType is %s, which makes something else of a number of pods: leave metricType out, or set it to AverageValue", t.Type))
	case t.AverageValue.MilliValue() != 1000:
		d.report(notice(BadTrigger, field, "its target is %s, and not 1, so it asks for another number of pods than the floor: set targetValue to 1", t.AverageValue))
	}
}

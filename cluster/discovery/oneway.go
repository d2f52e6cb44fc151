package discovery

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// slowDown is a stabilization of the way down from which on it is told.
const slowDown = time.Hour

// wayDown says, before a floor is first set, that the autoscaler will not take its
// pods away again, or late: lowering the floor only allows it to.
func (d *describer) wayDown() {
	b := d.in.HPA.Spec.Behavior
	if b == nil || b.ScaleDown == nil {
		return
	}
	field := "spec.behavior.scaleDown."
	if so := d.in.ScaledObject; so != nil {
		if so.Set(keda.PausedScaleIn) {
			return // which is told, and is no behavior of its owner's
		}
		field = "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown."
	}
	switch r := b.ScaleDown; {
	case r.SelectPolicy != nil && *r.SelectPolicy == autoscalingv2.DisabledPolicySelect:
		d.report(notice(NoWayDown, field+"selectPolicy",
			"it is Disabled, so the autoscaler never removes a pod, and those that a floor brings stay: allow it to scale down, or keep mode Observe"))
	case r.StabilizationWindowSeconds != nil && time.Duration(*r.StabilizationWindowSeconds)*time.Second >= slowDown:
		window := time.Duration(*r.StabilizationWindowSeconds) * time.Second
		d.report(notice(NoWayDown, field+"stabilizationWindowSeconds",
			"it is %d: where the load itself asked for as many pods, those that a floor brings stay for %s after it", *r.StabilizationWindowSeconds, explain.Span(window)))
	}
}

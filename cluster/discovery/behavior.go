package discovery

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// behaviorOf says how fast an autoscaler may go, in the words of package
// simulate; nil is the controller's own rules.
func behaviorOf(b *autoscalingv2.HorizontalPodAutoscalerBehavior) *simulate.Behavior {
	if b == nil {
		return nil
	}
	return &simulate.Behavior{Up: rulesOf(b.ScaleUp), Down: rulesOf(b.ScaleDown)}
}

func rulesOf(r *autoscalingv2.HPAScalingRules) (out simulate.Rules) {
	if r == nil {
		return out
	}
	if r.StabilizationWindowSeconds != nil {
		out.Window = new(time.Duration(*r.StabilizationWindowSeconds) * time.Second)
	}
	if r.Tolerance != nil {
		out.Tolerance = new(r.Tolerance.AsApproximateFloat64())
	}
	if r.SelectPolicy != nil {
		out.Select = simulate.SelectPolicy(*r.SelectPolicy)
	}
	for _, p := range r.Policies {
		out.Policies = append(out.Policies, simulate.Policy{
			Kind: simulate.PolicyKind(p.Type), Value: p.Value, Period: time.Duration(p.PeriodSeconds) * time.Second,
		})
	}
	return out
}

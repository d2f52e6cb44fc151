package api

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
)

// FloorMetric is the floor of a workload as a metric: what KEDA's trigger
// metrics-api reads, at the valueLocation `value`.
type FloorMetric struct {
	Value    int32  `json:"value" doc:"The pods that the floor asks for; 0 while it is no more than the baseline, and unless floors are enforced with the actuation Metric"`
	Target   int32  `json:"target" doc:"What a pod carries of the value: the trigger's targetValue"`
	Active   bool   `json:"active" doc:"Whether any pods are asked for"`
	Floor    int32  `json:"floor" doc:"Recommended now"`
	Baseline int32  `json:"baseline" doc:"The user's own minReplicas"`
	Mode     string `json:"mode"`
	Reason   string `json:"reason"`
	Why      string `json:"why" doc:"Why it asks for so many pods, or for none"`
}

func (h *handlers) metric(_ context.Context, in *Named) (*body[FloorMetric], error) {
	r, ok := h.s.Result(in.key())
	switch {
	case !ok && !h.s.Ready():
		return nil, huma.Error503ServiceUnavailable(fmt.Sprintf("workload %s is not known yet: the first tick is not done", in.key()))
	case !ok:
		return nil, h.missing(*in)
	}
	a, err := r.Asked(h.s.Now())
	if err != nil {
		return nil, huma.Error503ServiceUnavailable(err.Error())
	}
	return &body[FloorMetric]{FloorMetric{
		Value: a.Pods, Target: 1, Active: a.Pods > 0, Floor: r.Decision.Floor, Baseline: r.Workload.Baseline,
		Mode: string(r.Workload.Policy.Mode), Reason: string(r.Decision.Reason), Why: a.Why,
	}}, nil
}

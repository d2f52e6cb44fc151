package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/highwater-dev/highwater/cluster/patch"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// An HPA is one that there is no cluster to ask about: flags describe it.
type HPA struct {
	PodCapacity float64 // load that one ready pod carries at the most
	Target      string  // as 70%, of what a pod requests, or as a load for each pod
	Request     float64 // of a pod, in the unit of the load; PodCapacity if 0
	Baseline    int32
	Ceiling     int32
	Start       time.Duration  // from a pod's creation to Ready
	DownWindow  *time.Duration // of behavior.scaleDown; the controller's own if nil
}

// Check returns an error that joins everything wrong with h, by the flags.
func (h HPA) Check() error {
	_, err := h.metric()
	errs := []error{err}
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(!(h.PodCapacity > 0) || math.IsInf(h.PodCapacity, 0), "--pod-capacity %g: give the load that one ready pod carries at the most, in the unit of the file", h.PodCapacity)
	add(!(h.Request >= 0) || math.IsInf(h.Request, 0), "--request %g: give what a pod requests, in the unit of the file, or leave it out", h.Request)
	add(h.Baseline < 1, "--baseline %d: an HPA keeps at least 1 pod", h.Baseline)
	add(h.Ceiling < h.Baseline, "--ceiling %d: make it at least --baseline, which is %d", h.Ceiling, h.Baseline)
	add(h.Start < 0, "--start %s: must not be negative", model.Duration(h.Start))
	if w := h.DownWindow; w != nil {
		add(*w > time.Hour || *w%time.Second != 0, "--scale-down-window %s: must be whole seconds, 1h at the most", model.Duration(*w))
	}
	return errors.Join(errs...)
}

// metric reads the target: a share of what a pod requests, or a load.
func (h HPA) metric() (simulate.Metric, error) {
	t, err := ParseTarget(h.Target)
	switch {
	case err != nil:
		return simulate.Metric{}, fmt.Errorf("--target %w", err)
	case t.Load > 0 && h.Request != 0:
		return simulate.Metric{}, fmt.Errorf("--request %g: --target %s is no share of it; leave it out, or write the target in percent", h.Request, h.Target)
	case t.Load > 0:
		return simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: t.Load}, nil
	}
	return simulate.Metric{Kind: simulate.Utilization, Source: simulate.Resource, Target: t.Share, Request: cmp.Or(h.Request, h.PodCapacity)}, nil
}

// LeadTime is the least that suits its pods' start.
func (h HPA) LeadTime() time.Duration { return h.Start + leadSpare }

// Subject makes a workload of h and its load. h has been checked.
func (h HPA) Subject(name string, load forecast.Series, p recommender.Policy, c *forecast.Calendar) *Subject {
	metric, _ := h.metric() // checked
	spec := simulate.Spec{Min: h.Baseline, Max: h.Ceiling, Metrics: []simulate.Metric{metric}}
	if h.DownWindow != nil {
		spec.Behavior = &simulate.Behavior{Down: simulate.Rules{Window: h.DownWindow}}
	}
	x := &Subject{Name: name, Input: advice.Input{Case: proof.Case{
		Loop:  simulate.Loop{Spec: spec, PerPod: []float64{h.PodCapacity}, Start: simulate.Starts{Fixed: h.Start}},
		Loads: []forecast.Series{load}, Policy: p, Calendar: c,
	}}}
	x.Autoscaler = func(context.Context) (patch.Autoscaler, error) {
		object, err := h.object(name, metric)
		return patch.Autoscaler{Object: object, FromFile: true, Enforced: p.Mode == recommender.Enforce}, err
	}
	return x
}

// object is the HPA as an API server would have it, as far as flags say.
func (h HPA) object(name string, m simulate.Metric) (*unstructured.Unstructured, error) {
	metric := map[string]any{"type": "Pods"}
	if m.Kind == simulate.Utilization {
		metric["type"] = "Resource"
		metric["resource"] = map[string]any{"target": map[string]any{"type": "Utilization", "averageUtilization": int64(math.Round(100 * m.Target))}}
	} else {
		q, err := resource.ParseQuantity(strconv.FormatFloat(m.Target, 'f', -1, 64))
		if err != nil {
			return nil, fmt.Errorf("--target %s: %w", h.Target, err)
		}
		metric["pods"] = map[string]any{"target": map[string]any{"type": "AverageValue", "averageValue": q.String()}}
	}
	spec := map[string]any{"minReplicas": int64(h.Baseline), "maxReplicas": int64(h.Ceiling), "metrics": []any{metric}}
	if h.DownWindow != nil {
		spec["behavior"] = map[string]any{"scaleDown": map[string]any{"stabilizationWindowSeconds": int64(h.DownWindow.Seconds())}}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": autoscalingv2.SchemeGroupVersion.String(), "kind": workload.HorizontalPodAutoscaler,
		"metadata": map[string]any{"name": name}, "spec": spec,
	}}, nil
}

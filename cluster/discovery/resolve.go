package discovery

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// The ranges that a policy's values keep to, as its schema says too.
const (
	minQuantile  = 0.5
	maxHeadroom  = 10.0
	maxStepUp    = 100.0
	maxLeadTime  = 6 * time.Hour
	maxHold      = 24 * time.Hour
	maxQuiet     = 24 * time.Hour
	maxCostRatio = 1e6
	minStepEvery = time.Second
	maxStepEvery = time.Hour
)

// ResolvePolicy lays what a policy says over the defaults. It repeats the
// checks of the schema, for policies that were stored before it, and returns
// every problem; a value with a problem leaves the default.
func ResolvePolicy(name string, s *v1alpha1.FloorPolicySpec, defaults recommender.Policy) (recommender.Policy, []workload.Problem) {
	p := defaults
	r := resolver{policy: name}
	r.target(s.TargetRef)
	switch s.Mode {
	case "":
	case v1alpha1.Observe:
		p.Mode = recommender.Observe
	case v1alpha1.Enforce:
		p.Mode = recommender.Enforce
	default:
		r.bad("spec.mode", "%q is not a mode: it must be Observe or Enforce", s.Mode)
	}
	p.Suspend = p.Suspend || s.Suspend
	switch s.Actuation {
	case "", v1alpha1.ByMinReplicas, v1alpha1.ByMetric:
	default:
		r.bad("spec.actuation", "%q is not known: it must be MinReplicas or Metric", s.Actuation)
	}

	r.risk(&p, s)
	switch s.Proof {
	case "", v1alpha1.ProofRequired, v1alpha1.ProofSkip:
	default:
		r.bad("spec.proof", "%q is not known: it must be Required or Skip", s.Proof)
	}
	if s.LeadTime != v1alpha1.Auto {
		r.duration(&p.LeadTime, "spec.leadTime", string(s.LeadTime), "auto, or more than 0s and at most 6h", func(d time.Duration) bool {
			return d > 0 && d <= maxLeadTime
		})
	}
	r.duration(&p.Hold, "spec.hold", string(s.Hold), "at least 0s and at most 24h", func(d time.Duration) bool {
		return d >= 0 && d <= maxHold
	})
	r.duration(&p.Quiet, "spec.quiet", string(s.Quiet), "at least 0s and at most 24h", func(d time.Duration) bool {
		return d >= 0 && d <= maxQuiet
	})
	r.limits(&p, s.Limits)
	return p, r.problems
}

// risk resolves what says how short the workload may be: a quantile, or a risk
// from which it follows.
func (r *resolver) risk(p *recommender.Policy, s *v1alpha1.FloorPolicySpec) {
	if s.Quantile != "" && s.Risk != nil {
		r.bad("spec.risk", "there is a quantile of %s, too: set only one, since from a risk the quantile follows", s.Quantile)
		return
	}
	had := len(r.problems)
	r.percent(&p.Quantile, "spec.quantile", s.Quantile, "at least 50% and below 100%", func(v float64) bool {
		return v >= minQuantile && v < 1
	})
	if s.Quantile != "" && len(r.problems) == had {
		p.Risk = recommender.Risk{}
	}
	if s.Risk == nil {
		return
	}
	switch ratio := s.Risk.CostRatio; {
	case (s.Risk.Budget != "") == (ratio != 0):
		r.bad("spec.risk", "set either budget or costRatio")
	case s.Risk.Budget != "":
		r.percent(&p.Risk.Budget, "spec.risk.budget", s.Risk.Budget, "more than 0% and less than 100%", func(v float64) bool {
			return v > 0 && v < 1
		})
	case !(ratio > 0 && ratio <= maxCostRatio):
		r.bad("spec.risk.costRatio", "%g is out of range: it must be more than 0 and at most 1,000,000", ratio)
	default:
		p.Risk = recommender.Risk{Ratio: ratio}
	}
}

type resolver struct {
	policy   string
	problems []workload.Problem
}

func (r *resolver) bad(field, format string, args ...any) {
	r.problems = append(r.problems, problem(BadPolicy, ofPolicy(r.policy, field), format, args...))
}

func (r *resolver) target(t v1alpha1.TargetRef) {
	group, version := "autoscaling", "autoscaling/v2"
	switch t.Kind {
	case "", v1alpha1.HorizontalPodAutoscaler:
	case v1alpha1.ScaledObject:
		group, version = keda.Resource.Group, keda.Resource.GroupVersion().String()
	default:
		r.bad("spec.targetRef.kind", "%q has no floor: it must be HorizontalPodAutoscaler or ScaledObject", t.Kind)
	}
	if t.APIVersion != "" && !strings.HasPrefix(t.APIVersion, group+"/") {
		r.bad("spec.targetRef.apiVersion", "%q is not a version of %s: leave it out, or write %s", t.APIVersion, group, version)
	}
}

func (r *resolver) limits(p *recommender.Policy, l v1alpha1.Limits) {
	r.pods(&p.Min, "spec.limits.min", l.Min)
	r.pods(&p.Max, "spec.limits.max", l.Max)
	if p.Min > 0 && p.Max > 0 && p.Min > p.Max {
		r.bad("spec.limits.min", "min %d is more than max %d: lower min or raise max", p.Min, p.Max)
		p.Min, p.Max = 0, 0
	}
	r.percent(&p.Headroom, "spec.limits.headroom", l.Headroom, "at least 0% and at most 1000%", func(v float64) bool {
		return v >= 0 && v <= maxHeadroom
	})
	r.percent(&p.StepUp, "spec.limits.stepUp", l.StepUp, "more than 0% and at most 10000%", func(v float64) bool {
		return v > 0 && v <= maxStepUp
	})
	r.pods(&p.MaxStepUp, "spec.limits.maxStepUp", l.MaxStepUp)
	r.percent(&p.StepDown, "spec.limits.stepDown", l.StepDown, "more than 0% and at most 100%", func(v float64) bool {
		return v > 0 && v <= 1
	})
	r.duration(&p.StepEvery, "spec.limits.stepEvery", string(l.StepEvery), "at least 1s and at most 1h", func(d time.Duration) bool {
		return d >= minStepEvery && d <= maxStepEvery
	})
}

func (r *resolver) pods(dst *int32, field string, v *int32) {
	switch {
	case v == nil:
	case *v < 1:
		r.bad(field, "%d is not a number of pods: it must be at least 1; leave it out for no limit", *v)
	default:
		*dst = *v
	}
}

func (r *resolver) percent(dst *float64, field string, text v1alpha1.Percent, want string, ok func(float64) bool) {
	if text == "" {
		return
	}
	v, err := parsePercent(string(text))
	if err != nil {
		r.bad(field, "%v", err)
		return
	}
	if !ok(v) {
		r.bad(field, "%s is out of range: it must be %s", text, want)
		return
	}
	*dst = v
}

func (r *resolver) duration(dst *time.Duration, field, text, want string, ok func(time.Duration) bool) {
	if text == "" {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		r.bad(field, "%q is not a duration: write it as 90s, 5m or 1h30m", text)
		return
	}
	if !ok(d) {
		r.bad(field, "%s is out of range: it must be %s", text, want)
		return
	}
	*dst = d
}

// parsePercent reads "12.5%" as 0.125.
func parsePercent(text string) (float64, error) {
	number, ok := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a percentage: write it as 95%% or 12.5%%", text)
	}
	return v / 100, nil
}

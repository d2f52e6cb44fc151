package discovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// An Input is what is known of one autoscaler.
type Input struct {
	HPA      *autoscalingv2.HorizontalPodAutoscaler
	Policies []*v1alpha1.FloorPolicy // that name it, by name
	Now      time.Time               // what leases and records are held against

	// Pod is what a pod of the scale target requests, and PodErr why that is
	// not known. They are looked at only if NeedsPod.
	Pod    Pod
	PodErr error

	// Server is the API server's version. It matters at 0 replicas.
	Server ServerVersion
}

// DescribeOptions tune Describe. The zero value is the default.
type DescribeOptions struct {
	Defaults   recommender.Policy // where no policy says otherwise; DefaultPolicy if zero
	Calendar   *calendar.Spec     // likewise; none if nil
	RateWindow time.Duration      // of the derived queries; 2m if zero
	Horizon    time.Duration      // of forecasts, which no policy may look beyond; any if zero
	SkipProof  bool               // where no policy says otherwise, floors are set without a proof
}

// NeedsPod lists the resources whose requests matter to Describe: those that a
// utilization is asked of. Where a policy gives another load, what a pod
// carries of it is learned from its CPU, too.
func (in Input) NeedsPod() []string {
	if p := in.policy(); p != nil && p.Spec.Load != nil {
		return []string{"cpu"}
	}
	var needs []string
	for i, m := range in.HPA.Spec.Metrics {
		t := targetOf(m)
		if t == nil || t.Type != autoscalingv2.UtilizationMetricType {
			continue
		}
		if name := metricOf(i, m, "").Name; !slices.Contains(needs, name) {
			needs = append(needs, name)
		}
	}
	slices.Sort(needs)
	return needs
}

// policy is the one that holds, if there is just one.
func (in Input) policy() *v1alpha1.FloorPolicy {
	if len(in.Policies) != 1 {
		return nil
	}
	return in.Policies[0]
}

// Describe says what workload an autoscaler makes: what its load is, what a pod
// carries, the policy that holds, the way back to its baseline, and what its
// owner has to mend. The arguments are not changed.
func Describe(in Input, o DescribeOptions) workload.Workload {
	if o.Defaults.Mode == "" {
		o.Defaults = recommender.DefaultPolicy()
	}
	d := describer{in: in, o: o}
	d.lease()
	d.policy()
	d.keda()
	d.off()
	d.limits()
	d.wayDown()
	d.target()
	d.sources()
	d.lessons()
	return d.w
}

// describer fills a workload in, step by step.
type describer struct {
	in Input
	o  DescribeOptions
	w  workload.Workload
}

func (d *describer) report(p ...workload.Problem) { d.w.Problems = append(d.w.Problems, p...) }

// identify copies of an autoscaler what needs no thought, and finds out whose its
// minReplicas is. The error is that of a lease which cannot be read.
func identify(in Input) (workload.Workload, error) {
	w, err := ownership.Read(in.HPA, in.Now)
	t := in.HPA.Spec.ScaleTargetRef
	w.Kind = v1alpha1.HorizontalPodAutoscaler
	w.Target = workload.Ref{APIVersion: t.APIVersion, Kind: t.Kind, Name: t.Name}
	w.Replicas, w.Desired = in.HPA.Status.CurrentReplicas, in.HPA.Status.DesiredReplicas
	w.Behavior = behaviorOf(in.HPA.Spec.Behavior)
	return w, err
}

// lease finds the baseline, and tells of what keeps it from being found.
func (d *describer) lease() {
	var err error
	d.w, err = identify(d.in)
	switch w := &d.w; {
	case err != nil:
		d.report(problem(BrokenLease, "metadata.annotations["+ownership.LeaseAnnotation+"]",
			"it cannot be read (%v), so the minReplicas before Highwater's is not known and %d stays: "+
				"set spec.minReplicas to what you want and remove the annotation", err, w.Floor))
	case w.Own.Ours && w.Lease == nil:
		d.report(notice(FloorReturned, "spec.minReplicas",
			"field manager %q wrote %d, which was a floor that Highwater set: the baseline is %d; to make %d the baseline, write it once more, or apply it",
			cmp.Or(w.Own.By, "not known"), w.Floor, w.Baseline, w.Floor))
	case w.Lease != nil && w.Lease.Floor != w.Floor:
		d.report(notice(BaselineChanged, "spec.minReplicas",
			"it is %d and not the %d that Highwater set: field manager %q wrote it since; the baseline is %d",
			w.Floor, w.Lease.Floor, cmp.Or(w.Own.By, "not known"), w.Baseline))
	}
}

// policy resolves the policy that holds. With two, none does: what was set is
// given back, in steps.
func (d *describer) policy() {
	d.w.Policy, d.w.Calendar = d.o.Defaults, d.o.Calendar
	d.w.LeadAuto, d.w.SkipProof = true, d.o.SkipProof
	switch len(d.in.Policies) {
	case 0:
	case 1:
		p := d.in.Policies[0]
		d.w.PolicyName = p.Name
		var problems []workload.Problem
		d.w.Policy, problems = ResolvePolicy(p.Name, &p.Spec, d.o.Defaults)
		d.report(problems...)
		d.w.Calendar, problems = ResolveCalendar(p.Name, p.Spec.Calendar, d.o.Calendar)
		d.report(problems...)
		d.w.LeadAuto = p.Spec.LeadTime == "" || p.Spec.LeadTime == v1alpha1.Auto
		if p.Spec.Proof != "" {
			d.w.SkipProof = p.Spec.Proof == v1alpha1.ProofSkip
		}
		d.foresight(p.Name)
	default:
		d.w.PolicyName = d.in.Policies[0].Name
		d.w.Policy.Mode = recommender.Observe
		d.w.Policy.Suspend = true
		d.report(conflict(d.in.Policies, d.w.Key))
	}
}

// foresight keeps a policy from looking further ahead than forecasts do.
func (d *describer) foresight(name string) {
	p := &d.w.Policy
	if d.o.Horizon <= 0 {
		return
	}
	if p.Window() > d.o.Horizon {
		d.report(problem(BadPolicy, ofPolicy(name, "spec.leadTime"),
			"a lead time of %s and a hold of %s look further ahead than the forecasts of %s: shorten them, or raise Highwater's --horizon", p.LeadTime, p.Hold, d.o.Horizon))
		p.LeadTime, p.Hold = d.o.Defaults.LeadTime, d.o.Defaults.Hold
	}
	if p.Quiet > d.o.Horizon {
		d.report(problem(BadPolicy, ofPolicy(name, "spec.quiet"),
			"%s is further ahead than the forecasts of %s: shorten it, or raise Highwater's --horizon", p.Quiet, d.o.Horizon))
		p.Quiet = d.o.Defaults.Quiet
	}
}

// conflict is the problem of policies that name one autoscaler.
func conflict(policies []*v1alpha1.FloorPolicy, k workload.Key) workload.Problem {
	names := make([]string, len(policies))
	for i, p := range policies {
		names[i] = p.Name
	}
	return problem(PolicyConflict, "spec.targetRef.name",
		"FloorPolicies %s all name HorizontalPodAutoscaler %s, so none of them holds: delete all but one", strings.Join(names, ", "), k)
}

// keda keeps off what KEDA owns: it would write minReplicas back.
func (d *describer) keda() {
	for _, o := range d.in.HPA.OwnerReferences {
		if o.Kind != "ScaledObject" {
			continue
		}
		d.w.Policy.Mode = recommender.Observe
		d.w.Policy.Suspend = d.w.Policy.Suspend || d.w.Raised()
		d.report(notice(OwnedByKEDA, "metadata.ownerReferences",
			"ScaledObject %s owns it and would write minReplicas back, so floors are only recommended (mode Observe): "+
				"set the ScaledObject's spec.minReplicaCount yourself", o.Name))
	}
}

// limits compares the policy's with the autoscaler's.
func (d *describer) limits() {
	p, w := d.w.Policy, d.w
	if p.Min > w.Ceiling {
		d.report(notice(LimitOutOfRange, ofPolicy(w.PolicyName, "spec.limits.min"),
			"min %d is more than maxReplicas %d of HorizontalPodAutoscaler %s, so floors stop at %d: lower min or raise maxReplicas",
			p.Min, w.Ceiling, w.Key, w.Ceiling))
	}
	if p.Max > 0 && p.Max < w.Baseline {
		d.report(notice(LimitOutOfRange, ofPolicy(w.PolicyName, "spec.limits.max"),
			"max %d is less than minReplicas %d of HorizontalPodAutoscaler %s, so no floor is ever set: raise max or lower minReplicas",
			p.Max, w.Baseline, w.Key))
	}
}

// target passes on what the autoscaler itself says of its scale target.
func (d *describer) target() {
	for _, c := range d.in.HPA.Status.Conditions {
		if c.Type == autoscalingv2.AbleToScale && c.Status == corev1.ConditionFalse && c.Reason == "FailedGetScale" {
			d.report(notice(TargetMissing, "spec.scaleTargetRef", "%s %s cannot be scaled: %s; name one that exists",
				d.w.Target.Kind, d.w.Target.Name, c.Message))
		}
	}
}

// sources finds the loads: the policy's, or else those of the autoscaler's
// metrics. A load whose capacity is not known stays among them: the window of
// its history outlives the trouble, and no other load lets the floor fall.
func (d *describer) sources() {
	if p := d.in.policy(); p != nil && p.Spec.Load != nil {
		d.fromPolicy(p)
		return
	}
	var problems []workload.Problem
	usable := false
	for i, m := range d.in.HPA.Spec.Metrics {
		s, p := source(i, m, d.in, d.o)
		if p != nil {
			problems = append(problems, *p)
		}
		if s.Query.Expr == "" {
			continue
		}
		usable = usable || s.Capacity.PerPod > 0
		for _, other := range d.w.Sources {
			if other.Name == s.Name {
				s.Name = fmt.Sprintf("%s (metric %d)", s.Name, i)
				break
			}
		}
		d.w.Sources = append(d.w.Sources, s)
	}
	if len(d.in.HPA.Spec.Metrics) == 0 {
		problems = append(problems, problem(NoMetrics, "spec.metrics",
			"there are none, so there is no load to forecast: add a metric, or set spec.load.query in a FloorPolicy"))
	}
	for i := range problems {
		problems[i].Fatal = !usable
	}
	d.report(problems...)
}

// fromPolicy takes the load of the policy, and what a pod carries from there or
// from the one target that the autoscaler has.
func (d *describer) fromPolicy(p *v1alpha1.FloorPolicy) {
	load := p.Spec.Load
	query := history.Query{Expr: load.Query, From: ofPolicy(p.Name, "spec.load.query")}
	if strings.TrimSpace(load.Query) == "" {
		d.report(problem(BadPolicy, query.From, "it is empty: write PromQL that gives the load as one series, or leave load out"))
		return
	}
	c, prob := capacityOfPolicy(p, d.in.HPA)
	if prob != nil {
		d.report(*prob)
		return
	}
	s := workload.Source{Name: "load", Query: query, Capacity: c}
	viewOfPolicy(&s, load.PerPod != nil, d.in.HPA)
	d.w.Sources = []workload.Source{s}
}

package discovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/price"
)

// An Input is what is known of one autoscaler.
type Input struct {
	HPA      *autoscalingv2.HorizontalPodAutoscaler // without a name, if KEDA keeps none
	Policies []*v1alpha1.FloorPolicy                // that name it, by name
	Namesake bool                                   // a ScaledObject has its name, and scales something else

	// ScaledObject is what KEDA keeps the autoscaler for; nil if it is not KEDA's,
	// or if it is and the ScaledObject is not known: why is in Unread.
	ScaledObject *keda.ScaledObject
	Unread       string
	Apart        time.Time // since when KEDA has no HPA for it, or one with another minimum; zero if all is well

	Now time.Time // what leases and records are held against

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
	Store      Store              // that loads are read from, to compare triggers with
	Prices     *price.Book        // what pods cost; nil if that is not known

	NoNodeHeadroom bool // no nodes are asked for, whatever a policy says
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

// key is that of the workload.
func (in Input) key() workload.Key {
	if in.ScaledObject != nil {
		return workload.Key{Namespace: in.ScaledObject.Namespace, Name: in.ScaledObject.Name}
	}
	return keyOf(in.HPA)
}

// targets are the names by which policies may mean it, its own first.
func (in Input) targets() []target {
	own := target{workload.HorizontalPodAutoscaler, workload.Key{Namespace: in.HPA.Namespace, Name: in.HPA.Name}}
	switch {
	case in.ScaledObject == nil && keda.Owner(in.HPA) == nil:
		return []target{own}
	case in.HPA.Name == "":
		return []target{{workload.ScaledObject, in.key()}}
	}
	return []target{{workload.ScaledObject, in.key()}, own}
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
	d.actuation()
	d.keda()
	d.cronTriggers()
	d.off()
	d.limits()
	d.wayDown()
	d.target()
	d.sources()
	d.lessons()
	d.price()
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
	if o := keda.Owner(in.HPA); in.ScaledObject != nil {
		w, err = ownership.ReadScaledObject(in.ScaledObject, in.Now)
	} else if o != nil {
		w.Kind, w.Name, w.UID, w.ResourceVersion = workload.ScaledObject, o.Name, string(o.UID), ""
	}
	t := in.HPA.Spec.ScaleTargetRef
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
			"it cannot be read (%[1]v), so the %[3]s before Highwater's is not known and %[2]d stays: "+
				"set spec.%[3]s to what you want and remove the annotation", err, w.Floor, w.FloorField()))
	case w.Own.Ours && w.Lease == nil:
		d.report(notice(FloorReturned, "spec."+w.FloorField(),
			"field manager %q wrote %d, which was a floor that Highwater set: the baseline is %d; to make %d the baseline, write it once more, or apply it",
			cmp.Or(w.Own.By, "not known"), w.Floor, w.Baseline, w.Floor))
	case w.Lease != nil && w.Lease.Floor != w.Floor:
		d.report(notice(BaselineChanged, "spec."+w.FloorField(),
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
		d.w.PolicyName, d.w.PolicyUID = p.Name, string(p.UID)
		var problems []workload.Problem
		d.w.Policy, problems = ResolvePolicy(p.Name, &p.Spec, d.o.Defaults)
		d.report(problems...)
		d.w.Calendar, problems = ResolveCalendar(p.Name, p.Spec.Calendar, d.o.Calendar)
		d.report(problems...)
		d.w.Schedules, problems = ResolveSchedules(p.Name, p.Spec.Schedules, d.w.Calendar)
		d.report(problems...)
		d.w.LeadAuto = p.Spec.LeadTime == "" || p.Spec.LeadTime == v1alpha1.Auto
		if p.Spec.Proof != "" {
			d.w.SkipProof = p.Spec.Proof == v1alpha1.ProofSkip
		}
		d.foresight(p.Name)
		d.nodeHeadroom(p)
	default:
		d.w.PolicyName = d.in.Policies[0].Name
		d.w.Policy.Mode = recommender.Observe
		d.w.Policy.Suspend = true
		d.report(conflict(d.in))
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
func conflict(in Input) workload.Problem {
	names := make([]string, len(in.Policies))
	for i, p := range in.Policies {
		names[i] = p.Name
	}
	return problem(PolicyConflict, "spec.targetRef.name",
		"FloorPolicies %s all name %s, so none of them holds: delete all but one", strings.Join(names, ", "), in.targets()[0])
}

// limits compares the policy's with the autoscaler's.
func (d *describer) limits() {
	p, w := d.w.Policy, d.w
	if p.Min > w.Ceiling {
		d.report(notice(LimitOutOfRange, ofPolicy(w.PolicyName, "spec.limits.min"),
			"min %d is more than %[2]s %[3]d of %[4]s %[5]s, so floors stop at %[3]d: lower min or raise %[2]s",
			p.Min, w.CeilingField(), w.Ceiling, w.Kind, w.Key))
	}
	if p.Max > 0 && p.Max < w.Baseline {
		d.report(notice(LimitOutOfRange, ofPolicy(w.PolicyName, "spec.limits.max"),
			"max %d is less than %[2]s %[3]d of %[4]s %[5]s, so no floor is ever set: raise max or lower %[2]s",
			p.Max, w.FloorField(), w.Baseline, w.Kind, w.Key))
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
	metrics := d.in.metrics()
	for _, m := range metrics {
		s, p := d.source(m.i, m.MetricSpec)
		if p != nil {
			problems = append(problems, *p)
		}
		if s.Query.Expr == "" {
			continue
		}
		usable = usable || s.Capacity.PerPod > 0
		for _, other := range d.w.Sources {
			if other.Name == s.Name {
				s.Name = fmt.Sprintf("%s (metric %d)", s.Name, m.i)
				break
			}
		}
		d.w.Sources = append(d.w.Sources, s)
	}
	if len(metrics) == 0 && !d.in.young() {
		field, what := "spec.metrics", "there are none"
		switch {
		case len(d.in.HPA.Spec.Metrics) > 0:
			field, what = "spec.triggers", "they ask for nothing but Highwater's floor"
		case d.in.ScaledObject != nil:
			field, what = "spec.triggers", "KEDA keeps no metrics for them now"
		}
		problems = append(problems, problem(NoMetrics, field,
			"%s, so there is no load to forecast: add a metric, or set spec.load.query in a FloorPolicy", what))
	}
	for i := range problems {
		problems[i].Fatal = !usable && len(d.w.Schedules) == 0
	}
	d.report(problems...)
}

// source is the load behind one metric, or the problem with it: see metricSource.
func (d *describer) source(i int, m autoscalingv2.MetricSpec) (workload.Source, *workload.Problem) {
	if so := d.in.ScaledObject; so != nil && m.External != nil && so.Spec.Advanced.ScalingModifiers.Formula != "" {
		p := notice(UnusableMetric, "spec.advanced.scalingModifiers",
			"KEDA makes one number of its triggers by a formula, which has no query: set spec.load.query in a FloorPolicy to the same in PromQL, and perPod to its target")
		return workload.Source{}, &p
	}
	if k, ok := d.in.trigger(m); ok {
		return d.fromTrigger(k, m)
	}
	return metricSource(i, m, d.in, d.o)
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
	c, prob := capacityOfPolicy(p, d.in)
	if prob != nil {
		d.report(*prob)
		return
	}
	s := workload.Source{Name: "load", Query: query, Capacity: c}
	viewOfPolicy(&s, load.PerPod != nil, d.in)
	d.w.Sources = []workload.Source{s}
}

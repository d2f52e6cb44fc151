package discovery

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

const (
	// carriedWithin is how long KEDA may take to carry a floor to its HPA; it takes
	// well below a second.
	carriedWithin = time.Minute
	// keptWithin is how long it may take to make one.
	keptWithin = 15 * time.Second
)

// young reports whether KEDA may still be about to make the HPA of a ScaledObject.
func (in Input) young() bool {
	return in.ScaledObject != nil && in.HPA.Name == "" && in.Now.Sub(in.Apart) < keptWithin
}

// keda looks at what KEDA and a ScaledObject's owner say of it.
func (d *describer) keda() {
	so := d.in.ScaledObject
	switch {
	case d.in.Namesake:
		d.report(notice(SameName, "metadata.name",
			"ScaledObject %s has the name of this HorizontalPodAutoscaler, which is not KEDA's, and is left out: rename one of them", d.w.Key))
	case so == nil && d.w.Kind == workload.ScaledObject:
		d.w.Policy.Mode = recommender.Observe
		d.report(notice(OwnedByKEDA, "metadata.ownerReferences",
			"KEDA keeps it for ScaledObject %s, of which nothing is known, and would write minReplicas back, so floors are only recommended (mode Observe): %s",
			d.w.Name, d.in.Unread))
	}
	if so == nil {
		return
	}
	d.counts(so)
	d.paused(so)
	d.carried(so)
	if so.Set(keda.TransferHPA) && d.in.HPA.Name != "" && d.in.HPA.Name == so.Spec.Advanced.HorizontalPodAutoscalerConfig.Name {
		d.report(notice(HPATransferred, ofAnnotation(keda.TransferHPA),
			"KEDA has taken HorizontalPodAutoscaler %s over, so its floor is the ScaledObject's minReplicaCount; a FloorPolicy that names the one means the other", d.in.HPA.Name))
	}
	if so.Is(keda.Fallback, metav1.ConditionTrue) {
		d.report(notice(FallbackActive, "status.conditions[Fallback]",
			"triggers fail and KEDA scales by spec.fallback, so the loads of triggers are in doubt: see that KEDA can read them again"))
	}
}

func ofAnnotation(name string) string { return "metadata.annotations[" + name + "]" }

// counts looks at the numbers of pods that a ScaledObject allows.
func (d *describer) counts(so *keda.ScaledObject) {
	idle := so.Spec.IdleReplicaCount
	switch {
	case d.w.Baseline > d.w.Ceiling:
		d.report(problem(BadScaledObject, "spec.maxReplicaCount",
			"%d is less than minReplicaCount %d, so KEDA refuses it and no floor is set: raise the one or lower the other", d.w.Ceiling, d.w.Baseline))
	case idle != nil && *idle >= d.w.Baseline:
		d.report(problem(BadScaledObject, "spec.idleReplicaCount",
			"%d is not less than minReplicaCount %d, so KEDA refuses it and no floor is set: raise minReplicaCount, or leave idleReplicaCount out", *idle, d.w.Baseline))
		d.observe()
	case idle != nil && !d.w.AsMetric && so.Is(keda.Active, metav1.ConditionFalse): // a floor that is served makes its trigger active
		d.report(notice(Idle, "spec.idleReplicaCount",
			"no trigger is active, so KEDA keeps %d pods and a floor has no effect until one is; "+
				"leave idleReplicaCount out, or serve the floor as a metric (spec.actuation of a FloorPolicy), if pods have to be there before the work is", *idle))
	}
}

// observe lets a workload only be observed, and gives back what was set.
func (d *describer) observe() {
	d.w.Policy.Mode = recommender.Observe
	d.w.Policy.Suspend = d.w.Policy.Suspend || d.w.Raised()
}

// paused keeps floors from rising while the owner has paused KEDA. What was set is
// kept while the load needs it: a pause may be short.
func (d *describer) paused(so *keda.ScaledObject) {
	var by []string
	for _, a := range []string{keda.Paused, keda.PausedReplicas, keda.PausedScaleIn, keda.PausedScaleOut} {
		if so.Set(a) {
			by = append(by, a)
		}
	}
	if len(by) == 0 {
		return
	}
	d.w.KeepsOnly = true
	d.report(notice(Paused, ofAnnotation(by[0]),
		"KEDA is paused here, so no floor is raised, and one that was is kept while the load needs it: remove %s to go on", andList(by)))
}

// partly reports whether the metrics of the HPA are not all, since KEDA keeps none.
func (in Input) partly() bool {
	return in.ScaledObject != nil && in.HPA.Name == "" && len(in.HPA.Spec.Metrics) < len(in.ScaledObject.Spec.Triggers)
}

// andList joins names for a sentence.
func andList(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// carried tells of a floor that KEDA does not carry to its HPA.
func (d *describer) carried(so *keda.ScaledObject) {
	paused := so.Set(keda.Paused) || so.Set(keda.PausedReplicas) // KEDA deletes the HPA
	switch hpa := d.in.HPA; {
	case paused, d.in.Apart.IsZero(), d.in.young():
	case hpa.Name == "":
		d.report(notice(NotCarried, "status.hpaName",
			"KEDA keeps no HorizontalPodAutoscaler for it, so a floor has no effect: see that KEDA's operator runs, and what it says of this ScaledObject"))
	case hpa.Spec.MinReplicas != nil && d.in.Now.Sub(d.in.Apart) >= carriedWithin:
		d.report(notice(NotCarried, "spec.minReplicaCount",
			"minReplicas of HorizontalPodAutoscaler %s is %d and not %d, for more than %s: see that KEDA's operator runs, and what it says of this ScaledObject",
			hpa.Name, *hpa.Spec.MinReplicas, so.HPAMin(), carriedWithin))
	}
}

// trigger names one of a ScaledObject, as its owner finds it.
func trigger(i int, t keda.Trigger) string { return fmt.Sprintf("spec.triggers[%d] (%s)", i, t.Type) }

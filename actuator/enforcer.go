package actuator

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/workload"
)

// Options say how an Enforcer works. The zero Options are usable.
type Options struct {
	TTL    time.Duration        // of a lease; 0 is DefaultTTL
	Holder string               // identity of this process, written into the leases
	Events record.EventRecorder // where floors and problems are told of; nil for nowhere
	Now    func() time.Time     // nil is time.Now
}

// DefaultTTL is how long a floor outlives the process that set it.
const DefaultTTL = 30 * time.Minute

func (o Options) withDefaults() Options {
	if o.TTL <= 0 {
		o.TTL = DefaultTTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// An Enforcer sets floors. It may be used by several goroutines at once.
type Enforcer struct {
	client kubernetes.Interface
	opts   Options
	memory memory
}

// NewEnforcer returns an Enforcer that writes through client.
func NewEnforcer(client kubernetes.Interface, o Options) *Enforcer {
	o = o.withDefaults()
	return &Enforcer{client: client, opts: o}
}

// Apply makes the decision's floor the minReplicas of the workload's
// autoscaler. In Observe mode it never raises: it lowers, as the decision
// does, what the object still carries. A conflict and an object that is gone
// are outcomes, not errors.
func (e *Enforcer) Apply(ctx context.Context, w workload.Workload, d recommender.Decision) (workload.Applied, error) {
	now := e.opts.Now()
	tell := teller{e.opts.Events}
	for _, p := range e.memory.news(w, now) {
		tell.warn(w, p.Code, problemText(p))
	}
	if a, done := leaveAlone(w, d); done {
		return a, nil
	}
	v := e.memory.look(w, now)
	if v.overwritten {
		tell.baseline(w, v)
	}
	if v.news {
		tell.warn(w, OutcomeContested, v.message())
	}
	floor := d.Floor
	if w.Policy.Mode != recommender.Enforce || v.contested {
		floor = min(floor, w.Floor) // give back only
	}
	if v.contested && w.Lease == nil {
		return workload.Applied{Outcome: OutcomeContested, Message: v.message()}, nil
	}
	c := Plan(w, floor, now, Tenure{TTL: e.opts.TTL, Holder: e.opts.Holder})
	if c.Patch == nil {
		return workload.Applied{Outcome: OutcomeUnchanged, Message: c.String(), Lease: w.Lease}, nil
	}
	a, err := e.send(ctx, w, c)
	if err != nil || !a.Changed {
		return a, err
	}
	e.memory.wrote(w, c.Lease)
	if c.From != c.To {
		tell.floor(w, d)
	}
	if v.contested {
		a.Outcome, a.Message = OutcomeContested, v.message()
	}
	return a, nil
}

// leaveAlone tells of the workloads that are not to be written. A decision
// without a floor is no decision: nothing is lowered for it, and no lease is
// renewed.
func leaveAlone(w workload.Workload, d recommender.Decision) (a workload.Applied, done bool) {
	switch {
	case w.LeaseBroken:
		return workload.Applied{
			Outcome: OutcomeBroken,
			Message: fmt.Sprintf("minReplicas stays %d: the annotation %s cannot be read, so the baseline is not known",
				w.Floor, LeaseAnnotation),
		}, true
	case w.Policy.Mode != recommender.Enforce && w.Lease == nil:
		return workload.Applied{Outcome: OutcomeObserved, Message: fmt.Sprintf("minReplicas stays %d: the mode is Observe", w.Floor)}, true
	case d.Floor < 1 && w.Baseline > 0:
		return workload.Applied{
			Outcome: OutcomeUnchanged,
			Message: fmt.Sprintf("minReplicas stays %d: there is no decision", w.Floor),
			Lease:   w.Lease,
		}, true
	}
	return workload.Applied{}, false
}

// send patches the autoscaler.
func (e *Enforcer) send(ctx context.Context, w workload.Workload, c Change) (workload.Applied, error) {
	_, err := e.client.AutoscalingV2().HorizontalPodAutoscalers(w.Namespace).Patch(ctx, w.Name,
		types.MergePatchType, c.Patch, metav1.PatchOptions{FieldManager: FieldManager})
	switch {
	case err == nil:
		return workload.Applied{Changed: true, Outcome: c.Outcome, Message: c.String(), Lease: c.Lease}, nil
	case apierrors.IsConflict(err):
		return workload.Applied{
			Outcome: OutcomeConflict,
			Message: "somebody else wrote the autoscaler meanwhile; decided again in the next tick",
			Lease:   w.Lease,
		}, nil
	case apierrors.IsNotFound(err):
		return workload.Applied{Outcome: OutcomeGone, Message: "the autoscaler does not exist any more"}, nil
	default:
		return workload.Applied{Lease: w.Lease}, fmt.Errorf("set minReplicas of %s to %d: %w", w.Key, c.To, err)
	}
}

// String tells of the change, for the user.
func (c Change) String() string {
	switch c.Outcome {
	case OutcomeRaised:
		return fmt.Sprintf("minReplicas raised from %d to %d", c.From, c.To)
	case OutcomeLowered:
		return fmt.Sprintf("minReplicas lowered from %d to %d", c.From, c.To)
	case OutcomeRestored:
		return fmt.Sprintf("minReplicas lowered from %d to the baseline %d", c.From, c.To)
	case OutcomeRenewed:
		return fmt.Sprintf("minReplicas stays %d; the lease runs until %s", c.To, c.Lease.Expires.Format(time.RFC3339))
	case OutcomeReleased:
		return fmt.Sprintf("minReplicas stays %d, which is not Highwater's; the lease is removed", c.To)
	default:
		return fmt.Sprintf("minReplicas stays %d", c.To)
	}
}

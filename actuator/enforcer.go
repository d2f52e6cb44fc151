package actuator

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/record"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
)

// Options say how an Enforcer works. The zero Options are usable.
type Options struct {
	TTL          time.Duration        // of a lease; 0 is DefaultTTL
	Holder       string               // identity of this process, written into the leases
	Installation string               // that this process belongs to: the namespace and name of its Lease object
	Beat         time.Duration        // between two looks at an object of which nothing changes
	Events       record.EventRecorder // where floors and problems are told of; nil for nowhere
	Now          func() time.Time     // nil is time.Now
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
	clients Clients
	opts    Options
	memory  memory
	pace    pace
}

// NewEnforcer returns an Enforcer that writes through clients.
func NewEnforcer(clients Clients, o Options) *Enforcer {
	o = o.withDefaults()
	return &Enforcer{clients: clients, opts: o}
}

// Recall completes what a workload tells of its minReplicas by what this
// Enforcer wrote, where an owner has replaced the object with all its
// annotations. It changes nothing but w.Baseline and w.Own.
func (e *Enforcer) Recall(w *workload.Workload) {
	now := e.opts.Now()
	lease, record := e.memory.last(w.UID, now)
	if w.LeaseText == "" && w.RecordText == "" && lease != nil {
		ownership.OwnBy(w, lease, record, now)
	}
}

// Forget forgets what this Enforcer wrote, since another may have written since.
func (e *Enforcer) Forget() { e.memory.forget() }

// Apply makes the decision's floor the minReplicas of the workload's
// autoscaler. In Observe mode it never raises, unless what is scheduled may
// act: it lowers, as the decision does, what the object still carries. A conflict and an object that is gone
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
	if a, done := e.foreign(w, now); done {
		return a, nil
	}
	floor := d.Floor
	if w.Own.Contested || givesBackOnly(w) {
		floor = min(floor, w.Floor)
	}
	if w.Own.Contested {
		if e.memory.contest(w, now) {
			tell.warn(w, workload.OutcomeContested, contestText(w))
		}
		if w.Lease == nil {
			return workload.Applied{Outcome: workload.OutcomeContested, Message: contestText(w)}, nil
		}
	}
	c := Plan(w, floor, now, Tenure{TTL: e.opts.TTL, Holder: e.opts.Holder, Installation: e.opts.Installation, Beat: e.opts.Beat, DoubtSince: d.Memory.DoubtSince})
	if c.Patch == nil {
		return e.unchanged(w, d, c, now), nil
	}
	if w.Kind == workload.ScaledObject && c.From != c.To && !e.pace.take(now, c.To > c.From) {
		return workload.Applied{
			Outcome: workload.OutcomeDelayed,
			Message: fmt.Sprintf("%s stays %d for a moment: KEDA has to work on each change, so %g ScaledObjects are changed a second", w.FloorField(), w.Floor, paceRate),
			Lease:   w.Lease,
		}, nil
	}
	a, err := e.send(ctx, w, c)
	if err != nil || !a.Changed {
		return a, err
	}
	e.memory.wrote(w, c, now)
	tell.baseline(w)
	if c.From != c.To {
		tell.floor(w, d)
	}
	if w.Own.Contested {
		a.Outcome, a.Message = workload.OutcomeContested, contestText(w)
	}
	return a, nil
}

// unchanged tells of a workload of which nothing has to be written.
func (e *Enforcer) unchanged(w workload.Workload, d recommender.Decision, c Change, now time.Time) workload.Applied {
	if !w.AsMetric {
		return workload.Applied{Outcome: workload.OutcomeUnchanged, Message: c.String(), Lease: w.Lease}
	}
	if e.memory.serves(w, now) {
		teller{e.opts.Events}.floor(w, d)
	}
	return workload.Applied{Outcome: workload.OutcomeServed, Message: servedText(w), Lease: w.Lease}
}

// givesBackOnly reports whether no floor is raised on the object of w, and one that
// it carries is only lowered.
func givesBackOnly(w workload.Workload) bool {
	return w.Policy.Mode != recommender.Enforce && !w.OnlySchedules || w.KeepsOnly || w.AsMetric
}

// foreign tells of a floor that another installation of Highwater has set and
// still keeps: it is that one's.
func (e *Enforcer) foreign(w workload.Workload, now time.Time) (a workload.Applied, done bool) {
	l := w.Lease
	if l == nil || l.Installation == "" || e.opts.Installation == "" || l.Installation == e.opts.Installation || ownership.Expired(*l, now) {
		return a, false
	}
	return workload.Applied{
		Outcome: workload.OutcomeOtherInstallation,
		Message: fmt.Sprintf("%s stays %d: another installation of Highwater, %s (%s), has set it and keeps its lease until %s; "+
			"let only one of them enforce floors here", w.FloorField(), w.Floor, l.Installation, l.Holder, l.Expires.UTC().Format(time.RFC3339)),
		Lease: l,
	}, true
}

// leaveAlone tells of the workloads that are not to be written. A decision
// without a floor is no decision: nothing is lowered for it, and no lease is
// renewed.
func leaveAlone(w workload.Workload, d recommender.Decision) (a workload.Applied, done bool) {
	switch {
	case w.LeaseBroken:
		return workload.Applied{
			Outcome: workload.OutcomeBroken,
			Message: fmt.Sprintf("%s stays %d: the annotation %s cannot be read, so the baseline is not known",
				w.FloorField(), w.Floor, ownership.LeaseAnnotation),
		}, true
	case w.Policy.Mode != recommender.Enforce && !w.OnlySchedules && !w.Raised() && w.RecordText == "" && w.Served == 0:
		return workload.Applied{Outcome: workload.OutcomeObserved, Message: fmt.Sprintf("%s stays %d: the mode is Observe", w.FloorField(), w.Floor)}, true
	case d.Floor < 1 && w.Baseline > 0:
		return workload.Applied{
			Outcome: workload.OutcomeUnchanged,
			Message: fmt.Sprintf("%s stays %d: there is no decision", w.FloorField(), w.Floor),
			Lease:   w.Lease,
		}, true
	}
	return workload.Applied{}, false
}

// send patches the autoscaler, and gives up the ownership of what it wrote.
func (e *Enforcer) send(ctx context.Context, w workload.Workload, c Change) (workload.Applied, error) {
	now := e.opts.Now()
	after, err := e.clients.patch(ctx, w.Kind, w.Key, c.Patch)
	conflicts := e.memory.conflict(w.UID, now, isConflict(err))
	switch {
	case err == nil:
		e.clients.disown(ctx, after, c.Lease == nil)
		return workload.Applied{Changed: true, Outcome: c.Outcome, Message: c.String(), Lease: c.Lease}, nil
	case isConflict(err):
		a := workload.Applied{
			Outcome: workload.OutcomeConflict,
			Message: fmt.Sprintf("somebody else wrote %s, %s or the lease meanwhile; it is decided again", w.FloorField(), w.CeilingField()),
			Lease:   w.Lease,
		}
		if conflicts >= manyConflicts {
			a.Message = fmt.Sprintf("%s stays %d: each of the last %d writes met an object that had changed meanwhile; "+
				"see who writes it all the time, and whether the API server's watches lag", w.FloorField(), w.Floor, conflicts)
			a.Stuck = true
		}
		return a, nil
	case apierrors.IsNotFound(err):
		return workload.Applied{Outcome: workload.OutcomeGone, Message: "the autoscaler does not exist any more"}, nil
	default:
		return workload.Applied{Lease: w.Lease}, fmt.Errorf("set %s of %s to %d: %w", w.FloorField(), w.Key, c.To, err)
	}
}

// manyConflicts one after the other are worth a warning.
const manyConflicts = 3

// String tells of the change, for the user.
func (c Change) String() string {
	switch c.Outcome {
	case workload.OutcomeRaised:
		return fmt.Sprintf("%s raised from %s to %d", c.Field, number(c.From, c.FromUnset), c.To)
	case workload.OutcomeLowered:
		return fmt.Sprintf("%s lowered from %d to %d", c.Field, c.From, c.To)
	case workload.OutcomeRestored:
		return fmt.Sprintf("%s lowered from %d to the baseline %s", c.Field, c.From, number(c.To, c.ToUnset))
	case workload.OutcomeRenewed:
		return fmt.Sprintf("%s stays %d; the lease runs until %s", c.Field, c.To, c.Lease.Expires.Format(time.RFC3339))
	case workload.OutcomeReleased:
		return fmt.Sprintf("%s stays %s, which is not Highwater's; there is no lease any more", c.Field, number(c.To, c.ToUnset))
	default:
		return fmt.Sprintf("%s stays %s", c.Field, number(c.To, c.ToUnset))
	}
}

// number tells of pods that may not be set.
func number(n int32, unset bool) string {
	if unset {
		return "unset"
	}
	return fmt.Sprint(n)
}

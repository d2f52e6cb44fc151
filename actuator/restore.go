package actuator

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// RestoreOptions say which floors to give back, and which CapacityBuffers to remove. The zero options restore every
// object of the cluster that carries a lease.
type RestoreOptions struct {
	Namespace string    // only here; empty is everywhere
	Name      string    // only this one; needs a Namespace
	Expired   bool      // only leases that have run out
	Now       time.Time // zero is time.Now()
	DryRun    bool      // only tell
}

// Restored tells of one object that carried a lease.
type Restored struct {
	workload.Key
	Kind    string // HorizontalPodAutoscaler, ScaledObject or CapacityBuffer
	From    int32  // minReplicas before; of a buffer, its replicas
	To      int32  // minReplicas after, as the API server says
	Unset   bool   // it is not set after, which counts as 0
	Outcome string // Restored, Released, Removed, Gone, Broken, WouldRestore, WouldRelease or WouldRemove
	Note    string // what to do about a broken lease, or about what is not as it was asked for; empty for the others
}

// String tells of it, for the user.
func (r Restored) String() string {
	field := "replicas"
	if r.Kind != bufferKind {
		field = (&workload.Workload{Kind: r.Kind}).FloorField()
	}
	text := fmt.Sprintf("%s: %s, %s %d → %s", r.Key, r.Outcome, field, r.From, r.After())
	if r.Note != "" {
		text += ": " + r.Note
	}
	return text
}

// After is To, for the user.
func (r Restored) After() string { return number(r.To, r.Unset) }

// pageSize is how many objects one list call asks for.
const pageSize = 500

// A restorer walks objects home.
type restorer struct {
	Clients
	RestoreOptions
	pace     pace
	restored []Restored
	errs     []error
}

// Restore gives every floor back: minReplicas becomes the baseline again and
// the annotations are removed, at once and not in steps. Where somebody else has
// set minReplicas since, only the annotations are removed. A lease that cannot be
// read is told of and left alone. It goes on past the objects that fail, and
// joins their errors. Of ScaledObjects it changes two a second.
func Restore(ctx context.Context, clients Clients, o RestoreOptions) ([]Restored, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	r := &restorer{Clients: clients, RestoreOptions: o}
	if o.Name != "" {
		if o.Namespace == "" {
			return nil, fmt.Errorf("restore %q: a name needs a namespace", o.Name)
		}
		if err := r.named(ctx, workload.Key{Namespace: o.Namespace, Name: o.Name}); err != nil {
			return nil, fmt.Errorf("restore %s/%s: %w", o.Namespace, o.Name, err)
		}
	} else {
		r.autoscalers(ctx)
		r.scaledObjects(ctx)
	}
	r.buffers(ctx)
	return r.restored, errors.Join(r.errs...)
}

// named restores the objects of a name; that of an HPA which KEDA keeps means its
// ScaledObject.
func (r *restorer) named(ctx context.Context, k workload.Key) error {
	o, err := r.get(ctx, workload.HorizontalPodAutoscaler, k)
	own := false // it is no ScaledObject's
	if err == nil {
		if owner := keda.Owner(o.hpa); owner != nil {
			k.Name = owner.Name
		} else {
			own = true
			r.one(ctx, o)
		}
	}
	if r.Dynamic == nil {
		return err
	}
	so, missing := r.get(ctx, workload.ScaledObject, k)
	switch {
	case missing == nil:
		r.one(ctx, so)
		return nil
	case apierrors.IsNotFound(missing), own && apierrors.IsForbidden(missing):
		return err
	}
	return errors.Join(err, missing)
}

func (r *restorer) autoscalers(ctx context.Context) {
	page := metav1.ListOptions{Limit: pageSize}
	for {
		list, err := r.Kubernetes.AutoscalingV2().HorizontalPodAutoscalers(r.Namespace).List(ctx, page)
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("list horizontalpodautoscalers: %w", err))
			return
		}
		for i := range list.Items {
			r.one(ctx, object{hpa: &list.Items[i]})
		}
		if page.Continue = list.Continue; page.Continue == "" {
			return
		}
	}
}

// scaledObjects does nothing where there is no KEDA.
func (r *restorer) scaledObjects(ctx context.Context) {
	if r.Dynamic == nil {
		return
	}
	page := metav1.ListOptions{Limit: pageSize}
	for {
		list, err := r.Dynamic.Resource(keda.Resource).Namespace(r.Namespace).List(ctx, page)
		switch {
		case apierrors.IsNotFound(err):
			return
		case err != nil:
			r.errs = append(r.errs, fmt.Errorf("list scaledobjects.keda.sh: %w; without KEDA, give --keda=false", err))
			return
		}
		for i := range list.Items {
			so, err := scaledObject(&list.Items[i], nil)
			if err != nil {
				r.errs = append(r.errs, fmt.Errorf("restore: %w", err))
				continue
			}
			r.one(ctx, so)
		}
		if page.Continue = list.GetContinue(); page.Continue == "" {
			return
		}
	}
}

// one restores an object, and notes what became of it.
func (r *restorer) one(ctx context.Context, o object) {
	k := o.key()
	if done, err := r.restore(ctx, o); err != nil {
		r.errs = append(r.errs, fmt.Errorf("restore %s: %w", k, err))
	} else if done != nil {
		r.restored = append(r.restored, *done)
	}
}

// restore brings one object home; it is nil if there is nothing to bring. A
// conflict is tried again on what the object has become.
func (r *restorer) restore(ctx context.Context, o object) (done *Restored, err error) {
	var after object
	stale := false
	err = retry.OnError(retry.DefaultBackoff, isConflict, func() (err error) {
		if stale {
			if o, err = r.get(ctx, o.kind(), o.key()); err != nil {
				return err
			}
		}
		stale = true
		done, after, err = r.once(ctx, o)
		return err
	})
	if apierrors.IsNotFound(err) && done != nil {
		done.Outcome, done.To, done.Unset, err = workload.OutcomeGone, done.From, false, nil
	}
	if err == nil && after != (object{}) {
		r.disown(ctx, after, true)
	}
	return done, err
}

// once writes an object as it was read, and returns what became of it.
func (r *restorer) once(ctx context.Context, o object) (done *Restored, after object, err error) {
	w, broken := o.read(r.Now)
	if broken != nil {
		done = &Restored{Key: w.Key, Kind: w.Kind, From: w.Floor, To: w.Floor, Unset: w.Unset, Outcome: workload.OutcomeBroken,
			Note: broken.Error() + "; mend the annotation, or remove it and set spec." + w.FloorField() + " yourself"}
		return done, after, nil //nolint:nilerr // it is told, and no failure of the others
	}
	if w.LeaseText == "" && w.RecordText == "" || r.Expired && (w.Lease == nil || !ownership.Expired(*w.Lease, r.Now)) {
		return nil, after, nil
	}
	w.Own.Record = workload.Record{} // nothing is remembered of what is given back
	c := Plan(w, w.Baseline, r.Now, Tenure{})
	done = &Restored{Key: w.Key, Kind: w.Kind, From: c.From, To: c.To, Unset: c.ToUnset, Outcome: c.Outcome}
	if r.DryRun {
		done.Outcome = subjunctive[c.Outcome]
		return done, after, nil
	}
	if w.Kind == workload.ScaledObject && c.From != c.To {
		if err := r.pace.wait(ctx); err != nil {
			return done, after, err
		}
	}
	if after, err = r.patch(ctx, w.Kind, w.Key, c.Patch); err == nil {
		done.verify(after, r.Now)
	}
	if w.LeaseText == "" && !w.Own.Ours {
		done = nil // there was only something to forget
	}
	return done, after, err
}

// verify takes what the API server says that the object is now.
func (r *Restored) verify(after object, now time.Time) {
	w, _ := after.read(now) // a lease that cannot be read is told of at the next look
	if w.Floor != r.To || w.Unset != r.Unset {
		r.Note = fmt.Sprintf("it was to be %s: see which admission webhook changes it", r.After())
	}
	r.To, r.Unset = w.Floor, w.Unset
}

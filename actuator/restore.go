package actuator

import (
	"context"
	"errors"
	"fmt"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// RestoreOptions say which floors to give back. The zero options restore every
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
	From    int32  // minReplicas before
	To      int32  // minReplicas after
	Outcome string // Restored, Released, Gone, Broken, WouldRestore or WouldRelease
	Note    string // what to do about a broken lease; empty for the others
}

// String tells of it, for the user.
func (r Restored) String() string {
	text := fmt.Sprintf("%s: %s, minReplicas %d → %d", r.Key, r.Outcome, r.From, r.To)
	if r.Note != "" {
		text += ": " + r.Note
	}
	return text
}

// pageSize is how many objects one list call asks for.
const pageSize = 500

// Restore gives every floor back: minReplicas becomes the baseline again and
// the annotations are removed, at once and not in steps. Where somebody else has
// set minReplicas since, only the annotations are removed. A lease that cannot be
// read is told of and left alone. It goes on past the objects that fail, and
// joins their errors.
func Restore(ctx context.Context, client kubernetes.Interface, o RestoreOptions) ([]Restored, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Name != "" {
		if o.Namespace == "" {
			return nil, fmt.Errorf("restore %q: a name needs a namespace", o.Name)
		}
		hpa, err := client.AutoscalingV2().HorizontalPodAutoscalers(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("restore %s/%s: %w", o.Namespace, o.Name, err)
		}
		return restoreAll(ctx, client, o, []autoscalingv2.HorizontalPodAutoscaler{*hpa})
	}
	var (
		restored []Restored
		errs     []error
		page     = metav1.ListOptions{Limit: pageSize}
	)
	for {
		list, err := client.AutoscalingV2().HorizontalPodAutoscalers(o.Namespace).List(ctx, page)
		if err != nil {
			return restored, errors.Join(append(errs, fmt.Errorf("list horizontalpodautoscalers: %w", err))...)
		}
		r, err := restoreAll(ctx, client, o, list.Items)
		restored = append(restored, r...)
		if err != nil {
			errs = append(errs, err)
		}
		if page.Continue = list.Continue; page.Continue == "" {
			return restored, errors.Join(errs...)
		}
	}
}

func restoreAll(ctx context.Context, client kubernetes.Interface, o RestoreOptions, hpas []autoscalingv2.HorizontalPodAutoscaler) ([]Restored, error) {
	var (
		restored []Restored
		errs     []error
	)
	for i := range hpas {
		r, err := restore(ctx, client, o, &hpas[i])
		if err != nil {
			errs = append(errs, fmt.Errorf("restore %s/%s: %w", hpas[i].Namespace, hpas[i].Name, err))
		} else if r != nil {
			restored = append(restored, *r)
		}
	}
	return restored, errors.Join(errs...)
}

// restore brings one object home; it is nil if there is nothing to bring. A
// conflict is tried again on what the object has become.
func restore(ctx context.Context, client kubernetes.Interface, o RestoreOptions, hpa *autoscalingv2.HorizontalPodAutoscaler) (*Restored, error) {
	hpas := client.AutoscalingV2().HorizontalPodAutoscalers(hpa.Namespace)
	var (
		r     *Restored
		after *autoscalingv2.HorizontalPodAutoscaler
		stale bool
	)
	err := retry.OnError(retry.DefaultBackoff, isConflict, func() error {
		if stale {
			var err error
			if hpa, err = hpas.Get(ctx, hpa.Name, metav1.GetOptions{}); err != nil {
				return err
			}
		}
		stale = true
		w, broken := ownership.Read(hpa, o.Now)
		if broken != nil {
			r = &Restored{Key: w.Key, From: w.Floor, To: w.Floor, Outcome: workload.OutcomeBroken,
				Note: broken.Error() + "; mend the annotation, or remove it and set spec.minReplicas yourself"}
			return nil //nolint:nilerr // it is told, and no failure of the others
		}
		r = nil
		if w.LeaseText == "" && w.RecordText == "" || o.Expired && (w.Lease == nil || !ownership.Expired(*w.Lease, o.Now)) {
			return nil
		}
		w.Own.Record = workload.Record{} // nothing is remembered of what is given back
		c := Plan(w, w.Baseline, o.Now, Tenure{})
		r = &Restored{Key: w.Key, From: c.From, To: c.To, Outcome: c.Outcome}
		if o.DryRun {
			r.Outcome = subjunctive[c.Outcome]
			return nil
		}
		var err error
		if after, err = patchHPA(ctx, client, w.Key, c.Patch); err == nil && after.Spec.MinReplicas != nil {
			r.To = *after.Spec.MinReplicas // as it is now, not as it was asked for
		}
		if w.LeaseText == "" && !w.Own.Ours {
			r = nil // there was only something to forget
		}
		return err
	})
	if apierrors.IsNotFound(err) && r != nil {
		r.Outcome, r.To, err = workload.OutcomeGone, r.From, nil
	}
	if err == nil {
		disown(ctx, client, after, true)
	}
	return r, err
}

package actuator

import (
	"context"
	"errors"
	"fmt"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"

	"github.com/highwater-dev/highwater/workload"
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
	Outcome string // Restored, Released, Gone, Unchanged, WouldRestore or WouldRelease
}

// String tells of it, for the user.
func (r Restored) String() string {
	return fmt.Sprintf("%s: %s, minReplicas %d → %d", r.Key, r.Outcome, r.From, r.To)
}

// pageSize is how many objects one list call asks for.
const pageSize = 500

// Restore gives every floor back: minReplicas becomes the baseline again and
// the lease is removed, at once and not in steps. Where somebody else has set
// minReplicas since, only the lease is removed. It goes on past the objects
// that fail, a lease that cannot be read among them, and joins their errors.
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
	var r *Restored
	stale := false
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if stale {
			var err error
			if hpa, err = hpas.Get(ctx, hpa.Name, metav1.GetOptions{}); err != nil {
				return err
			}
		}
		stale = true
		w, err := leased(hpa)
		if err != nil || w.Lease == nil || o.Expired && o.Now.Before(w.Lease.Expires) {
			r = nil
			return err
		}
		c := Plan(w, w.Baseline, o.Now, Tenure{})
		r = &Restored{Key: w.Key, From: c.From, To: c.To, Outcome: c.Outcome}
		if o.DryRun {
			r.Outcome = subjunctive[c.Outcome]
			return nil
		}
		_, err = hpas.Patch(ctx, hpa.Name, types.MergePatchType, c.Patch, metav1.PatchOptions{FieldManager: FieldManager})
		return err
	})
	if apierrors.IsNotFound(err) && r != nil {
		r.Outcome, r.To, err = OutcomeGone, r.From, nil
	}
	return r, err
}

// leased reads of an object what Plan needs to bring it home.
func leased(hpa *autoscalingv2.HorizontalPodAutoscaler) (workload.Workload, error) {
	lease, err := ParseLease(hpa.Annotations)
	if err != nil {
		return workload.Workload{}, fmt.Errorf("%w; mend the annotation, or remove it and set spec.minReplicas yourself", err)
	}
	w := workload.Workload{
		Key:             workload.Key{Namespace: hpa.Namespace, Name: hpa.Name},
		UID:             string(hpa.UID),
		ResourceVersion: hpa.ResourceVersion,
		Floor:           1, // what the API server makes of none
		Ceiling:         hpa.Spec.MaxReplicas,
		Lease:           lease,
	}
	if hpa.Spec.MinReplicas != nil {
		w.Floor = *hpa.Spec.MinReplicas
	}
	w.Baseline = Baseline(lease, w.Floor)
	return w, nil
}

// Baseline returns the user's own minReplicas: that of the lease, as long as
// minReplicas still is what the lease says it was set to, and minReplicas
// itself where there is no lease or somebody else has written since.
func Baseline(lease *workload.Lease, minReplicas int32) int32 {
	if lease != nil && lease.Floor == minReplicas {
		return lease.Baseline
	}
	return minReplicas
}

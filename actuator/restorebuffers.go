package actuator

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// buffers removes the CapacityBuffers that Highwater has made, of whichever
// installation: all of them, that of one workload, or those that have expired. It
// does nothing where there are none.
func (r *restorer) buffers(ctx context.Context) {
	if r.Buffers == nil {
		return
	}
	resource, err := bufferResource(r.Kubernetes.Discovery())
	if _, ok := errors.AsType[unserved](err); ok {
		return
	}
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	page := metav1.ListOptions{LabelSelector: managedSelector, Limit: pageSize}
	for {
		list, err := r.Buffers.Resource(resource).Namespace(r.Namespace).List(ctx, page)
		switch {
		case apierrors.IsNotFound(err):
			return
		case err != nil:
			r.errs = append(r.errs, fmt.Errorf("list capacitybuffers.%s: %w; without node headroom, give --node-headroom=false", bufferGroup, err))
			return
		}
		for i := range list.Items {
			b := readBuffer(&list.Items[i])
			if b.of == "" || r.Name != "" && b.of != r.Name || r.Expired && !b.expired(r.Now) {
				continue
			}
			done := Restored{Key: b.key, Kind: bufferKind, From: b.replicas, Outcome: workload.OutcomeRemoved}
			if r.DryRun {
				done.Outcome = workload.OutcomeWouldRemove
			} else if err := deleteBuffer(ctx, r.Buffers.Resource(resource).Namespace(b.key.Namespace), b); err != nil {
				r.errs = append(r.errs, fmt.Errorf("remove CapacityBuffer %s: %w", b.key, err))
				continue
			}
			r.restored = append(r.restored, done)
		}
		if page.Continue = list.GetContinue(); page.Continue == "" {
			return
		}
	}
}

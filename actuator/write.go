package actuator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/workload"
)

// patchHPA sends a JSON patch under Highwater's name.
func patchHPA(ctx context.Context, client kubernetes.Interface, k workload.Key, patch []byte) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	return client.AutoscalingV2().HorizontalPodAutoscalers(k.Namespace).Patch(ctx, k.Name,
		types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: FieldManager})
}

// isConflict reports whether a patch met another object than it was made for: a
// failed test is answered like an invalid object, but names no field of it.
func isConflict(err error) bool {
	if apierrors.IsConflict(err) {
		return true
	}
	var status apierrors.APIStatus
	if !apierrors.IsInvalid(err) || !errors.As(err, &status) {
		return false
	}
	details := status.Status().Details
	return details == nil || len(details.Causes) == 0
}

// disown removes Highwater's entries from the managed fields of an object that
// it has just written, so that nobody's server-side apply conflicts with it: what
// is Highwater's is known by the lease. A failure is left for the next write:
// nothing but such a conflict comes of it.
func disown(ctx context.Context, client kubernetes.Interface, hpa *autoscalingv2.HorizontalPodAutoscaler) {
	if hpa == nil {
		return
	}
	var ops []operation
	for i, f := range slices.Backward(hpa.ManagedFields) { // from the end, so that the indexes hold
		if f.Manager != FieldManager || f.Subresource != "" {
			continue
		}
		path := fmt.Sprintf("/metadata/managedFields/%d", i)
		ops = append(ops, operation{"test", path + "/manager", FieldManager}, operation{Op: "remove", Path: path})
	}
	if len(ops) == 0 {
		return
	}
	ops = append([]operation{{"test", "/metadata/uid", hpa.UID}}, ops...)
	if patch, err := json.Marshal(ops); err == nil {
		_, _ = patchHPA(ctx, client, workload.Key{Namespace: hpa.Namespace, Name: hpa.Name}, patch)
	}
}

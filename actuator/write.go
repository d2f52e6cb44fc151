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

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// patchHPA sends a JSON patch under Highwater's name.
func patchHPA(ctx context.Context, client kubernetes.Interface, k workload.Key, patch []byte) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	return client.AutoscalingV2().HorizontalPodAutoscalers(k.Namespace).Patch(ctx, k.Name,
		types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: ownership.FieldManager})
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

// disownTries is how often an object is looked at that changes meanwhile.
const disownTries = 3

// disown removes Highwater's entries from the managed fields of an object that
// it has just written, so that nobody's server-side apply conflicts with it: what
// is Highwater's is known by the lease. An entry that owns Highwater's annotations
// alone conflicts with nobody, and stays until a floor changes. A failure is left
// for the next write: nothing but such a conflict comes of it.
func disown(ctx context.Context, client kubernetes.Interface, hpa *autoscalingv2.HorizontalPodAutoscaler, annotations bool) {
	for range disownTries {
		patch := disownPatch(hpa, annotations)
		if patch == nil {
			return
		}
		k := workload.Key{Namespace: hpa.Namespace, Name: hpa.Name}
		if _, err := patchHPA(ctx, client, k, patch); !isConflict(err) {
			return
		}
		// Somebody wrote meanwhile, and the entries have moved. A patch that changes
		// nothing answers with the object as it is, and needs no right to get it.
		look, err := json.Marshal([]operation{{"test", "/metadata/uid", hpa.UID}})
		if err != nil {
			return
		}
		if hpa, err = patchHPA(ctx, client, k, look); err != nil {
			return
		}
	}
}

// disownPatch removes Highwater's entries from the managed fields of an object,
// those of nothing but annotations, too, if that is asked for; nil if there are none.
func disownPatch(hpa *autoscalingv2.HorizontalPodAutoscaler, annotations bool) []byte {
	if hpa == nil {
		return nil
	}
	var ops []operation
	for i, f := range slices.Backward(hpa.ManagedFields) { // from the end, so that the indexes hold
		if f.Manager != ownership.FieldManager || f.Subresource != "" || !annotations && !ownership.OwnsMinReplicas(f) {
			continue
		}
		path := fmt.Sprintf("/metadata/managedFields/%d", i)
		ops = append(ops, operation{"test", path + "/manager", ownership.FieldManager}, operation{Op: "remove", Path: path})
	}
	if len(ops) == 0 {
		return nil
	}
	patch, err := json.Marshal(append([]operation{{"test", "/metadata/uid", hpa.UID}}, ops...))
	if err != nil { // strings only
		return nil
	}
	return patch
}

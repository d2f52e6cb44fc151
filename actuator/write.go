package actuator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/highwater-dev/highwater/cluster/ownership"
)

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
func (c Clients) disown(ctx context.Context, o object, annotations bool) {
	for range disownTries {
		patch := disownPatch(o.meta(), annotations)
		if patch == nil {
			return
		}
		if _, err := c.patch(ctx, o.kind(), o.key(), patch); !isConflict(err) {
			return
		}
		// Somebody wrote meanwhile, and the entries have moved. A patch that changes
		// nothing answers with the object as it is, and needs no right to get it.
		look, err := json.Marshal([]operation{{"test", "/metadata/uid", o.meta().UID}})
		if err != nil {
			return
		}
		if o, err = c.patch(ctx, o.kind(), o.key(), look); err != nil {
			return
		}
	}
}

// disownPatch removes Highwater's entries from the managed fields of an object,
// those of nothing but annotations, too, if that is asked for; nil if there are none.
func disownPatch(o *metav1.ObjectMeta, annotations bool) []byte {
	var ops []operation
	for i, f := range slices.Backward(o.ManagedFields) { // from the end, so that the indexes hold
		if f.Manager != ownership.FieldManager || f.Subresource != "" || !annotations && !ownership.OwnsMinReplicas(f) {
			continue
		}
		path := fmt.Sprintf("/metadata/managedFields/%d", i)
		ops = append(ops, operation{"test", path + "/manager", ownership.FieldManager}, operation{Op: "remove", Path: path})
	}
	if len(ops) == 0 {
		return nil
	}
	patch, err := json.Marshal(append([]operation{{"test", "/metadata/uid", o.UID}}, ops...))
	if err != nil { // strings only
		return nil
	}
	return patch
}

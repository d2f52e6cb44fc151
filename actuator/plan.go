package actuator

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/workload"
)

// A Change is what brings an object from what it carries to what it should.
type Change struct {
	Patch   []byte          // JSON merge patch; nil if there is nothing to do
	Outcome string          // Raised, Lowered, Restored, Renewed, Released or Unchanged
	From    int32           // minReplicas before
	To      int32           // minReplicas after
	Lease   *workload.Lease // that the object carries after; nil for none
}

// A Tenure is how leases are made.
type Tenure struct {
	TTL    time.Duration // from renewing to expiring; positive
	Holder string        // who sets the floor
}

// Plan says what makes floor the minReplicas of the workload as it was read.
//
// The floor is kept between the baseline and the ceiling, whatever was asked
// for: a floor below the user's own is never set. At the baseline the lease is
// removed, in the same patch. A lease is renewed only when less than half of
// its time remains, so that a floor that stays costs a call every quarter of
// an hour at the usual TTL. A lease that somebody else's minReplicas has made
// stale is rewritten or removed.
//
// The patch holds the resource version and the UID that the workload was read
// with: on any other version the API server answers with a conflict.
func Plan(w workload.Workload, floor int32, now time.Time, t Tenure) Change {
	to := max(min(floor, w.Ceiling), w.Baseline)
	c := Change{Outcome: OutcomeUnchanged, From: w.Floor, To: to, Lease: w.Lease}
	switch {
	case to == w.Baseline:
		if w.Lease == nil && w.Floor == w.Baseline {
			return c
		}
		c.Lease = nil
	case to == w.Floor && w.Lease != nil && w.Lease.Floor == to && w.Lease.Baseline == w.Baseline &&
		w.Lease.Expires.Sub(now) >= t.TTL/2:
		return c
	default:
		now = now.UTC().Truncate(time.Second)
		c.Lease = &workload.Lease{
			Baseline: w.Baseline,
			Floor:    to,
			Renewed:  now,
			Expires:  now.Add(t.TTL),
			Holder:   t.Holder,
		}
	}
	c.Outcome = outcome(w.Floor, to, c.Lease)
	c.Patch = patch(w, to, c.Lease)
	return c
}

// outcome names a change that is needed.
func outcome(from, to int32, lease *workload.Lease) string {
	switch {
	case to > from:
		return OutcomeRaised
	case to < from && lease == nil:
		return OutcomeRestored
	case to < from:
		return OutcomeLowered
	case lease == nil:
		return OutcomeReleased
	default:
		return OutcomeRenewed
	}
}

// The parts of the object that a patch may hold, and no others.
type (
	patchJSON struct {
		Metadata metadataJSON `json:"metadata"`
		Spec     *specJSON    `json:"spec,omitempty"`
	}
	metadataJSON struct {
		UID             string             `json:"uid,omitempty"`
		ResourceVersion string             `json:"resourceVersion,omitempty"`
		Annotations     map[string]*string `json:"annotations"`
	}
	specJSON struct {
		MinReplicas int32 `json:"minReplicas"`
	}
)

// patch writes minReplicas, if it changes, and the lease; a nil lease is removed.
func patch(w workload.Workload, to int32, lease *workload.Lease) []byte {
	p := patchJSON{Metadata: metadataJSON{
		UID:             w.UID,
		ResourceVersion: w.ResourceVersion,
		Annotations:     map[string]*string{LeaseAnnotation: nil},
	}}
	if lease != nil {
		text := FormatLease(*lease)
		p.Metadata.Annotations[LeaseAnnotation] = &text
	}
	if to != w.Floor {
		p.Spec = &specJSON{MinReplicas: to}
	}
	b, err := json.Marshal(p)
	if err != nil { // strings and numbers only
		panic(fmt.Sprintf("actuator: patch: %v", err))
	}
	return b
}

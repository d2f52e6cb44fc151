package actuator

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/cluster/ownership"
	"github.com/highwater-dev/highwater/cluster/workload"
)

// A Change is what brings an object from what it carries to what it should.
type Change struct {
	Patch   []byte           // JSON patch; nil if there is nothing to do
	Outcome string           // Raised, Lowered, Restored, Renewed, Released or Unchanged
	Field   string           // that holds the floor: minReplicas, or a ScaledObject's minReplicaCount
	From    int32            // minReplicas before
	To      int32            // minReplicas after
	Lease   *workload.Lease  // that the object carries after; nil for none
	Record  *workload.Record // likewise

	FromUnset, ToUnset bool // it is not set before, or after, which counts as 0
}

// A Tenure is how leases are made.
type Tenure struct {
	TTL          time.Duration // from renewing to expiring; positive
	Holder       string        // who sets the floor
	Installation string        // that the holder belongs to
	Beat         time.Duration // between two looks at the object, if nothing changes
	DoubtSince   time.Time     // since when doubt alone holds the floor; zero if it does not
}

// least is how much time of a lease may be left: half of it, and enough for three
// more looks where that is less than three quarters.
func (t Tenure) least() time.Duration { return max(t.TTL/2, min(3*t.Beat, t.TTL*3/4)) }

// doubtGrain is how long doubt has to last to be written into a lease: a process
// that has just begun doubts until it has read.
const doubtGrain = 5 * time.Second

// Plan says what makes floor the minReplicas of the workload as it was read.
//
// The floor is kept between the baseline and the ceiling, whatever was asked
// for: a floor below the user's own is never set. At the baseline the lease is
// removed, in the same patch; the record stays while it has something to tell. A
// lease is renewed only when less than half of its time remains, or too little for
// a few more looks, so that a floor that stays costs a call every quarter of an hour
// at the usual TTL; one that runs for longer than it should is cut short.
//
// The patch tests what the decision rests on: that the object is the same one
// and that minReplicas, maxReplicas, lease and record are as they were read. Where one
// of them is not, the API server refuses it. Whatever else somebody writes
// meanwhile, such as the status, is no conflict.
func Plan(w workload.Workload, floor int32, now time.Time, t Tenure) Change {
	now = now.UTC().Truncate(time.Second)
	to := max(min(floor, w.Ceiling), w.Baseline)
	c := Change{Outcome: workload.OutcomeUnchanged, Field: w.FloorField(), From: w.Floor, To: to, Lease: w.Lease, Record: w.Record}
	c.FromUnset, c.ToUnset = w.Unset, w.BaselineUnset && to == w.Baseline
	rec := w.Own.Record
	c.Lease = nil
	if to > w.Baseline {
		rec.MinReplicas, rec.Unset = w.Baseline, w.BaselineUnset
		if w.RecordText == "" {
			rec = ownership.Begun(rec)
		}
		ownership.Keep(&rec, to, now)
		if c.Lease = w.Lease; w.Lease == nil || w.Floor != to || !stands(*w.Lease, w, to, now, t) {
			c.Lease = lease(w, to, now, t)
		}
	}
	switch {
	case c.Lease == nil && ownership.Blank(&rec):
		c.Record = nil
		if w.Record == nil && w.Lease == nil && to == w.Floor {
			return c // what cannot be read is left there, since nothing has to be written
		}
	case w.Record == nil || ownership.FormatRecord(*w.Record) != ownership.FormatRecord(rec):
		c.Record = &rec
	}
	if to == w.Floor && same(c.Lease, w.Lease, ownership.FormatLease) && same(c.Record, w.Record, ownership.FormatRecord) {
		return c
	}
	c.Outcome = outcome(w.Floor, to, c.Lease)
	c.Patch = patch(w, c)
	return c
}

// lease is a new lease for a floor.
func lease(w workload.Workload, floor int32, now time.Time, t Tenure) *workload.Lease {
	l := &workload.Lease{Baseline: w.Baseline, Unset: w.BaselineUnset, Floor: floor, Renewed: now, Expires: now.Add(t.TTL), Holder: t.Holder, Installation: t.Installation}
	if !t.DoubtSince.IsZero() && now.Sub(t.DoubtSince) >= doubtGrain {
		l.DoubtSince = t.DoubtSince.UTC().Truncate(time.Second)
	}
	return l
}

// stands reports whether a lease needs no writing.
func stands(l workload.Lease, w workload.Workload, to int32, now time.Time, t Tenure) bool {
	left := l.Expires.Sub(now)
	doubt := !t.DoubtSince.IsZero() && (now.Sub(t.DoubtSince) >= doubtGrain || !l.DoubtSince.IsZero())
	switch {
	case l.Floor != to, l.Baseline != w.Baseline, l.Unset != w.BaselineUnset:
		return false
	case left < t.least(), left > t.TTL+ownership.MaxSkew, l.Renewed.After(now.Add(ownership.MaxSkew)):
		return false
	case doubt != !l.DoubtSince.IsZero():
		return false
	}
	return !doubt || l.DoubtSince.Equal(t.DoubtSince.UTC().Truncate(time.Second))
}

// same reports whether two annotations, each nil for none, are the same text.
func same[T any](a, b *T, format func(T) string) bool {
	return a == b || a != nil && b != nil && format(*a) == format(*b)
}

// text is how an annotation will read: as it does, if it is to stay, and empty
// if it is to go.
func text[T any](is, was *T, read string, format func(T) string) string {
	switch is {
	case nil:
		return ""
	case was:
		return read
	}
	return format(*is)
}

// escape writes a key as a part of a JSON pointer (RFC 6901).
func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// outcome names a change that is needed.
func outcome(from, to int32, lease *workload.Lease) string {
	switch {
	case to > from:
		return workload.OutcomeRaised
	case to < from && lease == nil:
		return workload.OutcomeRestored
	case to < from:
		return workload.OutcomeLowered
	case lease == nil:
		return workload.OutcomeReleased
	default:
		return workload.OutcomeRenewed
	}
}

// An operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// known is a number as a test knows it: against null, if it is not set.
func known(n int32, unset bool) any {
	if unset {
		return nil
	}
	return n
}

// patch writes minReplicas, if it changes, and the two annotations; nil ones are
// removed.
func patch(w workload.Workload, c Change) []byte {
	floor, ceiling := "/spec/"+w.FloorField(), "/spec/"+w.CeilingField()
	ops := []operation{{"test", "/metadata/uid", w.UID}, {"test", floor, known(w.Floor, w.Unset)}, {"test", ceiling, known(w.Ceiling, w.CeilingUnset)}}
	var set []operation
	for _, a := range []struct {
		key, was, is string
	}{
		{ownership.LeaseAnnotation, w.LeaseText, text(c.Lease, w.Lease, w.LeaseText, ownership.FormatLease)},
		{ownership.RecordAnnotation, w.RecordText, text(c.Record, w.Record, w.RecordText, ownership.FormatRecord)},
	} {
		path := "/metadata/annotations/" + escape(a.key)
		switch {
		case a.was != "":
			ops = append(ops, operation{"test", path, a.was})
		case w.Annotated:
			ops = append(ops, operation{Op: "test", Path: path}) // against null: there is none
		}
		switch a.is {
		case a.was:
		case "":
			set = append(set, operation{Op: "remove", Path: path})
		default:
			set = append(set, operation{"add", path, a.is})
		}
	}
	if !w.Annotated {
		ops = append(ops, operation{Op: "test", Path: "/metadata/annotations"}, operation{"add", "/metadata/annotations", map[string]string{}})
	}
	switch {
	case c.To == w.Floor:
	case c.ToUnset:
		set = append(set, operation{Op: "remove", Path: floor})
	case w.Unset:
		set = append(set, operation{"add", floor, c.To})
	default:
		set = append(set, operation{"replace", floor, c.To})
	}
	b, err := json.Marshal(append(ops, set...))
	if err != nil { // strings and numbers only
		panic(fmt.Sprintf("actuator: patch: %v", err))
	}
	return b
}

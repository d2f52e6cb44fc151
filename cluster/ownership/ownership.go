package ownership

import (
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// When somebody else is taken to fight for minReplicas, and what follows. A
// deploy that writes its own minReplicas back is no fight: the floor is put back
// at once, and no pod is lost.
const (
	ContestCount  = 12               // overwritten so often …
	ContestWithin = 30 * time.Minute // … in so long …
	ContestDaily  = 24               // … or so often …
	ContestDay    = 24 * time.Hour   // … in a day: …
	ContestTwice  = 3 * time.Minute  // … or twice in so long by a tool that applies a manifest again and again: …
	ContestPause  = time.Hour        // … the object is left alone for that long, twice as long after the next time, …
	ContestMost   = 24 * time.Hour   // … and for that long at the most
)

// Own finds out whose the minReplicas of w is, from what the object carries: the
// lease, the record and the field managers. It sets w.Baseline and w.Own.
//
// Whoever writes minReplicas after Highwater has set the baseline, with these
// exceptions:
//
//   - A value that was a floor of Highwater's within a fortnight is nobody's
//     baseline when it comes back by a patch: tools save minReplicas and put it
//     back. If the same field manager writes it a second time, it means it.
//     What is applied (server-side, or by kubectl's client) is meant at once.
//   - Argo CD copies what it is told to ignore from the object into what it
//     applies: from there a floor is nobody's baseline.
//   - A field manager that puts such a floor back takes the baselines of its own
//     back, too: a downscaler that sets 1 for the night does not own the day.
func Own(w *workload.Workload, now time.Time) { OwnBy(w, w.Lease, w.Record, now) }

// OwnBy is Own by a lease and a record that the object may have lost.
func OwnBy(w *workload.Workload, lease *workload.Lease, record *workload.Record, now time.Time) {
	w.Own = workload.Ownership{Holds: w.Floor}
	o := owner{m: w.Floor, unset: w.Unset, rec: recall(record, now), own: &w.Own}
	if len(w.Writers) > 0 {
		o.writer = w.Writers[0]
		w.Own.By = o.writer.Manager
	}
	switch {
	case record != nil:
	case lease != nil: // by a version that kept no record
		o.rec.OwnerValue, o.rec.Declared = workload.OwnerValue{MinReplicas: lease.Baseline, Unset: lease.Unset}, w.Declared
		Keep(&o.rec, lease.Floor, lease.Renewed)
	default:
		o.rec.OwnerValue, o.rec.Declared = workload.OwnerValue{MinReplicas: w.Floor, By: o.writer.Manager, Unset: w.Unset}, w.Declared
	}
	if lease != nil {
		o.rec.MinReplicas, o.rec.Unset = lease.Baseline, lease.Unset
	}
	was := o.rec.OwnerValue
	o.find(lease, w.Declared)
	o.peace(was, w.Writers)
	if lease != nil && w.Floor < lease.Floor && (len(w.Writers) > 0 || w.Unset) { // nobody owns what is not set
		w.Own.Overwritten, w.Own.Was = true, lease.Floor
		if !Expired(*lease, now) {
			w.Own.Holds = min(lease.Floor, w.Ceiling)
		}
		o.overwritten(now)
	}
	w.Own.Contested = now.Before(o.rec.ContestedUntil)
	w.Own.Record, w.Baseline, w.BaselineUnset = o.rec, o.rec.MinReplicas, o.rec.Unset
}

// An owner is on its way to find whose minReplicas is.
type owner struct {
	m      int32           // minReplicas
	unset  bool            // it is not set, and m is 0
	writer workload.Writer // of it, the newest; the zero Writer if not known
	rec    workload.Record
	own    *workload.Ownership
}

// find brings the record's baseline up to date and says whether minReplicas is
// a floor.
func (o *owner) find(lease *workload.Lease, declared *int32) {
	kept := lease != nil && lease.Floor == o.m
	_, floor := o.rec.Floors[o.m]
	news := declared != nil && (o.rec.Declared == nil || *declared != *o.rec.Declared)
	o.rec.Declared = declared
	if o.copied(kept) {
		o.own.Ours = true
		return
	}
	switch {
	case news && (kept || *declared == o.m):
		o.baseline(*declared)
		o.own.Ours = kept && *declared < o.m
	case kept:
		o.kept()
	case floor && !o.writer.Apply && o.m != o.rec.MinReplicas:
		o.returned()
	case o.m != o.rec.MinReplicas || o.unset != o.rec.Unset:
		o.baseline(o.m)
	}
}

// kept looks at a minReplicas that is what the lease says. Highwater's write of
// another value takes the field from everybody else, so who owns it wrote it
// since.
func (o *owner) kept() {
	known := o.writer.Manager == "" || o.rec.Returned != nil && *o.rec.Returned == workload.OwnerValue{MinReplicas: o.m, By: name(o.writer.Manager)}
	switch {
	case o.writer.Apply:
		o.baseline(o.m)
	case known:
		o.own.Ours = true
	default: // it wrote something else and this back, while nobody looked
		o.giveBack()
	}
}

// returned looks at a former floor of Highwater's that somebody wrote.
func (o *owner) returned() {
	if r := o.rec.Returned; r != nil && o.writer.Manager != "" && *r == (workload.OwnerValue{MinReplicas: o.m, By: name(o.writer.Manager)}) {
		o.baseline(o.m) // for the second time
		return
	}
	o.giveBack()
}

// giveBack takes minReplicas for a floor of Highwater's that somebody put back.
func (o *owner) giveBack() {
	o.own.Ours = true
	by := name(o.writer.Manager)
	o.rec.Returned = &workload.OwnerValue{MinReplicas: o.m, By: by}
	if o.rec.Before != nil && by != "" && name(o.rec.By) == by {
		o.rec.OwnerValue, o.rec.Before = *o.rec.Before, nil
	}
}

// baseline makes n the baseline.
func (o *owner) baseline(n int32) {
	if by := name(o.writer.Manager); by != name(o.rec.By) {
		before := o.rec.OwnerValue
		o.rec.Before, o.rec.By = &before, by
	}
	o.rec.MinReplicas, o.rec.Unset, o.rec.Returned = n, o.unset && n == o.m, nil
	if _, floor := o.rec.Floors[n]; floor { // it is the owner's from now on
		floors := o.rec.Floors
		delete(floors, n) // a copy, by recall
	}
}

// overwritten counts one more overwriting, and begins a contest after too many.
func (o *owner) overwritten(now time.Time) {
	o.rec.Overwrites = append(o.rec.Overwrites, now.UTC().Truncate(time.Second))
	lately, just := 0, 0
	for _, at := range o.rec.Overwrites {
		if now.Sub(at) <= ContestWithin {
			lately++
		}
		if now.Sub(at) <= ContestTwice {
			just++
		}
	}
	applies := o.writer.Apply || GitOps(o.writer.Manager) != ""
	if lately < ContestCount && len(o.rec.Overwrites) < ContestDaily && !(applies && just > 1) {
		return
	}
	o.rec.ContestedBy = ""
	if o.writer.Apply {
		o.rec.ContestedBy = name(o.writer.Manager)
	}
	pause := min(ContestPause<<min(o.rec.Contests, 8), ContestMost)
	o.rec.Overwrites, o.rec.Contests = nil, o.rec.Contests+1
	o.rec.ContestedUntil = now.Add(pause).UTC().Truncate(time.Second)
}

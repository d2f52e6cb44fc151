// Package workload holds what is known of the things that Highwater sets
// floors for: an autoscaler and the scale target behind it.
package workload

import (
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/price"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// The kinds of autoscalers.
const (
	HorizontalPodAutoscaler = "HorizontalPodAutoscaler"
	ScaledObject            = "ScaledObject" // of KEDA, which keeps a HorizontalPodAutoscaler for it
)

// A Key names a workload by its autoscaler: by the ScaledObject, where KEDA keeps
// the HorizontalPodAutoscaler.
type Key struct {
	Namespace string
	Name      string
}

func (k Key) String() string { return k.Namespace + "/" + k.Name }

// A Ref names the object that the autoscaler scales.
type Ref struct {
	APIVersion string
	Kind       string
	Name       string
}

// A Problem is something about a workload that its owner has to mend: the
// object and field that is wrong, and the remedy.
type Problem struct {
	Code    string // one word: "NoMetrics", "PolicyConflict"
	Field   string // of the object: "spec.metrics[0].resource.target"
	Message string // a sentence with the remedy
	Fatal   bool   // no floor can be recommended until it is mended
}

// Why floors are not set though the policy enforces them: the codes of warnings.
const (
	ProofPending   = "ProofPending"   // there is no proof yet
	ProofFailed    = "ProofFailed"    // on its own past the workload is served no better with floors
	ProofWithdrawn = "ProofWithdrawn" // the load is another one since the proof
)

// Observed says in a few words why no floor is set on a workload in the given
// mode, with the code of the warning about its proof; empty if floors are set. A
// policy that is suspended sets none in either mode.
func Observed(mode recommender.Mode, proof string) string {
	switch {
	case proof == ProofPending:
		return "no proof yet"
	case proof == ProofFailed:
		return "not proven"
	case proof == ProofWithdrawn:
		return "proof withdrawn"
	case mode != recommender.Enforce:
		return "mode Observe"
	}
	return ""
}

// A Lease is what a set floor carries on its object: the way back.
type Lease struct {
	Baseline     int32     // the user's own minReplicas
	Unset        bool      // the user's own is not set, which counts as a Baseline of 0
	Floor        int32     // that was set
	Renewed      time.Time // when it was last renewed
	Expires      time.Time // after this anyone may restore the baseline
	Holder       string    // identity of the process that set it
	Installation string    // of Highwater that the process belongs to; empty from versions before there was one
	DoubtSince   time.Time // since when doubt alone holds the floor; zero while there is none
}

// A Record is what is remembered of an object for a fortnight, beside the lease
// and longer than it: what its owners wrote, and what Highwater set.
type Record struct {
	OwnerValue                         // the newest baseline
	Before         *OwnerValue         // the one that another field manager had set before it
	Declared       *int32              // minReplicas of the owner's last client-side apply when the baseline was found
	Floors         map[int32]time.Time // that Highwater set, and when last
	Returned       *OwnerValue         // the floor of Highwater's that somebody wrote back last
	Overwrites     []time.Time         // of floors, within the last day
	Contests       int                 // one after the other
	ContestedUntil time.Time           // the object is left alone until then
	ContestedBy    string              // field manager that applies it; the contest ends with its manifest's change
}

// An OwnerValue is a minReplicas and the field manager that wrote it; the name
// is empty if it is not known.
type OwnerValue struct {
	MinReplicas int32
	By          string
	Unset       bool // it was not set, or taken away, which counts as 0
}

// A Writer is a field manager, other than Highwater, that owns minReplicas.
type Writer struct {
	Manager string
	Apply   bool // by server-side apply: what it wants, not what it once wrote
	Time    time.Time
}

// An Ownership says whose the present minReplicas is.
type Ownership struct {
	Ours        bool   // it is a floor of Highwater's, as it was set or as somebody wrote it back
	Overwritten bool   // it took the place of a floor that was set
	Was         int32  // that floor
	Holds       int32  // the floor that the pods still stand by: Was, if it was overwritten while its lease ran
	By          string // field manager that wrote minReplicas last; empty if not known
	Contested   bool   // it was overwritten so often that the object is left alone
	Record      Record // to be kept on the object
}

// A Source is one load of a workload, found in its autoscaler or given by its policy.
type Source struct {
	Name     string // of the metric
	Query    history.Query
	Capacity recommender.Capacity // at the autoscaler's target, or as the policy says

	// Metric is how the autoscaler sees this load, and Full the load that one
	// ready pod carries at the most: beyond it a workload is short. Assumed says
	// in a sentence what was assumed of either; empty if nothing was.
	Metric  simulate.Metric
	Full    float64
	Guessed bool // Full is a multiple of the target, since nothing is known of it
	Assumed string
}

// An Objective is something that a query measures and that must not exceed a
// time: a latency, or the wait in a backlog.
type Objective struct {
	Query history.Query
	Most  time.Duration
}

// A CPU is what the use of CPU by the pods is read with.
type CPU struct {
	Query   history.Query
	Request float64 // of one pod, in cores
}

// A Workload is one autoscaler and its scale target, as discovered.
type Workload struct {
	Key
	UID             string
	ResourceVersion string
	Kind            string // HorizontalPodAutoscaler or ScaledObject
	Target          Ref
	PolicyName      string // of the FloorPolicy; empty if the defaults hold
	PolicyUID       string
	Policy          recommender.Policy
	Calendar        *calendar.Spec         // in force: the policy's or the default; nil if there is neither
	Schedules       []recommender.Schedule // that bound floors
	OnlySchedules   bool                   // floors are set for them alone, since no proof holds; the mode is Observe
	SkipProof       bool                   // floors are set whatever the proof says
	AsMetric        bool                   // floors are served as a metric, and not written to the object
	Served          int32                  // the pods that it asks for now; 0 while it asks for none
	Sources         []Source
	Latency         *Objective     // from which the capacity is learned; nil if the policy has none
	Backlog         *Objective     // of a queue, of which the load is what arrives; likewise
	CPU             *CPU           // from which the capacity is learned; nil if not known, or if it is the load itself
	LeadAuto        bool           // the lead time is what was learned, where that is enough
	Lead            *capacity.Lead // how long its pods take to start; nil if none was seen to
	NodeHeadroom    *NodeHeadroom  // what its policy says of it; nil if none is asked for
	Baseline        int32          // from the lease if there is one, else the floor
	BaselineUnset   bool           // the baseline is not to be set, which counts as 0
	Floor           int32          // minReplicas now
	Unset           bool           // it is not set now, which counts as 0
	Ceiling         int32
	CeilingUnset    bool               // it is not set on the object, and is KEDA's default
	Replicas        int32              // status.currentReplicas
	Price           price.Price        // of an hour of a pod; zero if there is none
	Desired         int32              // status.desiredReplicas
	Room            []recommender.Room // beside the ceiling, as far as it is known
	Behavior        *simulate.Behavior // of the autoscaler; nil for the controller's defaults
	Lease           *Lease
	KeepsOnly       bool     // a floor is kept and lowered as decided, and none is raised
	LeaseBroken     bool     // the object carries a lease that cannot be read; its floor is not touched
	LeaseText       string   // the lease as the object carries it; empty if it does not
	Record          *Record  // nil if the object carries none that can be read
	RecordText      string   // the record as the object carries it; empty if it does not
	Writers         []Writer // of minReplicas, the newest first
	Declared        *int32   // minReplicas of the owner's last client-side apply; nil if there is none
	Annotated       bool     // the object has annotations
	Own             Ownership
	Problems        []Problem
}

// FloorField names the field of the object's spec that holds the floor.
func (w *Workload) FloorField() string {
	if w.Kind == ScaledObject {
		return "minReplicaCount"
	}
	return "minReplicas"
}

// CeilingField names the field of the object's spec that holds the ceiling.
func (w *Workload) CeilingField() string {
	if w.Kind == ScaledObject {
		return "maxReplicaCount"
	}
	return "maxReplicas"
}

// Raised reports whether minReplicas is a floor of Highwater's.
func (w *Workload) Raised() bool { return w.Lease != nil || w.Own.Ours }

// Applied says what Apply did.
type Applied struct {
	Changed bool   // the object was patched
	Outcome string // one word for the metrics, one of the actuator's: "Raised", "Lowered", "Restored", "Renewed", …
	Message string // what happened, for the user
	Lease   *Lease // that the object carries now, if any
	Stuck   bool   // it met one conflict after the other
}

// Find returns the workload of that key; ok is false if the list has none.
func Find(list []Workload, k Key) (w Workload, ok bool) {
	for _, w := range list {
		if w.Key == k {
			return w, true
		}
	}
	return Workload{}, false
}

// Package actuator sets floors on HorizontalPodAutoscalers and gives them back.
//
// A floor is a lease: one annotation on the object holds the user's own
// minReplicas (the baseline), the floor that was set and when it ends, so that
// anyone can find the way back without knowing anything else. Plan says, as a
// pure function, which patch brings an object from what it carries to what it
// should; an Enforcer sends it, an Observer only tells of it, and Restore walks
// all objects home.
//
//	e := actuator.NewEnforcer(client, actuator.Options{Holder: "highwater-0"})
//	applied, err := e.Apply(ctx, w, decision)
//
// A second annotation, the record, remembers for a fortnight which values were
// floors and which were an owner's: see Own, which says whose minReplicas is.
//
// Nothing but spec.minReplicas and the two annotations is ever written, and only
// while minReplicas, maxReplicas and the annotations are as they were when it was
// decided: who else writes one of them in between wins, and it is decided again.
// After each write Highwater gives up the ownership of what it wrote, so that an
// owner's server-side apply meets no conflict.
package actuator

// FieldManager is the name that Highwater's writes carry in managedFields.
const FieldManager = "highwater"

// The outcomes of Apply and Restore.
const (
	OutcomeRaised       = "Raised"       // minReplicas was raised
	OutcomeLowered      = "Lowered"      // minReplicas was lowered, the baseline is not reached yet
	OutcomeRestored     = "Restored"     // minReplicas is the baseline again; the lease is gone
	OutcomeRenewed      = "Renewed"      // only the lease was renewed
	OutcomeReleased     = "Released"     // only the annotations were removed: minReplicas is its owner's
	OutcomeUnchanged    = "Unchanged"    // nothing to do
	OutcomeObserved     = "Observed"     // the mode is Observe and there is nothing to give back
	OutcomeConflict     = "Conflict"     // somebody wrote the object meanwhile; decided again at once
	OutcomeGone         = "Gone"         // the object does not exist any more
	OutcomeContested    = "Contested"    // somebody keeps overwriting minReplicas; left alone for a while
	OutcomeBroken       = "Broken"       // the lease cannot be read; left alone
	OutcomeWouldRaise   = "WouldRaise"   // Raised, had it been allowed
	OutcomeWouldLower   = "WouldLower"   // Lowered, had it been allowed
	OutcomeWouldRestore = "WouldRestore" // Restored, had it been allowed
	OutcomeWouldRelease = "WouldRelease" // Released, had it been allowed

	OutcomeOtherInstallation = "OtherInstallation" // another Highwater has set the floor and keeps its lease; left alone
)

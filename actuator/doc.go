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
// Nothing but spec.minReplicas and the annotation is ever written, and only on
// the very version of the object that the decision was made from: who else
// writes in between wins, and the next tick decides again.
package actuator

// FieldManager is the name that Highwater's writes carry in managedFields.
const FieldManager = "highwater"

// The outcomes of Apply and Restore.
const (
	OutcomeRaised       = "Raised"       // minReplicas was raised
	OutcomeLowered      = "Lowered"      // minReplicas was lowered, the baseline is not reached yet
	OutcomeRestored     = "Restored"     // minReplicas is the baseline again; the lease is gone
	OutcomeRenewed      = "Renewed"      // only the lease was renewed
	OutcomeReleased     = "Released"     // only the lease was removed: somebody else set minReplicas
	OutcomeUnchanged    = "Unchanged"    // nothing to do
	OutcomeObserved     = "Observed"     // the mode is Observe and there is nothing to give back
	OutcomeConflict     = "Conflict"     // somebody wrote the object meanwhile; decided again next tick
	OutcomeGone         = "Gone"         // the object does not exist any more
	OutcomeContested    = "Contested"    // somebody keeps overwriting minReplicas; left alone for a while
	OutcomeBroken       = "Broken"       // the lease cannot be read; left alone
	OutcomeWouldRaise   = "WouldRaise"   // Raised, had it been allowed
	OutcomeWouldLower   = "WouldLower"   // Lowered, had it been allowed
	OutcomeWouldRestore = "WouldRestore" // Restored, had it been allowed
	OutcomeWouldRelease = "WouldRelease" // Released, had it been allowed
)

package workload

// The outcomes of applying a decision, and of restoring: Applied.Outcome.
const (
	OutcomeRaised       = "Raised"       // minReplicas was raised
	OutcomeLowered      = "Lowered"      // minReplicas was lowered, the baseline is not reached yet
	OutcomeRestored     = "Restored"     // minReplicas is the baseline again; the lease is gone
	OutcomeRenewed      = "Renewed"      // only the lease was renewed
	OutcomeReleased     = "Released"     // only the annotations were removed: minReplicas is its owner's
	OutcomeUnchanged    = "Unchanged"    // nothing to do
	OutcomeObserved     = "Observed"     // the mode is Observe and there is nothing to give back
	OutcomeServed       = "Served"       // the floor is served as a metric, and nothing has to be written
	OutcomeConflict     = "Conflict"     // somebody wrote the object meanwhile; decided again at once
	OutcomeDelayed      = "Delayed"      // KEDA has enough to do; decided again soon
	OutcomeGone         = "Gone"         // the object does not exist any more
	OutcomeContested    = "Contested"    // somebody keeps overwriting minReplicas; left alone for a while
	OutcomeBroken       = "Broken"       // the lease cannot be read; left alone
	OutcomeRemoved      = "Removed"      // an object that asked for nodes is gone
	OutcomeWouldRemove  = "WouldRemove"  // Removed, had it been allowed
	OutcomeWouldRaise   = "WouldRaise"   // Raised, had it been allowed
	OutcomeWouldLower   = "WouldLower"   // Lowered, had it been allowed
	OutcomeWouldRestore = "WouldRestore" // Restored, had it been allowed
	OutcomeWouldRelease = "WouldRelease" // Released, had it been allowed

	OutcomeOtherInstallation = "OtherInstallation" // another Highwater has set the floor and keeps its lease; left alone
)

// Package actuator sets floors on HorizontalPodAutoscalers, and on KEDA's
// ScaledObjects, and gives them back.
//
// A floor is a lease: one annotation on the object holds the user's own
// minReplicas (the baseline), the floor that was set and when it ends, so that
// anyone can find the way back without knowing anything else. Plan says, as a
// pure function, which patch brings an object from what it carries to what it
// should; an Enforcer sends it, an Observer only tells of it, and Restore walks
// all objects home.
//
//	e := actuator.NewEnforcer(actuator.Clients{Kubernetes: client}, actuator.Options{Holder: "highwater-0"})
//	applied, err := e.Apply(ctx, w, decision)
//
// A second annotation, the record, remembers for a fortnight which values were
// floors and which were an owner's: see ownership.Own, which says whose minReplicas is.
//
// Where KEDA keeps an HPA, all of this is on its ScaledObject: minReplicaCount is
// its minReplicas, which may not be set, and is restored so.
//
// Nothing but spec.minReplicas and the two annotations is ever written, and only
// while minReplicas, maxReplicas and the annotations are as they were when it was
// decided: who else writes one of them in between wins, and it is decided again.
// After each write Highwater gives up the ownership of what it wrote, so that an
// owner's server-side apply meets no conflict.
package actuator

package discovery

import (
	"fmt"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// The codes of the problems that Describe finds.
const (
	NoMetrics         = "NoMetrics"         // the autoscaler has none, and no policy has a query
	UnusableMetric    = "UnusableMetric"    // its load or target cannot be found
	MissingRequest    = "MissingRequest"    // a container requests nothing of the resource
	UnknownRequests   = "UnknownRequests"   // the scale target's pods could not be read
	TargetMissing     = "TargetMissing"     // the scale target does not exist
	BrokenLease       = "BrokenLease"       // the annotation cannot be read
	BaselineChanged   = "BaselineChanged"   // somebody else set minReplicas since
	FloorReturned     = "FloorReturned"     // somebody wrote a floor of Highwater's back
	OwnedByKEDA       = "OwnedByKEDA"       // KEDA would write minReplicas back, and its ScaledObject is not known
	SameName          = "SameName"          // a ScaledObject and an HPA that is not KEDA's have one name
	HPATransferred    = "HPATransferred"    // KEDA has taken over an HPA that was there before
	BadScaledObject   = "BadScaledObject"   // its numbers of pods contradict each other
	Paused            = "Paused"            // the owner has paused KEDA
	Idle              = "Idle"              // no trigger is active, and KEDA keeps idleReplicaCount
	FallbackActive    = "FallbackActive"    // triggers fail
	NotCarried        = "NotCarried"        // KEDA does not carry the floor to its HPA
	OtherStore        = "OtherStore"        // a trigger asks another server
	FloorNotAsked     = "FloorNotAsked"     // the floor is served as a metric, and nothing asks for it
	FloorNotServed    = "FloorNotServed"    // a trigger asks for the floor, and its policy does not serve it
	BadTrigger        = "BadTrigger"        // a trigger that asks for the floor makes something else of it
	ScalingDisabled   = "ScalingDisabled"   // the scale target is at 0 replicas, so the autoscaler is off
	NoScaleFromZero   = "NoScaleFromZero"   // minReplicas and the replicas are 0, and no floor would bring pods
	AmbiguousSelector = "AmbiguousSelector" // several autoscalers select the same pods, so none of them works
	InvalidSelector   = "InvalidSelector"   // the scale target has no selector that can be read
	FailedUpdateScale = "FailedUpdateScale" // the HPA controller may not, or cannot, scale the target
	NoWayDown         = "NoWayDown"         // pods that a floor brings stay, or stay for long
	BadSchedule       = "BadSchedule"       // a cron trigger makes no sense
	BadPolicy         = "BadPolicy"         // a value of the policy makes no sense
	NoCapacity        = "NoCapacity"        // nothing says what a pod carries
	LimitOutOfRange   = "LimitOutOfRange"   // a limit of the policy cannot hold
	NoPrice           = "NoPrice"           // there are prices, and none for its pods
	PolicyConflict    = "PolicyConflict"    // two policies name one autoscaler
	NodeHeadroomOff   = "NodeHeadroomOff"   // the policy wants nodes asked for, and Highwater is told not to
	NoAutoscaler      = "NoAutoscaler"      // the policy names none that exists
	Internal          = "Internal"          // a mistake of Highwater's own
)

// problem is a Problem that has to be mended before there can be a floor.
func problem(code, field, format string, args ...any) workload.Problem {
	return workload.Problem{Code: code, Field: field, Message: fmt.Sprintf(format, args...), Fatal: true}
}

// notice is a Problem that leaves enough to go on with.
func notice(code, field, format string, args ...any) workload.Problem {
	return workload.Problem{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// ofPolicy names a field of a FloorPolicy, beside those of the autoscaler.
func ofPolicy(name, field string) string {
	return fmt.Sprintf("FloorPolicy %s: %s", name, field)
}

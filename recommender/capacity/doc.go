// Package capacity learns what one pod carries and how long pods take to start.
//
// The capacity of a pod is the load that it carries while it meets the
// objective. The target of the autoscaler is a guess at it; history often knows
// better. Learn looks at a workload's own past in four ways and says of each
// what it found, how sure that is, and what it was found from:
//
//	FromTarget   the target, as the user stated it
//	FromCPU      the load at which a pod uses the CPU that the target allows
//	FromLatency  the largest load at which the latency meets the objective
//	FromUSL      how the load that a pod carries falls as pods are added
//
// Each gives an Estimate or a Refusal with its reason. A refusal is an outcome,
// not a failure: a capacity that the data cannot identify is never made up. What
// was throttled or stood at a limit says nothing about a pod's capacity and is
// set aside.
//
//	obs, err := capacity.Align(capacity.Observations{Load: requests, Latency: p95, Pods: ready})
//	learned := capacity.Learn(obs, capacity.Options{Unit: "requests/s", Objective: 200 * time.Millisecond})
//	signal.Capacity = learned.Capacity()
//
// LeadTime learns how long pods take to become Ready, and PodsForBacklog says
// how many pods keep the wait in a queue within its objective.
//
// Everything here is a function of its arguments. Where chance is drawn, as in
// the bootstrap, its seed is fixed: equal input gives equal output.
package capacity

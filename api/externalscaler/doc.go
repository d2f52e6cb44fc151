// Package externalscaler serves floors to KEDA as an external scaler, over gRPC: a
// ScaledObject's trigger asks how many pods the floor of its workload is, and KEDA
// scales by the answer, so that no field of the ScaledObject has to be written.
//
//	triggers:
//	- type: external-push
//	  metadata: {scalerAddress: highwater.highwater:8090}
//
// The one metric has a target of 1 for each pod, so that its value is a number of
// pods: the floor while it is more than the baseline, and else 0. What is asked for,
// and why, is scheduler.Asked, as at /api/v1/workloads/{namespace}/{name}/metric.
//
// The answer is an error only where nothing can be said. The autoscaler then keeps
// the pods that it has, and KEDA's spec.fallback comes into force.
package externalscaler

// Package simulate plays a HorizontalPodAutoscaler and the pods behind it.
//
// A [Controller] is the algorithm of autoscaling/v2 as Kubernetes' own
// controller runs it, every rule of it: several metrics of every kind, pods
// that are not ready or not measured, tolerances, stabilization windows,
// scaling policies. Its answers are equal to the original's, sync by sync:
// test/e2e/hpa plays both side by side.
//
// A [Loop] closes the loop: load goes in, the controller acts every 15 seconds,
// pods take time to become Ready, and what comes out is how long there were too
// few of them and what they cost, with and without [Floors].
//
// A [Queue] says how long requests wait for a number of pods.
//
// There is no clock and no randomness: the caller passes the time, and the
// same arguments give the same answer.
package simulate

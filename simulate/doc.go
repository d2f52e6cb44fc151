// Package simulate plays a HorizontalPodAutoscaler and the pods behind it.
//
// An Autoscaler computes replicas from the load as the HPA's controller does
// for one metric: tolerance, scale-up policies, the window of downscale
// stabilization, the minimum before everything else. Pods take time to become
// Ready. There is no clock and no randomness: the caller passes the time.
package simulate

package capacity

import (
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// Options say what is known of a workload beside its history. What is zero is
// not known, and the methods that need it refuse.
type Options struct {
	Unit   string               // of the load, for what humans read: "requests/s"
	Target recommender.Capacity // what the autoscaler aims at

	// Request and Limit are those of a pod, in cores. Utilization is the share
	// of Request that the autoscaler aims at: 0.7. A Limit of zero is none.
	Request, Limit, Utilization float64
	// ThrottledOver is the share of CPU periods above which a pod counts as
	// throttled; 0 is DefaultThrottledOver.
	ThrottledOver float64

	// Objective is what the latency must not exceed.
	Objective time.Duration
}

// DefaultThrottledOver is the share of CPU periods above which a pod counts as
// throttled where nothing else is said. Short bursts throttle healthy pods in a
// few percent of periods and cost no CPU: the work is done a moment later.
const DefaultThrottledOver = 0.1

func (o Options) throttledOver() float64 {
	if o.ThrottledOver > 0 {
		return o.ThrottledOver
	}
	return DefaultThrottledOver
}

// perPod returns a load per pod with its unit.
func (o Options) perPod(x float64) string {
	if o.Unit == "" {
		return number(x) + " per pod"
	}
	return explain.Quantity(x, o.Unit) + " per pod"
}

// number returns x with three digits.
func number(x float64) string { return explain.Number(x) }

package workload

import (
	"time"

	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// Replayable reports whether a replay can be made of s: it takes how the
// autoscaler sees the load, and what a pod carries of it at the most.
func (s Source) Replayable() bool { return s.Metric.Kind != "" && s.Full > 0 }

// Start is how long a pod of w takes from its creation to Ready. The lead time
// begins before that, with the floor.
func (w *Workload) Start() time.Duration { return max(w.Policy.LeadTime-capacity.DefaultSync, 0) }

// Loop returns w as a replay plays it: its autoscaler, its pods, and a metric for
// each of the sources, in their order.
func (w *Workload) Loop(sources ...Source) simulate.Loop {
	l := simulate.Loop{
		Spec:  simulate.Spec{Min: w.Baseline, Max: w.Ceiling, Behavior: w.Behavior},
		Start: simulate.Starts{Fixed: w.Start()},
	}
	for _, s := range sources {
		l.Spec.Metrics, l.PerPod = append(l.Spec.Metrics, s.Metric), append(l.PerPod, s.Full)
	}
	return l
}

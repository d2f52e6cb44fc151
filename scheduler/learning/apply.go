package learning

import (
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// Apply returns the source of a load with the capacity that was learned of it,
// nil for none, as the policy uses it.
func Apply(s workload.Source, p recommender.Policy, l *capacity.Learned) workload.Source {
	return aimed(full(s, l), p, l)
}

// full lets a pod carry what was learned, where that says otherwise than the user
// and the autoscaler.
func full(s workload.Source, l *capacity.Learned) workload.Source {
	if l == nil || !(l.PerPod > 0) || l.Method == capacity.MethodTarget {
		return s
	}
	s.Full = l.PerPod
	if s.Guessed {
		s.Guessed, s.Assumed = false, ""
	}
	return s
}

// aimed lets floors take a pod to carry what it does at the most, where the risk
// is stated: the quantile is found for that. A user's own quantile is of what the
// target says, unless a pod was learned to carry less.
func aimed(s workload.Source, p recommender.Policy, l *capacity.Learned) workload.Source {
	learned := l != nil && l.Method != capacity.MethodTarget && l.PerPod == s.Full
	if !(s.Full > 0) || p.Risk == (recommender.Risk{}) && !(learned && s.Full < s.Capacity.PerPod) {
		return s
	}
	why := "what a pod carries at the most; the autoscaler aims at " + s.Capacity.Source
	if learned {
		why = "learned: " + l.Why
	}
	carries := explain.Quantity(s.Full, s.Capacity.Unit)
	s.Capacity.Source, s.Capacity.PerPod = carries+", "+why, s.Full
	return s
}

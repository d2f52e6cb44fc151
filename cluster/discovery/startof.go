package discovery

import (
	"hash/fnv"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/highwater-dev/highwater/recommender/capacity"
)

// startOf reads how a pod started; false if that cannot be told (yet).
func startOf(p *corev1.Pod, now time.Time) (s start, known bool) {
	created := p.CreationTimestamp.Time
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.UID)) // never fails
	s = start{pod: h.Sum64(), created: created.Unix()}
	for _, c := range p.Status.ContainerStatuses {
		if c.RestartCount > 0 { // Ready again is not Ready
			return s, false
		}
	}
	ready := time.Duration(-1)
	for _, c := range p.Status.Conditions {
		since := c.LastTransitionTime.Sub(created)
		switch {
		case c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue:
			ready = since
		case c.Type == corev1.PodScheduled:
			s.newNode = c.Status == corev1.ConditionTrue && since > nodeWait
		}
	}
	if began, sure := readyAtStart(p); sure && ready > began.Sub(created) {
		ready = max(began.Sub(created), 0)
	}
	switch {
	case ready < 0:
		return s, now.Sub(created) >= giveUp && p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodPending
	case ready > giveUp:
		return s, false
	}
	// Kubernetes tells whole seconds; 0 would be a pod that never became Ready.
	s.took = int32(max(ready, time.Second/2).Milliseconds())
	return s, true
}

// learn returns the lead time of what is kept.
func (e *startEntry) learn() *capacity.Lead {
	list := make([]capacity.Start, len(e.starts))
	for i, s := range e.starts {
		list[i] = capacity.Start{Created: time.Unix(s.created, 0), Took: time.Duration(s.took) * time.Millisecond, NewNode: s.newNode}
	}
	lead := capacity.LeadTime(list, capacity.LeadOptions{Min: minLead})
	return &lead
}

// readyAtStart returns when the last container of a pod began to run. It is sure
// that the pod was Ready then if nothing else has to be waited for: no probe and no
// readiness gate. What is Ready later is Ready again.
func readyAtStart(p *corev1.Pod) (began time.Time, sure bool) {
	if len(p.Spec.ReadinessGates) > 0 || len(p.Status.ContainerStatuses) == 0 {
		return began, false
	}
	for _, c := range slices.Concat(p.Spec.Containers, p.Spec.InitContainers) {
		if c.ReadinessProbe != nil || c.StartupProbe != nil {
			return began, false
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		if c.State.Running == nil {
			return began, false
		}
		if t := c.State.Running.StartedAt.Time; t.After(began) {
			began = t
		}
	}
	return began, true
}

const (
	// A pod that was first seen when it was Ready, and became so this much later than
	// is usual, became Ready again: Kubernetes keeps only the last time.
	againFactor = 5
	againMore   = 2 * time.Minute
	// fewStarts are too few to say what is usual.
	fewStarts = 4
)

// usualStart is the median of starts, those on new nodes left out; 0 if there are
// too few to tell.
func usualStart(list []start) time.Duration {
	var took []int32
	for _, s := range list {
		if s.took > 0 && !s.newNode {
			took = append(took, s.took)
		}
	}
	if len(took) < fewStarts {
		return 0
	}
	slices.Sort(took)
	return time.Duration(took[(len(took)-1)/2]) * time.Millisecond
}

// again says whether a start is that of a pod which became Ready once more.
func (s start) again(usual time.Duration) bool {
	took := time.Duration(s.took) * time.Millisecond
	return usual > 0 && !s.newNode && took > againFactor*usual && took > usual+againMore
}

package simulate

import "time"

// Pods are the pods of one workload. They become Ready a fixed time after they
// were created; the newest go first.
type Pods struct {
	Start time.Duration // from creation to Ready

	created []time.Time // ascending
}

// NewPods returns n pods that have been Ready all along.
func NewPods(n int32, start time.Duration) *Pods {
	return &Pods{Start: start, created: make([]time.Time, n)}
}

// Scale creates or removes pods until there are n.
func (p *Pods) Scale(now time.Time, n int32) {
	for int32(len(p.created)) < n {
		p.created = append(p.created, now)
	}
	p.created = p.created[:max(n, 0)]
}

// Count returns how many pods there are.
func (p *Pods) Count() int32 { return int32(len(p.created)) }

// Ready returns how many pods are Ready.
func (p *Pods) Ready(now time.Time) int32 {
	n := int32(0)
	for _, at := range p.created {
		if now.Sub(at) >= p.Start {
			n++
		}
	}
	return n
}

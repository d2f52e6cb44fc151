package scheduler

import (
	"context"
	"sync"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// podsRead is the last reading of a workload's replicas. It has a lock of its
// own, so that a slow Prometheus does not hold up the workload's tick.
type podsRead struct {
	mu   sync.Mutex
	at   time.Time
	past time.Duration
	pods Pods
}

const (
	// podsFresh is how long a reading is given again: the page asks every few seconds.
	podsFresh = time.Minute
	// podsPatience is how long a plan waits for it.
	podsPatience = 4 * time.Second
)

// Pods reads the replicas of a workload for the given time up to now, at most
// once a minute. ok is false if the workload is not known.
func (s *Scheduler) Pods(ctx context.Context, k workload.Key, past time.Duration) (pods Pods, ok bool) {
	s.mu.RLock()
	r, st := s.results[k], s.states[k]
	s.mu.RUnlock()
	if r == nil || st == nil {
		return Pods{}, false
	}
	if s.opts.Replicas == nil {
		return Pods{}, true
	}
	p, now := &st.pods, s.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now.Sub(p.at); p.past == past && age >= 0 && age < podsFresh {
		return p.pods, true
	}
	// The reading is everyone's, so a client that leaves does not end it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), podsPatience)
	defer cancel()
	t := r.Workload.Target
	wanted, ready, warnings, err := s.opts.Replicas.Replicas(ctx, k.Namespace, t.Kind, t.Name, now.Add(-past), now, s.opts.Step)
	p.at = now
	if err != nil && p.past == past {
		p.pods.Warnings, p.pods.At = append(warnings, err.Error()), now // what was known stays known
		return p.pods, true
	}
	if err != nil {
		warnings = append(warnings, err.Error())
	}
	p.past, p.pods = past, Pods{Wanted: wanted, Ready: ready, Warnings: warnings, At: now}
	return p.pods, true
}

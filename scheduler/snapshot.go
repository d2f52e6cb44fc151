package scheduler

import (
	"maps"

	"github.com/highwater-dev/highwater/cluster/workload"
)

// A Snapshot is the newest result of each workload at one moment. It is shared:
// neither the slice nor the results are to be changed.
type Snapshot struct {
	Results []*Result // in no order
	Version uint64    // another one after each change of any result
}

// Snapshot returns the newest results. It is made once and given to everyone
// until a result changes.
func (s *Scheduler) Snapshot() Snapshot {
	s.mu.RLock()
	snap := s.snapshot
	s.mu.RUnlock()
	if snap != nil {
		return *snap
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot == nil {
		list := make([]*Result, 0, len(s.results))
		for _, r := range s.results {
			list = append(list, r)
		}
		s.snapshot = &Snapshot{Results: list, Version: s.version}
	}
	return *s.snapshot
}

// Result returns the newest result of one workload.
func (s *Scheduler) Result(k workload.Key) (*Result, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.results[k]
	return r, ok
}

// show makes r the newest result of a workload. The lock is held.
func (s *Scheduler) show(k workload.Key, r *Result) {
	s.results[k] = r
	s.changedResults()
}

// hide drops the results of workloads that are gone. The lock is held.
func (s *Scheduler) hide(gone func(workload.Key) bool) {
	before := len(s.results)
	maps.DeleteFunc(s.results, func(k workload.Key, _ *Result) bool { return gone(k) })
	if len(s.results) != before {
		s.changedResults()
	}
}

// changedResults makes the next snapshot another one. The old one is not kept,
// since it holds results that nobody else does. The lock is held.
func (s *Scheduler) changedResults() {
	s.version++
	s.snapshot = nil
}

// Counts say how far the workloads have come.
type Counts struct {
	Known    int // that the cluster has
	Decided  int // of those, that have been decided since this process began
	Forecast int // of those, that have a forecast of some load
}

// Counts returns how far the workloads have come.
func (s *Scheduler) Counts() Counts {
	results := s.Snapshot().Results
	c := Counts{Decided: len(results)}
	for _, r := range results {
		if r.Forecast() {
			c.Forecast++
		}
	}
	c.Known = max(int(s.known.Load()), c.Decided) // some came after the newest list
	return c
}

// Forecast reports whether some load of the workload is forecast.
func (r *Result) Forecast() bool {
	for i := range r.Signals {
		if r.Signals[i].NoForecast == nil {
			return true
		}
	}
	return false
}

package scheduler

import (
	"sync"
	"time"

	"github.com/robfig/cron/v3"
)

// progress knows when the loop last came round. The zero progress has not begun.
type progress struct {
	mu   sync.Mutex
	last time.Time     // a tick ended, or the loop began
	most time.Duration // that may pass between two ends
}

// manyTicks is how many ticks may be missed before the loop counts as hung.
const manyTicks = 4

// begin begins to watch a loop that ticks by o.
func (p *progress) begin(o Options) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.most = time.Now(), manyTicks*(Interval(o.Tick)+o.Deadline)
}

// Interval returns the time between two ticks of a schedule, the longest one where
// they differ.
func Interval(tick string) time.Duration {
	schedule, err := cron.ParseStandard(tick)
	if err != nil {
		return time.Minute // it was validated
	}
	longest, at := time.Duration(0), schedule.Next(time.Unix(0, 0))
	for range 100 {
		next := schedule.Next(at)
		longest, at = max(longest, next.Sub(at)), next
	}
	return longest
}

// ended notes that a tick has ended.
func (p *progress) ended() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
}

// Alive reports whether the loop goes round: a process in which no tick has ended
// for a few is to be ended, and leads no more.
func (s *Scheduler) Alive() bool {
	p := &s.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most == 0 || time.Since(p.last) <= p.most
}

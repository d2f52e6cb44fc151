package actuator

import (
	"context"
	"sync"
	"time"
)

// KEDA rebuilds what it runs of a ScaledObject whenever that changes, and takes
// some 3 a second.
const (
	paceRate  = 2.0             // changes of ScaledObjects a second …
	paceBurst = 4.0             // … and so many at once
	paceTurn  = 2 * time.Second // lowering waits for so long after a raise that had to wait
)

// A pace spreads changes of ScaledObjects over time, raises first. The zero pace
// has its burst.
type pace struct {
	mu     sync.Mutex
	filled time.Time // when spent was brought up to date
	spent  float64   // of the burst
	waits  time.Time // when a raise had to wait last
}

// take reports whether a change may be made now.
func (p *pace) take(now time.Time, raise bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if passed := now.Sub(p.filled); passed > 0 {
		p.spent, p.filled = max(p.spent-passed.Seconds()*paceRate, 0), now
	}
	switch full := p.spent+1 > paceBurst; {
	case full && raise:
		p.waits = now
		return false
	case full, !raise && now.Sub(p.waits) < paceTurn:
		return false
	}
	p.spent++
	return true
}

// wait returns once a change may be made, or ctx ends.
func (p *pace) wait(ctx context.Context) error {
	for !p.take(time.Now(), false) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(float64(time.Second) / paceRate / 2)):
		}
	}
	return nil
}

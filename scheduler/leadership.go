package scheduler

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A Term is what this process knows, by the clock, of its hold on the Lease. The
// zero Term holds nothing. A nil *Term is that of a process with nobody to agree
// with, which may always write.
type Term struct {
	mu      sync.Mutex
	renewed time.Time // when the last renewal that succeeded was sent
}

// renew notes a renewal that was sent at a time, and succeeded.
func (t *Term) renew(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renewed = at
}

// Check returns nil if the Lease was renewed lately enough that nobody else can
// hold it while what is written now arrives. The age is the larger of what the
// monotonic and the wall clock say: the one stands still while a machine sleeps,
// the other can be set.
func (t *Term) Check() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	renewed := t.renewed
	t.mu.Unlock()
	now := time.Now()
	age := max(now.Sub(renewed), now.Round(0).Sub(renewed.Round(0)))
	switch {
	case renewed.IsZero():
		return &notLeadingError{"this process does not hold the Lease"}
	case age > freshFor:
		return &notLeadingError{fmt.Sprintf("the Lease was last renewed %s ago, which is too long to write anything before it is renewed", age.Round(100*time.Millisecond))}
	}
	return nil
}

// notLeadingError says why nothing was written.
type notLeadingError struct{ why string }

func (e *notLeadingError) Error() string { return e.why }

// Guard lets requests that write pass only while the Lease is fresh. It looks just
// before a request goes out, behind all queues and limits of the client, so that
// a process that was stopped for a while writes nothing when it wakes.
func (t *Term) Guard(next http.RoundTripper) http.RoundTripper { return guard{t, next} }

type guard struct {
	term *Term
	next http.RoundTripper
}

func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		if err := g.term.Check(); err != nil {
			if r.Body != nil {
				_ = r.Body.Close() // as a RoundTripper has to
			}
			return nil, err
		}
	}
	return g.next.RoundTrip(r)
}

// A leadership lasts as long as its context, and acts while its term is fresh.
type leadership struct {
	ctx  context.Context
	term *Term
}

// Lead lets this process act on the cluster for good, where there is nobody
// to agree with.
func (s *Scheduler) Lead() { s.leadership.Store(&leadership{ctx: context.Background()}) }

// lead lets this process act until ctx ends, while term is fresh. Calls that are
// under way then are cut short, so that nothing is written after the leadership.
func (s *Scheduler) lead(ctx context.Context, term *Term) {
	s.actuator.Forget() // another replica may have written since this one did
	s.leadership.Store(&leadership{ctx, term})
	if whole := s.whole.Load(); whole != nil && s.Ready() {
		for _, r := range s.Snapshot().Results {
			s.decideSoon(*whole, r.Workload.Key, false)
		}
	}
}

// Leading reports whether this process may act on the cluster.
func (s *Scheduler) Leading() bool {
	l := s.leadership.Load()
	return l != nil && l.ctx.Err() == nil && l.term.Check() == nil
}

// acting returns ctx, cut short by the end of the leadership.
func (s *Scheduler) acting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if l := s.leadership.Load(); l != nil {
		stop := context.AfterFunc(l.ctx, cancel)
		return ctx, func() { stop(); cancel() }
	}
	cancel()
	return ctx, cancel
}

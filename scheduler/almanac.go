package scheduler

import (
	"sync"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

// An almanac is a calendar laid out for a while. It is not changed once made.
type almanac struct {
	key      string // of the Spec that it lays out
	from, to time.Time
	days     *forecast.Calendar
}

// An almanac reaches a week further than is needed when it is made, so that it
// is made anew once a week, and one that nobody asks for is kept for an hour.
const (
	almanacSpare = 7 * 24 * time.Hour
	almanacKept  = time.Hour
)

// almanacs are the calendars in use, each laid out once, however many workloads
// share it. The zero value is ready.
type almanacs struct {
	mu    sync.Mutex
	byKey map[string]*shelved
}

type shelved struct {
	*almanac
	used time.Time
}

// of returns the almanac of a calendar for a fit at now, and nil for one that
// says nothing. It is the same one until the Spec changes or the almanac ends.
func (a *almanacs) of(spec *calendar.Spec, now time.Time, o Options) *almanac {
	if spec == nil || spec.IsZero() {
		return nil
	}
	key, from, to := spec.Key(), now.Add(-o.Span), now.Add(o.reach())
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.byKey[key]
	if s == nil || from.Before(s.from) || to.After(s.to) {
		// A model keeps what came since it was fitted, up to as much again.
		from, to = from.Add(-o.Span-almanacSpare), to.Add(almanacSpare)
		s = &shelved{almanac: &almanac{key: key, from: from, to: to, days: spec.Build(from, to)}}
		if a.byKey == nil {
			a.byKey = map[string]*shelved{}
		}
		a.byKey[key] = s
	}
	s.used = now
	return s.almanac
}

// sweep forgets what was not asked for lately.
func (a *almanacs) sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, s := range a.byKey {
		if now.Sub(s.used) > almanacKept {
			delete(a.byKey, key)
		}
	}
}

// reach is how far ahead a model may be asked when it is fitted now: until it
// is fitted again, over its horizon and the window of a peak, of which the
// largest is 30 h.
func (o Options) reach() time.Duration { return o.Horizon + 2*o.Refit + 48*time.Hour }

// calendar returns what a fit is told; nil for nothing.
func (a *almanac) calendar() *forecast.Calendar {
	if a == nil {
		return nil
	}
	return a.days
}

// as reports whether a and b lay out the same calendar, each for its while.
func (a *almanac) as(b *almanac) bool {
	return a == b || a != nil && b != nil && a.key == b.key
}

// covers reports whether a holds until t.
func (a *almanac) covers(t time.Time) bool { return a == nil || !t.After(a.to) }

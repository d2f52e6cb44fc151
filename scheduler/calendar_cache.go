package scheduler

import (
	"sync"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

// A calendarLayout is a calendar laid out for a while. It is not changed once made.
type calendarLayout struct {
	key      string // of the Spec that it lays out
	from, to time.Time
	days     *forecast.Calendar
}

// A layout reaches a week further than is needed when it is made, so that it is
// made anew once a week, and one that nobody asks for is kept for an hour.
const (
	layoutSpare = 7 * 24 * time.Hour
	layoutKept  = time.Hour
)

// A calendarCache holds the calendars in use, each laid out once, however many
// workloads share it. The zero value is ready.
type calendarCache struct {
	mu    sync.Mutex
	byKey map[string]*cachedLayout
}

type cachedLayout struct {
	*calendarLayout
	used time.Time
}

// layout returns the layout of a calendar for a fit at now, and nil for a
// calendar that says nothing. It is the same one until the Spec changes or the
// layout ends.
func (c *calendarCache) layout(spec *calendar.Spec, now time.Time, o Options) *calendarLayout {
	if spec == nil || spec.IsZero() {
		return nil
	}
	key, from, to := spec.Key(), now.Add(-o.Span), now.Add(o.reach())
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byKey[key]
	if l == nil || from.Before(l.from) || to.After(l.to) {
		// A model keeps what came since it was fitted, up to as much again.
		from, to = from.Add(-o.Span-layoutSpare), to.Add(layoutSpare)
		l = &cachedLayout{calendarLayout: &calendarLayout{key: key, from: from, to: to, days: spec.Build(from, to)}}
		if c.byKey == nil {
			c.byKey = map[string]*cachedLayout{}
		}
		c.byKey[key] = l
	}
	l.used = now
	return l.calendarLayout
}

// evict drops what was not asked for lately.
func (c *calendarCache) evict(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, l := range c.byKey {
		if now.Sub(l.used) > layoutKept {
			delete(c.byKey, key)
		}
	}
}

// reach is how far ahead a model may be asked when it is fitted now: until it
// is fitted again, over its horizon and the window of a peak, of which the
// largest is 30 h.
func (o Options) reach() time.Duration { return o.Horizon + 2*o.Refit + 48*time.Hour }

// calendar returns what a fit is told; nil for nothing.
func (l *calendarLayout) calendar() *forecast.Calendar {
	if l == nil {
		return nil
	}
	return l.days
}

// sameSpec reports whether l and other lay out the same calendar, each for its
// while.
func (l *calendarLayout) sameSpec(other *calendarLayout) bool {
	return l == other || l != nil && other != nil && l.key == other.key
}

// covers reports whether l holds until t.
func (l *calendarLayout) covers(t time.Time) bool { return l == nil || !t.After(l.to) }

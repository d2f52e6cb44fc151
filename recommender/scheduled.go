package recommender

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// A Scheduled is a span of time at which floors keep to bounds of the user's own,
// whatever the load. Its pods are Ready as it begins: the floor rises ahead of
// it, by the lead time and in steps.
type Scheduled struct {
	Name     string // as the user knows it: `the schedule "opening hours"`
	From, To time.Time
	Min      int32 // floors are at least this; 0 is no bound
	Max      int32 // floors are at most this, but for a Min and the baseline; 0 is no bound
}

// A scheduledBound is what the schedules make of the bounds at an entry of the curve.
type scheduledBound struct {
	low, high   int32
	least, most *Scheduled // whose bounds these are; nil if they are not of a schedule
}

// schedule finds the bounds of each entry. They are empty without a schedule.
func (c *demandCurve) schedule(p Policy, b bounds, in *Input) {
	c.bounds = c.bounds[:0]
	end := c.time(len(c.need)).Add(p.LeadTime)
	c.spans = c.spans[:0]
	if p.Suspend {
		return
	}
	for i := range in.Scheduled {
		if s := &in.Scheduled[i]; s.To.After(c.start) && !s.From.After(end) {
			c.spans = append(c.spans, s)
		}
	}
	if len(c.spans) == 0 {
		return
	}
	for i := range c.need {
		at := c.time(i)
		ready := at.Add(p.LeadTime)
		e, asked := scheduledBound{high: b.high}, b.baseline
		for _, s := range c.spans {
			if s.Min > asked && !s.From.After(ready) && s.To.After(at) {
				asked, e.least = s.Min, s
			}
		}
		// A bound that ends within the lead time leaves the pods that are needed
		// after it time to start.
		if now := mostAt(c.spans, at); now != nil && now.Max < e.high {
			if then := mostAt(c.spans, ready); then != nil {
				e.most = now
				if then.Max > now.Max {
					e.most = then
				}
				e.high = min(e.high, e.most.Max)
			}
		}
		e.high = max(e.high, min(asked, b.high))
		if e.low = min(max(asked, b.low), e.high); e.low == b.low || e.low > asked {
			e.least = nil
		}
		if e.high >= b.high {
			e.most = nil
		}
		c.bounds = append(c.bounds, e)
	}
}

// mostAt returns the span that allows least at a time; nil if none bounds it.
func mostAt(spans []*Scheduled, at time.Time) (least *Scheduled) {
	for _, s := range spans {
		if s.Max > 0 && !s.From.After(at) && s.To.After(at) && (least == nil || s.Max < least.Max) {
			least = s
		}
	}
	return least
}

// want returns what entry i needs, or what is scheduled where that is more.
func (c *demandCurve) want(i int) int32 {
	if i >= len(c.bounds) || c.bounds[i].least == nil {
		return c.need[i]
	}
	return max(c.need[i], c.bounds[i].low)
}

// boundsAt returns the bounds of entry i, of those that hold without a schedule.
func (c *demandCurve) boundsAt(b bounds, i int) bounds {
	if i >= len(c.bounds) {
		return b
	}
	e := c.bounds[i]
	if e.least != nil {
		b.lowName, b.lowCause, b.least = e.least.Name, explain.ScheduledMin, e.least
	}
	if e.most != nil {
		b.highName, b.highCause, b.most = e.most.Name, explain.ScheduledMax, e.most
	}
	b.low, b.high = e.low, e.high
	return b
}

// scheduleWarnings tell which spans ask for what cannot be, each schedule once.
func scheduleWarnings(b bounds, spans []*Scheduled) []Warning {
	var list []Warning
	var told []string
	add := func(s *Scheduled, code, format string, args ...any) {
		if key := code + s.Name; !slices.Contains(told, key) {
			told = append(told, key)
			list = append(list, Warning{code, fmt.Sprintf(format, args...)})
		}
	}
	for i, s := range spans {
		if s.Min > b.high {
			add(s, "ScheduleAboveCeiling", "%s asks for %d from %s on, but %s is %d; raise it, or ask for less", s.Name, s.Min, moment(s.From), b.highName, b.high)
		}
		if s.Max > 0 && s.Max < b.baseline {
			add(s, "ScheduleBelowBaseline", "%s allows %d from %s on, but the baseline is %d, and no floor is below it; lower minReplicas, or allow more", s.Name, s.Max, moment(s.From), b.baseline)
		}
		for _, o := range spans[:i] {
			least, most := s, o
			if s.Max > 0 && (s.Min == 0 || o.Min > s.Max) {
				least, most = o, s
			}
			if most.Max > 0 && least.Min > most.Max && s.From.Before(o.To) && o.From.Before(s.To) {
				add(s, "ScheduleConflict", "%s asks for %d while %s allows %d, from %s on; the larger number counts", least.Name, least.Min, most.Name, most.Max, moment(later(s.From, o.From)))
			}
		}
	}
	return list
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// moment writes a time with its day.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") }

// later is what entry i needs, or what is scheduled for it.
func (c *demandCurve) later(b bounds, i int) explain.Later {
	b = c.boundsAt(b, i)
	l := explain.Later{Pods: c.need[i], At: c.time(i), Most: b.high, MostName: b.highName}
	if b.least != nil && b.low > c.need[i] {
		l.Pods, l.At, l.Schedule = b.least.Min, b.least.From, b.least.Name
	}
	return l
}

// words are what an explanation says of s; none of nil.
func (s *Scheduled) words() explain.Schedule {
	if s == nil {
		return explain.Schedule{}
	}
	return explain.Schedule{Name: s.Name, From: s.From, To: s.To, Min: s.Min, Max: s.Max}
}

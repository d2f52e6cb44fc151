package simulate

import (
	"math"
	"time"
)

// A rate is the rules for one way as the controller applies them.
type rate struct {
	disabled, least bool // of SelectPolicy
	policies        []allowance
	longest         int64 // ns, of the policies' periods
	events          []event
}

type allowance struct {
	percent bool
	value   int32
	factor  float64 // 1 + value/100 up, 1 − value/100 down
	period  int64   // ns
}

// An event is a change of replicas, its size without a sign.
type event struct {
	at int64 // ns
	n  int32
}

func newRate(r Rules, sign float64) rate {
	out := rate{disabled: r.Select == SelectDisabled, least: r.Select == SelectMin}
	for _, p := range r.Policies {
		out.policies = append(out.policies, allowance{
			percent: p.Kind == Percent, value: p.Value,
			factor: 1 + sign*(float64(p.Value)/100), period: int64(p.Period),
		})
		out.longest = max(out.longest, int64(p.Period))
	}
	return out
}

// note keeps a change. As the controller does, it takes the place of the last
// one that is older than any policy this way; the policies of the other way,
// which may look back further, no longer see that one then.
func (r *rate) note(now int64, n int32) {
	for i := len(r.events) - 1; i >= 0; i-- {
		if now-r.events[i].at > r.longest {
			r.events[i] = event{now, n}
			return
		}
	}
	r.events = append(r.events, event{now, n})
}

// within returns the sum of the changes in the last period.
func (r *rate) within(now, period int64) int64 {
	sum := int64(0)
	for i := range r.events {
		if now-r.events[i].at < period {
			sum += int64(r.events[i].n)
		}
	}
	return sum
}

// upLimit returns how many replicas the policies allow on the way up.
func (c *Controller) upLimit(now int64, current int32) int32 {
	if c.up.disabled {
		return current
	}
	limit := int32(math.MinInt32)
	if c.up.least {
		limit = math.MaxInt32
	}
	for i := range c.up.policies {
		p := &c.up.policies[i]
		began := c.began(now, p.period, current)
		n := hold(float64(began + int64(p.value)))
		if p.percent {
			n = hold(math.Ceil(float64(began) * p.factor))
		}
		if c.up.least {
			limit = min(limit, n)
		} else {
			limit = max(limit, n)
		}
	}
	return limit
}

// downLimit returns how few replicas the policies allow on the way down.
func (c *Controller) downLimit(now int64, current int32) int32 {
	if c.down.disabled {
		return current
	}
	limit := int32(math.MaxInt32)
	if c.down.least {
		limit = math.MinInt32
	}
	for i := range c.down.policies {
		p := &c.down.policies[i]
		began := c.began(now, p.period, current)
		n := hold(float64(began - int64(p.value)))
		if p.percent {
			n = hold(float64(began) * p.factor)
		}
		if c.down.least {
			limit = max(limit, n)
		} else {
			limit = min(limit, n)
		}
	}
	return limit
}

// began returns how many replicas there were when the period began.
func (c *Controller) began(now, period int64, current int32) int64 {
	return int64(current) - c.up.within(now, period) + c.down.within(now, period)
}

// nanos returns t in nanoseconds, held within 146 years of 1970 so that the
// difference of two times is one.
func nanos(t time.Time) int64 {
	const most = 1<<62 - 1
	switch s := t.Unix(); {
	case s >= most/int64(time.Second):
		return most
	case s <= -most/int64(time.Second):
		return -most
	}
	return t.UnixNano()
}

package simulate

import "time"

// A Reason is one word why a sync asked for as many replicas as it did: the
// last step that changed the number.
type Reason string

// The reasons.
const (
	ReasonDisabled   Reason = "Disabled"      // scaled to zero by hand: the HPA stays away
	ReasonMin        Reason = "Min"           // not below the minimum
	ReasonMax        Reason = "Max"           // not above the maximum
	ReasonMissing    Reason = "MissingMetric" // no change without the metrics
	ReasonSteady     Reason = "Steady"        // the metrics ask for what there is
	ReasonMetric     Reason = "Metric"        // as the metrics ask
	ReasonStabilised Reason = "Stabilised"    // held by what they asked for within a stabilization window
	ReasonRateUp     Reason = "RateUp"        // no faster up than the policies allow
	ReasonRateDown   Reason = "RateDown"      // no faster down than the policies allow
)

// A Controller is one HPA's controller state: what it recommended and what it
// changed, within the windows and periods that look back. It belongs to one
// goroutine.
//
// # References
//
// pkg/controller/podautoscaler/horizontal.go of Kubernetes 1.36: the order of
// the steps and what each of them remembers. test/e2e/hpa plays it beside the
// original.
type Controller struct {
	spec  Spec // with its defaults
	min   int32
	rules []rule
	tol   tolerances

	started bool
	last    int64 // ns, the latest sync
	asked   int32 // by the metrics at that sync; -1 if they did not

	high, low window // what the metrics asked for: the most, to stabilise the way down; the least, for the way up
	up, down  rate   // only with a behavior
}

// NewController returns the controller of an HPA, or the error of Check.
func NewController(s Spec) (*Controller, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s = s.filled()
	c := &Controller{spec: s, min: s.Min, tol: tolerances{s.Tolerance, s.Tolerance}}
	for _, m := range s.Metrics {
		c.rules = append(c.rules, newRule(m))
	}
	c.high = window{span: int64(s.DownscaleStabilization), closed: true}
	if b := s.Behavior; b != nil {
		c.tol = tolerances{*b.Down.Tolerance, *b.Up.Tolerance}
		c.high = window{span: int64(*b.Down.Window)}
		c.low = window{span: int64(*b.Up.Window), least: true}
		c.up, c.down = newRate(b.Up, 1), newRate(b.Down, -1)
	}
	return c, nil
}

// SetMin changes minReplicas between syncs (a floor). It is held between 1 and
// the maximum, as the API server would.
func (c *Controller) SetMin(n int32) { c.min = min(max(n, 1), c.spec.Max) }

// Sync returns the replicas asked for, and one word why. A time before that of
// the last sync counts as that time.
func (c *Controller) Sync(now time.Time, in State) (int32, Reason) {
	at := nanos(now)
	if n, why, done := c.outside(at, in.Replicas); done {
		return n, why
	}
	want, ok := c.wanted(in.Replicas, in.Status, func(i int) tally { return c.tally(&in, i) })
	return c.follow(c.last, in.Replicas, want, ok)
}

// outside is the part of a sync before the metrics: it settles what there is no
// need of them for.
func (c *Controller) outside(now int64, current int32) (int32, Reason, bool) {
	if !c.started {
		c.started, c.last = true, now
		c.recommend(now, current)
	}
	c.last = max(c.last, now)
	c.asked = -1
	switch {
	case current <= 0:
		return 0, ReasonDisabled, true
	case current > c.spec.Max:
		c.note(c.last, current, c.spec.Max)
		return c.spec.Max, ReasonMax, true
	case current < c.min:
		c.note(c.last, current, c.min)
		return c.min, ReasonMin, true
	}
	return 0, "", false
}

// wanted returns the most that any metric asks for. It is false if none has a
// value, or if one has none and the others would take pods away.
func (c *Controller) wanted(current, status int32, read func(i int) tally) (int32, bool) {
	most, invalid := int32(0), 0
	for i := range c.rules {
		t := read(i)
		n, ok := c.rules[i].replicas(current, status, &t, c.tol)
		switch {
		case !ok:
			invalid++
		case most == 0 || n > most:
			most = n
		}
	}
	if invalid == len(c.rules) || (invalid > 0 && most < current) {
		return 0, false
	}
	return max(most, 0), true
}

// follow is the part of a sync after the metrics: stabilise, then limit.
func (c *Controller) follow(now int64, current, want int32, ok bool) (int32, Reason) {
	if !ok {
		return current, ReasonMissing
	}
	c.asked = want
	n, why := want, ReasonMetric
	if want == current {
		why = ReasonSteady
	}
	if s := c.stabilise(now, current, want); s != want {
		n, why = s, ReasonStabilised
	}
	n, why = c.limit(now, current, n, why)
	if n != current {
		c.note(now, current, n)
	}
	return n, why
}

// stabilise returns want, or what the recommendations of the windows allow of it.
func (c *Controller) stabilise(now int64, current, want int32) int32 {
	most := c.high.extreme(now, want)
	if c.spec.Behavior == nil {
		c.recommend(now, want)
		return most
	}
	least := c.low.extreme(now, want)
	c.recommend(now, want)
	return min(max(current, least), most)
}

// recommend remembers what the metrics asked for.
func (c *Controller) recommend(now int64, n int32) {
	if c.high.span > 0 {
		c.high.put(now, n)
	}
	if c.low.span > 0 {
		c.low.put(now, n)
	}
}

// limit holds n within what the rates allow and the HPA's bounds.
func (c *Controller) limit(now int64, current, n int32, why Reason) (int32, Reason) {
	if c.spec.Behavior == nil {
		high, whyHigh := c.spec.Max, ReasonMax
		if rate := max(2*int64(current), 4); rate < int64(high) {
			high, whyHigh = int32(rate), ReasonRateUp
		}
		switch {
		case n < c.min:
			return c.min, ReasonMin
		case n > high:
			return high, whyHigh
		}
		return n, why
	}
	switch {
	case n > current:
		high, whyHigh := c.spec.Max, ReasonMax
		if rate := max(c.upLimit(now, current), current); rate < high {
			high, whyHigh = rate, ReasonRateUp
		}
		if n > high {
			return high, whyHigh
		}
	case n < current:
		low, whyLow := c.min, ReasonMin
		if rate := min(c.downLimit(now, current), current); low < rate {
			low, whyLow = rate, ReasonRateDown
		}
		if n < low {
			return low, whyLow
		}
	}
	return n, why
}

// note keeps a change for the policies.
func (c *Controller) note(now int64, from, to int32) {
	switch {
	case c.spec.Behavior == nil:
	case to > from:
		c.up.note(now, to-from)
	default:
		c.down.note(now, from-to)
	}
}

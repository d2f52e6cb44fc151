package recommender

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// A demandCurve is the need for pods over the coming hours. Entry 0 is for now.
type demandCurve struct {
	start time.Time
	step  time.Duration
	quiet int       // entries that a floor looks ahead before it falls
	need  []int32   // for the window that begins at each time, headroom included
	bare  []int32   // the same without headroom
	load  []float64 // behind need, in the unit of its signal
	by    []int     // index of the signal that needs most; −1 if none is forecast
	ramp  []int32   // that the floor must have reached for need to be met in steps
	goal  int       // the entry whose need ramp[0] prepares for

	spans  []*Scheduled     // that the curve and the lead time after it meet
	bounds []scheduledBound // of each entry; empty if nothing is scheduled
}

// maxPods bounds what an absurd forecast can ask for.
const maxPods = explain.MaxPods

// chart finds the curve for n entries from now on, and for what a decision at
// the last of them looks ahead.
func (c *demandCurve) chart(p Policy, in *Input, step time.Duration, n int) {
	c.start, c.step, c.quiet = in.Now, step, int(p.Quiet/step)
	n = max(n+c.quiet, rampEntries)
	c.need, c.bare, c.by = resized(c.need, n), resized(c.bare, n), resized(c.by, n)
	c.load, c.ramp = resized(c.load, n), resized(c.ramp, n)
	for i := range n {
		c.by[i], c.need[i], c.bare[i], c.load[i] = -1, 0, 0, 0
	}
	for k := range in.Signals {
		c.ask(p, in, k)
	}
}

// ask lets signal k say what it needs at each entry, where that is most.
func (c *demandCurve) ask(p Policy, in *Input, k int) {
	s := &in.Signals[k]
	r, ok := s.reader(in.Now, p)
	if !ok {
		return
	}
	last, need, bare := math.NaN(), int32(0), int32(0)
	for i := range c.need {
		load, ok := r.at(time.Duration(i) * c.step)
		if !ok {
			continue
		}
		if load != last {
			last, bare = load, pods(load, s.Capacity.PerPod)
			if need = bare; p.Headroom > 0 {
				need = pods(load*(1+p.Headroom), s.Capacity.PerPod)
			}
		}
		if c.by[i] < 0 || need > c.need[i] {
			c.need[i], c.bare[i], c.load[i], c.by[i] = need, bare, load, k
		}
	}
}

// keep returns the largest need within the quiet time from entry i on.
func (c *demandCurve) keep(i int) int32 {
	end := min(i+c.quiet+1, len(c.need))
	if len(c.bounds) == 0 {
		return slices.Max(c.need[i:end])
	}
	most := int32(0)
	for ; i < end; i++ {
		most = max(most, min(c.want(i), c.bounds[i].high))
	}
	return most
}

// first returns the first entry that needs as many pods.
func (c *demandCurve) first(pods int32) int {
	for i := range c.need {
		if c.want(i) >= pods {
			return i
		}
	}
	return -1
}

func resized[T any](xs []T, n int) []T {
	if cap(xs) < n {
		return make([]T, n)
	}
	return xs[:n]
}

// rampUp fills in how early the floor has to rise for each need to be met by
// steps that the policy allows, from the last entry back to the first. No need
// above the bounds is prepared for.
func (c *demandCurve) rampUp(p Policy, b bounds) {
	times := max(1, int(c.step/p.StepEvery))
	for i := len(c.need) - 1; i >= 0; i-- {
		c.ramp[i] = min(c.want(i), c.boundsAt(b, i).high)
		if i+1 == len(c.need) {
			c.goal = i
		}
		if i+1 < len(c.need) {
			before := c.ramp[i+1]
			for k := 0; k < times && before > c.ramp[i]; k++ {
				before = p.below(before)
			}
			if before <= c.ramp[i] {
				c.goal = i
			}
			c.ramp[i] = max(c.ramp[i], before)
		}
	}
}

// peak returns the largest need of the curve and when its load is due.
func (c *demandCurve) peak(p Policy, in Input) Peak {
	top := -1
	for i, n := range c.need {
		if c.by[i] >= 0 && (top < 0 || n > c.need[top] || n == c.need[top] && c.load[i] > c.load[top]) {
			top = i
		}
	}
	if top < 0 {
		return Peak{}
	}
	due := c.time(top)
	load := in.Signals[c.by[top]].Load
	if load != nil {
		// The window that holds the peak has been found; within it, the peak is
		// due where the load itself is largest.
		best := math.Inf(-1)
		for t, end := due, due.Add(p.Window()); !t.After(end); t = t.Add(load.Step) {
			if v, ok := load.At(t, p.Quantile); ok && v > best {
				best, due = v, t
			}
		}
	}
	return Peak{Time: due, Load: c.load[top], Pods: c.need[top], Unit: in.Signals[c.by[top]].Capacity.Unit}
}

// A reader reads a quantile of the largest load in the window from each time
// on.
type reader struct {
	p      *forecast.Paths
	column forecast.Column
	ahead  time.Duration // of the forecast's first row that now is
	window time.Duration
	value  float64 // known now
}

// reader returns one from now on; false if there is nothing to read.
func (s *Signal) reader(now time.Time, p Policy) (reader, bool) {
	if s.Peak == nil || s.Peak.Steps() == 0 || !(s.Capacity.PerPod > 0) {
		return reader{}, false
	}
	return reader{s.Peak, s.Peak.Column(p.Quantile), now.Sub(s.Peak.Start), p.Window(), s.Value}, true
}

// at returns the load of the window that begins so long after now. One that
// ends before the forecast's first row sees the load that is known, which holds
// until then.
func (r *reader) at(after time.Duration) (load float64, ok bool) {
	d := r.ahead + after
	if d < 0 {
		if d+r.window < 0 {
			return r.value, r.value >= 0
		}
		d = 0
	}
	i := int(d / r.p.Step)
	if i >= r.p.Steps() {
		return 0, false
	}
	load = r.p.Read(i, r.column)
	return load, !math.IsNaN(load)
}

// pods returns how many pods of the given capacity carry the load.
func pods(load, perPod float64) int32 {
	n := load / perPod
	n = math.Ceil(n - 1e-6*max(n, 1)) // a forecast has six digits
	return int32(min(max(n, 0), maxPods))
}

// above returns the highest floor that one step up from floor may reach.
func (p Policy) above(floor int32) int32 {
	up := max(math.Floor(float64(floor)*p.StepUp), float64(p.MinStepUp))
	if p.MaxStepUp > 0 {
		up = min(up, float64(p.MaxStepUp))
	}
	return int32(min(float64(floor)+up, maxPods))
}

// below returns the lowest floor from which one step up may reach floor.
func (p Policy) below(floor int32) int32 {
	least := min(int32(math.Ceil(float64(floor)/(1+p.StepUp))), floor-p.MinStepUp)
	if p.MaxStepUp > 0 {
		least = max(least, floor-p.MaxStepUp)
	}
	return max(0, least)
}

// under returns the lowest floor that one step down from floor may reach.
func (p Policy) under(floor int32) int32 {
	return floor - max(1, int32(float64(floor)*p.StepDown))
}

func (c *demandCurve) time(i int) time.Time { return c.start.Add(time.Duration(i) * c.step) }

// entry returns what entry i asks of the floor.
func (c *demandCurve) entry(i int) entry {
	return entry{known: c.by[i] >= 0, bare: c.bare[i], need: c.need[i], ramp: c.ramp[i], keep: c.keep(i)}
}

// point makes the plan's point for entry i.
func (c *demandCurve) point(in Input, i int, floor int32, reason Reason) PlanPoint {
	pt := PlanPoint{Time: in.Now, Floor: floor, Reason: reason}
	if i >= len(c.need) {
		return pt
	}
	pt.Time = c.time(i)
	if c.by[i] < 0 {
		return pt
	}
	pt.Needed, pt.Load = c.need[i], c.load[i]
	if load := in.Signals[c.by[i]].Load; load != nil {
		at := pt.Time
		if at.Before(load.Start) {
			at = load.Start // now lies between the origin and the first row
		}
		pt.Median, _ = load.At(at, 0.5)
	}
	return pt
}

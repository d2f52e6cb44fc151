package simulate

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// never is after all times.
const never = math.MaxInt64

// A play is one replay under way. All its times are nanoseconds.
type play struct {
	l      *Loop
	c      *Controller
	pods   *ReplicaSet
	score  score
	floors *Floors
	read   func(i int) tally // p.tally

	loads       []forecast.Series
	first, grid int64 // start and step of the loads
	now, seen   int   // samples that hold, and that the HPA sees; outside the series nothing is known
	nextNow     int64 // when now ends
	nextSeen    int64 // when seen ends, Delay later than the sample
	nextFloor   int64

	step, delay, fresh int64 // fresh is Delay + Window: how long Ready pods are told apart

	past      []event // ready pods since a time, as far back as Delay
	readyThen int32   // ready pods when the metric was taken

	stale bool // the metrics have to be reckoned anew
	young bool // there were pods to tell apart at the last sync
	want  int32
	ok    bool
}

func newPlay(l *Loop, c *Controller, loads []forecast.Series, from int64, floors *Floors) *play {
	p := &play{
		l: l, c: c, loads: loads, floors: floors,
		first: nanos(loads[0].Start), grid: int64(loads[0].Step),
		step: int64(cmp.Or(l.Sync, defaultPeriod)), delay: int64(l.Delay), fresh: int64(l.Delay + l.Window),
		nextSeen: math.MinInt64, stale: true,
	}
	p.read = p.tally
	p.now, p.nextNow = p.sample(from)
	p.look(from)
	p.floor(from)
	n := p.opening()
	p.pods = NewReplicaSet(n, l.Start)
	p.pods.keep = p.fresh
	p.pods.starting, p.pods.recent = make([]batch, 0, 64), make([]batch, 0, 64)
	p.past, p.readyThen = append(make([]event, 0, 64), event{math.MinInt64, n}), n
	p.score = score{at: from, from: from}
	if !l.Score.IsZero() {
		p.score.from = max(from, nanos(l.Score))
	}
	p.restate()
	return p
}

// sample returns the index of the sample that holds at t, and when it ends.
func (p *play) sample(t int64) (int, int64) {
	n := len(p.loads[0].Values)
	switch {
	case t < p.first:
		return -1, p.first
	case (t-p.first)/p.grid >= int64(n):
		return n, never
	}
	i := (t - p.first) / p.grid
	return int(i), p.first + (i+1)*p.grid
}

// load returns sample k of metric i, NaN outside the series.
func (p *play) load(i, k int) float64 {
	if uint(k) >= uint(len(p.loads[i].Values)) {
		return math.NaN()
	}
	return p.loads[i].Values[k]
}

// opening returns the replicas that the HPA would have at the first load.
func (p *play) opening() int32 {
	n := p.c.min
	for i, m := range p.l.Spec.Metrics {
		for k := max(p.now, 0); k < len(p.loads[i].Values); k++ {
			if v := p.load(i, k); !math.IsNaN(v) {
				n = max(n, hold(math.Ceil(v/m.PerPod())))
				break
			}
		}
	}
	return min(n, p.l.Spec.Max)
}

// run plays from from to to.
func (p *play) run(from, to int64, trace *Trace) {
	if trace != nil {
		trace.grow(int((to - from + p.step - 1) / p.step))
	}
	for t := from; t < to; t += p.step {
		if p.due() <= t {
			p.pass(t)
		}
		if t >= p.nextFloor {
			p.floor(t)
		}
		p.sync(t)
		if trace != nil {
			p.write(trace)
		}
	}
	p.pass(to)
	p.score.flush(to)
}

// due returns when the load or the ready pods change next.
func (p *play) due() int64 {
	if len(p.pods.starting) > 0 {
		return min(p.nextNow, p.pods.starting[0].ready)
	}
	return p.nextNow
}

// pass lets happen what happens until t, t included.
func (p *play) pass(t int64) {
	for next := p.due(); next <= t; next = p.due() {
		p.score.flush(next)
		if next == p.nextNow {
			p.now, p.nextNow = p.sample(next)
		}
		p.age(next)
		p.restate()
	}
}

// age brings the pods to t.
func (p *play) age(t int64) {
	before := p.pods.ready
	p.pods.age(t)
	p.turned(t, before)
}

// turned notes at t that the number of ready pods is no longer what it was.
func (p *play) turned(t int64, before int32) {
	if p.pods.ready != before {
		p.stale = true
		if p.delay > 0 {
			p.past = append(p.past, event{t, p.pods.ready})
		}
	}
}

// look brings what the HPA sees to t.
func (p *play) look(t int64) {
	if t >= p.nextSeen {
		var end int64
		// Before there was a sample to see, the first one is.
		p.seen, end = p.sample(max(t-p.delay, min(t, p.first)))
		p.nextSeen = end
		if p.seen >= 0 && end != never {
			p.nextSeen += p.delay
		}
		p.stale = true
	}
	if p.delay == 0 {
		return
	}
	k := 0
	for k+1 < len(p.past) && p.past[k+1].at <= t-p.delay {
		k++
	}
	if k > 0 {
		p.past = append(p.past[:0], p.past[k:]...)
		p.readyThen = p.past[0].n
		p.stale = true
	}
}

// floor sets the minReplicas of t.
func (p *play) floor(t int64) {
	n, next := p.c.spec.Min, int64(never)
	if f := p.floors; f != nil && len(f.Values) > 0 {
		start, step := nanos(f.Start), int64(f.Step)
		switch i := (t - start) / step; {
		case t < start:
			next = start
		case i < int64(len(f.Values)):
			n, next = cmp.Or(f.Values[i], n), start+(i+1)*step
		}
	}
	before := p.c.min
	p.c.SetMin(n)
	p.nextFloor = next
	if p.c.min != before && p.pods != nil && t >= p.score.from {
		p.score.sum.FloorChanges++
	}
}

// sync lets the controller act.
func (p *play) sync(t int64) {
	p.look(t)
	p.pods.forget(t)
	if young := len(p.pods.recent) > p.pods.old; young || p.young {
		p.stale, p.young = true, young // they count for more as they age
	}
	current := p.pods.count
	n, _, done := p.c.outside(t, current)
	if !done {
		if p.stale {
			p.want, p.ok = p.c.wanted(current, current, p.read)
			p.stale = false
		}
		n, _ = p.c.follow(t, current, p.want, p.ok)
	}
	if n == current {
		return
	}
	p.score.flush(t)
	before := p.pods.ready
	p.pods.scale(t, n)
	p.turned(t, before)
	p.stale = true
	if t >= p.score.from {
		p.score.sum.Changes++
	}
	p.restate()
}

// tally makes of the pods and the load what the controller would.
func (p *play) tally(i int) tally {
	r, load := &p.c.rules[i], p.load(i, p.seen)
	known := !math.IsNaN(load)
	then := p.readyThen
	if p.delay == 0 {
		then = p.pods.ready
	}
	if p.l.Saturates {
		load = min(load, float64(then)*p.l.PerPod[i])
	}
	t := tally{listed: int64(p.pods.count), ready: int64(p.pods.ready)}
	if r.source == Object || r.source == External {
		if known {
			t.value, t.known = milli(load), true
		}
		return t
	}
	t.unready = int64(p.pods.count - p.pods.ready)
	if !known || then == 0 {
		t.missing = t.ready
		return t
	}
	measured := t.ready
	for k := p.pods.old; k < len(p.pods.recent); k++ {
		b := &p.pods.recent[k]
		n := int64(b.n)
		sampled := p.at()-b.ready >= p.delay
		switch warming := p.at()-b.started < int64(p.c.spec.CPUInitialization); {
		case r.source == Resource && warming:
			t.unready += n
			measured -= n
		case r.source == Resource && !sampled:
			t.measured += n // it used nothing then
			measured -= n
		case !sampled:
			t.missing += n
			measured -= n
		}
	}
	t.measured += measured
	t.sum = times(measured, milli(load/float64(then)))
	return t
}

// at returns the time of the sync.
func (p *play) at() int64 { return p.c.last }

// restate tells the score what holds from now on.
func (p *play) restate() {
	s := &p.score
	ready := float64(p.pods.ready)
	s.pods, s.ready = p.pods.count, p.pods.ready > 0
	s.known, s.short, s.beyond, s.utilization = true, false, 0, 0
	for i, per := range p.l.PerPod {
		load, capacity := p.load(i, p.now), ready*per
		if math.IsNaN(load) {
			s.known = false
		}
		if load > capacity {
			s.short = true
			if i == 0 {
				s.beyond = load - capacity
			}
		}
		if capacity > 0 {
			s.utilization = max(s.utilization, min(load/capacity, 1))
		}
	}
}

// write appends the sync just made to the trace.
func (p *play) write(tr *Trace) {
	tr.Replicas = append(tr.Replicas, p.pods.count)
	tr.Ready = append(tr.Ready, p.pods.ready)
	tr.Desired = append(tr.Desired, p.c.asked)
	tr.Floor = append(tr.Floor, p.c.min)
	short := p.load(0, p.now) - float64(p.pods.ready)*p.l.PerPod[0]
	if short < 0 {
		short = 0
	}
	tr.Short = append(tr.Short, short)
}

func (tr *Trace) grow(n int) {
	tr.Replicas, tr.Ready = slices.Grow(tr.Replicas, n), slices.Grow(tr.Ready, n)
	tr.Desired, tr.Floor = slices.Grow(tr.Desired, n), slices.Grow(tr.Floor, n)
	tr.Short = slices.Grow(tr.Short, n)
}

// A score integrates the outcome between events.
type score struct {
	at, from int64 // accounted for until; counted from

	// What holds since at.
	known, short, ready bool
	pods                int32
	beyond, utilization float64

	sum               Outcome
	shortNow, longest int64   // of the short time under way, and the longest
	total, shorts     int64   // ns
	busy              int64   // ns with ready pods
	podTime, usedTime float64 // pod·ns, utilization·ns
	lost              float64 // load·ns
}

// flush accounts for the time until t.
func (s *score) flush(t int64) {
	d := t - max(s.at, s.from)
	s.at = max(s.at, t)
	switch {
	case d <= 0:
		return
	case !s.known:
		s.shortNow = 0
		return
	}
	f := float64(d)
	s.total += d
	s.podTime += float64(s.pods) * f
	s.sum.MaxPods = max(s.sum.MaxPods, s.pods)
	if s.ready {
		s.busy += d
		s.usedTime += s.utilization * f
	}
	if !s.short {
		s.shortNow = 0
		return
	}
	s.shorts += d
	s.lost += s.beyond * f
	s.shortNow += d
	s.longest = max(s.longest, s.shortNow)
}

// outcome returns what the score has come to.
func (s *score) outcome() Outcome {
	o := s.sum
	o.Minutes = time.Duration(s.total).Minutes()
	o.ShortMinutes = time.Duration(s.shorts).Minutes()
	o.ShortLoad = s.lost / float64(time.Minute)
	o.PodHours = s.podTime / float64(time.Hour)
	if s.busy > 0 {
		o.MeanUtilization = s.usedTime / float64(s.busy)
	}
	o.LongestShort = time.Duration(s.longest)
	return o
}

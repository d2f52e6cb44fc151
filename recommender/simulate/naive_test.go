package simulate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A naive is Loop.Play written out: each pod on its own, the whole state anew
// at each sync, every boundary of the integral sorted.
type naive struct {
	*Loop
	loads []forecast.Series
	pods  []naivePod
	drawn uint64
	ready map[time.Time]int // after each event
}

type naivePod struct{ created, started, ready time.Time }

func (n *naive) at(i int, t time.Time) float64 {
	s := n.loads[i]
	if k := s.Index(t); k >= 0 && k < len(s.Values) {
		return s.Values[k]
	}
	return math.NaN()
}

func (n *naive) readyAt(t time.Time) int {
	sum := 0
	for _, p := range n.pods {
		if !p.ready.After(t) {
			sum++
		}
	}
	return sum
}

// readyThen looks the number up that there was at t.
func (n *naive) readyThen(t time.Time) int {
	last, sum := time.Time{}, -1
	for at, r := range n.ready {
		if !at.After(t) && (sum < 0 || at.After(last)) {
			last, sum = at, r
		}
	}
	return sum
}

func (n *naive) state(now time.Time) State {
	s := State{Replicas: int32(len(n.pods)), Status: int32(len(n.pods)), Sampled: n.Delay, Window: n.Window}
	seen := now.Add(-n.Delay)
	then := n.readyThen(seen)
	each := make([]float64, len(n.loads))
	for i := range n.loads {
		at := seen
		if start := n.loads[i].Start; at.Before(start) && !now.Before(start) {
			at = start
		}
		load := n.at(i, at)
		if n.Saturates {
			load = min(load, float64(then)*n.PerPod[i])
		}
		s.Values = append(s.Values, load)
		each[i] = load / float64(then)
	}
	for _, p := range n.pods {
		c := Class{Count: 1, Age: now.Sub(p.started), Since: now.Sub(p.ready), Values: slices.Clone(each)}
		switch {
		case p.ready.After(now):
			c.Phase = Pending
		case p.ready.After(seen):
			for i := range c.Values {
				// Pods of their own metrics have none yet; CPU was none, if there is a sample at all.
				if n.Spec.Metrics[i].from() != Resource || math.IsNaN(c.Values[i]) || then == 0 {
					c.Values[i] = math.NaN()
				} else {
					c.Values[i] = 0
				}
			}
		case then == 0:
			for i := range c.Values {
				c.Values[i] = math.NaN()
			}
		}
		s.Classes = append(s.Classes, c)
	}
	return s
}

func (n *naive) scale(now time.Time, want int) {
	for have := len(n.pods); have < want; have++ {
		p := naivePod{created: now, started: now}
		if n.Start.Nodes > 0 && have >= int(n.Start.Nodes) {
			p.started = now.Add(n.Start.Node)
		}
		p.ready = p.started.Add(time.Duration(n.Start.draw(n.drawn)))
		n.drawn++
		n.pods = append(n.pods, p)
	}
	slices.SortStableFunc(n.pods, func(a, b naivePod) int { // those that stay longest first
		aReady, bReady := !a.ready.After(now), !b.ready.After(now)
		switch {
		case aReady && bReady:
			return a.ready.Compare(b.ready)
		case aReady != bReady:
			if aReady {
				return -1
			}
			return 1
		}
		return cmp.Or(a.created.Compare(b.created), a.ready.Compare(b.ready))
	})
	n.pods = n.pods[:min(want, len(n.pods))]
	n.ready[now] = n.readyAt(now)
}

// play returns the replicas by sync, and the outcome.
func (n *naive) play(t *testing.T, from, to time.Time, floors *Floors, first int32) ([]int32, Outcome) {
	t.Helper()
	c, err := NewController(n.Spec)
	if err != nil {
		t.Fatal(err)
	}
	long := from.Add(-24 * time.Hour)
	for range first {
		n.pods = append(n.pods, naivePod{long, long, long})
	}
	n.ready = map[time.Time]int{long: int(first)}
	var replicas []int32
	var o Outcome
	shortNow, busy, used := time.Duration(0), 0.0, 0.0
	for now := from; now.Before(to); now = now.Add(15 * time.Second) {
		floor := cmp.Or(n.Spec.Min, 1)
		if i := now.Sub(floors.Start) / floors.Step; !now.Before(floors.Start) && int(i) < len(floors.Values) {
			floor = cmp.Or(floors.Values[i], floor)
		}
		c.SetMin(floor)
		before := len(n.pods)
		n.ready[now] = n.readyAt(now)
		want, _ := c.Sync(now, n.state(now))
		n.scale(now, int(want))
		if len(n.pods) != before && !now.Before(n.Score) {
			o.Changes++
		}
		replicas = append(replicas, want)

		end := now.Add(15 * time.Second)
		if end.After(to) {
			end = to
		}
		bounds := []time.Time{now, end}
		add := func(at time.Time) {
			if at.After(now) && at.Before(end) {
				bounds = append(bounds, at)
			}
		}
		for _, p := range n.pods {
			add(p.ready)
		}
		add(n.Score)
		for k := range n.loads[0].Values {
			add(n.loads[0].Time(k))
		}
		add(n.loads[0].Time(len(n.loads[0].Values)))
		slices.SortFunc(bounds, time.Time.Compare)
		for i := 1; i < len(bounds); i++ {
			a, d := bounds[i-1], bounds[i].Sub(bounds[i-1])
			ready := n.readyAt(a)
			n.ready[a] = ready
			known, short, use := true, false, 0.0
			for k := range n.loads {
				load, room := n.at(k, a), float64(ready)*n.PerPod[k]
				known = known && !math.IsNaN(load)
				short = short || load > room
				if ready > 0 {
					use = max(use, min(1, load/room))
				}
			}
			if d == 0 || a.Before(n.Score) {
				continue
			}
			if !known {
				shortNow = 0
				continue
			}
			o.Minutes += d.Minutes()
			o.PodHours += float64(len(n.pods)) * d.Hours()
			o.MaxPods = max(o.MaxPods, int32(len(n.pods)))
			o.ShortLoad += max(0, n.at(0, a)-float64(ready)*n.PerPod[0]) * d.Minutes()
			if ready > 0 {
				busy += d.Minutes()
				used += use * d.Minutes()
			}
			if short {
				o.ShortMinutes += d.Minutes()
				shortNow += d
			} else {
				shortNow = 0
			}
			o.LongestShort = max(o.LongestShort, shortNow)
		}
	}
	o.MeanUtilization = used / max(busy, 1e-300)
	return replicas, o
}

// anyLoop makes a loop and its loads by chance.
func anyLoop(r *rand.Rand) (*Loop, []forecast.Series, *Floors) {
	kinds := []Metric{
		{Kind: Utilization, Target: 0.7, Request: 100},
		{Kind: Utilization, Source: Memory, Target: 0.8, Request: 90},
		{Kind: AverageValue, Source: Pods, Target: 70},
		{Kind: AverageValue, Target: 70},
		{Kind: Value, Source: Object, Target: 700},
	}
	l := &Loop{
		Spec:      Spec{Min: 1 + r.Int32N(3), Max: 15 + r.Int32N(20)},
		Start:     Starts{Fixed: time.Duration(r.IntN(200)) * time.Second},
		Saturates: r.IntN(2) == 0,
	}
	if r.IntN(2) == 0 {
		l.Delay = time.Duration(r.IntN(80)) * time.Second
	}
	if r.IntN(2) == 0 {
		l.Window = time.Duration(r.IntN(80)) * time.Second
	}
	if r.IntN(2) == 0 {
		l.Start.Quantiles = []time.Duration{10 * time.Second, 47 * time.Second, 200 * time.Second, 400 * time.Second}
	}
	if r.IntN(2) == 0 {
		l.Start.Nodes, l.Start.Node = 10, 100*time.Second
	}
	if r.IntN(2) == 0 {
		l.Spec.Behavior = &Behavior{Up: Rules{Window: new(time.Duration(r.IntN(60)) * time.Second)}, Down: Rules{Window: new(time.Duration(r.IntN(300)) * time.Second)}}
	}
	var loads []forecast.Series
	for range 1 + r.IntN(2) {
		l.Spec.Metrics = append(l.Spec.Metrics, kinds[r.IntN(len(kinds))])
		l.PerPod = append(l.PerPod, 100)
		s := forecast.Series{Start: t0, Step: time.Minute}
		level := 900.0
		for range 100 {
			level = max(50, level*(1+0.4*(2*r.Float64()-1)))
			s.Values = append(s.Values, level)
			if r.IntN(40) == 0 {
				s.Values[len(s.Values)-1] = math.NaN()
			}
		}
		loads = append(loads, s)
	}
	floors := &Floors{Start: t0.Add(20 * time.Minute), Step: 5 * time.Minute}
	for range 8 {
		floors.Values = append(floors.Values, r.Int32N(12))
	}
	return l, loads, floors
}

func TestPlayIsWhatItIsWrittenOut(t *testing.T) {
	for seed := range 100 {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		l, loads, floors := anyLoop(r)
		from, to := t0.Add(time.Duration(r.IntN(600)-100)*time.Second), t0.Add(97*time.Minute+time.Duration(r.IntN(500))*time.Second)
		if r.IntN(2) == 0 {
			l.Score = t0.Add(1007 * time.Second)
		}
		var trace Trace
		got, err := l.Play(loads, from, to, floors, &trace)
		if err != nil {
			t.Fatal(err)
		}
		first := newPlay(l, must(NewController(l.Spec)), loads, nanos(from), floors).pods.count
		replicas, want := (&naive{Loop: l, loads: loads}).play(t, from, to, floors, first)
		for k := range replicas {
			if trace.Replicas[k] != replicas[k] {
				t.Fatalf("seed %d, sync %d: %d replicas, want %d; loop %+v", seed, k, trace.Replicas[k], replicas[k], l)
			}
		}
		want.FloorChanges = got.FloorChanges // counted in a test of its own
		if !near(got.Minutes, want.Minutes) || !near(got.ShortMinutes, want.ShortMinutes) || !near(got.ShortLoad, want.ShortLoad) ||
			!near(got.PodHours, want.PodHours) || !near(got.MeanUtilization, want.MeanUtilization) ||
			got.Changes != want.Changes || got.MaxPods != want.MaxPods || got.LongestShort != want.LongestShort {
			t.Fatalf("seed %d: outcome\n%+v, want\n%+v", seed, got, want)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

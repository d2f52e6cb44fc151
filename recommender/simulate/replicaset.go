package simulate

import (
	"cmp"
	"slices"
	"time"
)

// A ReplicaSet is the pods of one workload. Pods take time to become Ready; of
// those that have to go, pods that are not Ready go first and the newest of
// them before older ones, then the Ready ones that were so for the shortest
// time. Its times must not go back.
type ReplicaSet struct {
	starts Starts
	drawn  uint64

	count, ready int32
	starting     []batch // by the time they become Ready
	recent       []batch // Ready pods by that time, from recent[old] on; the rest are older
	old          int
	keep         int64 // ns that Ready pods stay in recent
}

// A batch is pods that were created together and become Ready together.
type batch struct {
	n       int32
	created int64 // ns
	started int64 // ns, when a node ran them
	ready   int64 // ns
}

// NewReplicaSet returns n pods that have been Ready all along; pods to come
// start as s says.
func NewReplicaSet(n int32, s Starts) *ReplicaSet {
	return &ReplicaSet{starts: s, count: max(n, 0), ready: max(n, 0)}
}

// Count returns how many pods there are, Ready or not.
func (r *ReplicaSet) Count() int32 { return r.count }

// Ready returns how many pods are Ready.
func (r *ReplicaSet) Ready(now time.Time) int32 {
	r.age(nanos(now))
	return r.ready
}

// Scale creates or removes pods until there are n.
func (r *ReplicaSet) Scale(now time.Time, n int32) { r.scale(nanos(now), n) }

// age makes those pods Ready whose time has come.
func (r *ReplicaSet) age(now int64) {
	k := 0
	for k < len(r.starting) && r.starting[k].ready <= now {
		r.ready += r.starting[k].n
		if r.keep > 0 {
			r.recent = append(r.recent, r.starting[k])
		}
		k++
	}
	if k > 0 {
		r.starting = append(r.starting[:0], r.starting[k:]...)
	}
	r.forget(now)
}

// forget lets pods go from recent that have been Ready for long.
func (r *ReplicaSet) forget(now int64) {
	if r.old == len(r.recent) {
		return
	}
	for r.old < len(r.recent) && now-r.recent[r.old].ready >= r.keep {
		r.old++
	}
	if 2*r.old >= len(r.recent) {
		r.recent = append(r.recent[:0], r.recent[r.old:]...)
		r.old = 0
	}
}

func (r *ReplicaSet) scale(now int64, n int32) {
	r.age(now)
	n = max(n, 0)
	if n > r.count {
		r.create(now, n-r.count)
	} else if n < r.count {
		r.remove(r.count - n)
	}
	r.count = n
	r.age(now)
}

// create adds n pods to those starting.
func (r *ReplicaSet) create(now int64, n int32) {
	s := &r.starts
	room := n
	if s.Nodes > 0 {
		room = min(max(s.Nodes-r.count, 0), n)
	}
	if len(s.Quantiles) < 2 {
		r.add(room, now, now, s.draw(0))
		r.add(n-room, now, now+int64(s.Node), s.draw(0))
		return
	}
	for i := range n {
		started := now
		if i >= room {
			started += int64(s.Node)
		}
		r.add(1, now, started, s.draw(r.drawn))
		r.drawn++
	}
}

func (r *ReplicaSet) add(n int32, created, started, takes int64) {
	if n == 0 {
		return
	}
	b := batch{n: n, created: created, started: started, ready: started + takes}
	i := len(r.starting)
	for i > 0 && r.starting[i-1].ready > b.ready {
		i--
	}
	r.starting = slices.Insert(r.starting, i, b)
}

// remove takes n pods away.
func (r *ReplicaSet) remove(n int32) {
	if n >= r.count-r.ready {
		n -= r.count - r.ready
		r.starting = r.starting[:0]
	} else {
		slices.SortStableFunc(r.starting, func(a, b batch) int { return cmp.Compare(a.created, b.created) })
		r.starting, _ = pop(r.starting, 0, n)
		slices.SortStableFunc(r.starting, func(a, b batch) int { return cmp.Compare(a.ready, b.ready) })
		return
	}
	r.recent, _ = pop(r.recent, r.old, n)
	r.ready -= n
}

// pop takes n pods from the end of the batches, but none before first. It
// returns how many there were not to take.
func pop(bs []batch, first int, n int32) ([]batch, int32) {
	for n > 0 && len(bs) > first {
		last := &bs[len(bs)-1]
		if last.n > n {
			last.n -= n
			return bs, 0
		}
		n -= last.n
		bs = bs[:len(bs)-1]
	}
	return bs, n
}

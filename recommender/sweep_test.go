package recommender

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// moved is the situation, so much later.
func (sc scene) moved(by time.Duration) scene {
	at := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.Add(by)
	}
	out := sc
	out.in.Now = at(sc.in.Now)
	out.in.Memory = movedMemory(sc.in.Memory, by)
	out.in.Signals = nil
	for _, s := range sc.in.Signals {
		s.Newest = at(s.Newest)
		if s.Peak != nil {
			p := *s.Peak
			p.Start = at(p.Start)
			s.Peak = &p
		}
		out.in.Signals = append(out.in.Signals, s)
	}
	return out
}

func movedMemory(m Memory, by time.Duration) Memory {
	for _, t := range []*time.Time{&m.ChangedAt, &m.NeededAt, &m.DoubtSince} {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
	return m
}

// What is decided is the same at each time of each day: a drawn situation at
// each of the moments of the sweep.
func TestDecisionsDoNotDependOnTheTimeOfDay(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, at := range house.Moments(t) {
		sc := draw(r)
		by := at.UTC().Sub(sc.in.Now)
		want, later := Decide(sc.p, sc.in), sc.moved(by)
		got := Decide(later.p, later.in)
		if got.Floor != want.Floor || got.Reason != want.Reason || got.Memory != movedMemory(want.Memory, by) || len(got.Warnings) != len(want.Warnings) {
			t.Fatalf("at %s it is %d for %s and remembers %+v, at %s %d for %s and %+v",
				sc.in.Now, want.Floor, want.Reason, want.Memory, later.in.Now, got.Floor, got.Reason, got.Memory)
		}
	}
}

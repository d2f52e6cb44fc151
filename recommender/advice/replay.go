package advice

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// Totals are what a part of a replay came to.
type totals struct{ minutes, short, podHours float64 }

func (t *totals) add(o totals) {
	t.minutes += o.minutes
	t.short += o.short
	t.podHours += o.podHours
}

// A replay is one run of the past.
type replay struct {
	loop    simulate.Loop
	total   totals
	halves  [2]totals // of the time that counts
	changes int       // of replicas
	capped  float64   // minutes at the ceiling while the metrics asked for more
	most    int32     // pods
	flaps
}

// week returns the replay per week.
func (w *replay) week() Week {
	return Week{
		PodHours:     perWeek(w.total.podHours, w.total.minutes),
		ShortMinutes: perWeek(w.total.short, w.total.minutes),
		Changes:      perWeek(float64(w.changes), w.total.minutes),
	}
}

const weekMinutes = 7 * 24 * 60

// perWeek scales what came of so many minutes to a week; 0 minutes give 0.
func perWeek(x, minutes float64) float64 {
	if minutes <= 0 {
		return 0
	}
	return x * weekMinutes / minutes
}

// play replays the past with a loop and floors.
func (s *study) play(l simulate.Loop, floors *simulate.Floors) (*replay, error) {
	if _, err := l.Play(s.Case.Loads, s.from, s.to, floors, &s.trace); err != nil {
		return nil, err
	}
	w := &replay{loop: l}
	tr := &s.trace
	minutes, hours := tr.Step.Minutes(), tr.Step.Hours()
	middle := s.since.Add(s.to.Sub(s.since) / 2)
	var back removed
	for i, ready := range tr.Ready {
		at := tr.Start.Add(time.Duration(i) * tr.Step)
		change := int32(0)
		if i > 0 {
			change = tr.Replicas[i] - tr.Replicas[i-1]
		}
		flapped := back.see(at, change)
		if at.Before(s.since) {
			continue
		}
		w.flaps.count(flapped, tr.Replicas[i])
		if change != 0 {
			w.changes++
		}
		known, short := s.shortAt(at, float64(ready), l.PerPod)
		if !known {
			continue
		}
		t := totals{minutes: minutes, podHours: float64(tr.Replicas[i]) * hours}
		if short {
			t.short = minutes
		}
		half := 0
		if !at.Before(middle) {
			half = 1
		}
		w.halves[half].add(t)
		w.most = max(w.most, tr.Replicas[i])
		if tr.Replicas[i] >= l.Spec.Max && tr.Desired[i] > l.Spec.Max {
			w.capped += minutes
		}
	}
	w.total = w.halves[0]
	w.total.add(w.halves[1])
	return w, nil
}

// shortAt says whether all loads are known at a time, and whether the ready
// pods do not carry one of them.
func (s *study) shortAt(at time.Time, ready float64, perPod []float64) (known, short bool) {
	for m, load := range s.Case.Loads {
		i := load.Index(at)
		if i < 0 || i >= len(load.Values) || math.IsNaN(load.Values[i]) {
			return false, false
		}
		short = short || load.Values[i] > ready*perPod[m]
	}
	return true, short
}

// Flaps are pods that went and came back within flapWithin.
type flaps struct {
	flapped int   // times that it happened
	pods    int64 // that came back
}

const (
	// flapWithin is how soon pods that went come back in a flap.
	flapWithin = 15 * time.Minute
	// flapShare is the least share of the replicas that a flap has to move.
	flapShare = 0.05
)

func (f *flaps) count(pods, replicas int32) {
	if pods > 0 && float64(pods) >= flapShare*float64(replicas) {
		f.flapped++
		f.pods += int64(pods)
	}
}

// Removed are pods that went within flapWithin and have not come back.
type removed []struct {
	at time.Time
	n  int32
}

// see takes a change of the replicas and returns how many of the pods that
// come had gone just before.
func (r *removed) see(at time.Time, change int32) (back int32) {
	q := *r
	switch {
	case change < 0:
		for len(q) > 0 && at.Sub(q[0].at) > flapWithin {
			q = q[1:]
		}
		q = append(q, struct {
			at time.Time
			n  int32
		}{at, -change})
	case change > 0:
		for change > 0 && len(q) > 0 {
			last := &q[len(q)-1]
			if at.Sub(last.at) > flapWithin {
				q = q[:0]
				break
			}
			n := min(change, last.n)
			back, change, last.n = back+n, change-n, last.n-n
			if last.n == 0 {
				q = q[:len(q)-1]
			}
		}
	}
	*r = q
	return back
}

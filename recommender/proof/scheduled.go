package proof

import (
	"errors"
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// onlyScheduled makes the floors of the case's schedules alone; nil if it has none.
func (s *stage) onlyScheduled() (*simulate.Floors, error) {
	if len(s.scheduled) == 0 {
		return nil, nil
	}
	p := s.Policy
	p.Mode, p.Suspend, p.OnlySchedules = recommender.Enforce, false, true
	w, faults := recommender.NewWalker(p, s.tick)
	if faults != nil {
		return nil, errors.New("policy: " + faults[0].Message)
	}
	in := recommender.Input{Baseline: s.Loop.Spec.Min, Ceiling: s.Loop.Spec.Max, Floor: s.Loop.Spec.Min, Scheduled: s.scheduled}
	floors := &simulate.Floors{Start: s.from, Step: s.tick, Values: make([]int32, int(s.to.Sub(s.from)/s.tick))}
	for i := range floors.Values {
		in.Now = floors.Start.Add(s.tick * time.Duration(i))
		in.Floor, in.Memory = w.Next(&in)
		floors.Values[i] = in.Floor
	}
	return floors, nil
}

// atLeast are floors of n pods, or of what is scheduled where that is more.
func (f *policySet) atLeast(n int32, s *stage) *simulate.Floors {
	scheduled := f.hpa.floors
	if scheduled == nil {
		return &simulate.Floors{Start: s.from, Step: s.to.Sub(s.from), Values: []int32{n}}
	}
	out := &simulate.Floors{Start: scheduled.Start, Step: scheduled.Step, Values: make([]int32, len(scheduled.Values))}
	for i, v := range scheduled.Values {
		out.Values[i] = max(v, n)
	}
	return out
}

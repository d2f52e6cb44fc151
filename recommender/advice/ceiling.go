package advice

import (
	"fmt"
	"math"
	"strconv"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// ceilingReserve is kept above the pods that would have sufficed.
const ceilingReserve = 0.1

// ceiling looks for pods that maxReplicas held back, and for how many would
// have been enough: as few as leave no more short than any number does.
func ceiling(s *study) ([]Advice, error) {
	l := s.Case.Loop
	if s.now.capped == 0 || s.now.total.short == 0 {
		return nil, nil
	}
	try := func(most int32) (*replay, error) {
		l := l
		l.Spec.Max = most
		return s.play(l, s.floorsNow())
	}
	free, err := try(s.ample())
	if err != nil {
		return nil, err
	}
	lo, hi := l.Spec.Max, max(free.most, l.Spec.Max+1) // too few, enough
	for lo+1 < hi {
		mid := lo + (hi-lo)/2
		w, err := try(mid)
		if err != nil {
			return nil, err
		}
		if w.total.short <= free.total.short {
			hi = mid
		} else {
			lo = mid
		}
	}
	better := roundUp(int32(math.Ceil(float64(hi) * (1 + ceilingReserve))))
	then, err := try(better)
	if err != nil || !s.matters(s.now, then) || s.now.week().ShortMinutes-then.week().ShortMinutes < minMinutes {
		return nil, err
	}
	a := Advice{
		Kind: CeilingHit, Field: "spec.maxReplicas", Now: itoa(l.Spec.Max), Better: itoa(better), WithFloors: s.floorsNow() != nil,
		Why: fmt.Sprintf("The HPA stands at its ceiling of %d for %s a week while its metrics ask for more; %d pods would have been enough, and %d leaves a tenth in reserve: %s.",
			l.Spec.Max, spell(perWeek(s.now.capped, s.now.total.minutes)), hi, better, outcome(s.now, then)),
	}
	return []Advice{s.advise(a, s.now, then,
		Fact{"time at the ceiling with more asked for", 100 * s.now.capped / s.now.total.minutes, "%"},
		Fact{"pods that would have sufficed", float64(hi), "pods"})}, nil
}

// ample is a ceiling that nothing in the history reaches, or as near as a
// replay may come.
func (s *study) ample() int32 {
	l, need := s.Case.Loop, 0.0
	for i, load := range s.Case.Loads {
		per := l.PerPod[i]
		if p := l.Spec.Metrics[i].PerPod(); p > 0 {
			per = math.Min(per, p)
		}
		for _, v := range load.Values {
			if v/per > need {
				need = v / per
			}
		}
	}
	const most = 1 << 19
	return int32(math.Min(math.Max(2*need, 2*float64(l.Spec.Max)), most))
}

// roundUp makes a round number of pods of a large one.
func roundUp(n int32) int32 {
	for _, step := range []int32{1000, 100, 10} {
		if n >= 20*step {
			return (n + step - 1) / step * step
		}
	}
	return n
}

// spell writes minutes as a time.
func spell(minutes float64) string {
	switch {
	case minutes < 1.5:
		return "a minute"
	case minutes < 120:
		return num(minutes) + " minutes"
	default:
		return num(minutes/60) + " hours"
	}
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// withMin returns the loop with another baseline, and the floors with it: one
// at the old baseline was no floor.
func (s *study) withMin(n int32) (simulate.Loop, *simulate.Floors) {
	l, floors := s.Case.Loop, s.floorsNow()
	old := max(l.Spec.Min, 1)
	l.Spec.Min = n
	if floors == nil {
		return l, nil
	}
	f := *floors
	f.Values = make([]int32, len(floors.Values))
	for i, v := range floors.Values {
		if v > old {
			f.Values[i] = v
		}
	}
	return l, &f
}

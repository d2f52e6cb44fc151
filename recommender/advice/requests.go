package advice

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// A pod that always uses farAbove its request, or never more than farBelow
	// of it, makes a target in percent of the request mean nothing.
	farAbove = 2.0
	farBelow = 0.3
	// moved is the least share of the time that replicas are above the baseline
	// for a low use to be the request's doing and not the baseline's.
	moved = 0.05
	// leastSeen is how long a pod's use has to be known.
	leastSeen = 24 * time.Hour
)

// requests looks for a request so far from what pods use that its percentage
// steers nothing. Where another would save neither pods nor short minutes it is
// a remark, and no advice.
func requests(s *study) ([]Advice, error) {
	for i, m := range s.Case.Loop.Spec.Metrics {
		if m.Kind != simulate.Utilization {
			continue
		}
		a, err := s.requestOf(i)
		return one(a), err
	}
	return nil, nil
}

func (s *study) requestOf(i int) (*Advice, error) {
	l := s.Case.Loop
	m, full := l.Spec.Metrics[i], l.PerPod[i]
	use := known(s.useOf(i))
	var why string
	var better float64
	facts := []Fact{{"request", m.Request, ""}, {"a pod carries", full, ""}}
	enough := float64(len(use))*s.useOf(i).Step.Hours() >= leastSeen.Hours()
	low, high := quantileOf(use, 0.05), quantileOf(use, 0.95)
	switch {
	case enough && low >= farAbove*m.Request:
		better = high / m.Target
		full = math.Max(full, better)
		why = fmt.Sprintf("A pod uses %s of its request or more 95 %% of the time, however many there are, so that a target of %s %% is nearly always passed and the HPA stands at its ceiling.",
			percent(low/m.Request), aim(m))
	case enough && high <= farBelow*m.Request && high < m.Target*m.Request && s.movesOrLow():
		better = high / m.Target
		why = fmt.Sprintf("A pod uses %s of its request or less 95 %% of the time, however many there are, so that a target of %s %% is hardly ever reached and this metric adds no pod.",
			percent(high/m.Request), aim(m))
	case full < m.Target*m.Request:
		better = full
		why = fmt.Sprintf("A pod carries %s and requests %s, so that it is full before it reaches the target of %s %%: the HPA comes too late, or not at all.",
			num(full), num(m.Request), aim(m))
	default:
		return nil, nil
	}
	if len(use) > 0 {
		facts = append(facts, Fact{"use of a pod, 5 % of the time below", low, ""}, Fact{"use of a pod, 95 % of the time below", high, ""})
	}
	better = threeDigits(better)
	l.PerPod = slices.Clone(l.PerPod)
	l.PerPod[i] = full
	before, err := s.play(l, s.floorsNow())
	if err != nil {
		return nil, err
	}
	l.Spec.Metrics = slices.Clone(l.Spec.Metrics)
	l.Spec.Metrics[i].Request = better
	then, err := s.play(l, s.floorsNow())
	if err != nil {
		return nil, err
	}
	if s.worth(before.total, then.total) <= 0 {
		s.remarks = append(s.remarks, fmt.Sprintf("%s A request of %s would be nearer to what pods use.", why, quantity(better)))
		return nil, nil
	}
	a := s.advise(Advice{
		Kind: RequestsMeaningless, Field: "spec.template.spec.containers[*].resources.requests", Now: quantity(m.Request), Better: quantity(better),
		WithFloors: s.floorsNow() != nil, Why: fmt.Sprintf("%s With a request of %s %s.", why, quantity(better), outcome(before, then)),
	}, before, then, facts...)
	return &a, nil
}

// movesOrLow says that a low use is not simply a baseline that is too high.
func (s *study) movesOrLow() bool {
	base := max(s.Case.Loop.Spec.Min, 1)
	if base <= 2 {
		return true
	}
	wanted := known(s.Observed.Wanted)
	above := 0
	for _, v := range wanted {
		if v > float64(base) {
			above++
		}
	}
	return len(wanted) > 0 && float64(above) >= moved*float64(len(wanted))
}

// useOf is what a pod used on average: as observed, or the load over the pods
// that were Ready. It is empty if neither is known.
func (s *study) useOf(i int) forecast.Series {
	if s.Observed.Use.Step > 0 {
		return s.Observed.Use
	}
	load, ready := s.Case.Loads[i], s.Observed.Ready
	if ready.Step <= 0 {
		return forecast.Series{}
	}
	out := forecast.Series{Start: load.Start, Step: load.Step, Values: make([]float64, len(load.Values))}
	for k, v := range load.Values {
		out.Values[k] = math.NaN()
		if r := ready.Index(load.Time(k)); r >= 0 && r < len(ready.Values) && ready.Values[r] > 0 {
			out.Values[k] = v / ready.Values[r]
		}
	}
	return out
}

// known returns the samples that are, sorted.
func known(x forecast.Series) []float64 {
	var out []float64
	for _, v := range x.Values {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// quantileOf a sorted list; NaN if it is empty.
func quantileOf(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(math.Round(q*float64(len(sorted)-1)))]
}

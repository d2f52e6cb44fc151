package advice

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// goodStart is a start that most workloads can have.
	goodStart = 30 * time.Second
	// slowStart is a start beyond which it is looked at.
	slowStart = 45 * time.Second
	// startShare is the least share of the short minutes that a quick start has
	// to avoid.
	startShare = 0.5
)

// start looks for short minutes that are there only because pods take long to
// be Ready. Floors come first: it counts what they leave.
func start(s *study) ([]Advice, error) {
	usual := usualStart(s.Case.Loop.Start)
	if usual <= slowStart || s.with.total.short == 0 {
		return nil, nil
	}
	l := s.Case.Loop
	l.Start = quicker(l.Start, float64(goodStart)/float64(usual))
	then, err := s.play(l, s.floors)
	if err != nil || !s.matters(s.with, then) || s.with.total.short-then.total.short < startShare*s.with.total.short ||
		s.with.week().ShortMinutes-then.week().ShortMinutes < minMinutes {
		return nil, err
	}
	under, notYet := "", ""
	if s.floors != nil {
		notYet = s.needsFloors()
		under = " under Highwater's floors"
	}
	a := Advice{
		Kind: StartTooSlow, Field: "spec.template", Now: brief(usual), Better: brief(goodStart), WithFloors: s.floors != nil,
		Why: fmt.Sprintf("From creation to Ready a pod takes %s, and %s of the short minutes%s come of that; with %s %s. "+
			"Smaller or pre-pulled images, a startupProbe with a short period and less work before the first request get there.%s",
			brief(usual), most(1-then.total.short/s.with.total.short), under, brief(goodStart), outcome(s.with, then), notYet),
	}
	return []Advice{s.advise(a, s.with, then, Fact{"start of a pod, now", usual.Seconds(), "s"}, Fact{"start of a pod, then", goodStart.Seconds(), "s"})}, nil
}

// most writes a share that is large.
func most(share float64) string {
	if share == 1 {
		return "all"
	}
	return percent(share)
}

// usualStart is the median start.
func usualStart(st simulate.Starts) time.Duration {
	n := len(st.Quantiles)
	if n == 0 {
		return st.Fixed
	}
	return st.Quantiles[(n-1)/2]
}

// quicker scales all starts; nodes start as they do.
func quicker(st simulate.Starts, by float64) simulate.Starts {
	st.Fixed = time.Duration(by * float64(st.Fixed))
	st.Quantiles = slices.Clone(st.Quantiles)
	for i, q := range st.Quantiles {
		st.Quantiles[i] = time.Duration(by * float64(q))
	}
	return st
}

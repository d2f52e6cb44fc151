package advice

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	// leastFlaps is how often in a week is a trouble: four times a day.
	leastFlaps = 28
	// stopped is the least share of the flaps that a remedy has to stop, and
	// dearest the largest share of pod-hours that it may add.
	stopped = 0.8
	dearest = 0.2
)

// windows that are tried for the way down; policies if none of them does.
var (
	windows = []time.Duration{
		time.Minute, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 7 * time.Minute, 10 * time.Minute, 15 * time.Minute, 20 * time.Minute, 30 * time.Minute,
	}
	policies = []simulate.Policy{
		{Kind: simulate.Percent, Value: 10, Period: time.Minute},
		{Kind: simulate.Pods, Value: 1, Period: time.Minute},
		{Kind: simulate.Percent, Value: 10, Period: 5 * time.Minute},
		{Kind: simulate.Pods, Value: 1, Period: 5 * time.Minute},
	}
)

// flapping looks for pods that go and come back, and for the gentlest rule of
// the way down that ends it.
func flapping(s *study) ([]Advice, error) {
	often := perWeek(float64(s.now.flapped), s.now.total.minutes)
	if often < leastFlaps || s.blocked {
		return nil, nil
	}
	window := downWindow(s.Case.Loop.Spec)
	for _, d := range windows {
		if d <= window {
			continue
		}
		w, err := s.playDown(func(r *simulate.Rules) { r.Window = &d })
		if err != nil {
			return nil, err
		}
		if s.calms(w) {
			return []Advice{s.flap(w, "spec.behavior.scaleDown.stabilizationWindowSeconds", seconds(window), seconds(d))}, nil
		}
	}
	for _, p := range policies {
		w, err := s.playDown(func(r *simulate.Rules) { r.Policies, r.Select = []simulate.Policy{p}, "" })
		if err != nil {
			return nil, err
		}
		if s.calms(w) {
			return []Advice{s.flap(w, "spec.behavior.scaleDown.policies", downPolicies(s.Case.Loop.Spec), told(p))}, nil
		}
	}
	return nil, nil
}

// calms says whether a remedy stops enough of the flaps at a price.
func (s *study) calms(w *replay) bool {
	return float64(w.flapped) <= (1-stopped)*float64(s.now.flapped) &&
		w.total.podHours <= (1+dearest)*s.now.total.podHours &&
		w.week().ShortMinutes < s.now.week().ShortMinutes+minMinutes
}

func (s *study) flap(w *replay, field, now, better string) Advice {
	often := perWeek(float64(s.now.flapped), s.now.total.minutes)
	pods := perWeek(float64(s.now.pods), s.now.total.minutes)
	left := perWeek(float64(w.flapped), w.total.minutes)
	a := Advice{
		Kind: Flapping, Field: field, Now: now, Better: better, WithFloors: s.floorsNow() != nil,
		Why: fmt.Sprintf("%s times a week pods go and come back within %d minutes, %s pods in all; with this %s times: %s.",
			num(often), int(flapWithin.Minutes()), num(pods), num(left), outcome(s.now, w)),
	}
	if s.floors != nil && s.now != s.with {
		a.Why += fmt.Sprintf(" Highwater's floors by themselves would leave %s of them, at %s pod-hours.",
			num(perWeek(float64(s.with.flapped), s.with.total.minutes)), num(s.with.week().PodHours))
	}
	facts := []Fact{{"flaps now", often, "a week"}, {"flaps then", left, "a week"}, {"pods that flap now", pods, "pods a week"}}
	if seen, ok := observedFlaps(s.Observed.Wanted, s.since, s.to); ok {
		facts = append(facts, Fact{"flaps observed", seen, "a week"})
	}
	return s.advise(a, s.now, w, facts...)
}

// playDown replays with other rules for the way down.
func (s *study) playDown(edit func(*simulate.Rules)) (*replay, error) {
	l := s.Case.Loop
	var b simulate.Behavior
	if l.Spec.Behavior != nil {
		b = *l.Spec.Behavior
	}
	b.Down.Policies = slices.Clone(b.Down.Policies)
	edit(&b.Down)
	l.Spec.Behavior = &b
	return s.play(l, s.floorsNow())
}

// downWindow is the stabilization window of the way down.
func downWindow(spec simulate.Spec) time.Duration {
	switch {
	case spec.Behavior != nil && spec.Behavior.Down.Window != nil:
		return *spec.Behavior.Down.Window
	case spec.DownscaleStabilization != 0:
		return spec.DownscaleStabilization
	}
	return 5 * time.Minute // the controller's default
}

// downPolicies writes the policies of the way down.
func downPolicies(spec simulate.Spec) string {
	if spec.Behavior == nil || len(spec.Behavior.Down.Policies) == 0 {
		return "[{type: Percent, value: 100, periodSeconds: 15}]"
	}
	return told(spec.Behavior.Down.Policies...)
}

// told writes policies in YAML.
func told(list ...simulate.Policy) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, fmt.Sprintf("{type: %s, value: %d, periodSeconds: %s}", p.Kind, p.Value, seconds(p.Period)))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// observedFlaps counts the flaps that were seen, per week; false if replicas
// are not known, or not often enough to see them.
func observedFlaps(x forecast.Series, from, to time.Time) (float64, bool) {
	if x.Step <= 0 || x.Step > 2*time.Minute {
		return 0, false
	}
	x = x.Between(from, to)
	var (
		back  removed
		f     flaps
		last  = math.NaN()
		known float64
	)
	for i, v := range x.Values {
		if math.IsNaN(v) {
			continue
		}
		known += x.Step.Minutes()
		if !math.IsNaN(last) {
			f.count(back.see(x.Time(i), int32(v-last)), int32(v))
		}
		last = v
	}
	return perWeek(float64(f.flapped), known), known > 0
}

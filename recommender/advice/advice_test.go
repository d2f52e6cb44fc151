package advice

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

var t0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// of makes a series of so many days.
func of(days float64, step time.Duration, load func(at time.Time) float64) forecast.Series {
	s := forecast.Series{Start: t0, Step: step, Values: make([]float64, int(days*24*float64(time.Hour)/float64(step)))}
	for i := range s.Values {
		s.Values[i] = load(s.Time(i))
	}
	return s
}

func noise() *rand.Rand { return rand.New(rand.NewPCG(7, 8)) }

func hour(at time.Time) float64 { return float64(at.Hour()) + float64(at.Minute())/60 }

// caseOf is a workload whose pods carry 100 and start in 90 s, with an HPA at a
// target between 2 and 100 pods.
func caseOf(target float64, load forecast.Series) proof.Case {
	p := recommender.DefaultPolicy()
	p.Mode = recommender.Enforce
	return proof.Case{
		Loop: simulate.Loop{
			Spec:   simulate.Spec{Min: 2, Max: 100, Metrics: []simulate.Metric{{Kind: simulate.Utilization, Target: target, Request: 100}}},
			PerPod: []float64{100}, Start: simulate.Starts{Fixed: 90 * time.Second},
		},
		Loads: []forecast.Series{load}, Policy: p, Step: 5 * time.Minute,
	}
}

// wave is a smooth day between 5 and 25 pods' load.
func wave(r *rand.Rand, rough float64) func(time.Time) float64 {
	return func(at time.Time) float64 {
		return (1500 - 1000*math.Cos(2*math.Pi*hour(at)/24)) * (1 + rough*r.NormFloat64())
	}
}

func examine(t *testing.T, in Input) *Report {
	t.Helper()
	r, err := Examine(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s; now %.0f pod-hours, short %.2f", r.Proof.Verdict, r.Proof.Detail, r.Now.PodHours, r.Now.ShortMinutes)
	for _, a := range r.Advice {
		t.Logf("%s %s: %s → %s (%+.1f pod-hours, %+.2f min, worth %.1f, %s, floors %v)\n\t%s", a.Kind, a.Field, a.Now, a.Better, a.PodHours, a.ShortMinutes, a.Worth, a.Confidence, a.WithFloors, a.Why)
	}
	hold(t, in, r)
	return r
}

// find returns the one advice of a kind, nil if there is none.
func find(t *testing.T, r *Report, k Kind) *Advice {
	t.Helper()
	var found *Advice
	for i := range r.Advice {
		if r.Advice[i].Kind == k {
			if found != nil {
				t.Errorf("two advices of the kind %s", k)
			}
			found = &r.Advice[i]
		}
	}
	return found
}

// office is a load that its opening hours raise from 3 pods' to 20 at once.
func office(r *rand.Rand) func(time.Time) float64 {
	return func(at time.Time) float64 {
		v := 300.0
		if h := hour(at); h >= 9 && h < 17 {
			v = 2000
		}
		return v * (1 + 0.02*r.NormFloat64())
	}
}

// jumps is a load that goes to another level at random times.
func jumps(r *rand.Rand) func(time.Time) float64 {
	level, left := 300.0, 0
	return func(time.Time) float64 {
		if left--; left < 0 {
			level, left = 1000+1500*r.Float64(), 20+r.IntN(200)
		}
		return level
	}
}

// only fails the test if there is any advice but of the given kinds.
func only(t *testing.T, r *Report, kinds ...Kind) {
	t.Helper()
	for _, a := range r.Advice {
		if !slices.Contains(kinds, a.Kind) {
			t.Errorf("%s was not to be advised: %s", a.Kind, a.Why)
		}
	}
}

func must(t *testing.T, r *Report, k Kind) Advice {
	t.Helper()
	a := find(t, r, k)
	if a == nil {
		t.Fatalf("nothing of the kind %s", k)
	}
	return *a
}

func pods(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPredictableDayMayFillItsPods(t *testing.T) {
	r := examine(t, Input{Case: caseOf(0.5, of(16, time.Minute, office(noise())))})
	a := must(t, r, TargetTooLow)
	if n := pods(t, a.Better); a.Now != "50" || n < 80 || n > 90 || !a.WithFloors || a.Field != "spec.metrics[0].resource.target.averageUtilization" {
		t.Errorf("%+v", a)
	}
	if a.PodHours > -0.3*r.Now.PodHours || a.ShortMinutes > 1 || a.Confidence != Medium || !strings.Contains(a.Why, "85 %") {
		t.Errorf("%+v", a)
	}
	only(t, r, TargetTooLow)
}

func TestATargetThatHidesTheNeedForFloorsIsSeenThrough(t *testing.T) {
	c := caseOf(0.5, of(16, time.Minute, func(at time.Time) float64 { // a steep morning, within what half-empty pods carry
		h := hour(at)
		return (1000 + 800/(1+math.Exp(-30*(h-9))) - 800/(1+math.Exp(-30*(h-18))))
	}))
	c.Policy.Mode = recommender.Observe
	r := examine(t, Input{Case: c})
	a := must(t, r, TargetTooLow)
	if r.Proof.Verdict != proof.NotNeeded || !a.WithFloors || pods(t, a.Better) < 75 || !strings.Contains(a.Why, "mode Enforce") {
		t.Errorf("%s; %+v", r.Proof.Verdict, a)
	}
}

func TestASmoothWaveMayFillItsPodsByItself(t *testing.T) {
	c := caseOf(0.5, of(16, time.Minute, wave(noise(), 0.01)))
	r := examine(t, Input{Case: c})
	a := must(t, r, TargetTooLow)
	if n := pods(t, a.Better); n < 75 || n > 90 {
		t.Errorf("%+v", a)
	}
}

// TestAdviceTakenLeavesNothingToSay follows the advice until there is none: a
// well-tuned HPA is left alone.
func TestAdviceTakenLeavesNothingToSay(t *testing.T) {
	c := caseOf(0.5, of(16, time.Minute, wave(noise(), 0.01)))
	for range 4 {
		r := examine(t, Input{Case: c})
		if len(r.Advice) == 0 {
			return
		}
		only(t, r, TargetTooLow, TargetTooHigh)
		c.Loop = withTarget(c.Loop, 0, float64(pods(t, r.Advice[0].Better))/100)
	}
	t.Error("there is always more to say")
}

func TestFullPodsThatAreShortAreTooFull(t *testing.T) {
	c := caseOf(0.95, of(16, time.Minute, jumps(noise())))
	for i, v := range c.Loads[0].Values { // small noise makes full pods short all the time
		c.Loads[0].Values[i] = v * (1 + 0.04*math.Sin(float64(i)))
	}
	r := examine(t, Input{Case: c})
	a := must(t, r, TargetTooHigh)
	if n := pods(t, a.Better); n > 85 || a.ShortMinutes > -10 || a.PodHours <= 0 {
		t.Errorf("%+v", a)
	}
}

func TestACeilingInTheWayIsFound(t *testing.T) {
	c := caseOf(0.7, of(16, time.Minute, wave(noise(), 0.01)))
	c.Loop.Spec.Max = 20 // of the 25 to 26 that carry the load
	r := examine(t, Input{Case: c})
	a := must(t, r, CeilingHit)
	if n := pods(t, a.Better); n < 26 || n > 30 || a.Now != "20" || a.Field != "spec.maxReplicas" || a.ShortMinutes > -0.9*r.Now.ShortMinutes {
		t.Errorf("%+v", a)
	}
	only(t, r, CeilingHit)
}

func TestABaselineThatNoNightNeedsIsFound(t *testing.T) {
	c := caseOf(0.8, of(16, time.Minute, func(at time.Time) float64 { return 240 + 20*math.Sin(2*math.Pi*hour(at)/24) }))
	c.Loop.Spec.Min = 20 // of 3
	r := examine(t, Input{Case: c})
	a := must(t, r, BaselineNeverNeeded)
	if n := pods(t, a.Better); n < 2 || n > 4 || a.PodHours > -0.7*r.Now.PodHours || a.ShortMinutes > 0 {
		t.Errorf("%+v", a)
	}
}

func TestTwoPodsAreNotMadeOne(t *testing.T) {
	c := caseOf(0.8, of(14, time.Minute, func(time.Time) float64 { return 10 }))
	only(t, examine(t, Input{Case: c}))
}

func TestFlappingIsCalmed(t *testing.T) {
	c := caseOf(0.75, of(16, time.Minute, func(at time.Time) float64 { // a ripple around the tolerance, twelve minutes long
		return 1000 * (1 + 0.14*math.Sin(2*math.Pi*float64(at.Unix()%720)/720))
	}))
	c.Loop.Spec.DownscaleStabilization = time.Minute
	r := examine(t, Input{Case: c})
	a := must(t, r, Flapping)
	if n := pods(t, a.Better); n < 300 || n > 720 || a.Now != "60" || a.Field != "spec.behavior.scaleDown.stabilizationWindowSeconds" {
		t.Errorf("%+v", a)
	}
	if a.Evidence[0].Value < 100 || a.Evidence[1].Value > 0.2*a.Evidence[0].Value {
		t.Errorf("%+v", a.Evidence)
	}
	c.Loop.Spec.DownscaleStabilization = 10 * time.Minute
	if r := examine(t, Input{Case: c}); find(t, r, Flapping) != nil {
		t.Error("what does not flap is to be calmed")
	}
}

func TestWhereNothingIsForeseenAHigherBaselineServes(t *testing.T) {
	c := caseOf(0.7, of(16, time.Minute, jumps(noise())))
	r := examine(t, Input{Case: c})
	if r.Proof.Verdict == proof.Proven {
		t.Skip("something is foreseen: the case shows nothing")
	}
	a := must(t, r, BaselineTooLow)
	if n := pods(t, a.Better); n < 10 || n > 40 || a.ShortMinutes >= -10 || a.PodHours < 0 || a.Worth <= 0 {
		t.Errorf("%+v", a)
	}
}

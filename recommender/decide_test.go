package recommender

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

var t0 = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// flat makes paths of one-minute rows whose every quantile is the load that
// f gives for the row's minute after t0.
func paths(rows int, f func(minute int) float64) *forecast.Paths {
	p := &forecast.Paths{Start: t0, Step: time.Minute, Taus: []float64{0.5, 0.95}}
	for i := range rows {
		p.Values = append(p.Values, f(i), f(i))
	}
	return p
}

func steady(load float64) *forecast.Paths {
	return paths(24*60, func(int) float64 { return load })
}

// signal makes a signal of 100 requests/s a pod.
func signal(peak *forecast.Paths) Signal {
	return Signal{Name: "requests", Capacity: Capacity{PerPod: 100, Unit: "requests/s"}, Load: peak, Peak: peak, Newest: t0}
}

func enforce() Policy {
	p := DefaultPolicy()
	p.Mode, p.Hold = Enforce, 5*time.Minute
	return p
}

func input(peak *forecast.Paths) Input {
	return Input{Now: t0, Signals: []Signal{signal(peak)}, Baseline: 2, Ceiling: 40, Floor: 2}
}

func TestDecide(t *testing.T) {
	lost := Signal{Name: "requests", Capacity: Capacity{PerPod: 100}, NoForecast: &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: "old"}}
	tests := []struct {
		name   string
		policy func(*Policy)
		input  func(*Input)
		load   float64
		floor  int32
		reason Reason
		bound  string
		text   string // in the message
		warn   string // code of a warning
	}{
		{name: "the baseline carries it", load: 150, floor: 2, reason: ReasonBaseline, bound: StepDemand, text: "floor 2: 150 requests/s"},
		{name: "no load keeps the baseline", load: 0, floor: 2, reason: ReasonBaseline, bound: StepClamp},
		{name: "a load is divided by the capacity, rounded up", load: 501, floor: 6, reason: ReasonPeak, bound: StepDemand, text: "needs 6 pods of 100 requests/s each"},
		{name: "a load that is a multiple of the capacity needs no extra pod", load: 500, floor: 5, reason: ReasonPeak, bound: StepDemand},
		{name: "headroom is added to the load", load: 500, policy: func(p *Policy) { p.Headroom = 0.1 }, floor: 6, reason: ReasonPeak, bound: StepHeadroom},
		{name: "the floor rises by four pods at least", load: 1000, floor: 6, reason: ReasonRampUp, bound: StepRate, text: "rises in steps"},
		{name: "the floor rises by half of itself", load: 3900, input: func(in *Input) { in.Floor = 20 }, floor: 30, reason: ReasonRampUp, bound: StepRate},
		{name: "the ceiling holds", load: 9900, input: func(in *Input) { in.Floor = 38 }, floor: 40, reason: ReasonCeiling, bound: StepClamp, text: "maxReplicas allows no more", warn: "CeilingTooLow"},
		{name: "limits.max holds below the ceiling", load: 1000, policy: func(p *Policy) { p.Max = 4 }, floor: 4, reason: ReasonLimit, bound: StepClamp, text: "limits.max", warn: "CeilingTooLow"},
		{name: "limits.min lifts the floor", load: 100, policy: func(p *Policy) { p.Min = 5 }, floor: 5, reason: ReasonLimit, bound: StepClamp, text: "limits.min asks for more"},
		{name: "limits.min above the ceiling is said", load: 100, policy: func(p *Policy) { p.Min = 50 }, input: func(in *Input) { in.Floor = 39 }, floor: 40, reason: ReasonLimit, warn: "LimitAboveCeiling", bound: StepClamp},
		{name: "limits.max below the baseline is said and the baseline stays", load: 900, policy: func(p *Policy) { p.Max = 1 }, floor: 2, reason: ReasonLimit, warn: "LimitBelowBaseline", bound: StepClamp},
		{name: "a recent need holds the floor", load: 300, input: func(in *Input) { in.Floor = 9; in.Memory.NeededAt = t0.Add(-time.Minute) }, floor: 9, reason: ReasonHold, bound: StepStabilise, text: "held for 5 min"},
		{name: "the floor comes down by a tenth", load: 300, input: func(in *Input) { in.Floor = 30 }, floor: 27, reason: ReasonRampDown, bound: StepRate, text: "comes down in steps"},
		{name: "the floor comes down by a pod at least", load: 300, input: func(in *Input) { in.Floor = 9 }, floor: 8, reason: ReasonRampDown, bound: StepRate},
		{name: "a step is not due before its time", load: 300, input: func(in *Input) { in.Floor, in.Memory = 9, Memory{Floor: 9, ChangedAt: t0.Add(-30 * time.Second)} }, floor: 9, reason: ReasonRampDown, bound: StepRate},
		{name: "a step that was not applied is still due", load: 900, input: func(in *Input) { in.Memory = Memory{Floor: 6, ChangedAt: t0.Add(-time.Second)} }, floor: 6, reason: ReasonRampUp, bound: StepRate},
		{name: "suspended goes back in steps", load: 900, policy: func(p *Policy) { p.Suspend = true }, input: func(in *Input) { in.Floor = 9 }, floor: 8, reason: ReasonSuspended, bound: StepRate, text: "back to the baseline"},
		{name: "suspended at the baseline", load: 900, policy: func(p *Policy) { p.Suspend = true }, floor: 2, reason: ReasonSuspended, bound: StepDemand},
		{name: "suspended goes below limits.min, to the baseline", load: 900, policy: func(p *Policy) { p.Suspend, p.Min = true, 5 }, input: func(in *Input) { in.Floor = 3 }, floor: 2, reason: ReasonSuspended, bound: StepDemand},
		{name: "a clock that was set back does not stop a rise", load: 900, input: func(in *Input) { in.Floor = 6; in.Memory = Memory{Floor: 6, ChangedAt: t0.Add(time.Hour)} }, floor: 9, reason: ReasonPeak, bound: StepDemand},
		{name: "doubt that began in the future begins anew", input: func(in *Input) { in.Signals = []Signal{lost}; in.Floor = 9; in.Memory.DoubtSince = t0.Add(time.Hour) }, floor: 9, reason: ReasonDoubt, bound: StepStabilise, text: "until 08:30:00 UTC"},
		{name: "doubt holds", input: func(in *Input) { in.Signals = []Signal{lost}; in.Floor = 9 }, floor: 9, reason: ReasonDoubt, bound: StepStabilise, text: "no forecast (Stale): old; doubt holds the floor until 08:30:00 UTC", warn: "Stale"},
		{name: "doubt expires", input: func(in *Input) {
			in.Signals = []Signal{lost}
			in.Floor = 9
			in.Memory.DoubtSince = t0.Add(-31 * time.Minute)
		}, floor: 8, reason: ReasonDoubtOver, bound: StepRate, text: "no forecast (Stale): old, for at least 30 min; it goes back to the baseline of 2; it comes down in steps towards 2: at most 10 % or 1 pod each 1 min"},
		{name: "no forecast and nothing to hold", input: func(in *Input) { in.Signals = []Signal{lost} }, floor: 2, reason: ReasonNoForecast, bound: StepClamp, warn: "Stale"},
		{name: "no signal at all", input: func(in *Input) { in.Signals = nil }, floor: 2, reason: ReasonNoForecast, bound: StepClamp, warn: "NoMetric"},
		{name: "no capacity is doubt", load: 900, input: func(in *Input) { in.Signals[0].Capacity.PerPod = 0; in.Floor = 5 }, floor: 5, reason: ReasonDoubt, bound: StepStabilise, warn: "NoCapacity"},
		{name: "a second signal that needs more wins", load: 300, input: func(in *Input) {
			s := signal(steady(550))
			s.Name = "queue"
			in.Signals = append(in.Signals, s)
		}, floor: 6, reason: ReasonPeak, bound: StepDemand, text: "of queue"},
		{name: "a lost second signal holds but does not stop a rise", load: 550, input: func(in *Input) { in.Signals = append(in.Signals, lost); in.Floor = 4 }, floor: 6, reason: ReasonPeak, bound: StepDemand, warn: "Stale"},
		{name: "a lost second signal forbids a fall", load: 150, input: func(in *Input) { in.Signals = append(in.Signals, lost); in.Floor = 4 }, floor: 4, reason: ReasonDoubt, bound: StepStabilise},
		{name: "an absurd quantile changes nothing", load: 900, policy: func(p *Policy) { p.Quantile = 95 }, input: func(in *Input) { in.Floor = 7 }, floor: 7, reason: ReasonBadWorkload, text: "quantile is 95, but must lie between 0 and 1", warn: "Invalid"},
		{name: "a ceiling below the baseline changes nothing", load: 900, input: func(in *Input) { in.Ceiling = 1 }, floor: 2, reason: ReasonBadWorkload, text: "maxReplicas is 1, but must be at least the baseline of 2", warn: "Invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, in := enforce(), input(steady(tt.load))
			if tt.policy != nil {
				tt.policy(&p)
			}
			if tt.input != nil {
				tt.input(&in)
			}
			d := Decide(p, in)
			if d.Floor != tt.floor || d.Reason != tt.reason || d.Bound != tt.bound {
				t.Errorf("floor %d, %s, bound by %q; want %d, %s, %q\n%s\n%+v", d.Floor, d.Reason, d.Bound, tt.floor, tt.reason, tt.bound, d.Message, d.Steps)
			}
			if !strings.Contains(d.Message, tt.text) {
				t.Errorf("message %q does not say %q", d.Message, tt.text)
			}
			if tt.warn != "" && !warns(d, tt.warn) {
				t.Errorf("no warning %s in %v", tt.warn, d.Warnings)
			}
		})
	}
}

func warns(d Decision, code string) bool {
	for _, w := range d.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

func TestObserveStepsFromItsOwnFloor(t *testing.T) {
	p := DefaultPolicy()
	in := input(steady(2000))
	var floors []int32
	for range 4 {
		d := Decide(p, in)
		floors = append(floors, d.Floor)
		in.Memory, in.Now = d.Memory, in.Now.Add(time.Minute)
	}
	want := []int32{6, 10, 15, 20}
	for i := range want {
		if floors[i] != want[i] {
			t.Fatalf("floors %v, want %v: an observed floor has to move as an enforced one would", floors, want)
		}
	}
}

// TestRampBeginsEarly shows that a jump that steps cannot reach in time is
// begun before its window.
func TestRampBeginsEarly(t *testing.T) {
	// From minute 20 on 40 pods are needed; before, 2. Steps of 50 %, at least
	// 4 pods: 2 6 10 15 22 33 40, so that the sixth step before is the first.
	peak := paths(60, func(m int) float64 {
		if m >= 20 {
			return 4000
		}
		return 150
	})
	p, in := enforce(), input(peak)
	first, at := -1, int32(0)
	for m := range 25 {
		in.Now = t0.Add(time.Duration(m) * time.Minute)
		d := Decide(p, in)
		if d.Floor > 2 && first < 0 {
			first = m
			if d.Reason != ReasonRampUp || d.Bound != StepRamp {
				t.Errorf("at minute %d: %s bound by %s, want RampingUp by ramp", m, d.Reason, d.Bound)
			}
		}
		in.Floor, in.Memory = d.Floor, d.Memory
		if m == 20 {
			at = d.Floor
		}
	}
	if at != 40 {
		t.Errorf("floor is %d when 40 are needed", at)
	}
	if first < 12 || first > 15 {
		t.Errorf("the ramp begins at minute %d, want about 6 steps before minute 20", first)
	}
}

func TestPlanFollowsTheForecast(t *testing.T) {
	peak := paths(24*60, func(m int) float64 {
		if m >= 300 && m < 360 {
			return 2000
		}
		return 150
	})
	p, in := enforce(), input(peak)
	d, plan := PlanAhead(p, in, 12*time.Hour)
	if got := plan.Points[0].Floor; got != d.Floor {
		t.Errorf("the plan begins with %d, the decision is %d", got, d.Floor)
	}
	if n := len(plan.Points); n != 12*60+1 {
		t.Errorf("%d points for 12 hours of minutes", n)
	}
	for m, want := range map[int]int32{280: 2, 300: 20, 359: 20, 363: 20, 420: 2} {
		if got := plan.Points[m].Floor; got != want {
			t.Errorf("at minute %d the floor is %d, want %d", m, got, want)
		}
	}
	changes := plan.Changes()
	if len(changes.Points) < 8 {
		t.Errorf("only %d changes: up and down have to be in steps", len(changes.Points))
	}
	if pk := d.Peak; pk.Pods != 20 || pk.Time.Before(t0.Add(300*time.Minute)) || pk.Time.After(t0.Add(360*time.Minute)) {
		t.Errorf("peak %+v, want 20 pods between minute 300 and 360", pk)
	}
}

func TestPlanAgreesWithDecisionsMadeOnTheWay(t *testing.T) {
	peak := paths(24*60, func(m int) float64 {
		if m%180 >= 120 {
			return 1500
		}
		return 300
	})
	p, in := enforce(), input(peak)
	_, plan := PlanAhead(p, in, 10*time.Hour)
	for m := range 10 * 60 {
		in.Now = t0.Add(time.Duration(m) * time.Minute)
		d := Decide(p, in)
		if d.Floor != plan.Points[m].Floor {
			t.Fatalf("minute %d: decided %d (%s), planned %d (%s)", m, d.Floor, d.Reason, plan.Points[m].Floor, plan.Points[m].Reason)
		}
		in.Floor, in.Memory = d.Floor, d.Memory
	}
}

func TestDecideLeavesItsArgumentsAlone(t *testing.T) {
	in := input(steady(900))
	before := in.Signals[0].Peak.Values[0]
	mem := in.Memory
	Decide(enforce(), in)
	if in.Memory != mem || in.Signals[0].Peak.Values[0] != before {
		t.Error("Decide changed its input")
	}
}

func TestARampNamesWhatItIsFor(t *testing.T) {
	// 14 pods are needed in two minutes; 20, far beyond any ramp, in five hours.
	peak := paths(24*60, func(m int) float64 {
		switch {
		case m >= 300:
			return 2000
		case m >= 2:
			return 1400
		}
		return 150
	})
	d := Decide(enforce(), input(peak))
	if d.Reason != ReasonRampUp || !strings.Contains(d.Message, "14 pods will be needed at 08:02:00 UTC") {
		t.Errorf("%s: %q", d.Reason, d.Message)
	}
}

func TestAPlanGoesOnInDoubt(t *testing.T) {
	in := input(steady(150))
	in.Signals = append(in.Signals, Signal{Name: "queue", NoForecast: &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: "old"}})
	in.Floor, in.Memory = 10, Memory{Floor: 10, DoubtSince: t0}
	_, plan := PlanAhead(enforce(), in, 2*time.Hour)
	for m, want := range map[int]int32{1: 10, 29: 10, 60: 2} {
		if got := plan.Points[m].Floor; got != want {
			t.Errorf("at minute %d the floor is %d, want %d: doubt holds for 30 minutes", m, got, want)
		}
	}
}

package simulate

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// rise is a load of 100 for ten minutes, then of 400 for ten.
func rise() []forecast.Series {
	s := forecast.Series{Start: t0, Step: time.Minute, Values: make([]float64, 20)}
	for i := range s.Values {
		s.Values[i] = 100
		if i >= 10 {
			s.Values[i] = 400
		}
	}
	return []forecast.Series{s}
}

// riseLoop has pods that carry 100, are meant for 50 and take a minute to start.
func riseLoop() *Loop {
	return &Loop{
		Spec:   Spec{Min: 2, Max: 10, Metrics: []Metric{{Kind: AverageValue, Target: 50}}},
		PerPod: []float64{100}, Start: Starts{Fixed: time.Minute},
	}
}

func TestPlayCountsWhatHappens(t *testing.T) {
	// Two pods at first. At 10:00 the load asks for eight: four at once, the
	// rest at 10:15. Until 11:00 two are ready for a load of four.
	reactive := Outcome{
		Minutes: 20, ShortMinutes: 1, ShortLoad: 200, LongestShort: time.Minute,
		PodHours:        (2*10 + 4*0.25 + 8*9.75) / 60,
		MeanUtilization: (0.5*10 + 1*1 + 1*0.25 + 0.5*8.75) / 20,
		Changes:         2, MaxPods: 8,
	}
	// The floor of 08:00 starts six more, ready at 09:00, and ends at 12:00.
	ahead := Outcome{
		Minutes:  20,
		PodHours: (2*8 + 8*12.) / 60, MeanUtilization: (0.5*9 + 0.125*1 + 0.5*10) / 20,
		Changes: 1, FloorChanges: 2, MaxPods: 8,
	}
	floors := &Floors{Start: t0.Add(8 * time.Minute), Step: 4 * time.Minute, Values: []int32{8}}
	for name, tt := range map[string]struct {
		change func(*Loop, []forecast.Series)
		floors *Floors
		of     Outcome
	}{
		"the HPA alone":  {func(*Loop, []forecast.Series) {}, nil, reactive},
		"with a floor":   {func(*Loop, []forecast.Series) {}, floors, ahead},
		"floors of zero": {func(*Loop, []forecast.Series) {}, &Floors{Start: t0, Step: time.Minute, Values: make([]int32, 9)}, reactive},
		"scored from 10:30": {func(l *Loop, _ []forecast.Series) { l.Score = t0.Add(630 * time.Second) }, nil, Outcome{
			Minutes: 9.5, ShortMinutes: 0.5, ShortLoad: 100, LongestShort: 30 * time.Second,
			PodHours: 8 * 9.5 / 60, MeanUtilization: (0.5 + 0.25 + 0.5*8.75) / 9.5, MaxPods: 8,
		}},
		// The HPA sees the rise 30 s later: the last pods are ready at 11:45,
		// after those that make the capacity suffice at 11:30.
		"a late metric": {func(l *Loop, _ []forecast.Series) { l.Delay = 30 * time.Second }, nil, Outcome{
			Minutes: 20, ShortMinutes: 1.5, ShortLoad: 300, LongestShort: 90 * time.Second,
			PodHours: (2*10.5 + 4*0.25 + 8*9.25) / 60, MeanUtilization: (0.5*10 + 1.5 + 0.25 + 0.5*8.25) / 20, Changes: 2, MaxPods: 8,
		}},
		// It shows 200 at most while two pods are ready: four are asked for, and
		// at 11:00, when they are, the rest.
		"a metric that saturates": {func(l *Loop, _ []forecast.Series) { l.Saturates = true }, nil, Outcome{
			Minutes: 20, ShortMinutes: 1, ShortLoad: 200, LongestShort: time.Minute,
			PodHours: (2*10 + 4*1 + 8*9.) / 60, MeanUtilization: (0.5*10 + 1 + 1 + 0.5*8) / 20, Changes: 2, MaxPods: 8,
		}},
		// While it is missing nothing scales, and nothing counts.
		"a gap": {func(_ *Loop, s []forecast.Series) { s[0].Values[10] = math.NaN() }, nil, Outcome{
			Minutes: 19, ShortMinutes: 1, ShortLoad: 200, LongestShort: time.Minute,
			PodHours: (2*10 + 4*0.25 + 8*8.75) / 60, MeanUtilization: (0.5*10 + 1 + 0.25 + 0.5*7.75) / 19, Changes: 2, MaxPods: 8,
		}},
		// Room for four: the others wait two minutes for a node. All that the
		// load needs is ready at 11:00.
		"nodes": {func(l *Loop, _ []forecast.Series) { l.Start.Nodes, l.Start.Node = 4, 2*time.Minute }, nil, Outcome{
			Minutes: 20, ShortMinutes: 1, ShortLoad: 200, LongestShort: time.Minute,
			PodHours: (2*10 + 4*0.25 + 8*9.75) / 60, MeanUtilization: (0.5*10 + 1 + 2.25 + 0.5*6.75) / 20, Changes: 2, MaxPods: 8,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l, loads := riseLoop(), rise()
			tt.change(l, loads)
			got, err := l.Play(loads, t0, t0.Add(20*time.Minute), tt.floors, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !near(got.PodHours, tt.of.PodHours) || !near(got.MeanUtilization, tt.of.MeanUtilization) {
				t.Errorf("%v pod-hours at %v, want %v at %v", got.PodHours, got.MeanUtilization, tt.of.PodHours, tt.of.MeanUtilization)
			}
			got.PodHours, got.MeanUtilization = tt.of.PodHours, tt.of.MeanUtilization
			if got != tt.of {
				t.Errorf("outcome\n%+v, want\n%+v", got, tt.of)
			}
		})
	}
}

func TestTraceSaysWhatHeldAfterEachSync(t *testing.T) {
	var tr Trace
	l := riseLoop()
	for range 2 { // the second time into the same memory
		if _, err := l.Play(rise(), t0, t0.Add(20*time.Minute), nil, &tr); err != nil {
			t.Fatal(err)
		}
	}
	if len(tr.Replicas) != 80 || !tr.Start.Equal(t0) || tr.Step != 15*time.Second {
		t.Fatalf("%d entries from %s by %s", len(tr.Replicas), tr.Start, tr.Step)
	}
	for _, tt := range []struct {
		at                              time.Duration
		replicas, ready, desired, floor int32
		short                           float64
	}{
		{9*time.Minute + 45*time.Second, 2, 2, 2, 2, 0},
		{10 * time.Minute, 4, 2, 8, 2, 200},
		{10*time.Minute + 15*time.Second, 8, 2, 8, 2, 200},
		{11 * time.Minute, 8, 4, 8, 2, 0},
		{11*time.Minute + 15*time.Second, 8, 8, 8, 2, 0},
	} {
		i := tt.at / tr.Step
		if tr.Replicas[i] != tt.replicas || tr.Ready[i] != tt.ready || tr.Desired[i] != tt.desired || tr.Floor[i] != tt.floor || tr.Short[i] != tt.short {
			t.Errorf("%s: %d replicas, %d ready, %d desired, floor %d, %v short, want %+v",
				tt.at, tr.Replicas[i], tr.Ready[i], tr.Desired[i], tr.Floor[i], tr.Short[i], tt)
		}
	}
}

func TestPlayAllocatesNothingOnTheWay(t *testing.T) {
	load := []forecast.Series{month()}
	l := monthLoop()
	l.Delay, l.Window = 30*time.Second, 15*time.Second
	allocs := func(days int) float64 {
		return testing.AllocsPerRun(2, func() {
			if _, err := l.Play(load, t0, t0.AddDate(0, 0, days), nil, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	if week, month := allocs(7), allocs(28); month > week {
		t.Errorf("%v allocations for 28 days, but %v for seven", month, week)
	}
}

func TestPlayTellsEverythingThatIsWrong(t *testing.T) {
	l := &Loop{
		Spec:   Spec{Min: 5, Max: 3, Metrics: []Metric{{Kind: Utilization, Target: 0.7}}},
		PerPod: []float64{0, 1}, Sync: -time.Second,
		Start: Starts{Fixed: -1, Nodes: -1, Node: -1, Quantiles: []time.Duration{2, 1}},
	}
	_, err := l.Play([]forecast.Series{{}, {Start: t0, Step: 1, Values: []float64{1}}}, t0, t0, &Floors{Values: []int32{1}}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Max is 3", "Metrics[0].Request is 0", "PerPod has 2 entries", "PerPod[0] is 0", "Sync is -1s", "Start.Fixed is -1ns",
		"Start.Nodes is -1", "Start.Node is -1ns", "Start.Quantiles[1] is 1ns", "2 loads", "loads[0] has 0 values", "loads[1] starts at",
		"to is 2026-03-02T08:00:00Z: make it later", "floors.Step is 0s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestCheckNamesTheFieldAndTheRemedy(t *testing.T) {
	good := func() Spec { return Spec{Min: 1, Max: 5, Metrics: []Metric{{Kind: AverageValue, Target: 1}}} }
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for want, breaks := range map[string]func(*Spec){
		"Min is -1: an HPA keeps at least 1 pod":                             func(s *Spec) { s.Min = -1 },
		"Max is 0: make it at least Min, which is 1":                         func(s *Spec) { s.Max = 0 },
		"Tolerance is NaN: make it a share":                                  func(s *Spec) { s.Tolerance = nan },
		"DownscaleStabilization is -1s: make it positive":                    func(s *Spec) { s.DownscaleStabilization = -time.Second },
		"CPUInitialization is -1s":                                           func(s *Spec) { s.CPUInitialization = -time.Second },
		"InitialReadiness is -1s":                                            func(s *Spec) { s.InitialReadiness = -time.Second },
		"Metrics is empty: give at least one metric":                         func(s *Spec) { s.Metrics = nil },
		`Metrics[0].Kind is "": make it Utilization`:                         func(s *Spec) { s.Metrics[0].Kind = "" },
		`Metrics[0].Source is "Nodes": make it Resource`:                     func(s *Spec) { s.Metrics[0].Source = "Nodes" },
		`Metrics[0].Source is "Pods": utilization needs`:                     func(s *Spec) { s.Metrics[0] = Metric{Utilization, Pods, 1, 1} },
		`Metrics[0].Source is "Pods": a target of the kind Value needs`:      func(s *Spec) { s.Metrics[0] = Metric{Value, Pods, 1, 1} },
		"Metrics[0].Target is +Inf: make it positive":                        func(s *Spec) { s.Metrics[0].Target = math.Inf(1) },
		"Metrics[0].Target is 0.004: make it at least 0.01":                  func(s *Spec) { s.Metrics[0] = Metric{Utilization, "", 0.004, 1} },
		"Metrics[0].Request is 0: utilization needs":                         func(s *Spec) { s.Metrics[0].Kind = Utilization },
		"Behavior.Up.Window is 1.5s: make it whole seconds":                  func(s *Spec) { s.Behavior = &Behavior{Up: Rules{Window: new(1500 * time.Millisecond)}} },
		"Behavior.Down.Window is 2h0m0s: make it whole seconds, 1h0m0s at":   func(s *Spec) { s.Behavior = &Behavior{Down: Rules{Window: new(2 * time.Hour)}} },
		"Behavior.Down.Tolerance is -0.1: make it a share":                   func(s *Spec) { s.Behavior = &Behavior{Down: Rules{Tolerance: new(-0.1)}} },
		`Behavior.Up.Select is "Most": make it Max`:                          func(s *Spec) { s.Behavior = &Behavior{Up: Rules{Select: "Most"}} },
		`Behavior.Up.Policies[0].Kind is "": make it Pods or Percent`:        func(s *Spec) { s.Behavior = &Behavior{Up: Rules{Policies: []Policy{{"", 1, time.Second}}}} },
		"Behavior.Up.Policies[0].Value is 0: make it positive":               func(s *Spec) { s.Behavior = &Behavior{Up: Rules{Policies: []Policy{{Pods, 0, time.Second}}}} },
		"Behavior.Up.Policies[0].Period is 31m0s: make it whole seconds, 1s": func(s *Spec) { s.Behavior = &Behavior{Up: Rules{Policies: []Policy{{Pods, 1, 31 * time.Minute}}}} },
	} {
		s := good()
		breaks(&s)
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := NewController(s); err == nil {
			t.Errorf("a controller in spite of %q", want)
		}
	}
}

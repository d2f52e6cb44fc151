package simulate

import (
	"cmp"
	"math"
	"testing"
	"time"
)

var (
	t0  = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	nan = math.NaN()
)

// A sync is what the controller sees, a period after the last, and what it
// should make of it. Each ready pod has the load as its metric.
type sync struct {
	load           float64 // of one pod; 100 is the target
	current, ready int32
	want           int32
	why            Reason
}

func (s sync) state() State {
	return State{Replicas: s.current, Status: s.current, Classes: []Class{
		{Count: s.ready, Age: time.Hour, Since: time.Hour, Values: []float64{s.load}},
		{Count: s.current - s.ready, Phase: Pending},
	}}
}

// script plays syncs on a controller of 2 to 20 pods, 15 seconds apart.
func script(t *testing.T, s Spec, syncs []sync) {
	t.Helper()
	s.Min, s.Max = cmp.Or(s.Min, 2), cmp.Or(s.Max, 20)
	if s.Metrics == nil {
		s.Metrics = []Metric{{Kind: AverageValue, Source: Pods, Target: 100}}
	}
	c, err := NewController(s)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range syncs {
		got, why := c.Sync(t0.Add(time.Duration(i)*15*time.Second), in.state())
		if got != in.want || why != in.why {
			t.Fatalf("sync %d: %d replicas (%s), want %d (%s)", i, got, why, in.want, in.why)
		}
	}
}

// repeat repeats a sync.
func repeat(n int, s sync) []sync {
	out := make([]sync, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func TestTheControllersOwnRules(t *testing.T) {
	for name, syncs := range map[string][]sync{
		"on target nothing changes":            {{100, 5, 5, 5, ReasonSteady}},
		"within the tolerance nothing changes": {{110, 5, 5, 5, ReasonSteady}, {90, 5, 5, 5, ReasonSteady}},
		"beyond the tolerance it follows":      {{111, 5, 5, 6, ReasonMetric}}, // ⌈1.11·5⌉
		"the minimum needs no metric":          {{nan, 1, 1, 2, ReasonMin}},
		"the maximum needs no metric":          {{nan, 25, 25, 20, ReasonMax}},
		"a missing metric changes nothing":     {{nan, 5, 5, 5, ReasonMissing}},
		"pods that are all pending have none":  {{100, 5, 0, 5, ReasonMissing}},
		"scaled to zero by hand it stays away": {{100, 0, 0, 0, ReasonDisabled}},
		"no more than double a sync":           {{9000, 3, 3, 6, ReasonRateUp}, {9000, 6, 6, 12, ReasonRateUp}, {9000, 12, 12, 20, ReasonMax}},
		"or than four":                         {{9000, 2, 2, 4, ReasonRateUp}},
		"what the minimum added is not counted": {
			{9000, 1, 1, 2, ReasonMin}, {9000, 2, 2, 4, ReasonRateUp}},
		// Eight new pods count as zero: 200·4/12 a pod is below the target, so the change would turn round.
		"pods that start count as zero on the way up": {{200, 12, 4, 12, ReasonSteady}},
		// 400·4/6 is 2.66 times the target for six pods.
		"but not against more than they carry": {{400, 6, 4, 12, ReasonRateUp}},
		"a fall waits for what was asked for within five minutes": append(append(
			[]sync{{100, 10, 10, 10, ReasonSteady}}, repeat(20, sync{20, 10, 10, 10, ReasonStabilised})...),
			sync{20, 10, 10, 2, ReasonMetric}),
		"the replicas at the first sync are remembered as asked for": {{20, 10, 10, 10, ReasonStabilised}},
		"the minimum ends a fall":                                    append(repeat(21, sync{1, 10, 10, 10, ReasonStabilised}), sync{1, 10, 10, 2, ReasonMin}),
	} {
		t.Run(name, func(t *testing.T) { script(t, Spec{}, syncs) })
	}
}

func TestTheRulesOfABehavior(t *testing.T) {
	down := Rules{Window: new(time.Duration(0))}
	for name, tt := range map[string]struct {
		b     Behavior
		syncs []sync
	}{
		"by default up by 4 pods or 100 % in 15 seconds": {Behavior{},
			[]sync{{9000, 2, 2, 6, ReasonRateUp}, {9000, 6, 6, 12, ReasonRateUp}, {9000, 12, 12, 20, ReasonMax}}},
		"what was added within the period counts": {Behavior{Up: Rules{Policies: []Policy{{Pods, 4, 30 * time.Second}}}},
			[]sync{{9000, 2, 2, 6, ReasonRateUp}, {9000, 6, 6, 6, ReasonRateUp}, {9000, 6, 6, 10, ReasonRateUp}}},
		"what the minimum added counts too": {Behavior{Up: Rules{Policies: []Policy{{Pods, 4, time.Minute}}}},
			[]sync{{9000, 1, 1, 2, ReasonMin}, {9000, 2, 2, 5, ReasonRateUp}, {9000, 5, 5, 5, ReasonRateUp}}},
		"percent up is rounded up": {Behavior{Up: Rules{Policies: []Policy{{Percent, 10, time.Minute}}}},
			[]sync{{9000, 2, 2, 3, ReasonRateUp}, {9000, 3, 3, 3, ReasonRateUp}}},
		"percent down is cut": {Behavior{Down: Rules{Window: down.Window, Policies: []Policy{{Percent, 30, time.Minute}}}},
			[]sync{{10, 9, 9, 6, ReasonRateDown}, {10, 6, 6, 6, ReasonRateDown}}}, // ⌊9·0.7⌋
		"the least of two policies": {Behavior{Up: Rules{Select: SelectMin, Policies: []Policy{{Pods, 3, time.Minute}, {Percent, 100, time.Minute}}}},
			[]sync{{9000, 10, 10, 13, ReasonRateUp}, {9000, 2, 2, 2, ReasonRateUp}}},
		"the most of two policies": {Behavior{Down: Rules{Window: down.Window, Policies: []Policy{{Pods, 3, time.Minute}, {Percent, 50, time.Minute}}}},
			[]sync{{10, 10, 10, 5, ReasonRateDown}}},
		"no way down": {Behavior{Down: Rules{Select: SelectDisabled, Window: down.Window}},
			[]sync{{10, 9, 9, 9, ReasonRateDown}}},
		"no way up": {Behavior{Up: Rules{Select: SelectDisabled}},
			[]sync{{9000, 9, 9, 9, ReasonRateUp}}},
		"a tolerance each way": {Behavior{Up: Rules{Tolerance: new(0.02)}, Down: Rules{Tolerance: new(0.3), Window: down.Window}},
			[]sync{{103, 10, 10, 11, ReasonMetric}, {71, 10, 10, 10, ReasonSteady}, {69, 10, 10, 7, ReasonMetric}}},
		"a window up waits for the least": {Behavior{Up: Rules{Window: new(30 * time.Second)}},
			[]sync{{200, 4, 4, 4, ReasonStabilised}, {200, 4, 4, 4, ReasonStabilised}, {200, 4, 4, 8, ReasonMetric}}},
		"here what was asked for a window ago no longer counts": {Behavior{Down: Rules{Window: new(30 * time.Second)}},
			[]sync{{100, 10, 10, 10, ReasonSteady}, {20, 10, 10, 10, ReasonStabilised}, {20, 10, 10, 2, ReasonMetric}}},
	} {
		t.Run(name, func(t *testing.T) { script(t, Spec{Behavior: &tt.b}, tt.syncs) })
	}
}

func TestTheMetricWithTheMostWins(t *testing.T) {
	s := Spec{Min: 1, Max: 50, Metrics: []Metric{{Kind: AverageValue, Target: 10}, {Kind: Value, Source: Object, Target: 10}}}
	for name, tt := range map[string]struct {
		values []float64
		want   int32
		why    Reason
	}{
		"the larger of two":                  {[]float64{120, 10}, 12, ReasonMetric},
		"one that asks for more goes alone":  {[]float64{120, nan}, 12, ReasonMetric},
		"one that asks for less waits":       {[]float64{20, nan}, 10, ReasonMissing},
		"none":                               {nil, 10, ReasonMissing},
		"of the whole, by pods that are":     {[]float64{nan, 20}, 20, ReasonMetric},
		"one that asks for the same is fine": {[]float64{101, nan}, 10, ReasonSteady},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := NewController(s)
			if err != nil {
				t.Fatal(err)
			}
			n, why := c.Sync(t0, State{Replicas: 10, Status: 10, Classes: []Class{{Count: 10}}, Values: tt.values})
			if n != tt.want || why != tt.why {
				t.Errorf("%d replicas (%s), want %d (%s)", n, why, tt.want, tt.why)
			}
		})
	}
}

func TestUtilizationIsCutToWholePercents(t *testing.T) {
	// 77.9 % is 77 % to the controller: 1.1 times the target, which it tolerates.
	script(t, Spec{Metrics: []Metric{{Kind: Utilization, Target: 0.7, Request: 100}}},
		[]sync{{77.9, 10, 10, 10, ReasonSteady}, {78, 10, 10, 12, ReasonMetric}})
}

func TestPodsThatWarmUpDoNotCountByCPU(t *testing.T) {
	// Ten pods use 35 % of their request, half the target of 70 %: five would do.
	// With ten more at 140 % it is 87 % on average, and 25 are needed.
	const alone, all = 5, 25
	for name, tt := range map[string]struct {
		more Class
		want int32
	}{
		"ready for less than a window":           {Class{Age: time.Minute, Since: 44 * time.Second}, alone},
		"ready for a window":                     {Class{Age: time.Minute, Since: 45 * time.Second}, all},
		"ready just now, but old":                {Class{Age: 5 * time.Minute, Since: time.Second}, all},
		"not ready and young":                    {Class{Ready: False, Age: time.Minute, Since: 50 * time.Second}, alone},
		"not ready and old, and never was":       {Class{Ready: False, Age: time.Hour, Since: time.Hour}, alone},
		"not ready and old, but was":             {Class{Ready: False, Age: time.Hour, Since: time.Minute}, all},
		"not known to be ready":                  {Class{Ready: Unknown, Age: time.Hour, Since: time.Minute}, all},
		"without a condition":                    {Class{Ready: Absent, Age: time.Hour, Since: time.Hour}, alone},
		"pending":                                {Class{Phase: Pending, Ready: False, Age: time.Hour}, alone},
		"failed":                                 {Class{Phase: Failed, Age: time.Hour, Since: time.Hour}, alone},
		"being deleted":                          {Class{Phase: Terminating, Age: time.Hour, Since: time.Hour}, alone},
		"no longer there, though still measured": {Class{Phase: Stray}, alone},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := NewController(Spec{
				Min: 1, Max: 60, Metrics: []Metric{{Kind: Utilization, Target: 0.7, Request: 100}},
				Behavior: &Behavior{Down: Rules{Window: new(time.Duration(0))}},
			})
			if err != nil {
				t.Fatal(err)
			}
			in := State{Replicas: 20, Sampled: 15 * time.Second, Window: 30 * time.Second}
			tt.more.Count, tt.more.Values = 10, []float64{140}
			in.Classes = []Class{{Count: 10, Age: time.Hour, Since: time.Hour, Values: []float64{35}}, tt.more}
			if n, why := c.Sync(t0, in); n != tt.want {
				t.Errorf("%d replicas (%s), want %d", n, why, tt.want)
			}
		})
	}
}

func TestPodsWithoutMetricsMakeTheChangeSmaller(t *testing.T) {
	for name, tt := range map[string]struct {
		metric Metric
		each   float64 // of ten pods; ten more have no metric
		want   int32
	}{
		// They count as all of their request: (10·14 + 10·100)/20 = 57 %, ⌈57/70·20⌉.
		"down, by utilization": {Metric{Kind: Utilization, Target: 0.7, Request: 100}, 14, 17},
		// They count as all that the target allows: (10·14 + 10·150)/20 = 82 %, ⌈82/150·20⌉.
		"down, beyond the request": {Metric{Kind: Utilization, Target: 1.5, Request: 100}, 14, 11},
		// They count as the target: (10·14 + 10·70)/20 = 42, ⌈42/70·20⌉.
		"down, by average": {Metric{Kind: AverageValue, Source: Pods, Target: 70}, 14, 12},
		// They count as nothing: 3000/20 = 150 %, ⌈150/70·20⌉.
		"up": {Metric{Kind: Utilization, Target: 0.7, Request: 100}, 300, 43},
		// 1200/20 = 60 %, which is less than the target: the change would turn round.
		"up, but then it were down":          {Metric{Kind: Utilization, Target: 0.7, Request: 100}, 120, 20},
		"on target, where they are left out": {Metric{Kind: Utilization, Target: 0.7, Request: 100}, 70, 20},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := NewController(Spec{
				Min: 1, Max: 60, Metrics: []Metric{tt.metric},
				Behavior: &Behavior{Down: Rules{Window: new(time.Duration(0))}, Up: Rules{Policies: []Policy{{Percent, 900, time.Minute}}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			in := State{Replicas: 20, Classes: []Class{{Count: 10, Age: time.Hour, Since: time.Hour, Values: []float64{tt.each}}, {Count: 10}}}
			if n, why := c.Sync(t0, in); n != tt.want {
				t.Errorf("%d replicas (%s), want %d", n, why, tt.want)
			}
		})
	}
}

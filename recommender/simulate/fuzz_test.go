package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// odd are the numbers that break arithmetic.
var odd = []float64{0, math.Copysign(0, -1), -1, 1e-300, 0.0005, 1, 700, 1e9, 1e18, 1e300, -1e300, math.Inf(1), math.Inf(-1), math.NaN()}

// FuzzSync plays whatever specs and states on a controller, with a clock that
// may go back: it stays within its bounds and within its rates.
func FuzzSync(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := anySpec(r)
		c, err := NewController(s)
		if err != nil {
			t.Fatal(err) // anySpec makes good ones
		}
		floor, now, current := max(s.Min, 1), t0, r.Int32N(30)
		var changes []event // all of them, for the rates
		for range 100 {
			if r.IntN(10) == 0 {
				c.SetMin(r.Int32N(40) - 5)
				floor = c.min
			}
			if r.IntN(10) == 0 {
				current = r.Int32N(60)
			}
			now = now.Add(time.Duration(r.Int64N(int64(40*time.Second))) - 5*time.Second)
			if r.IntN(50) == 0 {
				now = time.Time{}.Add(time.Duration(r.Int64()))
			}
			got, why := c.Sync(now, anyState(r, len(s.Metrics), current))
			switch {
			case current == 0 && got == 0:
			case why == ReasonMissing && got == current:
			case got < min(floor, current) || got > max(s.Max, current) || (got != current && (got < floor || got > s.Max)):
				t.Fatalf("%d → %d (%s), outside %d to %d", current, got, why, floor, s.Max)
			}
			metric := why != ReasonMin && why != ReasonMax && why != ReasonDisabled
			if metric && got > current {
				if s.Behavior == nil && got > max(2*current, 4) {
					t.Fatalf("%d → %d (%s), faster than the rate", current, got, why)
				}
				if s.Behavior != nil && s.Behavior.Up.Select == SelectDisabled {
					t.Fatalf("%d → %d (%s), though there is no way up", current, got, why)
				}
				if n, ok := podsPolicy(s.Behavior); ok && added(changes, c.last, n.Period)+got-current > n.Value {
					t.Fatalf("%d → %d (%s), more than %d in %s", current, got, why, n.Value, n.Period)
				}
			}
			if got != current {
				changes = append(changes, event{c.last, got - current})
			}
			current = got
		}
	})
}

// podsPolicy returns the one policy of a behavior that is limited by pods up.
func podsPolicy(b *Behavior) (Policy, bool) {
	if b == nil || len(b.Up.Policies) != 1 || b.Up.Policies[0].Kind != Pods {
		return Policy{}, false
	}
	return b.Up.Policies[0], true
}

// added returns the net change of replicas within a period, as the policies see it.
func added(changes []event, now int64, period time.Duration) int32 {
	n := int32(0)
	for _, e := range changes {
		if now-e.at < int64(period) {
			n += e.n
		}
	}
	return n
}

func anySpec(r *rand.Rand) Spec {
	s := Spec{Min: r.Int32N(5), Max: 5 + r.Int32N(40), Tolerance: r.Float64()}
	kinds := []Metric{
		{Kind: Utilization, Target: 0.01 + 3*r.Float64(), Request: 1e-4 + 1000*r.Float64()},
		{Kind: Utilization, Source: Memory, Target: 0.8, Request: 1e17},
		{Kind: AverageValue, Source: Pods, Target: 1e-9 + r.Float64()},
		{Kind: AverageValue, Source: Resource, Target: 1e300},
		{Kind: AverageValue, Target: 70},
		{Kind: AverageValue, Source: Object, Target: 1e-300},
		{Kind: Value, Target: 700},
		{Kind: Value, Source: Object, Target: 0.001},
	}
	for range 1 + r.IntN(3) {
		s.Metrics = append(s.Metrics, kinds[r.IntN(len(kinds))])
	}
	rules := func() Rules {
		var out Rules
		if r.IntN(2) == 0 {
			out.Window = new(time.Duration(r.IntN(3600)) * time.Second)
		}
		out.Select = []SelectPolicy{"", SelectMax, SelectMin, SelectDisabled}[r.IntN(4)]
		for range r.IntN(3) {
			out.Policies = append(out.Policies, Policy{[]PolicyKind{Pods, Percent}[r.IntN(2)], 1 + r.Int32N(9), time.Duration(1+r.IntN(1800)) * time.Second})
		}
		return out
	}
	if r.IntN(2) == 0 {
		s.Behavior = &Behavior{Up: rules(), Down: rules()}
	}
	return s
}

func anyState(r *rand.Rand, metrics int, current int32) State {
	value := func() float64 {
		if r.IntN(4) == 0 {
			return odd[r.IntN(len(odd))]
		}
		return 200 * r.Float64()
	}
	values := func() []float64 {
		out := make([]float64, r.IntN(metrics+1))
		for i := range out {
			out[i] = value()
		}
		return out
	}
	s := State{Replicas: current, Status: current, Values: values(), Sampled: time.Duration(r.Int64N(1e11)), Window: time.Duration(r.Int64N(1e11))}
	for range r.IntN(6) {
		s.Classes = append(s.Classes, Class{
			Count: r.Int32N(20) - 2, Phase: Phase(r.IntN(5)), Ready: Condition(r.IntN(4)),
			Age: time.Duration(r.Int64N(1e12)), Since: time.Duration(r.Int64N(1e12)), Values: values(),
		})
	}
	return s
}

// FuzzPlay replays whatever loads: the outcome is finite and makes sense.
func FuzzPlay(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 5))
		l := &Loop{
			Spec: anySpec(r), Sync: time.Duration(r.Int64N(int64(time.Minute))), Delay: time.Duration(r.Int64N(int64(time.Minute))),
			Window: time.Duration(r.Int64N(int64(time.Minute))), Saturates: r.IntN(2) == 0,
			Start: Starts{Fixed: time.Duration(r.Int64N(int64(time.Hour))), Nodes: r.Int32N(20), Node: time.Duration(r.Int64N(int64(time.Hour)))},
		}
		l.Sync += time.Second
		var loads []forecast.Series
		for range l.Spec.Metrics {
			l.PerPod = append(l.PerPod, []float64{1e-9, 1, 100, 1e18}[r.IntN(4)])
			s := forecast.Series{Start: t0, Step: 17 * time.Second}
			for range 100 {
				v := 500 * r.Float64()
				if r.IntN(5) == 0 {
					v = odd[r.IntN(len(odd))]
				}
				s.Values = append(s.Values, v)
			}
			loads = append(loads, s)
		}
		from := t0.Add(time.Duration(r.Int64N(int64(time.Hour))) - 30*time.Minute)
		var trace Trace
		o, err := l.Play(loads, from, from.Add(time.Hour), nil, &trace)
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(o.MeanUtilization) || o.MeanUtilization < 0 || o.MeanUtilization > 1 || math.IsNaN(o.ShortLoad) || o.ShortLoad < 0 ||
			o.ShortMinutes > o.Minutes || o.LongestShort.Minutes() > o.ShortMinutes+1e-9 || o.MaxPods > l.Spec.Max || o.Minutes > 60 {
			t.Fatalf("%+v", o)
		}
		for i, n := range trace.Replicas {
			if n < 1 || n > l.Spec.Max || trace.Ready[i] > n || trace.Ready[i] < 0 {
				t.Fatalf("sync %d: %d replicas, %d ready", i, n, trace.Ready[i])
			}
		}
	})
}

package capacity

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

func TestLearnChoosesWithCare(t *testing.T) {
	est := func(m Method, perPod, low, high float64, c Confidence) Estimate {
		return Estimate{Method: m, PerPod: perPod, Low: low, High: high, Confidence: c}
	}
	target := est(MethodTarget, 100, 100, 100, Good)
	atLeast := est(MethodLatency, 60, 60, 60, Weak)
	atLeast.AtLeast = true
	f := func(name string, want float64, by Method, clamped bool, list ...Estimate) {
		t.Helper()
		l := Learned{Estimates: list}
		if e, ok := l.estimate(MethodTarget); ok {
			l.against(e)
		} else {
			l.alone(80)
		}
		if math.Abs(l.PerPod-want) > 1e-9 || l.Method != by || l.Clamped != clamped {
			t.Errorf("%s: got %g by %s, clamped %v; want %g by %s, %v", name, l.PerPod, l.Method, l.Clamped, want, by, clamped)
		}
	}
	f("the target alone", 100, MethodTarget, false, target)
	f("a good one below", 70, MethodCPU, false, target, est(MethodCPU, 70, 68, 72, Good))
	f("the smallest good one", 60, MethodLatency, false, target, est(MethodCPU, 70, 68, 72, Good), est(MethodLatency, 60, 58, 62, Good))
	f("a weak one counts with its upper end", 85, MethodCPU, false, target, est(MethodCPU, 70, 50, 85, Weak))
	f("a weak one whose interval holds the target", 100, MethodTarget, false, target, est(MethodCPU, 70, 50, 110, Weak))
	f("a good tiny one", 25, MethodCPU, true, target, est(MethodCPU, 1, 0.9, 1.1, Good))
	f("a weak tiny one", 50, MethodCPU, true, target, est(MethodCPU, 1, 0.9, 1.1, Weak))
	f("never reached, below", 100, MethodTarget, false, target, atLeast)
	f("a good CPU alone does not raise", 100, MethodTarget, false, target, est(MethodCPU, 150, 145, 155, Good))
	f("a weak latency does not raise", 100, MethodTarget, false, target, est(MethodLatency, 150, 145, 155, Weak))
	f("a good latency raises to its lower end", 145, MethodLatency, false, target, est(MethodLatency, 150, 145, 155, Good))
	f("the CPU holds it back", 120, MethodCPU, false, target, est(MethodLatency, 150, 145, 155, Good), est(MethodCPU, 125, 120, 130, Good))
	f("a weak CPU holds it back", 100, MethodTarget, false, target, est(MethodLatency, 150, 145, 155, Good), est(MethodCPU, 125, 90, 130, Weak))
	f("a good huge one", 200, MethodLatency, true, target, est(MethodLatency, 1000, 950, 1050, Good))
	f("no target: good before weak", 70, MethodCPU, false, est(MethodCPU, 70, 68, 72, Good), est(MethodLatency, 50, 30, 90, Weak))
	f("no target: weak before never reached", 70, MethodCPU, false, est(MethodCPU, 70, 68, 72, Weak), atLeast)
	f("no target: never reached", 60, MethodLatency, false, atLeast)
	f("no target, tiny", 20, MethodCPU, true, est(MethodCPU, 1, 1, 1, Good))
	f("nothing", 0, "", false)
}

func TestLearnKeepsAllItChoseFrom(t *testing.T) {
	o := options()
	o.Target = recommender.Capacity{PerPod: 100, Unit: "requests/s", Source: "100, the average per pod that the autoscaler aims at"}
	l := Learn(standard(1).observe(), o)
	if len(l.Estimates)+len(l.Refusals) != 4 {
		t.Fatalf("%d estimates and %d refusals of 4 methods", len(l.Estimates), len(l.Refusals))
	}
	c := l.Capacity()
	if l.Method != MethodCPU || math.Abs(c.PerPod-59.4) > 1 || c.Unit != "requests/s" || !strings.Contains(c.Source, "cores, the target, at 59.") {
		t.Errorf("learned %+v by %s", c, l.Method)
	}
	for _, e := range l.Estimates {
		if len(e.Points) > maxPoints {
			t.Errorf("%s shows %d points", e.Method, len(e.Points))
		}
	}
	if l := Learn(Observations{}, Options{}); l.Capacity() != (recommender.Capacity{}) || len(l.Refusals) != 4 {
		t.Errorf("from nothing: %+v", l)
	}
}

// What is learned must not depend on the unit of the load.
func TestLearnScales(t *testing.T) {
	obs := standard(3).observe()
	a := Learn(obs, options())
	for i := range obs.Load.Values {
		obs.Load.Values[i] *= 1024
	}
	b := Learn(obs, options())
	if math.Abs(b.PerPod/a.PerPod/1024-1) > 1e-6 {
		t.Errorf("learned %g, and %g with the load times 1024", a.PerPod, b.PerPod)
	}
}

func TestLearnLeavesObservationsAlone(t *testing.T) {
	w := standard(2)
	w.days = 2
	obs, again := w.observe(), w.observe()
	Learn(obs, options())
	for i, n := range obs.all() {
		for k, v := range n.s.Values {
			if v != again.all()[i].s.Values[k] {
				t.Fatalf("%s[%d] was %g and is %g", n.name, k, again.all()[i].s.Values[k], v)
			}
		}
	}
}

func TestAlign(t *testing.T) {
	s := func(start, step time.Duration, values ...float64) forecast.Series {
		return forecast.Series{Start: t0.Add(start), Step: step, Values: values}
	}
	nan := math.NaN()
	o, err := Align(Observations{
		Load: s(0, time.Minute, 1, 2, 3),
		Pods: s(time.Minute, 30*time.Second, 4, 6, 8, nan, 9, 9),
		CPU:  s(-time.Minute, time.Minute, 0, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, got forecast.Series, want ...float64) {
		t.Helper()
		if got.Len() != len(want) || !got.Start.Equal(t0) || got.Step != time.Minute {
			t.Fatalf("%s: %+v", name, got)
		}
		for i, v := range want {
			if got.Values[i] != v && !(math.IsNaN(v) && math.IsNaN(got.Values[i])) {
				t.Errorf("%s: got %v, want %v", name, got.Values, want)
			}
		}
	}
	f("load", o.Load, 1, 2, 3)
	f("pods", o.Pods, nan, 5, 8)
	f("cpu", o.CPU, 1, nan, nan)
	if o.Latency.Len() != 0 {
		t.Error("an empty series did not stay empty")
	}

	bad := func(o Observations, want string) {
		t.Helper()
		if _, err := Align(o); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	load := s(0, time.Minute, 1, 2, 3)
	bad(Observations{Load: load, Pods: s(0, 45*time.Second, 1, 2)}, "pods: steps do not fit: its step of 45s does not divide the 1m0s of load")
	bad(Observations{Load: load, CPU: s(0, 0, 1)}, "cpu: steps do not fit: its step is 0s")
	bad(Observations{Load: load, Latency: s(17*time.Second, time.Minute, 1)},
		"latency: off the grid: it begins at 2 Mar 2026 00:00:17 UTC, which is no multiple of 1m0s from 2 Mar 2026 00:00:00 UTC, where load begins")
	bad(Observations{Load: load, Throttled: s(time.Hour, time.Minute, 1)},
		"throttled: no overlap: it reaches from 2 Mar 2026 01:00:00 UTC to 2 Mar 2026 01:00:00 UTC, but load from 2 Mar 2026 00:00:00 UTC to 2 Mar 2026 00:02:00 UTC")
	if _, r := FromCPU(Observations{Load: load, Pods: s(0, 45*time.Second, 1, 2)}, options()); r == nil || r.Reason != ReasonNotAligned {
		t.Errorf("got %v, want NotAligned", r)
	}
}

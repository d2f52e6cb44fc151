package capacity

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

const objective = 250 * time.Millisecond

func options() Options {
	return Options{Unit: "requests/s", Request: 0.75, Utilization: 0.7, Objective: objective}
}

// A finding is what a method is to find in a world: a capacity within a relative
// error, a lower bound, or a refusal.
type finding struct {
	world  string
	method Method
	with   func(*world, *Options)
	within float64
	reason Reason     // refused with
	least  bool       // AtLeast
	conf   Confidence // None is any
}

var findings = []finding{
	{world: "as it comes", method: MethodCPU, within: 0.02, conf: Good},
	{world: "1 % absurd values, 5 % gaps", method: MethodCPU, with: spoilt, within: 0.02, conf: Good},
	{world: "noise of 20 %", method: MethodCPU, with: func(w *world, _ *Options) { w.noise = 0.2 }, within: 0.04, conf: Good},
	{world: "one day", method: MethodCPU, with: func(w *world, _ *Options) { w.days = 1 }, within: 0.03, conf: Good},
	{world: "throttled above the target", method: MethodCPU, with: func(w *world, _ *Options) { w.limit, w.target = 0.62, 75 }, within: 0.03, conf: Good},
	{world: "throttled below the target", method: MethodCPU, with: func(w *world, o *Options) { w.limit, o.Utilization = 0.45, 0.55 }, reason: ReasonThrottled},
	{world: "at its limit, throttling not measured", method: MethodCPU, with: func(w *world, o *Options) {
		w.limit, w.hideThrottled, w.target = 0.45, true, 75
		o.Limit, o.Utilization = 0.45, 0.58
	}, within: 0.02, conf: Good},
	{world: "a target above the limit", method: MethodCPU, with: func(w *world, o *Options) { w.limit, o.Limit = 0.5, 0.5 }, reason: ReasonCensored},
	{world: "at its limit below the target", method: MethodCPU, with: func(w *world, o *Options) {
		w.limit, w.hideThrottled, w.target = 0.45, true, 75
		o.Limit = 0.53 // what is known of it is wrong
	}, reason: ReasonNotLinear},
	{world: "at a limit nobody knows of", method: MethodCPU, with: func(w *world, _ *Options) { w.limit, w.hideThrottled, w.target = 0.4, true, 75 }, reason: ReasonNotLinear},
	{world: "constant load", method: MethodCPU, with: constant, reason: ReasonNoSpread},
	{world: "CPU without regard to load", method: MethodCPU, with: func(w *world, _ *Options) { w.cpuEach, w.cpuIdle = 0, 0.3 }, reason: ReasonNoRelation},
	{world: "idle pods above the target", method: MethodCPU, with: func(w *world, _ *Options) { w.cpuIdle = 0.6 }, reason: ReasonIdle},
	{world: "a target far beyond all loads", method: MethodCPU, with: func(_ *world, o *Options) { o.Request = 10 }, reason: ReasonExtrapolated},

	{world: "as it comes", method: MethodLatency, within: 0.05, conf: Good},
	{world: "1 % absurd values, 5 % gaps", method: MethodLatency, with: spoilt, within: 0.08},
	{world: "noise of 40 %", method: MethodLatency, with: func(w *world, _ *Options) { w.latencyNoise = 0.4 }, within: 0.1},
	{world: "one day", method: MethodLatency, with: func(w *world, _ *Options) { w.days = 1 }, least: true, conf: Weak},
	{world: "throttled", method: MethodLatency, with: func(w *world, _ *Options) { w.limit = 0.62 }, within: 0.05, conf: Good},
	{world: "throughput collapses when overloaded", method: MethodLatency, with: func(w *world, _ *Options) { w.collapse, w.target = true, 75 }, within: 0.06},
	{world: "growing to twice the load", method: MethodLatency, with: func(w *world, _ *Options) { w.growth = 2 }, within: 0.06, conf: Good},
	{world: "never near the objective", method: MethodLatency, with: func(w *world, _ *Options) { w.target, w.minPods = 25, 20 }, least: true, conf: Weak},
	{world: "objective never met", method: MethodLatency, with: func(_ *world, o *Options) { o.Objective = 10 * time.Millisecond }, reason: ReasonNeverMet},
	{world: "latency without regard to load", method: MethodLatency, with: func(w *world, _ *Options) { w.target, w.minPods, w.latencyNoise = 25, 20, 2 }, reason: ReasonNotMonotone},
	{world: "constant load", method: MethodLatency, with: constant, reason: ReasonNoSpread},

	{world: "pods hinder each other", method: MethodUSL, with: contended, within: 0.08, conf: Good},
	{world: "pods do not hinder each other", method: MethodUSL, with: func(w *world, _ *Options) { w.target = 85 }, reason: ReasonNoContention},
	{world: "never near the objective", method: MethodUSL, with: func(w *world, _ *Options) { w.target = 25 }, reason: ReasonNotSaturated},
	{world: "constant load", method: MethodUSL, with: constant, reason: ReasonNotSaturated},
	{world: "always the same number of pods", method: MethodUSL, with: func(w *world, _ *Options) { w.minPods, w.maxPods = 18, 18 }, reason: ReasonNotIdentified},
}

func spoilt(w *world, _ *Options) { w.spikes, w.gaps = 0.01, 0.05 }

func constant(w *world, _ *Options) { w.flat, w.load, w.minPods = true, 0.01, 25 }

func contended(w *world, _ *Options) {
	w.alpha, w.beta, w.target, w.growth, w.peak = 0.005, 0.0001, 75, 2, 1000
	w.maxPods = 40
}

func (f finding) make(seed uint64) (world, Options) {
	w, o := standard(seed), options()
	if f.with != nil {
		f.with(&w, &o)
	}
	return w, o
}

func (f finding) find(w world, o Options) (Estimate, *Refusal) {
	obs := w.observe()
	switch f.method {
	case MethodCPU:
		return FromCPU(obs, o)
	case MethodUSL:
		return FromUSL(obs, o)
	default:
		return FromLatency(obs, o)
	}
}

func (f finding) truth(w world, o Options, e Estimate) float64 {
	switch f.method {
	case MethodCPU:
		return w.byCPU(o.Request * o.Utilization)
	case MethodUSL:
		return w.knee(o.Objective, e.Scaling.Pods)
	default:
		return w.knee(o.Objective, 1)
	}
}

// TestWhatIsKnownIsFound prints the table of docs/capacity.md with -v.
func TestWhatIsKnownIsFound(t *testing.T) {
	const seeds = 5
	var table strings.Builder
	for _, f := range findings {
		worst, inside := 0.0, 0
		var e Estimate
		var r *Refusal
		var truth float64
		for seed := range uint64(seeds) {
			w, o := f.make(seed)
			e, r = f.find(w, o)
			name := fmt.Sprintf("%s, %s, seed %d", f.method, f.world, seed)
			if f.reason != "" {
				if r == nil || r.Reason != f.reason {
					t.Errorf("%s: got %v %s, want refusal %s", name, r, short(e), f.reason)
				}
				continue
			}
			if r != nil {
				t.Errorf("%s: %v", name, r)
				continue
			}
			truth = f.truth(w, o, e)
			off := e.PerPod/truth - 1
			if math.Abs(off) > math.Abs(worst) {
				worst = off
			}
			if e.Low <= truth && truth <= e.High {
				inside++
			}
			if e.AtLeast != f.least || e.AtLeast && e.PerPod > truth {
				t.Errorf("%s: at least %v %s, truth %.3g", name, e.AtLeast, short(e), truth)
			}
			if !e.AtLeast && math.Abs(off) > f.within {
				t.Errorf("%s: off by %.1f%%: %s, truth %.3g", name, 100*off, short(e), truth)
			}
			if f.conf != None && e.Confidence != f.conf {
				t.Errorf("%s: %s, want %s", name, short(e), f.conf)
			}
		}
		switch {
		case f.reason != "":
			fmt.Fprintf(&table, "| %s | %s | | refused: `%s` | | | |\n", f.method, f.world, f.reason)
		case f.least:
			fmt.Fprintf(&table, "| %s | %s | %.1f | at least %.1f | | %s | |\n", f.method, f.world, truth, e.PerPod, e.Confidence)
		default:
			fmt.Fprintf(&table, "| %s | %s | %.1f | %.1f (%.1f to %.1f) | %+.1f %% | %s | %d/%d |\n", f.method, f.world, truth, e.PerPod, e.Low, e.High, 100*worst, e.Confidence, inside, seeds)
		}
	}
	t.Logf("\n%s", table.String())
}

func short(e Estimate) string {
	return fmt.Sprintf("%s %.3g (%.3g to %.3g) %s: %s", e.Method, e.PerPod, e.Low, e.High, e.Confidence, e.Why)
}

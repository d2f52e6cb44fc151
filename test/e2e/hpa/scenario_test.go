package hpa

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A scenario is a spec and a world to play it in.
type scenario struct {
	name  string
	spec  simulate.Spec
	start int32 // pods at first
	loads []load

	pending, starting time.Duration                   // means, of new pods
	sampled, window   time.Duration                   // of the pods' metrics
	noise             float64                         // of the pods' shares
	missing           float64                         // chance that a pod has no sample at a sync
	flapping          float64                         // chance that a ready pod has just turned unready
	odd               float64                         // chance that an unready pod's condition is Unknown or Absent
	lingering         float64                         // chance that a pod that goes is listed for another 40 s
	strays            int                             // metrics of pods that are no more
	surge             float64                         // chance that there are up to four pods more than there should be
	nobody            float64                         // chance that no pod is listed
	lag               float64                         // chance that status.replicas is one behind
	floor             func(k int, r *rand.Rand) int32 // minReplicas; 0 leaves it
	hand              func(k int) int32               // replicas set by hand; -1 leaves them
}

// A load is a metric's value at sync k.
type load func(k int, r *rand.Rand) float64

func wave(low, high float64, period int) load {
	return func(k int, _ *rand.Rand) float64 {
		return (low+high)/2 - (high-low)/2*math.Cos(2*math.Pi*float64(k)/float64(period))
	}
}

// noisy spreads a load evenly by a share of it both ways.
func noisy(share float64, of load) load {
	return func(k int, r *rand.Rand) float64 { return of(k, r) * (1 + share*(2*r.Float64()-1)) }
}

func ramp(from, to float64, over int) load {
	return func(k int, _ *rand.Rand) float64 { return from + (to-from)*min(1, float64(k)/float64(over)) }
}

// spikes is a load with another now and then, for some syncs.
func spikes(low, high float64, every, long int) load {
	return func(k int, _ *rand.Rand) float64 {
		if k%every >= every/2 && k%every < every/2+long {
			return high
		}
		return low
	}
}

// holes makes a load missing by chance.
func holes(chance float64, of load) load {
	return func(k int, r *rand.Rand) float64 {
		v := of(k, r)
		if r.Float64() < chance {
			return math.NaN()
		}
		return v
	}
}

// walk goes up and down by chance; by the seed alone.
func walk(from, step, least float64) load {
	v := from
	return func(_ int, r *rand.Rand) float64 {
		v = max(least, v*(1+step*(2*r.Float64()-1)))
		return v
	}
}

var (
	cpu       = simulate.Metric{Kind: simulate.Utilization, Target: 0.7, Request: 100}
	memory    = simulate.Metric{Kind: simulate.Utilization, Source: simulate.Memory, Target: 0.8, Request: 512}
	rawCPU    = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Resource, Target: 70}
	ofPods    = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Pods, Target: 70}
	queue     = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.External, Target: 70}
	queueAll  = simulate.Metric{Kind: simulate.Value, Source: simulate.External, Target: 700}
	object    = simulate.Metric{Kind: simulate.AverageValue, Source: simulate.Object, Target: 70}
	objectAll = simulate.Metric{Kind: simulate.Value, Source: simulate.Object, Target: 700}
)

// spec is an HPA of 2 to 40 pods.
func spec(metrics ...simulate.Metric) simulate.Spec {
	return simulate.Spec{Min: 2, Max: 40, Metrics: metrics}
}

// behaved is spec with a behavior.
func behaved(b simulate.Behavior, metrics ...simulate.Metric) simulate.Spec {
	s := spec(metrics...)
	s.Behavior = &b
	return s
}

func policies(sel simulate.SelectPolicy, ps ...simulate.Policy) simulate.Rules {
	return simulate.Rules{Select: sel, Policies: ps}
}

func scenarios() []scenario {
	const minute = time.Minute
	day := wave(200, 2400, 120)
	floors := func(k int, r *rand.Rand) int32 {
		if k%17 == 0 {
			return 1 + r.Int32N(30)
		}
		return 0
	}
	return []scenario{
		{name: "a day of utilization", spec: spec(cpu), start: 5, loads: []load{day}, starting: minute, window: 15 * time.Second},
		{name: "noise around the tolerance", spec: spec(cpu), start: 10, loads: []load{noisy(0.13, wave(690, 710, 50))}},
		{name: "a ramp", spec: spec(rawCPU), start: 2, loads: []load{ramp(100, 2700, 150)}, starting: 45 * time.Second},
		{name: "spikes", spec: spec(ofPods), start: 3, loads: []load{spikes(210, 2100, 40, 4)}, starting: 30 * time.Second},
		{name: "a queue", spec: spec(queue), start: 3, loads: []load{noisy(0.2, day)}, lag: 0.2},
		{name: "a queue as a whole", spec: spec(queueAll), start: 3, loads: []load{noisy(0.3, wave(500, 900, 60))}, starting: 30 * time.Second},
		{name: "an object's average", spec: spec(object), start: 9, loads: []load{walk(900, 0.2, 50)}, lag: 0.3},
		{name: "an object as a whole", spec: spec(objectAll), start: 9, loads: []load{walk(700, 0.1, 50)}, flapping: 0.02, pending: 20 * time.Second},
		{name: "memory", spec: spec(memory), start: 6, loads: []load{noisy(0.1, wave(1000, 9000, 80))}, pending: 20 * time.Second, missing: 0.1},
		{name: "pods without metrics", spec: spec(cpu), start: 6, loads: []load{noisy(0.3, day)}, missing: 0.25},
		{name: "pods without metrics, plain", spec: spec(ofPods), start: 6, loads: []load{noisy(0.3, day)}, missing: 0.25, noise: 0.3},
		{name: "a target beyond the request", spec: spec(simulate.Metric{Kind: simulate.Utilization, Target: 1.5, Request: 40}),
			start: 6, loads: []load{noisy(0.2, wave(200, 1500, 70))}, missing: 0.2, noise: 0.5},
		{name: "slow and flapping pods", spec: spec(cpu), start: 6, loads: []load{noisy(0.2, day)},
			pending: 30 * time.Second, starting: 4 * minute, flapping: 0.05, odd: 0.2, sampled: 20 * time.Second, window: 30 * time.Second, noise: 0.4},
		{name: "pods that linger and metrics that stay", spec: spec(ofPods), start: 6, loads: []load{noisy(0.2, wave(200, 2000, 40))},
			lingering: 0.7, strays: 3, missing: 0.05, pending: 15 * time.Second},
		{name: "strays beside utilization", spec: spec(cpu), start: 6, loads: []load{noisy(0.2, wave(200, 2000, 40))},
			lingering: 0.5, strays: 2, missing: 0.1, pending: 15 * time.Second},
		{name: "a metric that comes and goes", spec: spec(queue), start: 6, loads: []load{holes(0.3, noisy(0.3, day))}},
		{name: "one of three missing", spec: spec(cpu, ofPods, queue), start: 6, missing: 0.1, noise: 0.2,
			loads: []load{holes(0.2, day), holes(0.2, wave(2000, 300, 90)), holes(0.2, walk(700, 0.2, 50))}},
		{name: "metrics of all kinds", spec: spec(cpu, memory, ofPods, queue, queueAll, object, objectAll), start: 6, starting: 40 * time.Second,
			loads: []load{day, wave(1000, 6000, 70), walk(600, 0.2, 50), wave(300, 1500, 33), noisy(0.2, wave(550, 720, 45)), walk(500, 0.2, 50), holes(0.1, walk(500, 0.05, 50))}},
		{name: "floors", spec: spec(cpu), start: 5, loads: []load{noisy(0.2, wave(200, 1000, 60))}, floor: floors, starting: minute},
		{name: "floors with a behavior", spec: behaved(simulate.Behavior{}, cpu), start: 5, loads: []load{noisy(0.2, wave(200, 1800, 60))}, floor: floors, starting: minute},
		{name: "the maximum", spec: spec(cpu), start: 5, loads: []load{spikes(300, 9000, 30, 10)}},
		{name: "scaled by hand", spec: behaved(simulate.Behavior{}, queue), start: 5, loads: []load{noisy(0.2, day)},
			hand: func(k int) int32 {
				switch k % 40 {
				case 10:
					return 55
				case 20:
					return 1
				case 30:
					return 0
				case 35:
					return 8
				}
				return -1
			}},
		{name: "the defaults of behavior", spec: behaved(simulate.Behavior{}, cpu), start: 2, loads: []load{spikes(150, 3000, 50, 12)}},
		{name: "tolerance by direction", spec: behaved(simulate.Behavior{
			Up:   simulate.Rules{Tolerance: new(0.03)},
			Down: simulate.Rules{Tolerance: new(0.25), Window: new(30 * time.Second)}}, cpu), start: 10, loads: []load{noisy(0.3, wave(650, 750, 50))}},
		{name: "no tolerance", spec: behaved(simulate.Behavior{
			Up: simulate.Rules{Tolerance: new(0.0)}, Down: simulate.Rules{Tolerance: new(0.0), Window: new(time.Duration(0))}}, ofPods),
			start: 10, loads: []load{noisy(0.05, wave(690, 710, 50))}},
		{name: "policies of pods", spec: behaved(simulate.Behavior{
			Up:   policies("", simulate.Policy{Kind: simulate.Pods, Value: 3, Period: minute}),
			Down: policies("", simulate.Policy{Kind: simulate.Pods, Value: 2, Period: 45 * time.Second})}, queue), start: 4, loads: []load{spikes(250, 2500, 100, 40)}},
		{name: "policies of percent", spec: behaved(simulate.Behavior{
			Up:   policies("", simulate.Policy{Kind: simulate.Percent, Value: 20, Period: minute}),
			Down: policies("", simulate.Policy{Kind: simulate.Percent, Value: 10, Period: minute})}, queue), start: 4, loads: []load{spikes(250, 2500, 100, 40)}},
		{name: "the least of policies", spec: behaved(simulate.Behavior{
			Up:   policies(simulate.SelectMin, simulate.Policy{Kind: simulate.Percent, Value: 50, Period: 30 * time.Second}, simulate.Policy{Kind: simulate.Pods, Value: 5, Period: 2 * minute}),
			Down: policies(simulate.SelectMin, simulate.Policy{Kind: simulate.Percent, Value: 30, Period: minute}, simulate.Policy{Kind: simulate.Pods, Value: 1, Period: 15 * time.Second})},
			cpu), start: 4, loads: []load{spikes(250, 2500, 100, 40)}},
		{name: "the most of policies", spec: behaved(simulate.Behavior{
			Up:   policies(simulate.SelectMax, simulate.Policy{Kind: simulate.Percent, Value: 50, Period: 30 * time.Second}, simulate.Policy{Kind: simulate.Pods, Value: 5, Period: 2 * minute}),
			Down: policies(simulate.SelectMax, simulate.Policy{Kind: simulate.Percent, Value: 30, Period: minute}, simulate.Policy{Kind: simulate.Pods, Value: 1, Period: 15 * time.Second})},
			cpu), start: 4, loads: []load{noisy(0.3, spikes(250, 2500, 60, 20))}},
		{name: "from one pod", spec: simulate.Spec{Min: 1, Max: 40, Metrics: []simulate.Metric{queue}, DownscaleStabilization: 30 * time.Second},
			start: 1, loads: []load{spikes(50, 2500, 20, 6)}},
		{name: "from one pod, with a behavior", spec: behaved(simulate.Behavior{Down: simulate.Rules{Window: new(30 * time.Second)}}, queue),
			start: 2, loads: []load{spikes(50, 2500, 20, 6)}},
		{name: "the maximum counts for the policies", spec: behaved(simulate.Behavior{
			Up:   policies("", simulate.Policy{Kind: simulate.Pods, Value: 2, Period: 2 * minute}),
			Down: simulate.Rules{Window: new(time.Duration(0)), Policies: []simulate.Policy{{Kind: simulate.Pods, Value: 3, Period: 2 * minute}}}},
			queue), start: 8, loads: []load{noisy(0.3, wave(300, 2900, 30))},
			hand: func(k int) int32 {
				if k%30 == 10 {
					return 50
				}
				return -1
			}},
		{name: "on target while pods have no metrics", spec: behaved(simulate.Behavior{Down: simulate.Rules{Window: new(time.Duration(0))}}, cpu), start: 10, loads: []load{ramp(700, 700, 1)}, missing: 0.2},
		{name: "more pods than there should be", spec: behaved(simulate.Behavior{Down: simulate.Rules{Window: new(time.Duration(0))}}, ofPods),
			start: 10, loads: []load{noisy(0.3, wave(600, 800, 30))}, surge: 0.4, missing: 0.1},
		{name: "no pods to be seen", spec: spec(objectAll, queue), start: 10, loads: []load{walk(700, 0.1, 300), walk(700, 0.1, 300)}, nobody: 0.2},
		{name: "no way down", spec: behaved(simulate.Behavior{Down: policies(simulate.SelectDisabled)}, cpu), start: 4, loads: []load{noisy(0.3, wave(200, 1500, 50))}},
		{name: "no way up", spec: behaved(simulate.Behavior{Up: policies(simulate.SelectDisabled)}, cpu), start: 30, loads: []load{noisy(0.3, wave(2000, 1000, 50))}, floor: floors},
		{name: "stabilised both ways", spec: behaved(simulate.Behavior{
			Up: simulate.Rules{Window: new(minute)}, Down: simulate.Rules{Window: new(2 * minute)}}, queue), start: 4, loads: []load{noisy(0.5, wave(300, 1800, 60))}},
		{name: "a window up longer than down", spec: behaved(simulate.Behavior{
			Up: simulate.Rules{Window: new(5 * minute)}, Down: simulate.Rules{Window: new(20 * time.Second)}}, queue), start: 4, loads: []load{noisy(0.4, wave(300, 1800, 60))}},
		{name: "periods of unlike length both ways", spec: behaved(simulate.Behavior{
			Up:   policies("", simulate.Policy{Kind: simulate.Percent, Value: 100, Period: 15 * time.Second}),
			Down: simulate.Rules{Window: new(time.Duration(0)), Policies: []simulate.Policy{{Kind: simulate.Percent, Value: 40, Period: 10 * minute}}}},
			queue), start: 10, loads: []load{noisy(0.5, wave(500, 1200, 20))}},
		{name: "another flag of downscale stabilization", spec: simulate.Spec{Min: 1, Max: 30, Metrics: []simulate.Metric{queue}, Tolerance: 0.05,
			DownscaleStabilization: 75 * time.Second}, start: 4, loads: []load{noisy(0.5, wave(300, 1200, 25))}},
		{name: "the flag under a behavior", spec: simulate.Spec{Min: 1, Max: 30, Metrics: []simulate.Metric{queue}, Behavior: &simulate.Behavior{},
			DownscaleStabilization: 75*time.Second + 500*time.Millisecond}, start: 4, loads: []load{noisy(0.5, wave(300, 1200, 25))}},
	}
}

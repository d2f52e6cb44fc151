package capacity

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

var t0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// A world is a workload with a known capacity. Each pod is an M/M/c queue: c
// workers, each of which serves a request in 1/mu seconds on average. A request
// costs cpuEach core seconds, and an idle pod uses cpuIdle cores.
type world struct {
	seed             uint64
	days             int
	peak             float64 // requests/s of the whole workload at the daily peak
	flat             bool    // no days: the load stands at the peak
	target           float64 // load per pod that the autoscaler aims at
	minPods, maxPods float64
	growth           float64 // the load at the end, as a factor

	workers            float64
	mu                 float64
	alpha, beta        float64 // USL: a pod of n serves as much less
	cpuEach, cpuIdle   float64
	limit              float64 // cores per pod; 0 is none
	hideThrottled      bool
	collapse           bool    // an overloaded pod answers less than it could
	noise, spikes      float64 // of CPU and latency, in logarithms; share of absurd values
	gaps               float64
	latencyNoise, load float64 // load: noise of the load
}

func standard(seed uint64) world {
	return world{seed: seed, days: 15, peak: 1500, target: 60, minPods: 10, maxPods: 100, growth: 1, workers: 4, mu: 25,
		cpuEach: 0.008, cpuIdle: 0.05, noise: 0.05, latencyNoise: 0.15, load: 0.08}
}

// erlangC is the probability to wait in M/M/c, with offered load a, by the
// recursion of Erlang's B.
func erlangC(c, a float64) float64 {
	b := 1.0
	for k := 1.0; k <= c; k++ {
		b = a * b / (k + a*b)
	}
	return b / (1 - a/c*(1-b))
}

// p95 is the 95th percentile of the response time of M/M/c at rate x:
// P(R > t) = e^(−μt) + C·μ·(e^(−μt) − e^(−ηt))/(η − μ), η = cμ − x.
func (w world) p95(x, mu float64) float64 {
	eta := w.workers*mu - x
	if eta <= 0.01*mu {
		return 100 / mu
	}
	c := erlangC(w.workers, x/mu)
	lo, hi := 0.0, 100/mu
	for range 40 {
		t := (lo + hi) / 2
		p := math.Exp(-mu * t)
		if math.Abs(eta-mu) > 1e-9*mu {
			p += c * mu * (math.Exp(-mu*t) - math.Exp(-eta*t)) / (eta - mu)
		} else {
			p += c * mu * t * math.Exp(-mu*t)
		}
		if p > 0.05 {
			lo = t
		} else {
			hi = t
		}
	}
	return lo
}

// muAmong is the service rate of a pod among n.
func (w world) muAmong(n float64) float64 {
	return w.mu / (1 + w.alpha*(n-1) + w.beta*n*(n-1))
}

// knee is the true capacity by latency among n pods.
func (w world) knee(objective time.Duration, n float64) float64 {
	mu := w.muAmong(n)
	lo, hi := 0.0, w.workers*mu
	for range 50 {
		if x := (lo + hi) / 2; w.p95(x, mu) > objective.Seconds() {
			hi = x
		} else {
			lo = x
		}
	}
	return lo
}

// byCPU is the true load per pod at which it uses goal cores.
func (w world) byCPU(goal float64) float64 { return (goal - w.cpuIdle) / w.cpuEach }

// observe plays the world by the minute, with an autoscaler that sees the load
// of five minutes ago.
func (w world) observe() Observations {
	rng := rand.New(rand.NewPCG(w.seed, 1))
	n := w.days * 24 * 60
	series := func() forecast.Series {
		return forecast.Series{Start: t0, Step: time.Minute, Values: make([]float64, n)}
	}
	o := Observations{Load: series(), Pods: series(), CPU: series(), Throttled: series(), Latency: series()}
	for i := range n {
		day := float64(i) / (24 * 60)
		shape := 0.55 - 0.45*math.Cos(2*math.Pi*day)
		if w.flat {
			shape = 1
		}
		shape *= 1 + (w.growth-1)*float64(i)/float64(n)
		load := w.peak * shape * math.Exp(w.load*rng.NormFloat64())
		if rng.Float64() < 0.004 {
			load *= 1.3 + 0.7*rng.Float64() // a burst
		}
		pods := w.minPods
		if i >= 5 {
			pods = min(max(math.Ceil(o.Load.Values[i-5]/w.target), w.minPods), w.maxPods)
			if before := o.Pods.Values[i-1]; pods < before && i%10 != 0 {
				pods = before
			}
		}
		x := load / pods
		mu := w.muAmong(pods)
		throttled := 0.0
		cpu := (w.cpuIdle + w.cpuEach*x) * math.Exp(w.noise*rng.NormFloat64())
		if w.limit > 0 {
			throttled = min(max((cpu/w.limit-0.8)/0.2, 0), 1)
			cpu = min(cpu, w.limit*(0.97+0.03*rng.Float64()))
		}
		latency := w.p95(x, mu) * math.Exp(w.latencyNoise*rng.NormFloat64())
		if most := w.workers * mu; w.collapse && x > most {
			load = 0.7 * most * pods
		}
		if rng.Float64() < w.spikes {
			cpu *= 3 * rng.Float64()
			latency *= 20 * rng.Float64()
		}
		if rng.Float64() < w.spikes/5 {
			load *= 10
		}
		o.Load.Values[i], o.Pods.Values[i], o.CPU.Values[i], o.Throttled.Values[i], o.Latency.Values[i] = load, pods, cpu*pods, throttled, latency
		for _, s := range o.all() {
			if rng.Float64() < w.gaps && s.name != "pods" {
				s.s.Values[i] = math.NaN()
			}
		}
	}
	if w.hideThrottled {
		o.Throttled = forecast.Series{}
	}
	return o
}

package capacity

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// FuzzLearn checks what holds whatever comes: each method gives a finite positive
// estimate within its own interval, or a refusal with a reason.
func FuzzLearn(f *testing.F) {
	f.Add(uint64(1), uint16(300), 100.0, 1.0, 0.2, 0.5, 60.0, 0.25, uint8(0))
	f.Add(uint64(2), uint16(3000), 1e300, -1.0, math.Inf(1), 1e-300, 1e18, 1e9, uint8(3))
	f.Add(uint64(3), uint16(500), 1e-300, 0.0, 1e-12, 1e-12, 1e-12, 1e-12, uint8(7))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16, load, idle, each, request, target, objective float64, kind uint8) {
		rng := rand.New(rand.NewPCG(seed, 3))
		s := func() forecast.Series {
			return forecast.Series{Start: t0, Step: time.Minute, Values: make([]float64, int(n)%4000)}
		}
		obs := Observations{Load: s(), Pods: s(), CPU: s(), Throttled: s(), Latency: s()}
		for i := range obs.Load.Values {
			pods := float64(1 + rng.IntN(1+int(kind)))
			x := load * rng.Float64()
			if kind%3 == 0 {
				x = load * math.Exp(20*rng.NormFloat64())
			}
			obs.Load.Values[i], obs.Pods.Values[i] = x*pods, pods
			obs.CPU.Values[i] = (idle + each*x*(1+float64(kind%2)*rng.NormFloat64())) * pods
			obs.Throttled.Values[i] = rng.Float64() * float64(kind%4) / 4
			obs.Latency.Values[i] = objective * x / load * 2 * rng.Float64()
			if kind%5 == 0 && rng.IntN(9) == 0 {
				obs.Load.Values[i] = math.NaN()
			}
		}
		o := Options{Unit: "requests/s", Request: request, Utilization: 0.7, Limit: request * float64(kind%3)}
		o.Target.PerPod, o.Target.Unit = target, o.Unit
		if objective > 0 && objective < 1e9 {
			o.Objective = time.Duration(objective * 1e9)
		}
		l := Learn(obs, o)
		if len(l.Estimates)+len(l.Refusals) != 4 {
			t.Fatalf("%d estimates, %d refusals", len(l.Estimates), len(l.Refusals))
		}
		for _, e := range l.Estimates {
			if !plausible(e.PerPod) || !(e.Low >= 0 && e.Low <= e.PerPod && e.PerPod <= e.High && e.High <= forecast.MaxLoad) || e.Confidence == None || e.Why == "" {
				t.Fatalf("%s", short(e))
			}
			for _, p := range append(append([]Point{}, e.Points...), e.Curve...) {
				if math.IsNaN(p.X+p.Y) || math.IsInf(p.X+p.Y, 0) {
					t.Fatalf("%s: point %v", e.Method, p)
				}
			}
		}
		for _, r := range l.Refusals {
			if r.Reason == "" || r.Detail == "" {
				t.Fatalf("refusal %+v", r)
			}
		}
		if l.PerPod != 0 && !plausible(l.PerPod) {
			t.Fatalf("learned %g", l.PerPod)
		}
	})
}

package planning

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A simulation is a workload with its forecast loads, ready to be played.
type simulation struct {
	*Planner
	w         *Workload
	forecasts []*loadForecast
	zone      []float64 // by tick, what the need is multiplied by
	lead      int       // index of the load that needs most pods
	samples   int
	trace     simulate.Trace
	floors    simulate.Floors
	scheduled []recommender.Scheduled
}

func (p *Planner) newSimulation(w *Workload, forecasts []*loadForecast) *simulation {
	s := &simulation{Planner: p, w: w, forecasts: forecasts, zone: make([]float64, int(p.o.Horizon/p.tick)), samples: max(p.o.Samples, 0)}
	for i := range s.zone {
		s.zone[i] = p.o.WhatIf.zoneFactor(p.at(i))
	}
	s.scheduled = p.scheduled(w)
	most := -1.0
	for k, v := range forecasts {
		if v.residuals == nil {
			s.samples = 0
		}
		if need := slices.Max(v.high) / w.Loop.PerPod[k]; need > most {
			s.lead, most = k, need
		}
	}
	return s
}

// loadPaths are one way that the loads may go, by load and tick.
type loadPaths [][]float64

func (s *simulation) paths(of func(*loadForecast) []float64) loadPaths {
	var c loadPaths
	for _, v := range s.forecasts {
		c = append(c, of(v))
	}
	return c
}

// sampled returns path k, in c.
func (s *simulation) sampled(c loadPaths, k int) loadPaths {
	if c == nil {
		c = s.paths(func(v *loadForecast) []float64 { return make([]float64, len(v.mid)) })
	}
	for m, v := range s.forecasts {
		v.sample(c[m], s.o.From, s.tick, k)
	}
	return c
}

// played returns the loads that the HPA sees and the pods have to carry.
func (s *simulation) played(c loadPaths) []forecast.Series {
	loads := make([]forecast.Series, len(c))
	for m, values := range c {
		loads[m] = forecast.Series{Start: s.o.From, Step: s.tick, Values: make([]float64, len(values))}
		for i, v := range values {
			loads[m].Values[i] = v * s.zone[i]
		}
	}
	return loads
}

// run plays the loads with the floors, which may be nil, and leaves the trace.
func (s *simulation) run(loads []forecast.Series, floors *simulate.Floors) error {
	_, err := s.w.Loop.Play(loads, s.o.From, s.to, floors, &s.trace)
	return err
}

// seen is how long back Highwater looks to tell on which path a load is.
const seen = 30 * time.Minute

// plan makes the floors that Highwater would set along a path. At each tick
// it knows the forecast, and by how much the load was off its median of late;
// it takes the load to stay as far off, and the quantile of its policy to lie
// above that as it does of a load that is near. It knows nothing of what comes.
func (s *simulation) plan(c loadPaths) (*simulate.Floors, error) {
	p := s.w.Policy
	if s.w.Observed != "" {
		if len(s.scheduled) == 0 {
			return nil, nil
		}
		p.OnlySchedules = true
	}
	p.Mode = recommender.Enforce
	walker, _ := recommender.NewWalker(p, s.tick) // the policy has been checked
	n := len(s.zone)
	rows := int(recommender.Foresight(p, s.tick)/s.tick) + 2
	in := recommender.Input{
		Baseline: s.w.Loop.Spec.Min, Ceiling: s.w.Loop.Spec.Max, Signals: make([]recommender.Signal, len(c)), Scheduled: s.scheduled,
	}
	for m := range in.Signals {
		in.Signals[m].Capacity.PerPod = s.capacity(m)
		in.Signals[m].Peak = &forecast.Paths{Step: s.tick, Taus: []float64{p.Quantile}, Values: make([]float64, rows)}
	}
	in.Floor = s.opening(c)
	if p.OnlySchedules {
		in.Signals, in.Floor = nil, in.Baseline
	}
	in.Floor = max(in.Floor, min(atLeast(s.scheduled, s.o.From), in.Ceiling))
	if cap(s.floors.Values) < n {
		s.floors.Values = make([]int32, n)
	}
	s.floors = simulate.Floors{Start: s.o.From, Step: s.tick, Values: s.floors.Values[:n]}
	back := max(1, int(seen/s.tick))
	for i := range n {
		in.Now = s.at(i)
		for m, v := range s.forecasts[:len(in.Signals)] {
			sig := &in.Signals[m]
			off, count := 0.0, 0
			for j := max(0, i-back); j < max(i, 1); j++ {
				off, count = off+c[m][j]-v.middle[j], count+1
			}
			off /= float64(count)
			sig.Newest, sig.Value, sig.Peak.Start = in.Now, c[m][max(i-1, 0)], in.Now
			for j := range rows {
				sig.Peak.Values[j] = s.foreseen(v, min(i+j, n-1), off)
			}
		}
		in.Floor, in.Memory = walker.Next(&in)
		s.floors.Values[i] = in.Floor
	}
	return &s.floors, nil
}

// foreseen is what Highwater sees ahead for tick i of a load that is off its
// median by so much.
func (s *simulation) foreseen(v *loadForecast, i int, off float64) float64 {
	return max((v.top[i]+off+v.side[i])*s.zone[i], 0)
}

// opening is the floor that holds as the plan begins: what the load asks for.
func (s *simulation) opening(c loadPaths) int32 {
	need := 0.0
	for m, v := range s.forecasts {
		need = max(need, s.foreseen(v, 0, c[m][0]-v.middle[0])/s.capacity(m))
	}
	return min(max(pods(need), s.w.Loop.Spec.Min), s.w.Loop.Spec.Max)
}

// capacity is what floors take a pod to carry, as in a replay: what it carries
// at the most where the quantile follows from the risk, else the metric's target.
func (s *simulation) capacity(m int) float64 {
	if at := s.w.Loop.Spec.Metrics[m].PerPod(); at > 0 && s.w.Policy.Risk == (recommender.Risk{}) {
		return at
	}
	return s.w.Loop.PerPod[m]
}

// need returns the pods that a path needs at tick i, before any limit, as a fraction.
func (s *simulation) need(c loadPaths, i int) float64 {
	need := 0.0
	for m := range c {
		need = max(need, c[m][i]*s.zone[i]/s.w.Loop.PerPod[m])
	}
	return need
}

// pods rounds a need up to whole pods.
func pods(need float64) int32 {
	return int32(min(max(math.Ceil(need-1e-6*max(need, 1)), 0), 1<<20))
}

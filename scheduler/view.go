package scheduler

import (
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

// View makes the curves and the full plan of one workload anew from its
// models, as of its last tick. past is how much history the curves hold.
func (s *Scheduler) View(k workload.Key, past time.Duration) (View, bool) {
	s.mu.RLock()
	st := s.states[k]
	s.mu.RUnlock()
	if st == nil {
		return View{}, false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	r := st.result
	if r == nil {
		return View{}, false
	}
	v := View{Result: r}
	in := st.last
	for i, sig := range st.signals {
		if i == len(r.Signals) {
			break // found by the tick that runs
		}
		part := sig.series.Between(r.At.Add(-past), r.At.Add(time.Hour))
		c := Curve{History: forecast.Series{Start: part.Start, Step: part.Step, Values: slices.Clone(part.Values)}}
		one := recommender.Signal{Name: sig.source.Name, Capacity: sig.source.Capacity, Newest: sig.newest, NoForecast: r.Signals[i].NoForecast}
		if sig.model != nil && one.NoForecast == nil {
			taus := quantiles(st.policy.Quantile)
			c.Load = sig.model.Forecast(nil, taus)
			one.Load, one.Peak = c.Load, sig.model.Peaks(nil, taus)
		}
		v.Curves = append(v.Curves, c)
		if !sig.leftOut() {
			in.Signals = append(in.Signals, one)
		}
	}
	if r.Workload.Backlog != nil && len(in.Signals) > 0 {
		in.Signals = append(in.Signals, st.queue.signal(&in.Signals[0], &r.Workload))
	}
	_, v.Full = recommender.PlanAhead(st.policy, in, s.opts.Horizon)
	return v, true
}

package scheduler

import (
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/workload"
)

// View makes the curves and the full plan of one workload anew from its
// models, as of its last tick. past is how much history the curves hold.
func (s *Scheduler) View(k workload.Key, past time.Duration) (View, bool) {
	s.mu.RLock()
	r, st := s.results[k], s.states[k]
	s.mu.RUnlock()
	if r == nil || st == nil {
		return View{}, false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	v := View{Result: r}
	in := st.last
	for i, sig := range st.signals {
		c := Curve{}
		if sig.window != nil {
			all := sig.window.Series()
			part := all.Between(r.At.Add(-past), r.At.Add(time.Hour))
			c.History = forecast.Series{Start: part.Start, Step: part.Step, Values: append([]float64(nil), part.Values...)}
		}
		one := recommender.Signal{Name: sig.source.Name, Capacity: sig.source.Capacity, Newest: sig.newest}
		if i < len(r.Signals) {
			one.NoForecast = r.Signals[i].NoForecast
		}
		if sig.model != nil && one.NoForecast == nil {
			taus := quantiles(st.policy.Quantile)
			c.Load = sig.model.Forecast(nil, taus)
			one.Load, one.Peak = c.Load, sig.model.Peaks(nil, taus)
		}
		v.Curves, in.Signals = append(v.Curves, c), append(in.Signals, one)
	}
	_, v.Full = recommender.PlanAhead(st.policy, in, s.opts.Horizon)
	return v, true
}

package scheduler

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler/externalmodels"
)

// newExternalModels returns the queues of the models outside of this process.
func (s *Scheduler) newExternalModels() *externalmodels.Queues {
	return externalmodels.New(s.opts.ExternalModels, externalmodels.Options{
		Horizon: s.opts.Horizon, Now: s.Now, Go: s.background.Go, Asked: s.opts.Metrics.externalModelAsked,
	})
}

// requestForecasts makes the loads that were fitted anew wait for the external
// models, and tells in r how each model stands.
func (s *Scheduler) requestForecasts(now time.Time, st *state, r *Result) {
	if len(s.opts.ExternalModels) == 0 {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	k := r.Workload.Key
	for i, sig := range st.signals {
		fit := externalmodels.Fit{Workload: k, Metric: sig.source.Name, Model: sig.model, At: sig.fitted}
		states := s.externalModels.Enqueue(now, fit, lockedSignal{s, k, st, sig}, &sig.requests)
		if len(states) > 0 && sig.model != nil { // answers may have been admitted since the forecast of this tick
			r.Signals[i].Shares = sig.model.Shares()
		}
		r.Signals[i].ExternalModels = states
		for _, m := range states {
			if m.Failed {
				r.Decision.Warnings = append(r.Decision.Warnings, recommender.Warning{Code: "ExpertFailed", Message: fmt.Sprintf(
					"the forecast of %s is made without the external model %s: %s", sig.source.Name, m.Name, m.Note)})
			}
		}
	}
}

// A lockedSignal is the load that an external model is asked about.
type lockedSignal struct {
	s   *Scheduler
	key workload.Key
	st  *state
	sig *signal
}

// Use implements externalmodels.Load.
func (l lockedSignal) Use(f func(fitted *forecast.Model, at time.Time)) {
	known := l.s.knows(l.key, l.st)
	l.st.mu.Lock()
	defer l.st.mu.Unlock()
	if !known || !slices.Contains(l.st.signals, l.sig) {
		f(nil, time.Time{})
		return
	}
	f(l.sig.model, l.sig.fitted)
}

// knows reports whether st is still the state of a workload, which may be gone.
func (s *Scheduler) knows(k workload.Key, st *state) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.states[k] == st
}

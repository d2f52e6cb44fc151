package scheduler

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

// A backlog is the newest reading of a queue.
type backlog struct {
	waiting float64 // messages
	at      time.Time
	err     error // why it is not known
}

// readBacklog reads the queue of o, if there is one.
func (st *state) readBacklog(ctx context.Context, now time.Time, of *workload.Objective, o Options, h History) {
	if of == nil {
		return
	}
	res, err := h.Read(ctx, of.Query, now.Add(-o.Stale), now, o.Step)
	i := res.Series.LastKnown()
	if err == nil && i < 0 {
		err = fmt.Errorf("query %q: no sample since %s", of.Query.Expr, clock(now.Add(-o.Stale)))
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.queue.err = err; err != nil {
		o.Metrics.failed(string(history.KindOf(err)))
		return
	}
	st.queue.waiting, st.queue.at = res.Series.Values[i], res.Series.Time(i)
}

// signal is the rate at which the queue has to be worked off so that no message
// waits for longer than the objective, as one more load. arrivals is what is
// forecast to come, each second. Without a reading it is in doubt.
func (b *backlog) signal(arrivals *recommender.Signal, w *workload.Workload) recommender.Signal {
	sig := recommender.Signal{
		Name:     "backlog",
		Capacity: arrivals.Capacity,
		Newest:   b.at, Value: nan, NoForecast: arrivals.NoForecast,
	}
	switch {
	case b.err != nil:
		sig.NoForecast = &forecast.NoForecast{Reason: forecast.ReasonQuery, Detail: "the backlog is not known: " + b.err.Error()}
	case arrivals.Load != nil && arrivals.Capacity.PerPod > 0:
		sig.Load = drained(arrivals.Load, b.waiting, arrivals.Capacity.PerPod, w.Backlog.Most)
		sig.Peak = largestAhead(sig.Load, w.Policy.Window())
		sig.Value = sig.Load.Value(0, w.Policy.Quantile)
	}
	return sig
}

// drained returns the load of the pods that each quantile of the arrivals needs.
func drained(arrivals *forecast.Paths, waiting, perPod float64, most time.Duration) *forecast.Paths {
	k, n := len(arrivals.Taus), arrivals.Steps()
	out := &forecast.Paths{Start: arrivals.Start, Step: arrivals.Step, Taus: slices.Clone(arrivals.Taus), Values: make([]float64, n*k)}
	path := make([]float64, n)
	for c := range k {
		for i := range path {
			path[i] = arrivals.Values[i*k+c] * arrivals.Step.Seconds()
		}
		pods := capacity.PodsForBacklog(path, arrivals.Step, waiting, perPod, most)
		for i, p := range pods {
			out.Values[i*k+c] = float64(p) * perPod
			if c > 0 { // by rounding, more arrivals may need fewer pods at a step
				out.Values[i*k+c] = max(out.Values[i*k+c], out.Values[i*k+c-1])
			}
		}
	}
	return out
}

// largestAhead returns the largest of the window that begins with each row, as
// far as p reaches.
func largestAhead(p *forecast.Paths, window time.Duration) *forecast.Paths {
	k, n := len(p.Taus), p.Steps()
	w := int(window/p.Step) + 1
	out := &forecast.Paths{Start: p.Start, Step: p.Step, Taus: slices.Clone(p.Taus), Values: slices.Clone(p.Values)}
	for i := range n {
		for c := range k {
			for j := i + 1; j < min(i+w, n); j++ {
				out.Values[i*k+c] = max(out.Values[i*k+c], p.Values[j*k+c])
			}
		}
	}
	return out
}

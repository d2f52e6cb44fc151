package scheduler

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
	"github.com/highwater-dev/highwater/recommender/explain"
)

const (
	// A learned lead time takes the place of the one in use once it differs by
	// this share: each change makes another forecast, and another proof.
	leadShift = 0.25
	// leadGrain is what a learned lead time is rounded up to.
	leadGrain = 5 * time.Second
)

// equip gives a workload what was learned of it: the lead time, what a pod
// carries, and the quantile that its proof found.
func (st *state) equip(w *workload.Workload, a *almanac, o Options) {
	st.mu.Lock()
	defer st.mu.Unlock()
	w.Policy.LeadTime = st.leadTime(w, o)
	st.school = school{w.Sources, w.Target, w.Latency, w.CPU}
	w.Sources = slices.Clone(w.Sources)
	for i := range w.Sources {
		l := st.learnedOf(w.Sources[i].Query.Expr)
		w.Sources[i] = carried(taught(w.Sources[i], l), w.Policy, l)
	}
	st.proof.want, st.proof.almanac = premiseOf(w), a
	w.Policy = st.proof.state.Apply(w.Policy)
}

// leadTime returns the lead time that is in force.
func (st *state) leadTime(w *workload.Workload, o Options) time.Duration {
	if l := w.Lead; !w.LeadAuto || l == nil || l.Confidence == capacity.None {
		st.lead = 0
		return w.Policy.LeadTime
	}
	learned := (w.Lead.Time + leadGrain - 1).Truncate(leadGrain)
	if st.lead == 0 || (learned-st.lead).Abs() > time.Duration(leadShift*float64(st.lead)) {
		st.lead = learned
	}
	return min(st.lead, max(o.Horizon-w.Policy.Hold, leadGrain))
}

// learnedOf returns what was learned of the load that a query reads; nil if
// nothing was.
func (st *state) learnedOf(query string) *capacity.Learned {
	for _, sig := range st.signals {
		if sig.source.Query.Expr == query {
			return sig.lesson.learned
		}
	}
	return nil
}

// taught lets a pod carry what was learned, where that says otherwise than the
// user and the autoscaler.
func taught(s workload.Source, l *capacity.Learned) workload.Source {
	if l == nil || !(l.PerPod > 0) || l.Method == capacity.MethodTarget {
		return s
	}
	s.Full = l.PerPod
	if s.Guessed {
		s.Guessed, s.Assumed = false, ""
	}
	return s
}

// carried lets a pod carry what it does at the most, where the risk is stated:
// the quantile is found for that. A user's own quantile is of what the target
// says, unless a pod was learned to carry less.
func carried(s workload.Source, p recommender.Policy, l *capacity.Learned) workload.Source {
	learned := l != nil && l.Method != capacity.MethodTarget && l.PerPod == s.Full
	if !(s.Full > 0) || p.Risk == (recommender.Risk{}) && !(learned && s.Full < s.Capacity.PerPod) {
		return s
	}
	why := "what a pod carries at the most; the autoscaler aims at " + s.Capacity.Source
	if learned {
		why = "learned: " + l.Why
	}
	s.Capacity.Source, s.Capacity.PerPod = fmt.Sprintf("%s, %s", explain.Quantity(s.Full, s.Capacity.Unit), why), s.Full
	return s
}

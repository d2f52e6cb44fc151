package scheduler

import (
	"context"
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/capacity"
)

// A lesson is what was learned of one load. It is not changed once made.
type lesson struct {
	learned *capacity.Learned // nil if there was nothing to learn from
	notes   []string          // why something could not be read
	at      time.Time
}

// A school is what capacity is learned from beside the load, and the sources
// as they are without what was learned.
type school struct {
	sources []workload.Source
	target  workload.Ref
	latency *workload.Objective
	cpu     *workload.CPU
}

const (
	// learnAgain is the share of the time between two proofs after which
	// capacity is learned anew, so that each of them knows.
	learnAgain = 0.5
	// learnPatience is how long the reading may take.
	learnPatience = 2 * time.Minute
)

// learn learns what a pod carries, if its policy gives what that is learned
// from. It is done before a proof, which rests on it. Whatever fails is a note:
// what the user and the autoscaler say holds then.
func (s *Scheduler) learn(ctx context.Context, c *claim) {
	st, now := c.st, s.opts.Now()
	st.mu.Lock()
	school := st.school
	if len(st.signals) != 1 || len(school.sources) != 1 || school.latency == nil && school.cpu == nil {
		st.mu.Unlock()
		return
	}
	sig := st.signals[0]
	src, load, at := school.sources[0], sig.series, sig.lesson.at
	st.mu.Unlock()
	if !at.IsZero() && now.Sub(at) < time.Duration(learnAgain*float64(s.opts.ProofEvery)) || !(src.Full > 0) || load.Len() == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, learnPatience)
	defer cancel()
	l := s.observe(ctx, c.key, school, src, load.Between(load.End().Add(-s.opts.ProofHistory), load.End()))
	l.at = now
	if ctx.Err() != nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	sig.lesson = l
}

// observe reads what is to be learned from, and learns.
func (s *Scheduler) observe(ctx context.Context, k workload.Key, school school, src workload.Source, load forecast.Series) (l lesson) {
	from, to := load.Start, load.End()
	read := func(what string, q history.Query) forecast.Series {
		res, err := s.history.Read(ctx, q, from, to, load.Step)
		if err != nil {
			l.notes = append(l.notes, fmt.Sprintf("nothing is learned from the %s: %v", what, err))
		}
		return res.Series
	}
	obs := capacity.Observations{Load: load}
	o := capacity.Options{
		Unit:   src.Capacity.Unit,
		Target: recommender.Capacity{PerPod: src.Full, Unit: src.Capacity.Unit, Source: "what the policy or the autoscaler says that a pod carries"},
	}
	if s.opts.Replicas == nil {
		l.notes = append(l.notes, "no capacity is learned: how many pods were ready is not known")
	} else {
		_, ready, warnings, err := s.opts.Replicas.Replicas(ctx, k.Namespace, school.target.Kind, school.target.Name, from, to, load.Step)
		obs.Pods = ready
		for _, w := range warnings {
			l.notes = append(l.notes, "no capacity is learned: "+w)
		}
		if err != nil {
			l.notes = append(l.notes, fmt.Sprintf("no capacity is learned: %v", err))
		}
	}
	if school.latency != nil {
		obs.Latency, o.Objective = read("latency", school.latency.Query), school.latency.Most
	}
	if school.cpu != nil {
		obs.CPU, o.Request, o.Utilization = read("CPU", school.cpu.Query), school.cpu.Request, 1
	}
	learned := capacity.Learn(obs, o)
	l.learned = &learned
	return l
}

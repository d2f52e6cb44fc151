package api

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/recommender/advice"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/scheduler"
)

const (
	adviceKeptFor  = 10 * time.Minute
	adviceKept     = 256             // workloads
	advicePatience = 2 * time.Minute // for one to be made, the wait for its turn included
)

// A counsel makes advice, one workload at a time, and keeps it for a while.
type counsel struct {
	turn chan struct{} // has room for the one whose turn it is

	mu   sync.Mutex
	made map[workload.Key]keptAdvice
}

type keptAdvice struct {
	at      time.Time
	advices *Advices
}

func newCounsel() *counsel {
	return &counsel{turn: make(chan struct{}, 1), made: map[workload.Key]keptAdvice{}}
}

// kept returns what was made a while ago at the most.
func (c *counsel) kept(k workload.Key, now time.Time) *Advices {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.made[k]; ok && now.Sub(a.at) < adviceKeptFor {
		return a.advices
	}
	return nil
}

func (c *counsel) keep(k workload.Key, a *Advices, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made[k] = keptAdvice{now, a}
	for len(c.made) > adviceKept {
		oldest := k
		for key, x := range c.made {
			if x.at.Before(c.made[oldest].at) {
				oldest = key
			}
		}
		delete(c.made, oldest)
	}
}

func (h *handlers) advice(ctx context.Context, in *Named) (*body[Advices], error) {
	k := in.key()
	if a := h.counsel.kept(k, time.Now()); a != nil {
		return &body[Advices]{*a}, nil
	}
	if _, ok := h.s.Result(k); !ok {
		return nil, h.missing(*in)
	}
	ctx, cancel := context.WithTimeout(ctx, advicePatience)
	defer cancel()
	select {
	case h.counsel.turn <- struct{}{}:
		defer func() { <-h.counsel.turn }()
	case <-ctx.Done():
		return nil, huma.Error503ServiceUnavailable("advice is made for one workload at a time, and others were first; ask again in a minute")
	}
	if a := h.counsel.kept(k, time.Now()); a != nil { // made while this one waited
		return &body[Advices]{*a}, nil
	}
	v, ok := h.s.View(k, maxHistory)
	if !ok {
		return nil, h.missing(*in)
	}
	pods, _ := h.s.Pods(ctx, k, maxHistory)
	a, err := advise(ctx, v, pods)
	if err != nil {
		if ctx.Err() != nil {
			return nil, huma.Error503ServiceUnavailable(fmt.Sprintf("the advice was not made within %s; ask again when this process has less to do", advicePatience))
		}
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	a.MadeAt = h.s.Now()
	h.counsel.keep(k, a, time.Now())
	return &body[Advices]{*a}, nil
}

// advise looks at the past of a workload. A workload of which too little is
// known has no advice, and the reason is told.
func advise(ctx context.Context, v scheduler.View, pods scheduler.Pods) (*Advices, error) {
	out := &Advices{Price: priceOf(v.Workload.Price), Items: []Advice{}, Notes: []string{}}
	loop, unknown := loopOf(v.Result)
	if len(unknown) > 0 {
		out.None = unknown[0]
		return out, nil
	}
	report, err := advice.Examine(advice.Input{
		Case:     proof.Case{Loop: loop, Loads: shared(loadsOf(v)), Policy: v.Workload.Policy, Calendar: v.Calendar, Schedules: v.Workload.Schedules},
		Observed: advice.Observed{Wanted: pods.Wanted, Ready: pods.Ready},
	}, func(float64) error { return ctx.Err() })
	if why, short := proof.IsTooShort(err); short {
		out.None = why
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.From, out.To = whenKnown(report.From), whenKnown(report.To)
	out.Notes = append(out.Notes, report.Notes...)
	for _, a := range report.Advice {
		x := Advice{
			Kind: string(a.Kind), Field: a.Field, Now: a.Now, Better: a.Better, Why: a.Why, Evidence: []AdviceNumber{},
			PodHours: number(a.PodHours), Cost: costOf(a.PodHours, v.Workload.Price), ShortMinutes: number(a.ShortMinutes), Worth: number(a.Worth),
			WithFloors: a.WithFloors, Confidence: a.Confidence,
		}
		for _, f := range a.Evidence {
			x.Evidence = append(x.Evidence, AdviceNumber{f.Name, number(f.Value), f.Unit})
		}
		out.Items = append(out.Items, x)
	}
	return out, nil
}

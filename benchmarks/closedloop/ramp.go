package main

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/proof"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// A wait is how long the ready pods fell behind the load on one day's way up.
type wait struct {
	policy string
	start  time.Duration
	proven bool
	short  time.Duration // longest time with fewer ready pods than the load needs
	behind time.Duration // the same with those that the HPA's target asks for, less its tolerance
}

const (
	steep     = 1.5 // a day's largest load over the least before it, from which there is a way up
	tolerance = 0.1 // of the HPA
)

// ramps measures the waits of one policy on each scored day.
func (p *played) ramps(st study, r proof.Result, proven bool) error {
	loop := p.loop(st)
	var tr simulate.Trace
	if _, err := loop.Play([]forecast.Series{p.load}, p.score, p.to, r.Floors, &tr); err != nil {
		return err
	}
	for day := p.score; !day.Add(24 * time.Hour).After(p.to); day = day.Add(24 * time.Hour) {
		low, high, ok := wayUp(p.load, day)
		if !ok {
			continue
		}
		w := wait{policy: r.Policy, start: st.start, proven: proven}
		var short, behind time.Duration
		for i := int(low.Sub(tr.Start) / tr.Step); i < len(tr.Ready) && tr.Start.Add(time.Duration(i)*tr.Step).Before(high); i++ {
			load := p.load.Values[p.load.Index(tr.Start.Add(time.Duration(i)*tr.Step))]
			carried := float64(tr.Ready[i]) * p.perPod
			short, behind = short+tr.Step, behind+tr.Step
			if !(load > carried) {
				short = 0
			}
			if !(load > carried*st.target*(1+tolerance)) {
				behind = 0
			}
			w.short, w.behind = max(w.short, short), max(w.behind, behind)
		}
		p.waits = append(p.waits, w)
	}
	return nil
}

// wayUp returns when the load was least before it was largest on the day that
// begins at a time, and the end of its way up: an hour after the largest.
func wayUp(s forecast.Series, day time.Time) (low, high time.Time, ok bool) {
	lo, hi := s.Index(day), min(s.Index(day.Add(24*time.Hour-1))+1, s.Len())
	top := -1
	for i := lo; i < hi; i++ {
		if v := s.Values[i]; !math.IsNaN(v) && (top < 0 || v > s.Values[top]) {
			top = i
		}
	}
	least := -1
	for i := lo; i <= top; i++ {
		if v := s.Values[i]; !math.IsNaN(v) && (least < 0 || v <= s.Values[least]) {
			least = i
		}
	}
	if top < 0 || s.Values[top] < steep*s.Values[least] {
		return low, high, false
	}
	high = s.Time(top).Add(max(s.Step, time.Hour))
	if end := day.Add(24 * time.Hour); high.After(end) {
		high = end
	}
	return s.Time(least), high, true
}

// waitsOf returns the two waits, sorted, of a policy on the traces that were proven.
func (b *bench) waitsOf(policy string, start time.Duration) (short, behind []time.Duration) {
	for _, p := range b.traces {
		for _, w := range p.waits {
			if w.policy == policy && w.start == start && w.proven {
				short, behind = append(short, w.short), append(behind, w.behind)
			}
		}
	}
	slices.Sort(short)
	slices.Sort(behind)
	return short, behind
}

// at returns the quantile of sorted ds; zero if there are none.
func at(ds []time.Duration, tau float64) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	return ds[min(int(tau*float64(len(ds))), len(ds)-1)]
}

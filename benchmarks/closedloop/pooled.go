package main

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender/proof"
)

// noticeable is the share of minutes for which the HPA alone has to be short
// for a trace to count in medians and means of short minutes.
const noticeable = 0.001

// find returns what a policy came to on a trace.
func (p *played) find(policy string, start time.Duration, target float64) (row, bool) {
	i := slices.IndexFunc(p.rows, func(r row) bool { return r.policy == policy && r.start == start && r.target == target })
	if i < 0 {
		return row{}, false
	}
	return p.rows[i], true
}

// alone returns what the reactive HPA came to on a trace.
func (p *played) alone(start time.Duration) row {
	r, _ := p.find(proof.PolicyHPA, start, target)
	return r
}

// A pooled policy is one over all traces, beside the reactive HPA at 70 %.
type pooled struct {
	traces                   int
	minutes, short, podHours float64
	shortShare               float64 // of all minutes
	fewer                    float64 // short minutes than the HPA, of the sums: 0.6 is 60 % fewer
	more                     float64 // pod-hours than the HPA, of the sums
	meanMore                 float64 // the same as the mean over traces
	meanFewer, medianFewer   float64 // over traces on which the HPA is noticeably short
	medianAll                float64 // over all traces; equal where neither is short
	floorChanges             float64 // a day
}

// pool sums a policy up over all traces that keep accepts; nil accepts all.
func (b *bench) pool(policy string, start time.Duration, target float64, keep func(p *played) bool) pooled {
	var (
		s                    pooled
		hpaShort, hpaHours   float64
		days, changes        float64
		fewer, every, mores  []float64
		relative, shortFewer = func(x, of float64) float64 { return x/of - 1 }, func(x, of float64) float64 {
			if x == of {
				return 0
			}
			return 1 - x/of // −∞ if it is short where the HPA never is
		}
	)
	for _, p := range b.traces {
		r, ok := p.find(policy, start, target)
		if !ok || keep != nil && !keep(p) {
			continue
		}
		a := p.alone(start)
		s.traces++
		s.minutes += r.Minutes
		s.short += r.ShortMinutes
		s.podHours += r.PodHours
		hpaShort += a.ShortMinutes
		hpaHours += a.PodHours
		changes += float64(r.FloorChanges)
		days += r.Minutes / 1440
		mores = append(mores, relative(r.PodHours, a.PodHours))
		every = append(every, shortFewer(r.ShortMinutes, a.ShortMinutes))
		if a.ShortMinutes >= noticeable*a.Minutes {
			fewer = append(fewer, shortFewer(r.ShortMinutes, a.ShortMinutes))
		}
	}
	if s.traces == 0 {
		return s
	}
	s.shortShare, s.floorChanges = s.short/s.minutes, changes/days
	s.fewer, s.more = shortFewer(s.short, hpaShort), relative(s.podHours, hpaHours)
	s.meanMore, s.meanFewer, s.medianFewer, s.medianAll = mean(mores), mean(fewer), median(fewer), median(every)
	return s
}

// median returns the middle of xs, NaN if there is none. It sorts xs.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	slices.Sort(xs)
	n := len(xs)
	return (xs[(n-1)/2] + xs[n/2]) / 2
}

// targets lists those that were tried at a start time, ascending.
func (b *bench) targets(policy string, start time.Duration) []float64 {
	var list []float64
	for _, r := range b.traces[0].rows {
		if r.policy == policy && r.start == start && !slices.Contains(list, r.target) {
			list = append(list, r.target)
		}
	}
	slices.Sort(list)
	return list
}

// policies lists those that were played at a start time, in order, but for the
// many quantiles that were held.
func (b *bench) policies(start time.Duration, target float64) []string {
	var list []string
	for _, r := range b.traces[0].rows {
		if r.start == start && r.target == target && !isHeld(r.policy) {
			list = append(list, r.policy)
		}
	}
	return list
}

// An even point is the cheapest at which a policy is short for no longer than
// the reactive HPA at 70 %.
type even struct {
	target  float64
	fewer   float64 // pod-hours than that HPA
	shorter float64 // short minutes than that HPA
	never   bool    // it is short for longer at every target
}

// evenShort looks among the targets that were tried, and between two of them
// where short minutes become as many.
func (b *bench) evenShort(policy string, start time.Duration) even {
	best := even{never: true}
	take := func(target, fewer, shorter float64) {
		if best.never || fewer > best.fewer {
			best = even{target: target, fewer: fewer, shorter: shorter}
		}
	}
	goal := b.pool(proof.PolicyHPA, start, target, nil).short
	var before pooled
	list := b.targets(policy, start)
	for i, t := range list {
		s := b.pool(policy, start, t, nil)
		if s.short <= goal {
			take(t, -s.more, s.fewer)
		}
		if i > 0 && (s.short > goal) != (before.short > goal) {
			w := (goal - before.short) / (s.short - before.short)
			take(list[i-1]+w*(t-list[i-1]), -before.more-w*(s.more-before.more), 0)
		}
		before = s
	}
	return best
}

// A point is where a policy came out on one trace.
type point struct{ short, podHours float64 }

// dominates says that p is no worse in both and better in one.
func (p point) dominates(q point) bool {
	return p.short <= q.short && p.podHours <= q.podHours && p != q
}

// allDominated says that each of qs is dominated by one of ps.
func allDominated(qs, ps []point) bool {
	for _, q := range qs {
		if !slices.ContainsFunc(ps, func(p point) bool { return p.dominates(q) }) {
			return false
		}
	}
	return len(qs) > 0
}

// points lists where policies came out on a trace, at the given targets.
func (p *played) points(start time.Duration, targets []float64, policies ...string) []point {
	var list []point
	for _, r := range p.rows {
		if r.start == start && slices.Contains(targets, r.target) && slices.Contains(policies, r.policy) {
			list = append(list, point{r.ShortMinutes, r.PodHours})
		}
	}
	return list
}

// A rival is a policy at some targets.
type rival struct {
	name    string
	policy  string
	targets []float64
}

// rivals lists all whose floors know no future, apart from Highwater's.
func (b *bench) rivals(targets []float64) []rival {
	list := []rival{{"reactive HPA, 50 %", proof.PolicyHPA, []float64{lowTarget}}, {"reactive HPA", proof.PolicyHPA, targets}}
	for _, policy := range b.policies(mainStart, target) {
		if policy != proof.PolicyHPA && policy != proof.PolicyOracle && !isHighwater(policy) {
			list = append(list, rival{policy, policy, targets})
		}
	}
	return list
}

func isHighwater(policy string) bool {
	return len(policy) >= len(proof.PolicyHighwater) && policy[:len(proof.PolicyHighwater)] == proof.PolicyHighwater
}

// highwaters are Highwater with all its risks.
func highwaters() []string {
	list := []string{proof.PolicyHighwater}
	for _, x := range budgets {
		list = append(list, budgeted(x))
	}
	return list
}

// everyHighwater are those and each quantile that was held.
func everyHighwater() []string {
	list := highwaters()
	for _, room := range headrooms {
		for _, tau := range proof.QuantileLadder {
			list = append(list, held(tau, room))
		}
	}
	return list
}

// A tournament counts traces on which one set of points dominates the other.
type tournament struct{ ours, theirs, same, traces int }

// against holds the points of some of Highwater's policies against a rival's,
// trace by trace.
func (b *bench) against(r rival, start time.Duration, policies []string, ours []float64) tournament {
	var c tournament
	for _, p := range b.traces {
		us, them := p.points(start, ours, policies...), p.points(start, r.targets, r.policy)
		c.traces++
		switch {
		case allDominated(them, us):
			c.ours++
		case allDominated(us, them):
			c.theirs++
		case len(them) == 1 && slices.Contains(us, them[0]):
			c.same++
		}
	}
	return c
}

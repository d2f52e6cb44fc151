package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender/proof"
)

// A bar is something that the project set out to reach.
type bar struct {
	what, goal, measured string
	reached              bool
}

// bars measures them all.
func (b *bench) bars() []bar {
	var list []bar
	for _, g := range []struct {
		start       time.Duration
		fewer, more float64
	}{{90 * time.Second, 0.60, 0.05}, {300 * time.Second, 0.65, 0.07}} {
		s := b.pool(proof.PolicyHighwater, g.start, target, nil)
		if s.traces == 0 {
			continue
		}
		list = append(list, bar{fmt.Sprintf("%s start: pooled short minutes of Highwater, against the reactive HPA at 70 %%", seconds(g.start)),
			fmt.Sprintf("≥ %s fewer at ≤ %s more pod-hours", percent(g.fewer), percent(g.more)),
			fmt.Sprintf("%s fewer at %s more", percent(s.fewer), percent1(s.more)), s.fewer >= g.fewer && s.more <= g.more})
	}
	s := b.pool(proof.PolicyHighwater, mainStart, target, nil)
	list = append(list, bar{"90s start: the median trace among those on which the HPA alone is short for 0.1 % of minutes or more", "≥ 75 % fewer short minutes",
		fmt.Sprintf("%s fewer; over all traces %s", percent(s.medianFewer), percent(s.medianAll)), s.medianFewer >= 0.75})
	list = append(list, b.evenBar(), b.undominated(), b.dominance())
	return append(list, b.budgetBar(), b.refusedBar())
}

// evenBar takes the default or the budget that is tried at every target,
// whichever is cheaper.
func (b *bench) evenBar() bar {
	x := bar{what: "90s start: pod-hours at no more pooled short minutes than the reactive HPA at 70 %, by a higher target", goal: "≥ 12 % fewer", measured: "more short minutes at every target"}
	most := math.Inf(-1)
	for _, policy := range []string{proof.PolicyHighwater, budgeted(raisedBudget)} {
		if e := b.evenShort(policy, mainStart); !e.never && e.fewer > most {
			most = e.fewer
			x.measured = fmt.Sprintf("%s fewer (%s, target %s, %s fewer short minutes)", percent1(e.fewer), policy, percent1(e.target), percent(e.shorter))
			x.reached = e.fewer >= 0.12
		}
	}
	return x
}

// undominated counts traces on which all of Highwater's points are dominated.
func (b *bench) undominated() bar {
	var lost []string
	for _, r := range b.rivals(b.frontierTargets()) {
		for _, p := range b.traces {
			if allDominated(p.points(mainStart, b.frontierTargets(), highwaters()...), p.points(mainStart, r.targets, r.policy)) {
				lost = append(lost, fmt.Sprintf("%s by %s", p.name, r.name))
			}
		}
	}
	measured := "none"
	if len(lost) > 0 {
		measured = strings.Join(lost, ", ")
	}
	return bar{"frontier, 90s: traces on which all points of Highwater are dominated by a peer's", "none", measured, len(lost) == 0}
}

// dominance takes the least share of traces on which Highwater's points
// dominate all of a peer's, in five readings.
func (b *bench) dominance() bar {
	targets := b.frontierTargets()
	least := func(rivals []rival, policies []string, ours []float64) (float64, string) {
		least, who := math.Inf(1), "nobody"
		for _, r := range rivals {
			c := b.against(r, mainStart, policies, ours)
			if x := float64(c.ours) / float64(c.traces); x < least {
				least, who = x, r.name
			}
		}
		return least, fmt.Sprintf("%s, of %s", percent(least), who)
	}
	free, one := b.rivals(targets), b.rivals([]float64{target})
	x, strict := least(free, highwaters(), targets)
	_, same := least(one, highwaters(), []float64{target})
	_, mild := least(one, highwaters(), targets)
	_, wide := least(free, everyHighwater(), targets)
	_, widest := least(one, everyHighwater(), targets)
	return bar{"frontier, 90s: least share of traces on which Highwater dominates a peer", "≥ 80 %",
		fmt.Sprintf("by the default and budgets: both at all targets %s; both at 70 %% %s; only Highwater at all %s. With each quantile held, too: both at all targets %s; only Highwater at all %s",
			strict, same, mild, wide, widest), x >= 0.8}
}

func (b *bench) frontierTargets() []float64 { return b.targets(proof.PolicyHighwater, mainStart) }

// happened returns the share of minutes that Highwater was short with a budget,
// over traces on which the HPA alone exceeds it, or over all.
func (b *bench) happened(start time.Duration, budget float64, binding bool) pooled {
	return b.pool(budgeted(budget), start, target, func(p *played) bool {
		a := p.alone(start)
		return !binding || a.ShortMinutes > budget*a.Minutes
	})
}

func (b *bench) budgetBar() bar {
	var parts []string
	ok := true
	for _, budget := range budgets {
		s := b.happened(mainStart, budget, true)
		if s.traces == 0 {
			continue
		}
		x := s.shortShare / budget
		ok = ok && x <= 1.5 && x >= 1/1.5
		parts = append(parts, fmt.Sprintf("×%.2f at %s", x, percent1(budget)))
	}
	return bar{"90s start: short minutes that happened over those stated, pooled over traces on which the HPA alone exceeds the budget", "within a factor of 1.5",
		strings.Join(parts, ", "), ok && len(parts) > 0}
}

// refused are the traces on which the proof was refused.
func refused(start time.Duration) func(p *played) bool {
	return func(p *played) bool {
		r, ok := p.find(proof.PolicyHighwater, start, target)
		return ok && r.verdict != proof.Proven
	}
}

func (b *bench) refusedBar() bar {
	var worse []string
	n := 0
	for _, p := range b.traces {
		if !refused(mainStart)(p) {
			continue
		}
		n++
		own, _ := p.find(proof.PolicyHighwater, mainStart, target)
		a := p.alone(mainStart)
		if own.ShortMinutes > 1.02*a.ShortMinutes || own.PodHours > 1.02*a.PodHours {
			worse = append(worse, fmt.Sprintf("%s %s", p.name, versus(own, a)))
		}
	}
	measured := fmt.Sprintf("all %d traces", n)
	if len(worse) > 0 {
		measured = fmt.Sprintf("not on %d of %d: %s", len(worse), n, strings.Join(worse, ", "))
	}
	return bar{"90s start, traces on which the proof is refused: no worse than the reactive HPA", "within 2 % in both figures", measured, len(worse) == 0}
}

// versus tells the two figures of r relative to a.
func versus(r, a row) string {
	short := "as often short"
	if r.ShortMinutes != a.ShortMinutes {
		short = fmt.Sprintf("short ×%.2f", r.ShortMinutes/a.ShortMinutes)
	}
	return fmt.Sprintf("(%s, pod-hours ×%.3f)", short, r.PodHours/a.PodHours)
}

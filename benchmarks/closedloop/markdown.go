package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// markdown is CLOSEDLOOP.md.
func (b *bench) markdown() string {
	var w strings.Builder
	days := 0.0
	for _, p := range b.traces {
		days += p.to.Sub(p.score).Hours() / 24
	}
	fmt.Fprintf(&w, "# Closed loop\n\nMade by `make bench-closedloop` on %s; do not edit. Highwater %s on %s; it took %s.\n\n", b.date, b.release, b.machine, b.took.Round(time.Second))
	fmt.Fprintf(&w, "%d traces of %s, each of 8 days or more; %.0f days scored.", len(b.traces), b.from, days)
	if len(b.short) > 0 {
		fmt.Fprintf(&w, " Too short: %s.", strings.Join(b.short, ", "))
	}
	fmt.Fprintf(&w, ` The last 40 %% of each counts; what is known before, up to
28 days of it played, is learned from. A ready pod carries so much that the mean of the load needs %d pods at the 70 %% target. The HPA is
that of Kubernetes with its defaults (package `+"`simulate`"+`), baseline %d, ceiling %d, sync 15 s, metrics without delay. Pods start in
30, 90 or 300 s. Short: fewer ready pods than the load needs at 100 %% of what they carry. Every forecast knows only what was known
by then. No trace was tuned for, but Highwater was developed on these traces.

`, meanPods, baseline, ceiling)
	var less []string
	for _, p := range b.traces {
		if p.limited {
			less = append(less, p.name)
		}
	}
	if len(less) > 0 {
		fmt.Fprintf(&w, "To save time, only the last %.0f days are scored, or %.0f of traces by the hour, of: %s. `FULL=1` scores all.\n\n", mostFine.Hours()/24, mostCoarse.Hours()/24, strings.Join(less, ", "))
	}
	b.writeBars(&w)
	b.writePooled(&w)
	b.writeFrontier(&w)
	b.writeEven(&w)
	b.writeBudgets(&w)
	b.writeHeld(&w)
	b.writeDominance(&w)
	b.writeRamps(&w)
	b.writeRefused(&w)
	b.writeTraces(&w)
	b.writeCeiling(&w)
	b.writePeers(&w)
	return w.String()
}

func (b *bench) writeBars(w *strings.Builder) {
	w.WriteString("## What was set out for\n\n| what | bar | measured | reached |\n|---|---|---|---|\n")
	for _, x := range b.bars() {
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", x.what, x.goal, x.measured, yes(x.reached))
	}
	w.WriteString("\nHow long one decision takes is measured by `go test -bench . ./recommender`.\n\n")
}

// writePooled writes one table of all policies for each start time.
func (b *bench) writePooled(w *strings.Builder) {
	w.WriteString("## All policies\n\nSums over all traces, beside those of the reactive HPA at 70 %; long traces dominate sums, so the means and medians over traces\n" +
		"stand beside. Those of short minutes are over the traces on which the HPA alone is short for at least 0.1 % of minutes.\n\n")
	for _, start := range starts {
		policies := b.policies(start, target)
		if len(policies) == 0 {
			continue
		}
		fmt.Fprintf(w, "### Pods start in %s\n\n| policy | short, of all minutes | short minutes | fewer | mean trace | median trace | pod-hours | mean trace | floor changes a day |\n|---|---|---|---|---|---|---|---|---|\n", seconds(start))
		row := func(name string, s pooled) {
			fmt.Fprintf(w, "| %s | %s | %.0f | %s | %s | %s | %s | %s | %.1f |\n", name, share(s.shortShare, 3), s.short, percent1(s.fewer),
				percent1(s.meanFewer), percent1(s.medianFewer), signed(s.more), signed(s.meanMore), s.floorChanges)
		}
		for _, policy := range policies {
			name := policy
			if policy == proof.PolicyHPA {
				name = "reactive HPA, 70 %"
			}
			row(name, b.pool(policy, start, target, nil))
			if policy == proof.PolicyHPA {
				row("reactive HPA, 50 %", b.pool(policy, start, lowTarget, nil))
			}
		}
		w.WriteString("\n")
	}
}

func (b *bench) writeFrontier(w *strings.Builder) {
	w.WriteString("## The frontier\n\nPooled short minutes against pod-hours, both relative to the reactive HPA at 70 %, pods start in 90 s. A line joins the targets 70 to\n" +
		"95 % of one policy; a lone mark is at 70 %, as are Highwater's quantiles from .3 to .997.\n\n![frontier](closedloop-frontier.svg)\n\n" +
		"Trace by trace, where the HPA alone is short for at least 0.1 % of minutes:\n\n![frontier by trace](closedloop-traces.svg)\n\n")
}

func (b *bench) writeEven(w *strings.Builder) {
	w.WriteString("## As short as the reactive HPA at 70 %, for fewer pods\n\nPods start in 90 s. The cheapest target of each policy at which its pooled short minutes are no more than those of the reactive HPA\nat 70 %, of those tried and interpolated between them.\n\n" +
		"| policy | target | pod-hours | fewer short minutes |\n|---|---|---|---|\n")
	for _, policy := range append([]string{proof.PolicyHighwater, budgeted(raisedBudget), proof.PolicyHPA}, b.rivalNames()...) {
		if e := b.evenShort(policy, mainStart); e.never {
			fmt.Fprintf(w, "| %s | – | short for longer at every target | |\n", policy)
		} else {
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", policy, percent1(e.target), signed(-e.fewer), percent1(e.shorter))
		}
	}
	fmt.Fprintf(w, "\nBy target, pooled:\n\n| target | highwater: short minutes | pod-hours | %s: short | pod-hours | reactive HPA: short | pod-hours |\n|---|---|---|---|---|---|---|\n", budgeted(raisedBudget))
	for _, t := range b.frontierTargets() {
		fmt.Fprintf(w, "| %s ", percent(t))
		for _, policy := range []string{proof.PolicyHighwater, budgeted(raisedBudget), proof.PolicyHPA} {
			if s := b.pool(policy, mainStart, t, nil); s.traces > 0 {
				fmt.Fprintf(w, "| ×%.3f | %s ", 1-s.fewer, signed(s.more))
			} else {
				w.WriteString("| – | – ")
			}
		}
		w.WriteString("|\n")
	}
	w.WriteString("\n")
}

func (b *bench) rivalNames() []string {
	var list []string
	for _, r := range b.rivals([]float64{target}) {
		if r.policy != proof.PolicyHPA {
			list = append(list, r.policy)
		}
	}
	return list
}

func (b *bench) writeBudgets(w *strings.Builder) {
	w.WriteString("## The risk budget, and what happened\n\nThe share of minutes that was short over the share stated. A budget binds on a trace if the HPA alone exceeds it there; where it does\nnot, no floors are needed.\n\n" +
		"| start | budget | binds on | happened there | over stated | happened on all | over stated | pod-hours there |\n|---|---|---|---|---|---|---|---|\n")
	for _, start := range starts {
		for _, budget := range budgets {
			there, all := b.happened(start, budget, true), b.happened(start, budget, false)
			if there.traces == 0 {
				continue
			}
			fmt.Fprintf(w, "| %s | %s | %d traces | %s | ×%.2f | %s | ×%.2f | %s |\n", seconds(start), percent1(budget), there.traces, percent2(there.shortShare),
				there.shortShare/budget, percent2(all.shortShare), all.shortShare/budget, signed(there.more))
		}
	}
	w.WriteString("\n")
}

func (b *bench) writeDominance(w *strings.Builder) {
	w.WriteString("## Who dominates whom\n\nOne point dominates another if it has as few or fewer short minutes and pod-hours, and fewer of one. One policy dominates another on\n" +
		"a trace if each of the other's points is dominated by one of its own. Pods start in 90 s. Highwater's points are its default and the\n" +
		"budgets; where the proof sets no floors, they are the HPA's own.\n\n")
	b.writeContests(w, highwaters())
	var rooms []string
	for _, x := range headrooms {
		rooms = append(rooms, fmt.Sprintf("%g", 100*x))
	}
	fmt.Fprintf(w, "\nThe bar takes the middle pair, the strictest: a peer is dominated only if it is at every target.\n\n"+
		"With each of the quantiles from %g to %g held all the time, with headrooms of %s %%, and without a proof: all that a team could have\n"+
		"chosen for itself, of which the best is known only afterwards.\n\n", proof.QuantileLadder[0], proof.QuantileLadder[len(proof.QuantileLadder)-1], strings.Join(rooms, ", "))
	b.writeContests(w, everyHighwater())
	w.WriteString("\n")
}

// writeContests writes how often the points of some of Highwater's policies
// dominate those of each peer, in three readings.
func (b *bench) writeContests(w *strings.Builder, ours []string) {
	w.WriteString("| peer | at 70 %: Highwater dominates | is dominated | the same point | any target: Highwater dominates | is dominated | the peer at 70 % only: Highwater dominates | is dominated |\n|---|---|---|---|---|---|---|---|\n")
	one, all := []float64{target}, b.frontierTargets()
	fixed, free := b.rivals(one), b.rivals(all)
	for i := range fixed {
		x, y, z := b.against(fixed[i], mainStart, ours, one), b.against(free[i], mainStart, ours, all), b.against(fixed[i], mainStart, ours, all)
		of := func(n int) string { return percent(float64(n) / float64(x.traces)) }
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", fixed[i].name, of(x.ours), of(x.theirs), of(x.same), of(y.ours), of(y.theirs), of(z.ours), of(z.theirs))
	}
}

// writeHeld writes what each quantile comes to.
func (b *bench) writeHeld(w *strings.Builder) {
	w.WriteString("## Each quantile by itself\n\nHighwater's floors at one quantile all the time, without a proof; pods start in 90 s, target 70 %. The columns are those of the tables above.\n\n" +
		"| policy | short minutes | fewer | mean trace | median trace | pod-hours | mean trace |\n|---|---|---|---|---|---|---|\n")
	for _, room := range headrooms {
		for _, tau := range proof.QuantileLadder {
			if s := b.pool(held(tau, room), mainStart, target, nil); s.traces > 0 {
				fmt.Fprintf(w, "| %s | %.0f | %s | %s | %s | %s | %s |\n", held(tau, room), s.short, percent1(s.fewer), percent1(s.meanFewer), percent1(s.medianFewer), signed(s.more), signed(s.meanMore))
			}
		}
	}
	w.WriteString("\n")
}

func (b *bench) writeRamps(w *strings.Builder) {
	w.WriteString("## The way up of a day\n\nOn traces with a proof, on days whose load rises by half or more: the longest wait on the way up, from the least load to an hour after the\n" +
		"largest, until the ready pods carry the load that has arrived; and until they are as many as the target asks for, less the tolerance.\nIn minutes.\n\n" +
		"| start | policy | days | wait, median | 95 % | days without a wait | for the target, median | 95 % |\n|---|---|---|---|---|---|---|---|\n")
	for _, start := range starts {
		for _, policy := range []string{proof.PolicyHPA, proof.PolicyHighwater} {
			waits, behind := b.waitsOf(policy, start)
			if len(waits) == 0 {
				continue
			}
			none, _ := slices.BinarySearch(waits, 1)
			fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s | %s | %s |\n", seconds(start), policy, len(waits), minutes(at(waits, 0.5)), minutes(at(waits, 0.95)),
				percent(float64(none)/float64(len(waits))), minutes(at(behind, 0.5)), minutes(at(behind, 0.95)))
		}
	}
	w.WriteString("\n")
}

func (b *bench) writeRefused(w *strings.Builder) {
	w.WriteString("## Where the proof is refused\n\nThe rule for \"not predictable\": the proof at the end of the trace is refused, pods start in 90 s. Floors were chosen day by day, so that some\nmay have been set while it held.\n\n" +
		"| trace | verdict | HPA short minutes | Highwater | HPA pod-hours | Highwater |\n|---|---|---|---|---|---|\n")
	for _, p := range b.traces {
		if !refused(mainStart)(p) {
			continue
		}
		own, _ := p.find(proof.PolicyHighwater, mainStart, target)
		a := p.alone(mainStart)
		fmt.Fprintf(w, "| %s | %s: %s | %s | %s | %.0f | %.0f |\n", p.name, own.verdict, own.detail, short(a.ShortMinutes), short(own.ShortMinutes), a.PodHours, own.PodHours)
	}
	s := b.pool(proof.PolicyHighwater, mainStart, target, refused(mainStart))
	if s.traces > 0 {
		fmt.Fprintf(w, "\nTogether: %s fewer short minutes at %s pod-hours.\n", percent1(s.fewer), signed(s.more))
	}
	w.WriteString("\n")
}

// writeTraces writes one table by trace, with short minutes and pod-hours of
// each policy relative to the reactive HPA.
func (b *bench) writeTraces(w *strings.Builder) {
	w.WriteString("## Trace by trace\n\nPods start in 90 s, target 70 %. Each cell: short minutes / pod-hours relative to the reactive HPA, of which the first columns are absolute.\nA dash: the HPA is never short. All figures of all studies are in [closedloop.csv](closedloop.csv).\n\n")
	policies := slices.DeleteFunc(b.policies(mainStart, target), func(s string) bool { return s == proof.PolicyHPA })
	fmt.Fprintf(w, "| trace | days | proof | HPA short minutes | of all | pod-hours | %s |\n|---|---|---|---|---|---|%s\n", strings.Join(policies, " | "), strings.Repeat("---|", len(policies)))
	for _, p := range b.traces {
		a := p.alone(mainStart)
		own, _ := p.find(proof.PolicyHighwater, mainStart, target)
		verdict := string(own.verdict)
		if own.verdict == proof.Proven {
			verdict += fmt.Sprintf(", %g", own.quantile)
		}
		fmt.Fprintf(w, "| %s | %.1f | %s | %s | %s | %.0f |", p.name, a.Minutes/1440, verdict, short(a.ShortMinutes), percent2(a.ShortMinutes/a.Minutes), a.PodHours)
		for _, policy := range policies {
			r, _ := p.find(policy, mainStart, target)
			ratio := "–"
			if a.ShortMinutes > 0 {
				ratio = fmt.Sprintf("%.2f", r.ShortMinutes/a.ShortMinutes)
			} else if r.ShortMinutes > 0 {
				ratio = "∞"
			}
			fmt.Fprintf(w, " %s / %.3f |", ratio, r.PodHours/a.PodHours)
		}
		w.WriteString("\n")
	}
	w.WriteString("\n")
}

// writeCeiling tells where pods were as many as they may be.
func (b *bench) writeCeiling(w *strings.Builder) {
	fmt.Fprintf(w, "## The ceiling\n\nThe ceiling of %d pods is hit on these traces, apart from phpa, whose forecasts diverge:\n\n", ceiling)
	n := 0
	for _, p := range b.traces {
		var who []string
		for _, r := range p.rows {
			if r.start == mainStart && r.target == target && r.MaxPods >= ceiling && r.policy != policyPHPA && !isHeld(r.policy) {
				who = append(who, r.policy)
			}
		}
		if len(who) == 0 && p.most <= ceiling {
			continue
		}
		n++
		fmt.Fprintf(w, "- %s: the largest scored load needs %.0f pods at the target; %d at once under %s.\n", p.name, p.most, ceiling, strings.Join(who, ", "))
	}
	if n == 0 {
		w.WriteString("None.\n")
	}
	w.WriteString("\n")
}

func (b *bench) writePeers(w *strings.Builder) {
	w.WriteString("## Who is played\n\nPeers are written anew in Go from their published behaviour; none is the original program. Their forecasts know what Highwater's know. Where\n" +
		"a peer sets replicas itself, a floor of as many stands in for it, and the HPA is its reactive part.\n\n" +
		"| policy | what it is |\n|---|---|\n| reactive HPA | no floors |\n")
	fmt.Fprintf(w, "| highwater | floors of Highwater with its default cost ratio of %g, quantile chosen each day on the days before, only while the proof holds; lead time: start + %s |\n",
		recommender.DefaultPolicy().Risk.Ratio, seconds(margin))
	w.WriteString("| highwater 0.1 %, … | the same with a risk budget |\n| naive | the same machinery with yesterday's load and its empirical quantiles as the forecast |\n| oracle | floors of one who knows the load |\n")
	for _, p := range peers {
		fmt.Fprintf(w, "| %s | %s |\n", p.name, p.about)
	}
	var none []string
	for _, p := range b.traces {
		if !p.forecasts {
			none = append(none, p.name)
		}
	}
	said := "It had a forecast on every trace at some time."
	if len(none) > 0 {
		said = fmt.Sprintf("It says nothing on %d of %d traces: %s.", len(none), len(b.traces), strings.Join(none, ", "))
	}
	fmt.Fprintf(w, "| crane | Crane's EffectiveHPA: its DSP forecast (a period of exactly one day or one week, or none), the largest of the next hour, cut to an integer in the trace's own unit, as one more metric of the HPA; 15 days of history, fitted every 12 h. %s |\n", said)
	w.WriteString("\nPHPA's reactive part acts on the same replicas that its model learns from, and its down-stabilization of five minutes also holds what was forecast;\nboth are kept. Its example step of 15 s would end before any pod is Ready; five minutes favour it.\n")
}

// terminal is the outcome in a few lines.
func (b *bench) terminal() string {
	var w strings.Builder
	for _, x := range b.bars() {
		word := "yes"
		if !x.reached {
			word = "no "
		}
		fmt.Fprintf(&w, "%s  %s: %s (%s)\n", word, x.what, x.measured, x.goal)
	}
	return w.String()
}

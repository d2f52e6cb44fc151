package proof

import (
	"fmt"
	"math"

	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// A Verdict says in one word what a replay proved.
type Verdict string

// The verdicts.
const (
	Proven      Verdict = "Proven"      // floors serve better than the HPA alone, naive floors and a constant minReplicas
	NotNeeded   Verdict = "NotNeeded"   // the HPA alone is short for less than is worth a pod
	NoGain      Verdict = "NoGain"      // floors cost more than the short minutes that they avoid
	NaiveWins   Verdict = "NaiveWins"   // floors from the seasonal naive forecast serve better
	NoForesight Verdict = "NoForesight" // a constant minReplicas would serve as well: nothing is foreseen
	DidHarm     Verdict = "DidHarm"     // as it would have been run, it served worse than the HPA alone
)

const (
	// minGain is the least share of the cost that floors have to save.
	minGain = 0.001
	// minFewer is the least share of the short minutes that floors have to avoid.
	minFewer = 0.1
	// Nothing is foreseen if a constant minReplicas has all but foresight of the
	// gain, and costs next to nothing more.
	foresight  = 0.1
	nextToNone = 1.05
	// naiveLead is how much more than floors by the model those by the naive
	// forecast have to save to be called better.
	naiveLead = 1.1
	// harm is how much more than the HPA alone it may have cost, as it would
	// have been run.
	harm = 0.02
	// least is the share of minutes that being short is worth a floor for: one in a
	// week.
	least = 1e-4
	// lookBack is how many days a choice rests on, at the most.
	lookBack = 28
)

// A policySet is all policies of a stage.
type policySet struct {
	hpa       policy
	ladder    []policy
	naive     []policy
	constants []policy
}

// A choice is the quantile that serves best on some days, or why none does.
type choice struct {
	index   int // in the ladder; −1 is none
	verdict Verdict
	detail  string
}

// weigh returns how short minutes weigh against pods on the days from lo to hi.
func (f *policySet) weigh(r recommender.Risk, lo, hi int) scale {
	ratio := r.Ratio
	if ratio == 0 {
		ratio = recommender.DefaultRatio
	}
	base := f.hpa.over(lo, hi)
	return scale{budget: r.Budget, worth: ratio * base.podHours / max(base.minutes, 1)}
}

// cheapest returns the policy that costs least from lo to hi; −1 if there is none.
func cheapest(list []policy, sc scale, lo, hi int) (best int, cost float64) {
	best, cost = -1, math.Inf(1)
	for i := range list {
		if c := sc.cost(list[i].over(lo, hi)); c < cost*(1-1e-9) {
			best, cost = i, c
		}
	}
	return best, cost
}

// choose picks from what was known after the given number of days. A quantile
// that the user set says by itself what may be paid: with it, floors need only
// leave less short. A budget is to be met, even if nothing is foreseen.
func (f *policySet) choose(r recommender.Risk, day int) choice {
	plain := r == recommender.Risk{}
	lo := max(0, day-lookBack)
	sc := f.weigh(r, lo, day)
	base := f.hpa.over(lo, day)
	alone := sc.cost(base)
	best, cost := cheapest(f.ladder, sc, lo, day)
	if best < 0 || base.minutes == 0 {
		return choice{-1, NoGain, "nothing was replayed"}
	}
	own := f.ladder[best].over(lo, day)
	refuse := func(v Verdict, format string, args ...any) choice {
		return choice{-1, v, "over " + daysOf(base.minutes) + " " + fmt.Sprintf(format, args...)}
	}
	if excess := base.short - r.Budget*base.minutes; excess < least*base.minutes {
		if r.Budget > 0 {
			return refuse(NotNeeded, "the HPA alone was short for %s, within the budget of %s", minutesOf(base), explain.Percent(r.Budget))
		}
		return refuse(NotNeeded, "the HPA alone was short for %s", minutesOf(base))
	}
	if cost > alone*(1-minGain) && !plain || own.short > base.short*(1-minFewer) {
		return refuse(NoGain, "the HPA alone was short for %s; the best floors would have left %s, at %s",
			minutesOf(base), minutesOf(own), more(own, base))
	}
	if i, c := cheapest(f.naive, sc, lo, day); i >= 0 && alone-c > naiveLead*(alone-cost) &&
		(!plain || base.short-f.naive[i].over(lo, day).short > naiveLead*(base.short-own.short)) {
		n := f.naive[i].over(lo, day)
		return refuse(NaiveWins, "yesterday's load as the forecast would have served better: short for %s at %s, against %s at %s",
			minutesOf(n), more(n, base), minutesOf(own), more(own, base))
	}
	if i, c := cheapest(f.constants, sc, lo, day); i >= 0 && !plain && r.Budget == 0 && c < cost*nextToNone && c-cost < foresight*(alone-cost) {
		n := f.constants[i].over(lo, day)
		return refuse(NoForesight, "%s would have served as well: short for %s at %s, against %s at %s",
			f.constants[i].name, minutesOf(n), more(n, base), minutesOf(own), more(own, base))
	}
	return choice{best, Proven, fmt.Sprintf("over %s floors at %s throughout would have been short for %s instead of %s, at %s",
		daysOf(base.minutes), explain.Quantile(f.ladder[best].quantile), minutesOf(own), explain.Digits(base.short), more(own, base))}
}

func minutesOf(t totals) string {
	return fmt.Sprintf("%s of %.0f minutes", explain.MinutesCell(t.short), t.minutes)
}

// daysOf writes minutes that are known as days.
func daysOf(minutes float64) string {
	if text := explain.Digits(minutes / (24 * 60)); text != "1" {
		return text + " days"
	}
	return "1 day"
}

// more says by how much pod-hours differ.
func more(t, base totals) string {
	return explain.Change(base.podHours, t.podHours, "pod-hours")
}

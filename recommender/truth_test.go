package recommender

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

// TestEveryMessageIsTrue draws situations, decides, takes the sentence apart and
// holds each clause to what the decision was made from. What is said to come
// is looked up by deciding again, just before it and then.
func TestEveryMessageIsTrue(t *testing.T) {
	n := 12_000
	if testing.Short() {
		n = 2_000
	}
	r := rand.New(rand.NewPCG(1, 20261128))
	seen := map[explain.Cause]int{}
	for i := range n {
		sc := draw(r)
		d := Decide(sc.p, sc.in)
		seen[d.Cause]++
		if wrong := claims(sc, d); wrong != "" {
			t.Fatalf("situation %d: %s\n%s (%s, bound by %q)\nat %s\n%+v\n%+v\n%+v", i, wrong, d.Message, d.Cause, d.Bound, sc.in.Now, d.Steps, sc.p, sc.in.Memory)
		}
	}
	enough(t, seen)
}

// TestEveryMessageIsTrueHoursAfterThePeak walks on from drawn situations, tick
// by tick with its own memory, as a process does: through peaks and the hours
// after them, floors that somebody overwrites, and forecasts that get lost.
func TestEveryMessageIsTrueHoursAfterThePeak(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 10
	}
	r := rand.New(rand.NewPCG(2, 20261128))
	seen := map[explain.Cause]int{}
	for range n {
		sc := draw(r)
		sc.in.Floor = min(max(sc.in.Floor, sc.in.Baseline), sc.in.Ceiling)
		signals := sc.in.Signals
		every := 15*time.Second + time.Duration(r.Int64N(int64(2*time.Minute)))
		for len(signals) > 0 {
			d := Decide(sc.p, sc.in)
			seen[d.Cause]++
			if wrong := claims(sc, d); wrong != "" {
				t.Fatalf("%s\n%s (%s, bound by %q)\nat %s\n%+v\n%+v\n%+v", wrong, d.Message, d.Cause, d.Bound, sc.in.Now, d.Steps, sc.p, sc.in.Memory)
			}
			sc.in.Now, sc.in.Floor, sc.in.Memory = sc.in.Now.Add(every), d.Floor, d.Memory
			switch x := r.Float64(); {
			case x < 0.01:
				sc.in.Floor = sc.in.Baseline
			case x < 0.02:
				sc.in.Signals = nil
			case x < 0.03:
				sc.p.Suspend = true
			case x < 0.1:
				sc.in.Signals, sc.p.Suspend = signals, false
			}
			if r.IntN(150) == 0 {
				break
			}
		}
	}
	t.Log(seen)
}

// enough fails t if a cause was hardly ever seen.
func enough(t *testing.T, seen map[explain.Cause]int) {
	t.Helper()
	t.Log(seen)
	for _, c := range []explain.Cause{
		explain.Need, explain.Headroom, explain.Ramp, explain.RoundedUp, explain.Hold, explain.Quiet, explain.SmallFall,
		explain.Baseline, explain.LimitsMin, explain.LimitsMax, explain.MaxReplicas, explain.Doubt, explain.DoubtOver,
		explain.NoForecast, explain.Suspended, explain.StepUp, explain.StepDown, explain.StepNotDue, explain.StepsGathered,
	} {
		if seen[c] < 10 && !testing.Short() {
			t.Errorf("cause %s was seen %d times: the draw does not test it", c, seen[c])
		}
	}
}

// A claim is a clause that a message may have, and what makes it false.
type claim struct {
	words *regexp.Regexp
	check func(c *court, m []string) string
}

// words makes a clause's pattern: N a number of pods, Q a load, T a time, S a
// span, P a share.
func words(text string) *regexp.Regexp {
	text = regexp.QuoteMeta(text)
	for mark, pattern := range map[string]string{
		"<N>": `(\d+)`, "<NP>": `(\d+) pods?`, "<Q>": `([0-9.e+-]+[kMGT]?(?: [A-Za-z/]+)?)`, "<T>": `((?:\d+ \w{3} )?(?:\d{4} )?\d\d:\d\d:\d\d UTC)`,
		"<S>": `((?:\d+ (?:h|min|s|ms) ?)+)`, "<P>": `([0-9.]+) %`, "<W>": `([\w.]+)`,
	} {
		text = strings.ReplaceAll(text, mark, pattern)
	}
	return regexp.MustCompile("^" + text + "$")
}

var claimed = []claim{
	{words("<Q> of <W> may come within <S> (p<Q>), which needs <NP> of <Q> each"), (*court).demand},
	{words("<Q> of <W> may come now (p<Q>), which needs <NP> of <Q> each"), (*court).demandNow},
	{words("<Q> of <W> may come within <S> (p<Q>), which needs <NP> of <Q> each with <P> headroom"), (*court).demand},
	{words("<Q> of <W> may come now (p<Q>), which needs <NP> of <Q> each with <P> headroom"), (*court).demandNow},
	{words("<Q> of <W> came last, and no forecast begins within <S>, which needs <NP> of <Q> each"), (*court).present},
	{words("<Q> of <W> came last, and no forecast begins within <S>, which needs <NP> of <Q> each with <P> headroom"), (*court).present},
	{words("<NP> will be needed at <T>, and steps reach that in time from <N> on"), (*court).ramp},
	{words("<NP> will be needed at <T>, of which <W> allows <N>, and steps reach that in time from <N> on"), (*court).rampCut},
	{words("<N> are rounded up to <N>, so that a climb takes few changes"), (*court).rounded},
	{words("it counts as needed until <T>, and is held for <S> from then, until <T>"), (*court).hold},
	{words("<NP> will be needed at <T>, within the quiet time of <S>, so it falls no further"), (*court).quiet},
	{words("a fall to <N> would be less than an eighth, which is not worth a change"), (*court).smallFall},
	{words("the baseline of <N> is more"), (*court).baseline},
	{words("limits.min asks for <N>"), (*court).limitsMin},
	{words("limits.min asks for <N>, of which <W> allows <N>"), (*court).limitsMinCut},
	{words("limits.min asks for more: <N>"), (*court).limitsMin},
	{words("limits.min asks for more: <N>, of which <W> allows <N>"), (*court).limitsMinCut},
	{words("maxReplicas allows no more than <N>"), (*court).maxReplicas},
	{words("limits.max allows no more than <N>"), (*court).limitsMax},
	{words("limits.max allows no more than <N>, but no floor is below the baseline of <N>"), (*court).limitsMaxLow},
	{words("doubt holds the floor until <T>, or until there is a forecast again"), (*court).doubt},
	{words("lost"), (*court).lost},
	{words("lost, for at least <S>"), (*court).lostFor},
	{words("it goes back to <N>, for what is forecast"), (*court).backToForecast},
	{words("it goes back to limits.min, <N>"), (*court).backToLimit},
	{words("it goes back to the baseline of <N>"), (*court).backToBaseline},
	{words("suspended"), (*court).suspended},
	{words("it rises in steps towards <N>: at most <P> or <NP> each <S>"), (*court).up},
	{words("it rises in steps towards <N>: at most <P> or <NP> each <S>, and never more than <NP>"), (*court).up},
	{words("it comes down in steps towards <N>: at most <P> or 1 pod each <S>"), (*court).down},
	{words("it comes down in steps towards <N>: at most <P> or 1 pod each <S>, up to <N> steps at once"), (*court).down},
	{words("it rises in steps towards <N>, and the next is due at <T>"), (*court).next},
	{words("it comes down in steps towards <N>, and the next is due at <T>"), (*court).next},
	{words("it comes down in steps towards <N>, up to 5 at once, and the next is due at <T>"), (*court).next},
	{words("it rises in steps towards <N>"), (*court).towards},
	{words("it comes down in steps towards <N>"), (*court).towards},
	{words("it comes down in steps towards <N>, up to 5 at once"), (*court).towards},
	{words("on the way it is never below the baseline of <N>"), (*court).edgeLow},
	{words("on the way it is never above maxReplicas, <N>"), (*court).edgeHigh},
}

var (
	head = regexp.MustCompile(`^floor (\d+)(?: \(baseline (\d+)\))?: `)
	lost = regexp.MustCompile(`(?:no forecast|a forecast is missing) \(\w+\): (?:the forecast of \w+ does not reach this far; its history is too old|[a-z ]+)`)
)

// claims returns what is false in the words of a decision; empty if nothing is.
func claims(sc scene, d Decision) string {
	c := newCourt(sc, d)
	m := head.FindStringSubmatch(d.Message)
	switch {
	case m == nil:
		return "the message has no head"
	case m[1] != fmt.Sprint(d.Floor):
		return "the floor is another"
	case m[2] == "" != (d.Floor == sc.in.Baseline) || m[2] != "" && m[2] != fmt.Sprint(sc.in.Baseline):
		return "the baseline is another"
	}
	text := lost.ReplaceAllString(d.Message[len(m[0]):], "lost")
	c.clauses = strings.Split(text, "; ")
	for _, clause := range c.clauses {
		i := slices.IndexFunc(claimed, func(x claim) bool { return x.words.MatchString(clause) })
		if i < 0 {
			return fmt.Sprintf("nobody knows the clause %q", clause)
		}
		if wrong := claimed[i].check(c, claimed[i].words.FindStringSubmatch(clause)); wrong != "" {
			return fmt.Sprintf("%q: %s", clause, wrong)
		}
	}
	if wrong := c.reason(); wrong != "" {
		return wrong
	}
	return c.bound()
}

package explain

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	proofPart = "The proof, on its own past"
	next      = "next"
)

// The sentences on a proof, and on what to do.
func init() {
	told = append(told,
		tells(proofPart, "no proof yet", func(c *storyCourt, _ []string) string {
			return wrong(c.p().Verdict != "" || c.p().Pending != "", "there is more")
		}),
		tells(proofPart, "no proof yet: <X>", func(c *storyCourt, m []string) string { return first(is(c.p().Verdict, ""), is(m[1], c.p().Pending)) }),
		tells(proofPart, "withdrawn: <X>", func(c *storyCourt, m []string) string { return is(m[1], c.p().Withdrawn) }),
		tells(proofPart, "proven; over <Q> days floors would have left it short for <M> instead of <M>, at <X>", func(c *storyCourt, m []string) string {
			alone, own := c.played("hpa"), c.played("highwater")
			return first(c.verdict("Proven"), quantity(m[1], c.p().To.Sub(c.p().From).Hours()/24, ""), minutes(m[2], own.ShortMinutes), minutes(m[3], alone.ShortMinutes),
				wrong(own.ShortMinutes >= alone.ShortMinutes, "that is no gain"), podHours(m[4], own.PodHours/alone.PodHours-1))
		}),
		tells(proofPart, "proven; <X>", func(c *storyCourt, m []string) string { return first(c.verdict("Proven"), is(m[1], c.p().Detail)) }),
		tells(proofPart, "proven", func(c *storyCourt, _ []string) string { return c.verdict("Proven") }),
		tells(proofPart, "not needed: the HPA alone serves this load", func(c *storyCourt, _ []string) string { return c.verdict("NotNeeded") }),
		tells(proofPart, "no gain: floors would cost more than the short minutes that they avoid", func(c *storyCourt, _ []string) string { return c.verdict("NoGain") }),
		tells(proofPart, "refused: yesterday's load as the forecast would serve better", func(c *storyCourt, _ []string) string { return c.verdict("NaiveWins") }),
		tells(proofPart, "refused: a constant minReplicas would serve as well", func(c *storyCourt, _ []string) string { return c.verdict("NoForesight") }),
		tells(proofPart, "refused: floors would have done harm", func(c *storyCourt, _ []string) string { return c.verdict("DidHarm") }),
		tells(proofPart, "<X>; over <Q> days it was short for <M> of <N> minutes", func(c *storyCourt, m []string) string {
			alone := c.played("hpa")
			return first(wrong(!strings.Contains("not needed no gain refused", strings.Split(m[1], ":")[0]), "what is it?"), wrong(c.p().Verdict == "Proven", "it is proven"),
				quantity(m[2], c.p().To.Sub(c.p().From).Hours()/24, ""), minutes(m[3], alone.ShortMinutes), is(num(m[4]), int(alone.Minutes)))
		}),
		tells(proofPart, "floors by | short minutes | pod-hours | changes", func(*storyCourt, []string) string { return "" }),
		tells(proofPart, "<X> | <M> | <Q> | <N>", (*storyCourt).row),
		tells(proofPart, "<X> | <M> | <P> | <N>", (*storyCourt).row),
		tells(proofPart, "outcomes count from <D> to <D>; made at <T>", func(c *storyCourt, m []string) string {
			return first(c.time(m[1], c.p().From), c.time(m[2], c.p().To), c.time(m[3], c.p().MadeAt))
		}),
		tells(proofPart, "the verdict rests on all from <D> to <D>: <X>", func(c *storyCourt, m []string) string {
			return first(c.time(m[1], c.p().Since), c.time(m[2], c.p().To), is(m[3], c.p().Detail))
		}),

		tells(next, "mend <X>: <X>", func(c *storyCourt, m []string) string {
			return wrong(!slices.ContainsFunc(c.s.Problems, func(p Problem) bool { return p.Field == m[1] && p.Message == m[2] }), "there is no such problem")
		}),
		tells(next, "wait for more history: <X>", missing("TooShort")),
		tells(next, "wait for the first forecast: <X>", missing("NotYetFitted")),
		tells(next, "say what a pod carries, by spec.load.perPod of a FloorPolicy or a target of the autoscaler: <X>", missing("NoCapacity")),
		tells(next, "set spec.load.query of a FloorPolicy to the rate of it: <X>", missing("Counter")),
		tells(next, "see that Prometheus answers the query: <X>", missing("QueryFailed")),
		tells(next, "see that Prometheus has the metric, without long gaps: <X>", missing("Stale")),
		tells(next, "see to it that there is a load to read: <X>", missing("NoMetric")),
		tells(next, "raise maxReplicas (<N>): <X>", func(c *storyCourt, m []string) string {
			return first(is(num(m[1]), int(c.s.Ceiling)), wrong(!slices.Contains(c.s.Warnings, Remark{"CeilingTooLow", m[2]}), "nothing says so"))
		}),
		tells(next, "<X>: what a pod carries of <X> is assumed", func(c *storyCourt, m []string) string {
			return wrong(!slices.ContainsFunc(c.s.Loads, func(l Load) bool {
				_, own, ok := strings.Cut(l.Capacity.Assumed, "; ")
				return l.Name == m[2] && l.Capacity.Assumed != "" && (ok && own == m[1] || !ok && strings.HasPrefix(m[1], "set spec.load.perPod"))
			}), "it is not")
		}),
		tells(next, "set mode: Enforce in a FloorPolicy; it would save <M> of being short a week", func(c *storyCourt, m []string) string {
			alone, own := c.played("hpa"), c.played("highwater")
			saved := (alone.ShortMinutes/alone.Minutes - own.ShortMinutes/own.Minutes) * 7 * 24 * 60
			return first(c.enforceable(), minutes(m[1], saved), wrong(!(saved > 0), "it saves nothing"))
		}),
		tells(next, "set mode: Enforce in a FloorPolicy; the proof holds", func(c *storyCourt, _ []string) string { return c.enforceable() }),
		tells(next, "wait for the next proof; the last was withdrawn: <X>", func(c *storyCourt, m []string) string { return is(m[1], c.p().Withdrawn) }),
		tells(next, "wait for the proof: <X>", func(c *storyCourt, m []string) string { return first(is(c.p().Verdict, ""), is(m[1], c.p().Pending)) }),
		tells(next, "raise the autoscaler's own minReplicas: a constant one would serve as well as forecasts", func(c *storyCourt, _ []string) string { return c.verdict("NoForesight") }),
		tells(next, "nothing for the peaks: the autoscaler keeps up by itself", func(c *storyCourt, _ []string) string { return c.verdict("NotNeeded") }),
		tells(next, "take spec.suspend out of the policy once the reason for it is gone", func(c *storyCourt, _ []string) string { return is(c.s.Suspended, true) }),
		tells(next, "see why the last tick failed: <X>", func(c *storyCourt, m []string) string { return is(m[1], c.s.Failed) }),
		tells(next, "see the warnings above", func(c *storyCourt, _ []string) string { return wrong(len(c.s.Warnings) == 0, "there are none") }),
		tells(next, "nothing: it runs as it should", func(c *storyCourt, _ []string) string {
			trouble := len(c.s.Problems) + len(c.s.Warnings)
			for _, l := range c.s.Loads {
				if l.Missing != nil || l.Capacity.Assumed != "" {
					trouble++
				}
			}
			return wrong(trouble > 0 || c.s.Failed != "" || c.s.Suspended || c.p().Withdrawn != "", "it does not")
		}),
	)
}

func (c *storyCourt) p() *Proof { return &c.s.Proof }

func (c *storyCourt) verdict(want string) string {
	return first(is(c.p().Verdict, want), wrong(c.p().Withdrawn != "", "it was withdrawn"))
}

func (c *storyCourt) enforceable() string {
	return first(c.verdict("Proven"), is(c.s.Mode, "Observe"))
}

func (c *storyCourt) played(policy string) Played {
	return c.p().Results[slices.IndexFunc(c.p().Results, func(r Played) bool { return r.Policy == policy })]
}

func missing(code string) func(c *storyCourt, m []string) string {
	return func(c *storyCourt, m []string) string { return c.isMissing(code, m[1]) }
}

// row is what one policy came to.
func (c *storyCourt) row(m []string) string {
	shown := map[string]string{"HPA alone": "hpa", "Highwater": "highwater", "yesterday's load": "naive", "best constant": "constant", "perfect foresight": "oracle", "q0.95": "q0.95"}
	r, alone := c.played(shown[m[1]]), c.played("hpa")
	cost, err := strconv.ParseFloat(m[3], 64)
	fault := wrong(err != nil || math.Abs(cost-r.PodHours) > 0.5, "it is %g pod-hours", r.PodHours)
	if strings.ContainsAny(m[3], "+-") {
		want := 100 * (r.PodHours/alone.PodHours - 1)
		fault = wrong(err != nil || math.Abs(cost-want) > 0.051, "it is %g %%", want)
	}
	return first(minutes(m[2], r.ShortMinutes), fault, is(num(m[4]), r.Changes))
}

// podHours is a change of them in words.
func podHours(text string, want float64) string {
	said, sign := strings.CutSuffix(text, " % more pod-hours")
	factor := 1.0
	if !sign {
		if said, sign = strings.CutSuffix(text, " % fewer pod-hours"); !sign {
			return wrong(text != "as many pod-hours" || math.Abs(want) > 5.1e-5, "it is %g", want)
		}
		factor = -1
	}
	return share(said, factor*want)
}

// minutes says what is wrong with a short time, in minutes or, below one, in seconds.
func minutes(text string, want float64) string {
	number, unit, _ := strings.Cut(text, " ")
	said, err := strconv.ParseFloat(number, 64)
	switch unit {
	case "s":
		said /= 60
	case "ms":
		said /= 60_000
	}
	return first(wrong(err != nil || math.Abs(said-want) > max(0.0051*want, 0.51/60), "%s is %g minutes", text, want),
		wrong(strings.HasSuffix(unit, "s") && len(unit) < 3 != (want > 0 && want < 1), "it is %g minutes", want))
}

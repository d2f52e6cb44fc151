package explain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// told are all sentences that a story may have.
var told = []telling{
	tells("title", "<X>: <X> of <X>, <X>, policy <X>", func(c *storyCourt, m []string) string {
		mode, policy := c.s.Mode, c.s.Policy
		if c.s.Suspended {
			mode += ", suspended"
		}
		if policy == "" {
			policy = "defaults"
		}
		return first(is(m[1], c.s.Name), is(m[2], c.s.Kind), is(m[3], c.s.Target), is(m[4], mode), is(m[5], policy))
	}),
	tells("", "<X> is <N>, the baseline <N>, the ceiling <N>; <N> replica<s> run<s> at <T>", (*storyCourt).counts),
	tells("", "the last tick failed: <X>", func(c *storyCourt, m []string) string { return is(m[1], c.s.Failed) }),
	tells("", "<X>: <X>", func(c *storyCourt, m []string) string { return first(is(m[1], c.s.Reason), is(m[2], c.s.Message)) }),

	tells("name", "<X>", func(c *storyCourt, m []string) string { return is(m[1], c.l.Name) }),
	tells("The load", "<Q> at <T>, <A> ago", func(c *storyCourt, m []string) string {
		return first(quantity(m[1], c.l.Value, c.l.Unit), c.time(m[2], c.l.Newest), age(m[3], c.s.Now.Sub(c.l.Newest)))
	}),
	tells("The load", "<Q> at <T>, <A> ahead of this clock", func(c *storyCourt, m []string) string {
		return first(quantity(m[1], c.l.Value, c.l.Unit), c.time(m[2], c.l.Newest), age(m[3], c.l.Newest.Sub(c.s.Now)),
			wrong(!c.l.Newest.After(c.s.Now), "it is not"))
	}),
	tells("The load", "read by <X> from <X>", func(c *storyCourt, m []string) string {
		return first(is(m[1], c.l.Query), wrong(m[2] != c.l.From && (c.l.From != "" || m[2] != "the autoscaler"), "it is from %s", c.l.From))
	}),
	tells("The load", "<A> of history, since <D>; <N> point<s> without flaws", (*storyCourt).history),
	tells("The load", "<A> of history, since <D>; <N> point<s>, <X>", (*storyCourt).history),
	tells("The load", "Prometheus: <X>", func(c *storyCourt, m []string) string {
		return wrong(!slices.Contains(c.l.Remarks, m[1]), "it does not say so")
	}),

	tells("What a pod carries", "not known; <X>", func(c *storyCourt, m []string) string {
		return first(wrong(c.l.Capacity.PerPod > 0, "it is known"), wrong(m[1] != c.l.Capacity.Source && c.l.Capacity.Source != "", "another is the source"))
	}),
	tells("What a pod carries", "beyond <Q> a pod is full, and the workload short", func(c *storyCourt, m []string) string {
		return quantity(m[1], c.l.Capacity.Full, c.l.Unit)
	}),
	tells("What a pod carries", "assumed: <X>", func(c *storyCourt, m []string) string { return is(m[1], c.l.Capacity.Assumed) }),
	tells("What a pod carries", "nothing was learned of it from the past yet", func(c *storyCourt, _ []string) string {
		return wrong(c.l.Capacity.Learned != nil, "something was")
	}),
	tells("What a pod carries", "learned from <X> (<X>): <Q>; <X>", func(c *storyCourt, m []string) string {
		l := c.l.Capacity.Learned
		return first(is(m[1], l.Method), is(m[2], strings.ToLower(l.Confidence)), quantity(m[3], l.PerPod, c.l.Unit), is(m[4], l.Why))
	}),
	tells("What a pod carries", "<X> says at least <Q>, from <N> observation<s> (<X>)", func(c *storyCourt, m []string) string {
		e := c.estimate(m[1])
		return first(wrong(!e.AtLeast, "the limit was reached"), quantity(m[2], e.PerPod, c.l.Unit), is(num(m[3]), e.Observations), is(m[4], strings.ToLower(e.Confidence)))
	}),
	tells("What a pod carries", "<X> says <Q>, between <Q> and <Q>, from <N> observation<s> (<X>)", func(c *storyCourt, m []string) string {
		e := c.estimate(m[1])
		return first(wrong(e.AtLeast, "the limit was never reached"), quantity(m[2], e.PerPod, c.l.Unit), quantity(m[3], e.Low, c.l.Unit), quantity(m[4], e.High, c.l.Unit),
			is(num(m[5]), e.Observations), is(m[6], strings.ToLower(e.Confidence)))
	}),
	tells("What a pod carries", "<X> says nothing (<X>): <X>", func(c *storyCourt, m []string) string {
		return wrong(!slices.Contains(c.l.Capacity.Learned.Refusals, Refusal{m[1], m[2], m[3]}), "it did not refuse so")
	}),
	tells("What a pod carries", "<Q>: <X>", func(c *storyCourt, m []string) string {
		source := c.l.Capacity.Source
		return first(quantity(m[1], c.l.Capacity.PerPod, c.l.Unit), wrong(m[2] != source && (source != "" || m[2] != "as the policy says"), "the source is %s", source))
	}),

	tells("Its forecast", "none (<X>): <X>", func(c *storyCourt, m []string) string {
		return wrong(c.l.Missing == nil || *c.l.Missing != Remark{m[1], m[2]}, "there is one, or it lacks something else")
	}),
	tells("Its forecast", "of <N> forecast<s> that came due, p<Q> covered <P>", (*storyCourt).score),
	tells("Its forecast", "of <N> forecast<s> that came due, p<Q> covered <P>; the median was off by <P>", (*storyCourt).score),
	tells("Its forecast", "no forecast has come due since this process started, so how good they are is not known yet", func(c *storyCourt, _ []string) string {
		return wrong(c.l.Score.Matured > 0, "some have")
	}),
	tells("Its forecast", "found in the history: <X>", func(c *storyCourt, m []string) string {
		return wrong(!slices.Contains(c.l.Findings, m[1]), "that was not found")
	}),
	tells("Its forecast", "<X>", func(c *storyCourt, m []string) string { return is(m[1], c.l.Method) }),

	tells("Lead time", "<A> from raising the floor to the pods being ready, as in force", func(c *storyCourt, m []string) string {
		return age(m[1], c.s.LeadTime)
	}),
	tells("Lead time", "seen: <A> (<X>): <X>", func(c *storyCourt, m []string) string {
		return first(age(m[1], c.s.Lead.Time), is(m[2], strings.ToLower(c.s.Lead.Confidence)), is(m[3], c.s.Lead.Why))
	}),

	tells("What is coming", "the peak: <Q> at <T>, in <A>, which needs <N> pod<s>", func(c *storyCourt, m []string) string {
		return first(c.peak(m[1], m[2], m[4]), age(m[3], c.s.Peak.Time.Sub(c.s.Now).Round(60e9)))
	}),
	tells("What is coming", "the peak: <Q> at <T>, now, which needs <N> pod<s>", func(c *storyCourt, m []string) string {
		return first(c.peak(m[1], m[2], m[3]), wrong(c.s.Peak.Time.Sub(c.s.Now).Abs() >= 60e9, "it is later"))
	}),
	tells("What is coming", "not known: no forecast (<X>): <X>", func(c *storyCourt, m []string) string {
		return first(wrong(c.s.Peak != nil, "it is known"), c.isMissing(m[1], m[2]))
	}),
	tells("What is coming", "not known: no load is forecast", func(c *storyCourt, _ []string) string { return wrong(c.s.Peak != nil, "one is") }),
	tells("What is coming", "the floor: <X>", (*storyCourt).changes),
	tells("What is coming", "event <X> from <T> to <T>, <X>", func(c *storyCourt, m []string) string {
		e, load := c.s.Event, "not a usual time"
		if e.Multiplier != 1 {
			load = fmt.Sprint(e.Multiplier, " times the usual load")
		}
		return first(is(m[1], e.Name), c.time(m[2], e.Start), c.time(m[3], e.End), is(m[4], load))
	}),
	tells("What is coming", "the schedule \"<X>\" from <T> to <T>: at least <N> pod<s>", func(c *storyCourt, m []string) string {
		x := c.scheduled(m[1])
		return first(c.time(m[2], x.From), c.time(m[3], x.To), is(num(m[4]), int(x.Min)), is(x.Max, 0))
	}),
	tells("What is coming", "the schedule \"<X>\" from <T> to <T>: floors of at most <N> pod<s>", func(c *storyCourt, m []string) string {
		x := c.scheduled(m[1])
		return first(c.time(m[2], x.From), c.time(m[3], x.To), is(num(m[4]), int(x.Max)), is(x.Min, 0))
	}),
	tells("What is coming", "the schedule \"<X>\" from <T> to <T>: <N> to <N> pod<s>", func(c *storyCourt, m []string) string {
		x := c.scheduled(m[1])
		return first(c.time(m[2], x.From), c.time(m[3], x.To), is(num(m[4]), int(x.Min)), is(num(m[5]), int(x.Max)))
	}),
	tells("What is coming", "today is <X>", func(c *storyCourt, m []string) string { return is(m[1], c.s.Holiday) }),

	tells("The decision, stage by stage", "<X> | <N> | <X>", func(c *storyCourt, m []string) string {
		i := slices.IndexFunc(c.s.Stages, func(s Stage) bool { return s.Name == m[1] })
		note, bound := strings.CutPrefix(m[3], "← bound: ")
		return first(is(num(m[2]), int(c.s.Stages[i].Out)), is(strings.TrimSpace(note), c.s.Stages[i].Note), is(bound || m[3] == "← bound", m[1] == c.s.Bound))
	}),
	tells("The decision, stage by stage", "no stage was gone through", func(c *storyCourt, _ []string) string { return is(len(c.s.Stages), 0) }),
	tells("The decision, stage by stage", "the object carries a lease of <X>: floor <N>, back to <N>, until <T>", func(c *storyCourt, m []string) string {
		return first(c.lease(m), wrong(!c.s.Lease.Expires.After(c.s.Now), "it is over"))
	}),
	tells("The decision, stage by stage", "the object carries a lease of <X>: floor <N>, back to <N>, which ran out at <T>", func(c *storyCourt, m []string) string {
		return first(c.lease(m), wrong(c.s.Lease.Expires.After(c.s.Now), "it has not"))
	}),
	tells("The decision, stage by stage", "<X>: <X>", func(c *storyCourt, m []string) string {
		return wrong(c.s.Outcome != Remark{m[1], m[2]}, "it is %v", c.s.Outcome)
	}),

	tells("Warnings", "<X>, <X>: <X>", func(c *storyCourt, m []string) string {
		return wrong(!slices.Contains(c.s.Problems, Problem{m[1], m[2], m[3]}), "there is no such problem")
	}),
	tells("Warnings", "<X>: <X>", func(c *storyCourt, m []string) string {
		return wrong(!slices.Contains(c.s.Warnings, Remark{m[1], m[2]}), "there is no such warning")
	}),
	tells("Last changes", "none that this process saw within the last day", func(c *storyCourt, _ []string) string {
		return wrong(len(c.s.Past) > 1, "there are some")
	}),
	tells("Last changes", "<T>: floor <N>, <N> replica<s>; before, <N> and <N>", (*storyCourt).change),
}

func (c *storyCourt) counts(m []string) string {
	field := map[string]string{"HorizontalPodAutoscaler": "minReplicas", "ScaledObject": "minReplicaCount"}[c.s.Kind]
	return first(is(m[1], field), is(num(m[2]), int(c.s.Current)), is(num(m[3]), int(c.s.Baseline)), is(num(m[4]), int(c.s.Ceiling)), is(num(m[5]), int(c.s.Replicas)), c.time(m[6], c.s.Now))
}

func (c *storyCourt) history(m []string) string {
	q := c.l.Quality
	found := map[string]int{}
	if len(m) > 4 {
		for part := range strings.SplitSeq(m[4], ", ") {
			n, what, _ := strings.Cut(part, " ")
			found[what] = num(n)
			if gaps, ok := strings.CutPrefix(what, "missing in "); ok {
				found["missing"] = num(n)
				found["gaps"] = num(strings.Fields(gaps)[0])
			}
		}
	}
	return first(age(m[1], c.l.Span), c.time(m[2], c.l.Since), is(num(m[3]), q.Points), is(found["missing"], q.Missing), is(found["gaps"], q.Gaps),
		is(found["given twice"], q.Duplicates), is(found["out of order"], q.Unordered), is(found["no number"], q.NonFinite), is(found["negative"], q.Negative))
}

func (c *storyCourt) estimate(method string) Estimate {
	list := c.l.Capacity.Learned.Estimates
	return list[slices.IndexFunc(list, func(e Estimate) bool { return e.Method == method })]
}

func (c *storyCourt) score(m []string) string {
	q, _ := strconv.ParseFloat(m[2], 64)
	fault := first(is(num(m[1]), c.l.Score.Matured), wrong(math.Abs(q/100-c.s.Quantile) > 1e-6, "it is of %g", c.s.Quantile), share(m[3], c.l.Score.Coverage))
	if len(m) > 4 {
		return first(fault, share(m[4], c.l.Score.Error))
	}
	return first(fault, wrong(c.l.Score.Error == c.l.Score.Error, "the error is known"))
}

func (c *storyCourt) peak(load, at, pods string) string {
	p := c.s.Peak
	return first(quantity(load, p.Load, p.Unit), c.time(at, p.Time), is(num(pods), int(p.Pods)))
}

// isMissing says whether it is the first load without a forecast.
func (c *storyCourt) isMissing(code, message string) string {
	i := slices.IndexFunc(c.s.Loads, func(l Load) bool { return l.Missing != nil })
	return wrong(i < 0 || *c.s.Loads[i].Missing != Remark{code, message}, "nothing lacks that")
}

func (c *storyCourt) changes(m []string) string {
	parts := strings.Split(m[1], ", ")
	rest := 0
	for i, part := range parts {
		if n, ok := strings.CutSuffix(strings.TrimSuffix(part, "s"), " more change"); ok {
			rest = num(n)
			continue
		}
		floor, at, _ := strings.Cut(part, " from ")
		if fault := first(is(num(floor), int(c.s.Changes[i].Floor)), c.time(at, c.s.Changes[i].Time)); fault != "" {
			return fault
		}
	}
	if rest > 0 {
		rest--
	}
	return is(len(parts)+rest, len(c.s.Changes))
}

func (c *storyCourt) lease(m []string) string {
	l := c.s.Lease
	return first(is(m[1], l.Holder), is(num(m[2]), int(l.Floor)), is(num(m[3]), int(l.Baseline)), c.time(m[4], l.Expires))
}

// change is one of the past: it came after another.
func (c *storyCourt) change(m []string) string {
	for i, x := range c.s.Past {
		if i > 0 && c.time(m[1], x.Time) == "" && num(m[2]) == int(x.Floor) && num(m[3]) == int(x.Replicas) &&
			num(m[4]) == int(c.s.Past[i-1].Floor) && num(m[5]) == int(c.s.Past[i-1].Replicas) {
			return ""
		}
	}
	return "there was no such change"
}

func (c *storyCourt) scheduled(name string) Schedule {
	for _, x := range c.s.Scheduled {
		if x.Name == fmt.Sprintf("the schedule %q", name) {
			return x
		}
	}
	return Schedule{}
}

package planning

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Gather makes a report of the plans, in their order.
func (p *Planner) Gather(plans []*Planned) *Report {
	o := p.o
	r := &Report{
		From: o.From, To: p.to, StepSeconds: int(o.Step / time.Second), Quantiles: [2]float64{o.Quantiles[0], o.Quantiles[1]},
		WhatIf: o.WhatIf.Words(), Priced: o.WhatIf.Priced(),
		Fleet: make([]Row, p.rows), Peaks: []Peak{}, Gaps: []Gap{}, Workloads: []WorkloadPlan{}, Notes: []string{},
	}
	for i := range r.Fleet {
		r.Fleet[i] = Row{Time: o.From.Add(time.Duration(i) * o.Step), Load: Number(math.NaN()), LoadHigh: Number(math.NaN())}
	}
	for _, out := range plans {
		for i := range r.Fleet {
			r.Fleet[i].plus(out.plan.Rows[i])
		}
		r.Workloads = append(r.Workloads, out.plan)
		r.Peaks = append(r.Peaks, out.peaks...)
		r.Gaps = append(r.Gaps, out.gaps...)
	}
	for _, row := range r.Fleet {
		r.Total.add(row, o.Step.Hours())
	}
	r.Gaps = append(r.Gaps, p.shared(plans)...)
	slices.SortStableFunc(r.Peaks, func(a, b Peak) int { return cmp.Compare(b.PodsHigh, a.PodsHigh) })
	slices.SortStableFunc(r.Gaps, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.In, b.In), cmp.Compare(a.Of, b.Of))
	})
	p.priced(r)
	p.note(r)
	return r
}

// priced says what costs are of, and where their prices are from.
func (p *Planner) priced(r *Report) {
	if r.Priced {
		return // by the what-if, which is told
	}
	sources, with := map[string]int{}, 0
	for i := range r.Workloads {
		if w := r.Workloads[i].Price; w != nil {
			with++
			sources[w.Source]++
			r.Priced, r.Currency = true, w.Currency
		}
	}
	if !r.Priced {
		return
	}
	r.Notes = append(r.Notes, "prices of pod-hours are "+inWords(sources))
	if without := len(r.Workloads) - with; without > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("of %s no price is known; costs are too small by what these cost", count(without, len(r.Workloads))))
	}
}

// shownSources is how many of many sources of prices are named.
const shownSources = 3

// inWords lists the sources of prices, those of most workloads first.
func inWords(sources map[string]int) string {
	list := sortedKeys(sources)
	if len(list) == 1 {
		return list[0]
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(sources[b], sources[a]) })
	more := len(list) - shownSources
	list = list[:min(len(list), shownSources)]
	for i, s := range list {
		list[i] = fmt.Sprintf("%s: %d", s, sources[s])
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%d others", more))
	}
	return strings.Join(list, "; ")
}

// plus adds another row of the same time.
func (r *Row) plus(x Row) {
	for _, f := range [][2]*float64{
		{&r.Need, &x.Need}, {&r.Pods, &x.Pods}, {&r.PodsHigh, &x.PodsHigh}, {&r.PodsMost, &x.PodsMost}, {&r.Floor, &x.Floor},
		{&r.Alone, &x.Alone}, {&r.AloneHigh, &x.AloneHigh}, {&r.CPU, &x.CPU}, {&r.CPUMost, &x.CPUMost},
		{&r.Memory, &x.Memory}, {&r.MemMost, &x.MemMost}, {&r.Cost, &x.Cost}, {&r.CostAlone, &x.CostAlone},
		{&r.Short, &x.Short}, {&r.ShortAlone, &x.ShortAlone}, {&r.Gap, &x.Gap}, {&r.NodeHeadroom, &x.NodeHeadroom},
	} {
		*f[0] += *f[1]
	}
}

// note writes down what a reader has to keep in mind.
func (p *Planner) note(r *Report) {
	o := p.o
	add := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	flat, unsampled, unknown, observed := 0, 0, 0, map[string]int{}
	for i := range r.Workloads {
		w := &r.Workloads[i]
		if w.Observed != "" {
			observed[w.Observed]++
		}
		switch {
		case w.Forecast != nil:
			flat++
		case w.Sampled == 0:
			unsampled++
		}
		if w.PodCPU == 0 || w.PodMemory == 0 {
			unknown++
		}
	}
	if len(observed) > 0 {
		n, why := 0, []string{}
		for _, reason := range sortedKeys(observed) {
			n += observed[reason]
			why = append(why, fmt.Sprintf("%s: %d", reason, observed[reason]))
		}
		add("on %s no floor would be set as things are (%s), and they are planned as the HPA alone; ask with allEnforced, or --all-enforced, what floors would bring there", count(n, len(r.Workloads)), strings.Join(why, ", "))
	}
	if flat > 0 {
		is := "is"
		if flat > 1 {
			is = "are"
		}
		add("%s cannot be forecast, and %s planned flat", count(flat, len(r.Workloads)), is)
	}
	switch {
	case unsampled > 0 && o.Samples < 0:
		add("no paths were sampled; short minutes are those of the middle load alone, and too few")
	case unsampled > 0:
		add("of %s there is too little history to sample paths from; short minutes there are those of the middle load alone, and too few", count(unsampled, len(r.Workloads)))
	}
	if unknown > 0 {
		add("of %s it is not known what CPU or memory a pod requests; sums of these are too small", count(unknown, len(r.Workloads)))
	}
	if len(r.Workloads) > 1 {
		add("sums at the %s %% quantile are as if all loads were high at once", plain(r.Quantiles[1]*100))
	}
	if p.grain > time.Minute {
		add("loads are means of %.0f minutes; what is shorter is not seen", p.grain.Minutes())
	}
}

func count(n, of int) string {
	if of == 1 {
		return "1 of 1 workload"
	}
	return fmt.Sprintf("%d of %d workloads", n, of)
}

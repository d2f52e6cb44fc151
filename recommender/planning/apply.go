package planning

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// apply returns a workload as it would be, and what its loads are multiplied by.
// It shares nothing that it changes with own. The what-if has been checked.
func (w *WhatIf) apply(own Workload) (out Workload, factor float64, problems []string) {
	factor, out = 1, own
	for _, s := range w.Load {
		if fits, err := parseSelector(s.Selector); err == nil && fits(&out) {
			factor *= s.Factor
		}
	}
	if out.Policy.Mode == "" {
		out.Policy = recommender.DefaultPolicy()
	}
	switch {
	case w.AllEnforced:
		out.Observed, out.Policy.Suspend = "", false
	case out.Policy.Suspend && out.Observed == "":
		out.Observed = "suspended"
	}
	out.Loop.Spec.Metrics, out.Loop.PerPod = slices.Clone(out.Loop.Spec.Metrics), slices.Clone(out.Loop.PerPod)
	if w.PodSize != nil {
		out.resize(*w.PodSize)
	}
	if w.Target != nil {
		problems = append(problems, out.retarget(*w.Target)...)
	}
	if w.Start != nil {
		out.restart(*w.Start)
	}
	if len(w.Events) > 0 {
		spec := calendar.Spec{}
		if out.Calendar != nil {
			spec = *out.Calendar
		}
		spec.Events = append(slices.Clone(spec.Events), w.Events...)
		out.Calendar = &spec
		for _, p := range spec.Problems() {
			problems = append(problems, "calendar."+p.Error())
		}
	}
	return out, factor, problems
}

// resize makes the pods size times as large.
func (w *Workload) resize(size float64) {
	w.PodCPU, w.PodMemory = w.PodCPU*size, w.PodMemory*size
	for i := range w.Loop.PerPod {
		w.Loop.PerPod[i] *= size
	}
	for i := range w.Loop.Spec.Metrics {
		switch m := &w.Loop.Spec.Metrics[i]; m.Kind {
		case simulate.Utilization:
			m.Request *= size
		case simulate.AverageValue:
			m.Target *= size
		case simulate.Value:
		}
	}
}

// retarget makes the HPA aim at the given share of what a pod carries.
func (w *Workload) retarget(share float64) (problems []string) {
	for i := range w.Loop.Spec.Metrics {
		switch m := &w.Loop.Spec.Metrics[i]; {
		case m.Kind == simulate.Utilization:
			m.Target = share
		case m.Kind == simulate.AverageValue && i < len(w.Loop.PerPod):
			m.Target = share * w.Loop.PerPod[i]
		default:
			problems = append(problems, fmt.Sprintf("metric %d has no target for each pod; the new target leaves it as it is", i))
		}
	}
	return problems
}

// restart makes pods take the given time to start, and the lead time longer or
// shorter by as much.
func (w *Workload) restart(start time.Duration) {
	old := w.Loop.Start.Fixed
	if q := w.Loop.Start.Quantiles; len(q) > 0 {
		old = q[len(q)-1]
	}
	w.Policy.LeadTime = max(w.Policy.LeadTime+start-old, 0)
	w.Loop.Start.Fixed, w.Loop.Start.Quantiles = start, nil
}

// zoneFactor returns what the need is multiplied by at t.
func (w *WhatIf) zoneFactor(t time.Time) float64 {
	z := w.Zone
	if z == nil || !z.Start.IsZero() && t.Before(z.Start) || !z.End.IsZero() && !t.Before(z.End) {
		return 1
	}
	return float64(z.Zones) / float64(z.Zones-1)
}

// podHour returns what an hour of one pod costs: as w says, or else as the workload
// does. own is as apply left it, but a price per pod is that of a pod of today's
// size.
func (w *WhatIf) podHour(own *Workload) float64 {
	const gib = 1 << 30
	podHour := w.Price
	switch {
	case w.PriceCPU > 0 || w.PriceMemory > 0:
		return w.PriceCPU*own.PodCPU + w.PriceMemory*own.PodMemory/gib
	case !w.Priced():
		podHour = own.Price.PodHour
	}
	if w.PodSize != nil {
		podHour *= *w.PodSize
	}
	return podHour
}

// Words says what w changes, a phrase for each field; none if it changes
// nothing.
func (w WhatIf) Words() []string {
	words := []string{}
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if w.AllEnforced {
		add("floors are set on every workload")
	}
	for _, s := range w.Load {
		of := "every load"
		if s.Selector != "" {
			of = "the load of " + s.Selector
		}
		add("%s × %s", of, plain(s.Factor))
	}
	for _, e := range w.Events {
		words = append(words, wordsOf(e))
	}
	if w.Zone != nil {
		words = append(words, w.Zone.words())
	}
	if w.PodSize != nil {
		add("pods × %s in size", plain(*w.PodSize))
	}
	if w.Target != nil {
		add("target %s %% of a pod", plain(*w.Target*100))
	}
	if w.Start != nil {
		add("pods start within %s", *w.Start)
	}
	return words
}

func wordsOf(e calendar.EventSpec) string {
	when := strings.TrimSpace(e.Start + " to " + e.End)
	if e.Schedule != "" {
		when = fmt.Sprintf("%s for %s", e.Schedule, e.Duration)
	}
	multiple := "of an unknown multiple"
	if e.Multiplier > 0 {
		multiple = "× " + plain(float64(e.Multiplier))
	}
	return fmt.Sprintf("event %s, %s, %s", e.Name, when, multiple)
}

func (z *ZoneLoss) words() string {
	when := "throughout"
	if !z.Start.IsZero() || !z.End.IsZero() {
		when = fmt.Sprintf("from %s to %s", moment(z.Start, "the beginning"), moment(z.End, "the end"))
	}
	return fmt.Sprintf("one of %d zones may be lost, %s: %d/%d as many pods are needed", z.Zones, when, z.Zones, z.Zones-1)
}

func moment(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.Format(time.RFC3339)
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

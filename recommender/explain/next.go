package explain

import (
	"fmt"
	"strings"
)

// Next says what somebody could do about the workload, the most urgent first.
func (s *Story) Next() []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, p := range s.Problems {
		add("mend %s: %s", p.Field, p.Message)
	}
	missing := s.missing()
	if missing != nil && len(s.Problems) == 0 {
		add("%s", remedy(missing))
	}
	for _, w := range s.Warnings {
		if w.Code == "CeilingTooLow" {
			add("raise maxReplicas (%d): %s", s.Ceiling, w.Message)
		}
	}
	for _, l := range s.Loads {
		if l.Capacity.Assumed != "" {
			remedy := "set spec.load.perPod of a FloorPolicy to what it does carry"
			if _, own, ok := strings.Cut(l.Capacity.Assumed, "; "); ok {
				remedy = own
			}
			add("%s: what a pod carries of %s is assumed", remedy, l.Name)
		}
	}
	if step := s.proofStep(); step != "" && missing == nil {
		add("%s", step)
	}
	if s.Suspended {
		add("take spec.suspend out of the policy once the reason for it is gone")
	}
	if len(list) > 0 {
		return list
	}
	switch {
	case s.Failed != "":
		add("see why the last tick failed: %s", s.Failed)
	case len(s.Warnings) > 0:
		add("see the warnings above")
	default:
		add("nothing: it runs as it should")
	}
	return list
}

// remedy says what helps against having no forecast.
func remedy(m *Remark) string {
	switch m.Code {
	case "TooShort":
		return "wait for more history: " + m.Message
	case "NotYetFitted":
		return "wait for the first forecast: " + m.Message
	case "NoCapacity":
		return "say what a pod carries, by spec.load.perPod of a FloorPolicy or a target of the autoscaler: " + m.Message
	case "Counter":
		return "set spec.load.query of a FloorPolicy to the rate of it: " + m.Message
	case "QueryFailed":
		return "see that Prometheus answers the query: " + m.Message
	case "NoData", "Stale", "TooManyGaps":
		return "see that Prometheus has the metric, without long gaps: " + m.Message
	}
	return "see to it that there is a load to read: " + m.Message
}

// proofStep says what the proof asks for.
func (s *Story) proofStep() string {
	p := &s.Proof
	switch {
	case p.Holds() && s.Mode == "Observe":
		if saved, ok := p.Saved(); ok && saved > 0 {
			return fmt.Sprintf("set mode: Enforce in a FloorPolicy; it would save %s of being short a week", Minutes(saved))
		}
		return "set mode: Enforce in a FloorPolicy; the proof holds"
	case p.Withdrawn != "":
		return "wait for the next proof; the last was withdrawn: " + p.Withdrawn
	case p.Verdict == "" && p.Pending != "":
		return "wait for the proof: " + p.Pending
	case p.Verdict == "NoForesight":
		return "raise the autoscaler's own minReplicas: a constant one would serve as well as forecasts"
	case p.Verdict == "NotNeeded":
		return "nothing for the peaks: the autoscaler keeps up by itself"
	}
	return ""
}

package explain

import (
	"cmp"
	"fmt"
	"strings"
)

// Title says which workload the story is of.
func (s *Story) Title() string {
	mode := s.Mode
	if s.Suspended {
		mode += ", suspended"
	}
	return fmt.Sprintf("%s: %s of %s, %s, policy %s", s.Name, s.Kind, s.Target, mode, cmp.Or(s.Policy, "defaults"))
}

// Sections tells the story, but for what to do next.
func (s *Story) Sections() []Section {
	list := []Section{s.now()}
	for i := range s.Loads {
		l := &s.Loads[i]
		list = append(list, s.load(l), l.capacity(), s.forecast(l))
	}
	list = append(list, s.lead(), s.coming(), s.decision())
	if len(s.Problems)+len(s.Warnings) > 0 {
		list = append(list, s.warnings())
	}
	return append(list, s.proof(), s.past())
}

func (s *Story) now() (out Section) {
	out.line("%s: %s", s.Reason, s.Message)
	run := "replicas run"
	if s.Replicas == 1 {
		run = "replica runs"
	}
	field := "minReplicas"
	if s.Kind == "ScaledObject" {
		field = "minReplicaCount"
	}
	out.line("%s is %d, the baseline %d, the ceiling %d; %d %s at %s", field, s.Current, s.Baseline, s.Ceiling, s.Replicas, run, s.at(s.Now))
	if s.Failed != "" {
		out.line("the last tick failed: %s", s.Failed)
	}
	return out
}

func (s *Story) lead() Section {
	out := Section{Title: "Lead time"}
	out.line("%s from raising the floor to the pods being ready, as in force", Age(s.LeadTime))
	if l := s.Lead; l != nil {
		out.line("seen: %s (%s): %s", Age(l.Time), strings.ToLower(l.Confidence), l.Why)
	}
	return out
}

// shown is how many changes are told, of the plan and of the past.
const shown = 6

func (s *Story) coming() Section {
	out := Section{Title: "What is coming"}
	if p := s.Peak; p != nil {
		out.line("the peak: %s at %s, %s, which needs %s", Quantity(p.Load, p.Unit), s.at(p.Time), s.ahead(p.Time), Pods(p.Pods))
	} else if m := s.missing(); m != nil {
		out.line("not known: no forecast (%s): %s", m.Code, m.Message)
	} else {
		out.line("not known: no load is forecast")
	}
	var changes []string
	for _, c := range s.Changes[:min(shown, len(s.Changes))] {
		changes = append(changes, fmt.Sprintf("%d from %s", c.Floor, s.at(c.Time)))
	}
	switch more := len(s.Changes) - len(changes); {
	case more == 1:
		changes = append(changes, "1 more change")
	case more > 1:
		changes = append(changes, fmt.Sprintf("%d more changes", more))
	}
	if len(changes) > 0 && s.Peak != nil {
		out.line("the floor: %s", strings.Join(changes, ", "))
	}
	if e := s.Event; e != nil {
		load := fmt.Sprintf("%g times the usual load", e.Multiplier)
		if e.Multiplier == 1 {
			load = "not a usual time"
		}
		out.line("event %s from %s to %s, %s", e.Name, s.at(e.Start), s.at(e.End), load)
	}
	for _, x := range s.Scheduled {
		out.line("%s from %s to %s: %s", x.Name, s.at(x.From), s.at(x.To), x.bounds())
	}
	if s.Holiday != "" {
		out.line("today is %s", s.Holiday)
	}
	return out
}

// missing is why the first of the loads without a forecast has none; nil if all
// have one.
func (s *Story) missing() *Remark {
	for _, l := range s.Loads {
		if l.Missing != nil {
			return l.Missing
		}
	}
	return nil
}

func (s *Story) decision() Section {
	out := Section{Title: "The decision, stage by stage"}
	for _, st := range s.Stages {
		note := st.Note
		if st.Name == s.Bound {
			note = "← bound: " + note
		}
		out.row(st.Name, fmt.Sprint(st.Out), note)
	}
	if len(s.Stages) == 0 {
		out.line("no stage was gone through")
	}
	if s.Outcome.Message != "" {
		out.line("%s: %s", s.Outcome.Code, s.Outcome.Message)
	}
	if l := s.Lease; l != nil {
		until := "until " + s.at(l.Expires)
		if !l.Expires.After(s.Now) {
			until = "which ran out at " + s.at(l.Expires)
		}
		out.line("the object carries a lease of %s: floor %d, back to %d, %s", l.Holder, l.Floor, l.Baseline, until)
	}
	return out
}

func (s *Story) warnings() Section {
	out := Section{Title: "Warnings"}
	for _, p := range s.Problems {
		out.line("%s, %s: %s", p.Code, p.Field, p.Message)
	}
	for _, w := range s.Warnings {
		out.line("%s: %s", w.Code, w.Message)
	}
	return out
}

// past tells the last changes that the process has seen.
func (s *Story) past() Section {
	out := Section{Title: "Last changes"}
	if len(s.Past) < 2 {
		out.line("none that this process saw within the last day")
		return out
	}
	for i := max(1, len(s.Past)-shown+1); i < len(s.Past); i++ {
		x, before := s.Past[i], s.Past[i-1]
		out.line("%s: floor %d, %s; before, %d and %d", s.at(x.Time), x.Floor, replicas(x.Replicas), before.Floor, before.Replicas)
	}
	return out
}

func replicas(n int32) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}

package simulate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Check returns an error that joins everything wrong with the spec: each with
// the field, its value and the remedy. It asks for what the API server asks for.
func (s Spec) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.Min < 0 {
		wrong("Min is %d: an HPA keeps at least 1 pod", s.Min)
	}
	if s.Max < max(s.Min, 1) {
		wrong("Max is %d: make it at least Min, which is %d", s.Max, max(s.Min, 1))
	}
	if !(s.Tolerance >= 0) || math.IsInf(s.Tolerance, 0) {
		wrong("Tolerance is %v: make it a share like 0.1, or 0 for that default", s.Tolerance)
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"DownscaleStabilization", s.DownscaleStabilization}, {"CPUInitialization", s.CPUInitialization}, {"InitialReadiness", s.InitialReadiness}} {
		if d.d < 0 {
			wrong("%s is %s: make it positive, or 0 for the controller's default", d.name, d.d)
		}
	}
	if len(s.Metrics) == 0 {
		wrong("Metrics is empty: give at least one metric")
	}
	for i, m := range s.Metrics {
		if fault := m.fault(); fault != "" {
			wrong("Metrics[%d].%s", i, fault)
		}
	}
	if s.Behavior != nil {
		errs = append(errs, s.Behavior.Up.check("Behavior.Up"), s.Behavior.Down.check("Behavior.Down"))
	}
	return errors.Join(errs...)
}

// fault returns the first thing wrong with the metric, beginning with its
// field, or nothing.
func (m Metric) fault() string {
	from := m.from()
	switch m.Kind {
	case Utilization, AverageValue, Value:
	default:
		return fmt.Sprintf("Kind is %q: make it %s, %s or %s", m.Kind, Utilization, AverageValue, Value)
	}
	switch from {
	case Resource, Memory, Pods, Object, External:
	default:
		return fmt.Sprintf("Source is %q: make it %s, %s, %s, %s or %s", m.Source, Resource, Memory, Pods, Object, External)
	}
	whole := from == Object || from == External
	switch {
	case m.Kind == Utilization && from != Resource && from != Memory:
		return fmt.Sprintf("Source is %q: utilization needs a source with requests, %s or %s", from, Resource, Memory)
	case m.Kind == Value && !whole:
		return fmt.Sprintf("Source is %q: a target of the kind Value needs %s or %s", from, Object, External)
	case !(m.Target > 0) || math.IsInf(m.Target, 0):
		return fmt.Sprintf("Target is %v: make it positive", m.Target)
	case m.Kind == Utilization && math.Round(m.Target*100) < 1:
		return fmt.Sprintf("Target is %v: make it at least 0.01, since an HPA knows whole percents", m.Target)
	case m.Kind == Utilization && (!(m.Request > 0) || math.IsInf(m.Request, 0)):
		return fmt.Sprintf("Request is %v: utilization needs what one pod requests, in the unit of the load", m.Request)
	}
	return ""
}

const (
	longestWindow = time.Hour        // the API server's limit
	longestPeriod = 30 * time.Minute // the API server's limit
)

func (r Rules) check(name string) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(name+"."+format, args...)) }
	if r.Window != nil && (*r.Window < 0 || *r.Window > longestWindow || *r.Window%time.Second != 0) {
		wrong("Window is %s: make it whole seconds, %s at most", *r.Window, longestWindow)
	}
	if r.Tolerance != nil && (!(*r.Tolerance >= 0) || math.IsInf(*r.Tolerance, 0)) {
		wrong("Tolerance is %v: make it a share like 0.1, or 0 for none", *r.Tolerance)
	}
	switch r.Select {
	case "", SelectMax, SelectMin, SelectDisabled:
	default:
		wrong("Select is %q: make it %s, %s or %s", r.Select, SelectMax, SelectMin, SelectDisabled)
	}
	for i, p := range r.Policies {
		if p.Kind != Pods && p.Kind != Percent {
			wrong("Policies[%d].Kind is %q: make it %s or %s", i, p.Kind, Pods, Percent)
		}
		if p.Value <= 0 {
			wrong("Policies[%d].Value is %d: make it positive", i, p.Value)
		}
		if p.Period <= 0 || p.Period > longestPeriod || p.Period%time.Second != 0 {
			wrong("Policies[%d].Period is %s: make it whole seconds, 1s to %s", i, p.Period, longestPeriod)
		}
	}
	return errors.Join(errs...)
}

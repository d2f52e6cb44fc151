package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Floor is what a floor was decided by.
type Floor struct {
	Now             time.Time
	Floor, Baseline int32

	Aim  Cause // what the floor is, or would be if steps did not keep it
	Cut  Cause // what asked before a bound or the rounding made it the aim
	Pace Cause // what keeps the floor from its aim; empty if it is there
	Edge Cause // the bound that was not left on the way; empty if none was met

	Only   bool // forecasts do not act
	Demand Demand
	Bare   int32  // pods, before the rounding
	Lost   string // what is known of a forecast that is missing; empty if none is

	Ramp  int32 // that the floor has to be by now
	Later Later // what a ramp, or the quiet time, prepares for

	Hold, Quiet, Grace   time.Duration
	NeededAt, DoubtSince time.Time
	Could                int32 // that a small fall would have come to

	Low, High         int32 // where floors go
	LowName, HighName string
	Min, Max          int32    // limits of the policy; 0 is none
	Least, Most       Schedule // whose bounds Low and High are, where these are scheduled
	Ceiling           int32

	From, Goal int32 // of the steps
	Up, Down   Steps
	Next       time.Time // when the next step is due; zero if one was taken
}

// A Demand is the load of the window and what it needs.
type Demand struct {
	Signal, Unit string
	Load, PerPod float64
	Pods         int32 // headroom included; MaxPods stands for anything above
	Quantile     float64
	Headroom     float64
	Window       time.Duration
	Present      bool // the load is the last known, since no forecast reaches the window
}

// MaxPods is the most pods that a load is said to need.
const MaxPods = 1 << 20

// Later is a need to come.
type Later struct {
	Pods int32
	At   time.Time

	Most     int32  // that floors may be then
	MostName string // by what
	Schedule string // the name of the one that asks for it; empty if the load does
}

// A Schedule bounds floors for a span of time.
type Schedule struct {
	Name     string // as the user knows it: `the schedule "opening hours"`
	From, To time.Time
	Min, Max int32 // 0 is no bound
}

// Steps are the rate at which a floor moves.
type Steps struct {
	Share       float64
	Least, Most int32 // pods; a Most of 0 is no bound
	Every       time.Duration
	AtOnce      int // at the most
}

// Cause returns the last thing that bound the floor.
func (f *Floor) Cause() Cause {
	switch {
	case f.Edge != "":
		return f.Edge
	case f.Pace != "":
		return f.Pace
	}
	return f.Aim
}

// Message tells the decision in one sentence.
func (f *Floor) Message() string {
	head := fmt.Sprintf("floor %d", f.Floor)
	if f.Floor != f.Baseline {
		head += fmt.Sprintf(" (baseline %d)", f.Baseline)
	}
	clauses := []string{head + ": " + f.opening(), f.aim(f.Aim), f.pace(), f.edge()}
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), "; ")
}

const onlySchedules = "only what is scheduled acts, since no proof holds"

// opening tells what is known of the load.
func (f *Floor) opening() string {
	cause := f.Aim
	if f.Cut != "" {
		cause = f.Cut
	}
	switch {
	case cause == Suspended:
		return "suspended"
	case f.Only && cause == Ramp:
		return onlySchedules + "; " + f.ramp()
	case f.Only:
		return onlySchedules
	case cause == DoubtOver:
		return fmt.Sprintf("%s, for at least %s", f.Lost, Span(f.Grace))
	case cause == Ramp:
		return f.ramp()
	case f.Lost != "" && (f.Demand.Signal == "" || cause == Doubt):
		return f.Lost
	}
	return f.Demand.text()
}

func (d *Demand) text() string {
	load := fmt.Sprintf("%s of %s may come within %s (%s)", Quantity(d.Load, d.Unit), d.Signal, Span(d.Window), Quantile(d.Quantile))
	if d.Window == 0 {
		load = fmt.Sprintf("%s of %s may come now (%s)", Quantity(d.Load, d.Unit), d.Signal, Quantile(d.Quantile))
	}
	if d.Present {
		load = fmt.Sprintf("%s of %s came last, and no forecast begins within %s", Quantity(d.Load, d.Unit), d.Signal, Span(d.Window))
	}
	pods := Pods(d.Pods)
	if d.Pods >= MaxPods {
		pods = "at least " + pods
	}
	text := fmt.Sprintf("%s, which needs %s of %s each", load, pods, Quantity(d.PerPod, d.Unit))
	if d.Headroom > 0 {
		text += fmt.Sprintf(" with %s headroom", Percent(d.Headroom))
	}
	return text
}

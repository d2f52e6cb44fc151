// Package recommender turns forecasts into floors.
//
// Decide is a pure function from a snapshot to a Decision: the floor for now,
// the stages that made it, the one that bound it, and the warnings. The stages
// stand in a fixed order:
//
//	demand       the largest load of the window from now on, at the policy's quantile
//	headroom     the share that the policy adds; both divided by the capacity of a pod
//	feasibility  says what the ceiling cannot hold
//	ramp         begins early what could not be done in time in steps
//	stabilise    keeps the floor while the load that it was for may still come
//	rate         bounds the step from the present floor
//	clamp        between the baseline and the ceiling
//
// PlanAhead walks the same stages through the coming hours. There is no clock,
// context or logger here: time and memory are arguments.
package recommender

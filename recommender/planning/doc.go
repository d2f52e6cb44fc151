// Package planning says what a fleet will need over the coming days, before
// anything is set: a dry run of capacity.
//
// Each workload is forecast to the horizon. Two paths of its load, the middle
// and the high quantile, and some that are sampled from what forecasts missed
// of late, are played through the HPA's own algorithm (package simulate), with
// the floors that Highwater would set on the way and without. What comes of it
// is laid out by hour: pods, CPU, memory, cost and short minutes, with the
// peaks, and the gaps where a ceiling, a quota or the nodes hold less than is
// needed. A WhatIf changes the load, the pods or their number before that.
//
//	report, err := planning.Make(workloads, planning.Options{From: now, Horizon: 7 * 24 * time.Hour}, nil)
//
// There is no clock, context or logger here; long work calls a function that
// may end it. Package planning/report writes a Report as JSON, CSV, a table or
// a page.
package planning

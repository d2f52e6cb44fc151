// Package proof tries floors on a workload's own past, before they are set.
//
// A Case is a workload with its history. Hindsight forecasts each moment of
// that history from what was known by then, and makes the floors that
// Highwater would have set, for a ladder of quantiles. Each ladder is played
// through the HPA's own algorithm (package simulate), and each day the quantile is
// chosen that would have served best on the days before. What comes of it is
// held against the HPA alone, against floors from the seasonal naive forecast,
// against the best constant minReplicas, and against an oracle that knows the
// load. That is the proof: floors are set only while it holds.
//
// There is no clock, context or logger here; long work calls a function that
// may end it.
package proof

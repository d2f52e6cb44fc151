// Package scheduler turns the crank: at every tick it fetches what is new of
// each workload's load, forecasts, decides, applies and publishes.
//
// A tick has one deadline and a bounded number of workers. A failure or a
// panic in one workload is that workload's result and touches no other. A tick
// that is due while one is running is skipped and counted. Fits are spread
// over time, so that a fleet found at once is not fitted again at once.
//
// Models outside of this process are asked beside the ticks, after fits: see
// externalmodels. No tick waits for them: what they answer counts from the next
// one on, and where they fail the own forecast stands.
//
// Proofs are made beside the ticks, too, a few at a time: a replay of each
// workload's own past, which finds the quantile that serves it, and without
// which no floor is set unless its policy says so. What a pod carries is learned
// just before, where a policy gives what that is learned from.
//
// Every replica ticks, so that a standby is warm and its API answers; only the
// leader acts on the cluster.
package scheduler

// Package history reads the load of workloads from Prometheus.
//
// The way through it:
//
//	an HPA's metric ── Derive ─────────► Query
//	                                       │
//	Client          (a server)   ┐         ▼
//	embedded.Engine (in-process) ┴ Engine ─ Reader ──► Result (a forecast.Series, its quality, warnings)
//	                                          │
//	                                        Window (keeps one load, reads only what is new)
//
// Prometheus is the only store: nothing is kept on disk, and after a restart
// everything is read again. What is not known stays unknown: a gap, a stale
// series, NaN, an infinite or a negative value is NaN in the Series and counted
// in its Quality; it is never zero.
//
// Every failure is an *Error. Its Kind is one word, fit to count by, and its
// message names the remedy.
package history

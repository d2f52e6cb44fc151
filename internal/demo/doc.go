// Package demo makes a cluster to try Highwater on: real traces in an embedded
// Prometheus, autoscalers behind client-go's in-memory API, and simulated pods,
// on a clock that runs fast. Everything else is what runs in production.
package demo

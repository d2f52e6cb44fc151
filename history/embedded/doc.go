// Package embedded is Prometheus in this process: its storage and its PromQL
// engine, behind history.Engine. The demo, the plans from a snapshot and the
// tests read from it.
//
//	db, err := embedded.OpenDB("/snapshots/20260302T080000Z", embedded.Options{})
//	…
//	result, err := history.NewReader(db, history.ReaderOptions{}).Read(ctx, query, from, to, time.Minute)
//
// It is a package of its own since Prometheus' engine and storage link the SDKs
// of three clouds, which the controller's binary must not have.
package embedded

//go:build !controller

package main

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// openTSDB opens the data folder of a Prometheus, and returns the time of its
// newest sample.
func openTSDB(path string) (_ history.Engine, newest time.Time, closeIt func(), err error) {
	db, err := embedded.OpenDB(path, embedded.Options{})
	if err != nil {
		return nil, newest, nil, fmt.Errorf("--tsdb: %w", err)
	}
	_, newest, ok := db.Times()
	if !ok {
		_ = db.Close()
		return nil, newest, nil, fmt.Errorf("--tsdb %s: there is no sample in it", path)
	}
	return db, newest, func() { _ = db.Close() }, nil
}

//go:build !controller

package main

import (
	"fmt"

	"github.com/highwater-dev/highwater/history/embedded"
)

// fromTSDB reads from the folder of --tsdb, up to its newest sample.
func (o *planFlags) fromTSDB(s *planSource) error {
	db, err := embedded.OpenDB(o.tsdb, embedded.Options{})
	if err != nil {
		return fmt.Errorf("--tsdb: %w", err)
	}
	s.close = func() { _ = db.Close() }
	_, end, ok := db.Times()
	if !ok {
		s.close()
		return fmt.Errorf("--tsdb %s: there is no sample in it", o.tsdb)
	}
	if o.from == "" || end.Before(s.to) {
		s.to = end
	}
	return o.asks(s, db)
}

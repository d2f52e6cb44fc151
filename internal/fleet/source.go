package fleet

import (
	"context"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// A Source answers the queries for loads.
type Source struct {
	Reader   *history.Reader
	From, To time.Time // what is read
	Step     time.Duration
}

// read reads the loads of w. A load that cannot be read is a problem of this
// workload; only the end of ctx is an error.
func (s *Source) read(ctx context.Context, w *planning.Workload, queries []history.Query) error {
	for _, q := range queries {
		res, err := s.Reader.Read(ctx, q, s.From, s.To, s.Step)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.Problems = append(w.Problems, err.Error())
			res.Series = forecast.Series{}
		}
		w.Problems = append(w.Problems, res.Warnings...)
		w.Loads = append(w.Loads, res.Series)
	}
	return nil
}

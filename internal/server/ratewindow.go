package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
)

const (
	askPatience = 5 * time.Second // at the start, which waits for it
	askAgain    = time.Minute
)

// learnRateWindow asks the store for the range of rate() that derived queries need.
// If it does not answer, they begin with the least, and it is asked again until it
// does.
func learnRateWindow(ctx context.Context, r *history.Reader, cluster *discovery.Cluster, log *slog.Logger) {
	learn := func() bool {
		ctx, cancel := context.WithTimeout(ctx, askPatience)
		defer cancel()
		window, err := history.RateWindow(ctx, r, time.Now())
		if err != nil {
			return false
		}
		cluster.SetRateWindow(window)
		log.Info("range of rate() in derived queries", "rateWindow", window)
		return true
	}
	if learn() {
		return
	}
	log.Info("range of rate() in derived queries until scrape intervals are known", "rateWindow", history.LeastRateWindow)
	go func() {
		again := time.NewTicker(askAgain)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-again.C:
				if learn() {
					return
				}
			}
		}
	}()
}

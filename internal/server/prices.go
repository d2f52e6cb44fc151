package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/highwater-dev/highwater/cluster/discovery"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/recommender/price"
)

// BadPrice is the code of what OpenCost says that can be no price.
const BadPrice = "BadPrice"

// pricesEvery is the time between two readings of OpenCost's costs.
const pricesEvery = time.Hour

// A Prices keeps the cluster's prices up to date with OpenCost.
type Prices struct {
	Store      *history.Reader
	Cluster    *discovery.Cluster
	Configured *price.Book
	Log        *slog.Logger

	trouble atomic.Pointer[string]
}

// warnings say what could not be used of OpenCost's costs.
func (p *Prices) warnings() []string {
	if t := p.trouble.Load(); t != nil && *t != "" {
		return []string{BadPrice + ": " + *t}
	}
	return nil
}

// Run reads the costs until ctx ends: at once, then hourly, or each minute while the
// store does not answer. What was read before holds until then.
func (p *Prices) Run(ctx context.Context) {
	for {
		again := pricesEvery
		if !p.read(ctx) {
			again = askAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

func (p *Prices) read(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	book, left, err := discovery.ReadPrices(limited, p.Store, time.Now(), p.Configured)
	if err != nil {
		p.Log.Debug("OpenCost's costs are not known", "error", err)
		return false
	}
	p.Cluster.SetPrices(book)
	if old := p.trouble.Swap(&left); left != "" && (old == nil || *old != left) {
		p.Log.Warn("costs of OpenCost are left out", "code", BadPrice, "problem", left)
	}
	return true
}

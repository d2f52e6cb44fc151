package scheduler

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
)

// A scorer holds forecasts of the window's peak against what came. Old
// forecasts count less: one a day old counts half.
type scorer struct {
	pending []guess
	matured int
	weight  float64
	covered float64
	asked   float64 // the quantiles that were to cover
	missed  float64 // absolute errors of the median
	peaks   float64 // that were measured
	last    time.Time
}

// A guess is a forecast whose window is not over yet.
type guess struct {
	from, to                time.Time
	median, upper, quantile float64
}

const (
	scoreHalfLife = 24 * time.Hour
	maxPending    = 16
)

// note keeps the forecast for the window that begins now, if the last one kept
// is at least a quarter of a window old.
func (c *scorer) note(now time.Time, p recommender.Policy, peak *forecast.Paths) {
	w := p.Window()
	if n := len(c.pending); n > 0 && now.Sub(c.pending[n-1].from) < w/4 && !now.Before(c.pending[n-1].from) {
		return
	}
	from := peak.Start
	median, ok := peak.At(from, 0.5)
	upper, ok2 := peak.At(from, p.Quantile)
	if !ok || !ok2 {
		return
	}
	if len(c.pending) == maxPending {
		c.pending = c.pending[1:]
	}
	c.pending = append(c.pending, guess{from: from, to: from.Add(w), median: median, upper: upper, quantile: p.Quantile})
}

// settle counts the guesses whose window the series has reached the end of.
// One whose window has unknown samples is dropped: what came is not known.
func (c *scorer) settle(s forecast.Series) {
	end := s.End()
	kept := c.pending[:0]
	for _, g := range c.pending {
		if end.Before(g.to) {
			kept = append(kept, g)
			continue
		}
		part := s.Between(g.from, g.to)
		if part.Len() == 0 || part.Known() < part.Len() {
			continue
		}
		top := 0.0
		for _, v := range part.Values {
			top = max(top, v)
		}
		c.count(g, top)
	}
	c.pending = kept
}

func (c *scorer) count(g guess, top float64) {
	fade := 1.0
	if d := g.to.Sub(c.last); !c.last.IsZero() && d > 0 {
		fade = math.Exp2(-float64(d) / float64(scoreHalfLife))
	}
	c.last = g.to
	c.weight, c.covered, c.asked = c.weight*fade+1, c.covered*fade, c.asked*fade+g.quantile
	c.missed, c.peaks = c.missed*fade+math.Abs(top-g.median), c.peaks*fade+top
	if top <= g.upper {
		c.covered++
	}
	c.matured++
}

func (c *scorer) score() Score {
	sc := Score{Matured: c.matured, Coverage: nan, Expected: nan, Error: nan}
	if c.weight > 0 {
		sc.Coverage, sc.Expected = c.covered/c.weight, c.asked/c.weight
	}
	if c.peaks > 0 {
		sc.Error = c.missed / c.peaks
	}
	return sc
}

package proof

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// QuantileLadder are the quantiles that a replay tries.
var QuantileLadder = []float64{0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.997}

// A Tick is called as long work goes on, with the share that is done; an error
// ends it.
type Tick func(done float64) error

// A forecaster forecasts one load again and again, as time passes.
type forecaster interface {
	// learn takes the history up to a time, which is the last sample's.
	learn(history forecast.Series) error
	// walk passes through what comes next, and calls visit at each known sample
	// with the quantiles of the largest loads of the window that begins with
	// each of the steps after it.
	walk(next forecast.Series, rows int, taus []float64, visit func(origin time.Time, peaks *forecast.Paths)) error
}

// A block is what a forecaster said between two fits.
type block struct {
	origins []time.Time
	paths   []forecast.Paths
}

func (b *block) keep(origin time.Time, p *forecast.Paths) {
	n := len(b.origins)
	b.origins = append(b.origins, origin)
	if cap(b.paths) == n {
		b.paths = append(b.paths, forecast.Paths{})
	} else {
		b.paths = b.paths[:n+1]
	}
	into := &b.paths[n]
	into.Start, into.Step = p.Start, p.Step
	into.Taus, into.Values = append(into.Taus[:0], p.Taus...), append(into.Values[:0], p.Values...)
}

// restart makes room for what comes, but for the newest.
func (b *block) restart() {
	if n := len(b.origins); n > 0 {
		b.origins[0] = b.origins[n-1]
		b.paths[0], b.paths[n-1] = b.paths[n-1], b.paths[0]
		b.origins, b.paths = b.origins[:1], b.paths[:1]
	}
}

// at returns the newest forecast from t or before, and its origin; nil if it is
// older than stale.
func (b *block) at(t time.Time, stale time.Duration) (*forecast.Paths, time.Time) {
	i, found := slices.BinarySearchFunc(b.origins, t, time.Time.Compare)
	if !found {
		i--
	}
	if i < 0 || t.Sub(b.origins[i]) > stale {
		return nil, time.Time{}
	}
	return &b.paths[i], b.origins[i]
}

// floorsBy makes the floors that each quantile of taus would have set, from the
// stage's first forecast to its end, by what one forecaster for each load foresaw.
// While nothing is foreseen the decision is in doubt, as it would be.
func (s *stage) floorsBy(forecasters []forecaster, taus []float64, tick Tick) ([]simulate.Floors, error) {
	n := int(s.to.Sub(s.from) / s.tick)
	out := make([]simulate.Floors, len(taus))
	walkers := make([]*recommender.Walker, len(taus))
	inputs := make([]recommender.Input, len(taus))
	for k, tau := range taus {
		p := s.Policy
		p.Mode, p.Quantile, p.Suspend = recommender.Enforce, tau, false
		w, faults := recommender.NewWalker(p, s.tick)
		if faults != nil {
			return nil, errors.New("policy: " + faults[0].Message)
		}
		walkers[k] = w
		out[k] = simulate.Floors{Start: s.from, Step: s.tick, Values: make([]int32, n)}
		inputs[k] = recommender.Input{
			Baseline: s.Loop.Spec.Min, Ceiling: s.Loop.Spec.Max, Floor: s.Loop.Spec.Min,
			Signals: make([]recommender.Signal, len(forecasters)), Scheduled: s.scheduled,
		}
	}
	blocks := make([]block, len(forecasters))
	stale := max(5*time.Minute, 3*s.step/2)
	i := 0
	for at := s.from; at.Before(s.to); at = at.Add(s.refit) {
		end := at.Add(s.refit)
		for m, f := range forecasters {
			if err := s.forecastBlock(f, m, at, end, taus, &blocks[m]); err != nil {
				return nil, err
			}
		}
		for ; i < n && s.from.Add(time.Duration(i)*s.tick).Before(end); i++ {
			now := s.from.Add(time.Duration(i) * s.tick)
			for k := range walkers {
				in := &inputs[k]
				in.Now = now
				for m := range forecasters {
					s.fillSignal(&in.Signals[m], m, &blocks[m], now, stale)
				}
				in.Floor, in.Memory = walkers[k].Next(in)
				out[k].Values[i] = in.Floor
			}
		}
		if err := tick(float64(i) / float64(n)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// forecastBlock fills b with what a forecaster of load m says from at to end, having
// learned what was known before. What it cannot learn from it says nothing of.
func (s *stage) forecastBlock(f forecaster, m int, at, end time.Time, taus []float64, b *block) error {
	b.restart()
	load := s.fine[m]
	lo, hi := max(0, load.Index(at.Add(-s.context))), min(load.Index(at), load.Len())
	history := forecast.Series{Start: load.Time(lo), Step: load.Step, Values: load.Values[lo:hi]}
	var none *forecast.NoForecast
	if err := f.learn(history); errors.As(err, &none) {
		return nil
	} else if err != nil {
		return err
	}
	rows := int(s.horizon()/s.step) + 1
	next := load.Between(at, end.Add(-s.step))
	return f.walk(next, rows, taus, b.keep)
}

// fillSignal puts into sig what is known of load m at a time.
func (s *stage) fillSignal(sig *recommender.Signal, m int, b *block, now time.Time, stale time.Duration) {
	sig.Capacity.PerPod = s.capacity(m)
	sig.Peak, sig.Newest = b.at(now.Add(-s.lag), stale)
	sig.Value = math.NaN()
	if sig.Peak != nil {
		sig.Value = s.fine[m].Values[s.fine[m].Index(sig.Newest)]
	}
}

// A modelForecaster foresees as Highwater does.
type modelForecaster struct {
	options forecast.Options
	window  time.Duration
	model   *forecast.Model
}

func (s *stage) model() forecaster {
	return &modelForecaster{window: s.window(), options: forecast.Options{Horizon: s.horizon(), Window: max(s.window(), s.step), Calendar: s.Calendar}}
}

func (m *modelForecaster) learn(history forecast.Series) (err error) {
	m.model, err = forecast.Fit(history, m.options)
	return err
}

func (m *modelForecaster) walk(next forecast.Series, rows int, taus []float64, visit func(time.Time, *forecast.Paths)) error {
	return m.model.Walk(next, rows, taus, func(origin time.Time, load, peaks *forecast.Paths) {
		if m.window == 0 {
			peaks = load
		}
		visit(origin, peaks)
	})
}

package planning

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// A loadForecast is one load as it is forecast, laid on the plan's ticks.
type loadForecast struct {
	method string
	step   time.Duration
	factor float64

	mid, high []float64 // quantiles of the load
	top, side []float64 // the largest load of the policy's window: its median, and how far the policy's quantile lies above it when it is near
	spread    []float64 // from the median to its 0.9-quantile
	middle    []float64 // the median
	tails     *forecast.Paths

	residuals []float64 // errors of past forecasts in spreads, by step, whole days; nil if there are none
	since     time.Time // of residuals[0]
}

// tails are the quantiles that probabilities are read off.
var tails = []float64{0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995}

// spreadTau is the quantile that spreads reach to.
const spreadTau = 0.9

// forecastLoads forecasts the loads of w from what was known before the plan. It
// returns a *forecast.NoForecast if one of them cannot be forecast.
func (p *Planner) forecastLoads(w *Workload, factor float64) ([]*loadForecast, []string, error) {
	step, err := p.stepOf(w.Loads)
	if err != nil {
		return nil, nil, err
	}
	var forecasts []*loadForecast
	var problems []string
	for i, load := range w.Loads {
		known := p.known(load, step)
		n := known.LastKnown()
		if n < 0 {
			return nil, nil, &forecast.NoForecast{Reason: forecast.ReasonNoData, Detail: fmt.Sprintf("load %d is not known at any time before the plan; check its query or file", i+1)}
		}
		if age := p.o.From.Sub(known.Time(n)) - step; age > stale {
			return nil, nil, &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: fmt.Sprintf(
				"load %d was last known %s before the plan begins, and %s is too long; read newer history, or plan from an earlier time", i+1, span(age), span(stale))}
		} else if age > late {
			problems = append(problems, fmt.Sprintf("load %d was last known %s before the plan begins; the forecast is that much less sure", i+1, span(age)))
		}
		v, err := p.forecastLoad(w, known, factor)
		if err != nil {
			return nil, nil, err
		}
		forecasts = append(forecasts, v)
	}
	return forecasts, problems, nil
}

// stepOf returns the least step not below the plan's grain that every load can
// be averaged to.
func (p *Planner) stepOf(loads []forecast.Series) (time.Duration, error) {
	step := p.grain
	for i, l := range loads {
		if l.Step < time.Second || l.Step%time.Second != 0 || l.Step > 24*time.Hour {
			if l.Len() == 0 {
				return 0, &forecast.NoForecast{Reason: forecast.ReasonNoData, Detail: fmt.Sprintf("load %d is empty; check its query or file", i+1)}
			}
			return 0, fmt.Errorf("load %d has a step of %s: it has to be whole seconds, and a day at the most", i+1, l.Step)
		}
		step = max(step, l.Step)
	}
	fits := func(l forecast.Series) bool { return step%l.Step == 0 }
	for begin := step; !all(loads, fits); step += time.Minute {
		if step > 24*begin {
			return 0, fmt.Errorf("the loads have steps that do not go into one another: read them all at one step")
		}
		step = step.Truncate(time.Minute)
	}
	return step, nil
}

func all[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !ok(x) })
}

// known returns what is known of load before the plan begins, averaged to step;
// a last step that is not whole is left out.
func (p *Planner) known(load forecast.Series, step time.Duration) forecast.Series {
	load = load.Between(load.Start, p.o.From.Add(-load.Step))
	if load.Len() == 0 {
		return load
	}
	end := load.End().Add(load.Step)
	out := load.Resample(step)
	if n := out.Len(); out.Time(n).After(end) && n > 1 {
		out.Values = out.Values[:n-1]
	}
	return out
}

// forecastLoad forecasts one load.
func (p *Planner) forecastLoad(w *Workload, known forecast.Series, factor float64) (*loadForecast, error) {
	step := known.Step
	window := w.Policy.Window().Truncate(step)
	reach := max(p.to.Sub(known.End()), 25*time.Hour) + step
	o := forecast.Options{Horizon: reach, Window: max(window, step)}
	if w.Calendar != nil && !w.Calendar.IsZero() {
		o.Calendar = w.Calendar.Build(known.Start, known.End().Add(reach+o.Window+step))
	}
	m, err := forecast.Fit(known, o)
	if err != nil {
		return nil, err
	}
	q := p.o.Quantiles
	taus := slices.Concat(tails, q, []float64{w.Policy.Quantile})
	slices.Sort(taus)
	taus = slices.Compact(taus)
	load := m.Forecast(nil, taus)
	top := load
	if window > 0 {
		top = m.Peaks(nil, taus)
	}
	v := &loadForecast{method: m.Method(), step: step, factor: factor, tails: load}
	n := int(p.o.Horizon / p.tick)
	for _, dst := range []*[]float64{&v.mid, &v.high, &v.top, &v.side, &v.spread, &v.middle} {
		*dst = make([]float64, n)
	}
	near := nearness(load, w.Policy.Quantile)
	for i := range n {
		at := p.at(i)
		v.mid[i], v.high[i] = factor*between(load, at, q[0]), factor*between(load, at, q[1])
		v.middle[i] = factor * between(load, at, 0.5)
		v.spread[i] = factor*between(load, at, spreadTau) - v.middle[i]
		v.top[i] = factor * between(top, at, 0.5)
		v.side[i] = (factor*between(top, at, w.Policy.Quantile) - v.top[i]) * near(at.Sub(known.End()))
	}
	v.fitResiduals(known, o)
	return v, nil
}

// at returns the time of tick i.
func (p *Planner) at(i int) time.Time { return p.o.From.Add(time.Duration(i) * p.tick) }

// between returns the tau-quantile of the load at t. A row is the mean of the
// step that begins with it: between the middles of two it is taken as a line.
func between(paths *forecast.Paths, t time.Time, tau float64) float64 {
	x := float64(t.Sub(paths.Start))/float64(paths.Step) - 0.5
	last := paths.Steps() - 1
	i := min(max(int(math.Floor(x)), 0), last)
	a, b := paths.Value(i, tau), paths.Value(min(i+1, last), tau)
	return a + min(max(x-float64(i), 0), 1)*(b-a)
}

// nearness returns how wide the band is, of the load at a quantile, while it
// is near, in parts of how wide it is that long before. Highwater decides each
// tick anew, with what it knows by then; a plan for next week must not take the
// doubt of today for that of the moment. The band is looked at day by day at
// the same time, and in parts of the load, since it is wider where the load is larger.
func nearness(load *forecast.Paths, tau float64) func(ahead time.Duration) float64 {
	day := int(24 * time.Hour / load.Step)
	some := max(1, day/8)
	width := func(from int) float64 {
		sum, base := 0.0, 0.0
		for i := from; i < min(from+some, load.Steps()); i++ {
			middle := load.Value(i, 0.5)
			sum += math.Abs(load.Value(i, tau) - middle)
			base += middle
		}
		if !(base > 0) {
			return 0
		}
		return sum / base
	}
	var shares []float64 // by day ahead
	first := width(0)
	for d := 0; d*day < load.Steps(); d++ {
		share := 1.0
		if there := width(d * day); d > 0 && there > 0 {
			share = min(max(first/there, 0.05), shares[d-1])
		}
		shares = append(shares, share)
	}
	return func(ahead time.Duration) float64 {
		x := max(float64(ahead)/float64(24*time.Hour), 0)
		d := min(int(x), len(shares)-1)
		if d > 0 || len(shares) == 1 {
			return shares[d]
		}
		// Within the first day the band widens with the logarithm of the time.
		first := float64(load.Step) / float64(24*time.Hour)
		if first >= 1 {
			return 1
		}
		grown := 1 - math.Log(max(x, first))/math.Log(first)
		return 1 + grown*(shares[1]-1)
	}
}

// Package outlook makes one forecast of one history, keeps what it rests on and
// what came of it, and writes both as CSV or JSON.
//
// A history that goes on past the time of the forecast is cut there: what came
// after is shown beside the forecast, which knows nothing of it.
package outlook

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"github.com/highwater-dev/highwater/forecast"
)

// An Outlook is one forecast with what it rests on. The caller names it.
type Outlook struct {
	Name    string // of the series
	Query   string // PromQL; empty for a file
	Zone    *time.Location
	Quality forecast.Quality
	Notes   []string // for the user
	Assumed []string // of the file

	At      time.Time
	History forecast.Series // up to the origin
	Actual  forecast.Series // of the horizon after it, as far as it is known
	Model   *forecast.Model
	Load    *forecast.Paths
	Peaks   *forecast.Paths      // nil if not asked for
	None    *forecast.NoForecast // why there is no forecast; nil if there is
}

// Cut parts s into what was known at the time and what came after, each averaged
// to step. The parting comes first: an average over a step that the time falls
// into must not hold what came later.
func (o *Outlook) Cut(s forecast.Series, at time.Time, span, horizon, step time.Duration) {
	o.At = at
	o.History = s.Between(at.Add(-span), at).Resample(step)
	if n := o.History.LastKnown(); n >= 0 {
		o.History.Values = o.History.Values[:n+1]
		late := at.Sub(o.History.End())
		if late >= 2*step {
			o.Notes = append(o.Notes, fmt.Sprintf("the newest known load is of %s before %s; the forecast begins there", late.Round(time.Second), o.stamp(at)))
		}
	}
	if o.History.Len() > 0 {
		origin := o.History.End()
		o.Actual = s.Resample(step).Between(origin.Add(1), origin.Add(horizon))
	}
}

// Fit makes the forecast of the history, at the quantiles taus. That there is none
// is no error: it is in None.
func (o *Outlook) Fit(options forecast.Options, taus []float64) (err error) {
	o.Model, err = forecast.Fit(o.History, options)
	if none, ok := errors.AsType[*forecast.NoForecast](err); ok {
		o.None = none
		return nil
	} else if err != nil {
		return err
	}
	o.Load = o.Model.Forecast(nil, taus)
	if options.Window > 0 {
		o.Peaks = o.Model.Peaks(nil, taus)
	}
	return nil
}

// Basis says in lines what the forecast rests on; none if there is no forecast.
func (o *Outlook) Basis() []string {
	m, s := o.Model, o.History
	if m == nil {
		return nil
	}
	known := fmt.Sprintf("%d samples", s.Known())
	if s.Known() < s.Len() {
		known = fmt.Sprintf("%d of %d samples known", s.Known(), s.Len())
	}
	return []string{
		fmt.Sprintf("%s: %s", o.Name, m.Method()),
		fmt.Sprintf("from %s of history up to %s in steps of %s, %s", model.Duration(m.Span()), o.stamp(m.Origin()), model.Duration(m.Step()), known),
	}
}

// actualAt returns the load that came at the i-th step; NaN if it is not known.
func (o *Outlook) actualAt(i int) float64 {
	if o.Actual.Len() == 0 {
		return math.NaN()
	}
	k := o.Actual.Index(o.Load.Time(i))
	if k < 0 || k >= o.Actual.Len() {
		return math.NaN()
	}
	return o.Actual.Values[k]
}

func (o *Outlook) stamp(t time.Time) string { return t.In(o.Zone).Format(time.RFC3339) }

package client

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/forecast"
)

// Curves returns the history of a load and its forecast, which is nil if there is
// none, as the packages that compute with them want them.
func Curves(f *api.Forecast) (history forecast.Series, paths *forecast.Paths) {
	if h := f.History; h != nil {
		history = forecast.Series{Start: h.Start, Step: seconds(h.StepSeconds)}
		for _, x := range h.Values {
			history.Values = append(history.Values, known(x))
		}
	}
	if f.Forecast == nil {
		return history, nil
	}
	paths = &forecast.Paths{Start: f.Forecast.Start, Step: seconds(f.Forecast.StepSeconds), Taus: f.Quantiles}
	for _, row := range f.Forecast.Values {
		for _, x := range row {
			paths.Values = append(paths.Values, known(x))
		}
	}
	return history, paths
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// known returns a number of the API; NaN for null.
func known(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

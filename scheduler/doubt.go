package scheduler

import (
	"fmt"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/recommender/explain"
)

const (
	// newestSamples are looked at together: one sample says little.
	newestSamples = 3
	// A load below this share of what nine of ten forecasts lie above is
	// doubted: Fit takes less than this for an outage, too.
	doubtedShare = 0.3
	// A load within this share of its largest is at its ceiling, as for Fit.
	ceilingWidth = 0.002
)

// doubts returns the warnings about the newest samples of the load: that they
// lie where there is no reason to believe them, or where the demand may be
// higher than what is measured. sig is what was forecast.
func (s *signal) doubts(sig recommender.Signal) []recommender.Warning {
	if sig.Load == nil || s.series.Len() < newestSamples {
		return nil
	}
	recent := largest(s.series.Values[s.series.Len()-newestSamples:])
	var list []recommender.Warning
	add := func(kind forecast.FindingKind, format string, args ...any) {
		list = append(list, recommender.Warning{Code: string(kind), Message: fmt.Sprintf(format, args...)})
	}
	if low := sig.Load.Value(0, bands[0]); recent < doubtedShare*low {
		add(forecast.FoundOutage, "%s was measured as %s at %s, and at least %s are forecast: the floor follows the forecast; if the metric is broken, mend it",
			s.source.Name, explain.Quantity(recent, s.source.Capacity.Unit), clock(s.newest), explain.Quantity(low, s.source.Capacity.Unit))
	}
	for _, f := range s.model.Findings() {
		if f.Kind == forecast.FoundCapped && recent >= (1-ceilingWidth)*largest(s.series.Values) {
			add(f.Kind, "%s stands at its ceiling now: %s", s.source.Name, f.Detail)
		}
	}
	return list
}

// largest returns the largest known load, zero if none is.
func largest(loads []float64) float64 {
	top := 0.0
	for _, v := range loads {
		if v > top {
			top = v
		}
	}
	return top
}

// clock writes a time of day.
func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

package recommender

import "github.com/highwater-dev/highwater/forecast"

// doubtful returns why the decision is in doubt: the first signal without a
// usable forecast, since the pods that it would ask for are not known. nil
// means no doubt.
func (p Policy) doubtful(in *Input) *forecast.NoForecast {
	if p.OnlySchedules {
		return nil
	}
	for i := range in.Signals {
		s := &in.Signals[i]
		if r, ok := s.reader(in.Now, p); ok {
			if _, ok = r.at(0); ok {
				continue
			}
		}
		switch {
		case s.NoForecast != nil:
			return s.NoForecast
		case !(s.Capacity.PerPod > 0):
			return &forecast.NoForecast{Reason: forecast.ReasonCapacity, Detail: "what one pod carries of " + s.Name + " is not known"}
		default:
			return &forecast.NoForecast{Reason: forecast.ReasonStale, Detail: "the forecast of " + s.Name + " does not reach this far; its history is too old"}
		}
	}
	if len(in.Signals) == 0 {
		return &forecast.NoForecast{Reason: forecast.ReasonNoMetric, Detail: "there is no metric to read a load from"}
	}
	return nil
}

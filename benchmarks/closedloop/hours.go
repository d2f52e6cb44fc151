package main

import (
	"math"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

const (
	week = 168 // hours
	// beat is how often the floors of peers are looked at.
	beat = 5 * time.Minute
)

// hourly holds the largest load of each hour; NaN where none is known.
type hourly struct {
	first int64 // hours since 1970
	top   []float64
}

func newHourly(s forecast.Series) *hourly {
	h := &hourly{first: hourOf(s.Start)}
	h.top = make([]float64, hourOf(s.End())-h.first+1)
	for i := range h.top {
		h.top[i] = math.NaN()
	}
	for i, v := range s.Values {
		if at := &h.top[hourOf(s.Time(i))-h.first]; !math.IsNaN(v) && !(v <= *at) {
			*at = v
		}
	}
	return h
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// at returns the largest load of an hour; NaN if it is not known.
func (h *hourly) at(hour int64) float64 {
	if i := hour - h.first; i >= 0 && i < int64(len(h.top)) {
		return h.top[i]
	}
	return math.NaN()
}

// pods returns how many pods a load needs at so much for each of them.
func pods(load, perPod float64, ceiling int32) int32 {
	if !(load > 0) {
		return 0
	}
	return int32(min(math.Ceil(load/perPod-1e-9), float64(ceiling)))
}

// schedule makes floors of a load that is expected by the hour: those of an
// hour hold from early before it until its end.
func schedule(from, to time.Time, early time.Duration, perPod float64, ceiling int32, expected func(hour int64) float64) *simulate.Floors {
	from = from.Truncate(beat)
	f := &simulate.Floors{Start: from, Step: beat}
	byHour := map[int64]int32{}
	of := func(hour int64) int32 {
		n, ok := byHour[hour]
		if !ok {
			n = pods(expected(hour), perPod, ceiling)
			byHour[hour] = n
		}
		return n
	}
	for t := from; t.Before(to); t = t.Add(beat) {
		f.Values = append(f.Values, max(of(hourOf(t)), of(hourOf(t.Add(early)))))
	}
	return f
}

// cron sets floors as a careful person does: each hour of the week gets what
// its largest load of last week needed, and a tenth more, ten minutes early.
// What is not known of last week is taken from the latest day on which it is.
func cron(s forecast.Series, from, to time.Time) floorsFor {
	h := newHourly(s)
	return func(perPod float64, ceiling int32) *simulate.Floors {
		return schedule(from, to, 10*time.Minute, perPod, ceiling, func(hour int64) float64 {
			v := h.at(hour - week)
			for k := int64(1); k < 7 && math.IsNaN(v); k++ {
				v = h.at(hour - 24*k)
			}
			return 1.1 * v
		})
	}
}

// aws sets floors in the manner of Amazon EC2's predictive scaling, of which
// the model is not published: hours are forecast from the last 14 days as the
// mean of the largest loads in the same hour of the same weekday, or of all
// days if there is none yet, and capacity is scheduled five minutes early. Only
// floors are set: what is above is left to the reactive part.
func aws(s forecast.Series, from, to time.Time) floorsFor {
	h := newHourly(s)
	return func(perPod float64, ceiling int32) *simulate.Floors {
		return schedule(from, to, 5*time.Minute, perPod, ceiling, func(hour int64) float64 {
			if v := h.mean(hour, week, 2); !math.IsNaN(v) {
				return v
			}
			return h.mean(hour, 24, 14)
		})
	}
}

// mean averages what is known of the hour n times, always step hours earlier.
func (h *hourly) mean(hour, step int64, n int) float64 {
	sum, known := 0.0, 0.0
	for k := 1; k <= n; k++ {
		if v := h.at(hour - step*int64(k)); !math.IsNaN(v) {
			sum += v
			known++
		}
	}
	return sum / known
}

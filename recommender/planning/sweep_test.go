package planning

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/internal/house"
)

// daily is a load of three days up to a time that swings with the hours before it.
func daily(until time.Time) forecast.Series {
	s := forecast.Series{Start: until.Add(-72 * time.Hour), Step: 15 * time.Minute, Values: make([]float64, 72*4)}
	for i := range s.Values {
		s.Values[i] = 120 - 80*math.Cos(2*math.Pi*float64(i)/96) + float64(mix(uint64(i))%100)/10
	}
	return s
}

// A plan that is made at any quarter of an hour, and some seconds after it, has
// each of its steps once, begins with the next whole one, and its totals are
// the sums of its rows.
func TestEveryPlanHasEachStepOnceWheneverItIsMade(t *testing.T) {
	for q, at := range house.Quarters(time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)) {
		made := at.Add(time.Duration(q*37) * time.Second)
		step := []time.Duration{15 * time.Minute, time.Hour, 3 * time.Hour}[q%3]
		r := plan(t, Options{From: made, Horizon: 6 * time.Hour, Step: step, Samples: -1}, shop("web", daily(at)), shop("new", forecast.Series{}))
		if r.From.Before(made) || r.From.Sub(made) >= step || !r.From.Truncate(step).Equal(r.From) || !r.To.Equal(r.From.Add(6*time.Hour)) {
			t.Fatalf("made at %s, it is from %s to %s", made, r.From, r.To)
		}
		for _, w := range r.Workloads {
			var sum Total
			for i, row := range w.Rows {
				if !row.Time.Equal(r.From.Add(time.Duration(i)*step)) || !r.Fleet[i].Time.Equal(row.Time) {
					t.Fatalf("made at %s, row %d of %s is of %s", made, i, w.Name, row.Time)
				}
				sum.add(row, step.Hours())
			}
			if len(w.Rows) != int(6*time.Hour/step) || sum != w.Total {
				t.Fatalf("made at %s, %s has %d rows that sum up to %+v, and not %+v", made, w.Name, len(w.Rows), sum, w.Total)
			}
		}
		if r.Workloads[0].Forecast != nil {
			t.Fatalf("made at %s: %+v", made, r.Workloads[0].Forecast)
		}
	}
}

// The plan of a load that comes later is the plan, later, at each quarter of an
// hour of a day.
func TestThePlanOfAMovedLoadIsThePlanMoved(t *testing.T) {
	o := Options{Horizon: 4 * time.Hour, Step: 15 * time.Minute, Samples: 1}
	made := func(from time.Time) WorkloadPlan {
		o := o
		o.From = from
		return plan(t, o, shop("web", daily(from))).Workloads[0]
	}
	from := time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC)
	want := made(from)
	for _, at := range house.Quarters(from) {
		got := made(at)
		for i := range got.Rows {
			got.Rows[i].Time = got.Rows[i].Time.Add(from.Sub(at))
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("from %s it is\n%+v\nand from %s\n%+v", from, want, at, got)
		}
	}
}

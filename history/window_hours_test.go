package history_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/internal/house"
)

// A clockLoad is a Source whose load is a function of the time.
type clockLoad struct{}

func (clockLoad) Read(_ context.Context, _ history.Query, from, to time.Time, step time.Duration) (history.Result, error) {
	var points []forecast.Point
	for t := from.Truncate(step); !t.After(to); t = t.Add(step) {
		points = append(points, forecast.Point{Time: t, Value: loadAt(t)})
	}
	series, quality, err := forecast.NewSeries(points, step)
	return history.Result{Series: series, Quality: quality}, err
}

func loadAt(t time.Time) float64 { return math.Mod(float64(t.Unix()), 9973) }

// A window that is read at any time of day, in any zone and at any second, holds
// each step of its span once, with the load of that time.
func TestAWindowHoldsItsSpanAtEachTimeOfDay(t *testing.T) {
	w := history.NewWindow(clockLoad{}, history.Query{Expr: "load"}, 2*time.Hour, 5*time.Minute)
	for i, at := range house.Moments(t) {
		now := at.Add(time.Duration(i*37%900) * time.Second)
		r, err := w.Advance(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		s := r.Series
		end := s.End()
		if back := now.Sub(s.Start); end.After(now) || now.Sub(end) >= 5*time.Minute || back < 2*time.Hour-5*time.Minute || back > 2*time.Hour+5*time.Minute {
			t.Fatalf("at %s it is from %s to %s", now, s.Start, end)
		}
		for k, v := range s.Values {
			if v != loadAt(s.Time(k)) {
				t.Fatalf("at %s the load of %s is %g, and not %g", now, s.Time(k), v, loadAt(s.Time(k)))
			}
		}
	}
}

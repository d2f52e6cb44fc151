package history_test

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// fortnight is an embedded database with 15 days of one counter by the minute.
func fortnight(b *testing.B) (*history.Reader, history.Query, time.Time) {
	b.Helper()
	db, err := embedded.NewDB("", embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	series, err := embedded.ParseSeries(`requests_total{app="web"}`)
	if err != nil {
		b.Fatal(err)
	}
	var points []forecast.Point
	start := time.Unix(1_700_000_000, 0).Truncate(time.Minute)
	for i := range 15 * 24 * 60 {
		points = append(points, forecast.Point{Time: start.Add(time.Duration(i) * time.Minute), Value: float64(i * 60)})
	}
	if err := db.Append(series, points); err != nil {
		b.Fatal(err)
	}
	return history.NewReader(db, history.ReaderOptions{}), history.Query{Expr: `sum(rate(requests_total{app="web"}[2m]))`}, points[len(points)-1].Time
}

func BenchmarkReadFifteenDays(b *testing.B) {
	r, q, now := fortnight(b)
	for b.Loop() {
		if _, err := r.Read(b.Context(), q, now.Add(-15*24*time.Hour), now, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAdvanceWarm(b *testing.B) {
	r, q, now := fortnight(b)
	w := history.NewWindow(r, q, 15*24*time.Hour, time.Minute)
	if _, err := w.Advance(b.Context(), now); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := w.Advance(b.Context(), now); err != nil {
			b.Fatal(err)
		}
	}
}

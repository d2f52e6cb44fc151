package history_test

import (
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/promqltest"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
)

// epoch is the time zero of promqltest's scripts.
var epoch = time.Unix(0, 0).UTC()

// script is an engine over what a script of promqltest loads.
func script(t testing.TB, load string) *embedded.Engine {
	t.Helper()
	return embedded.New(promqltest.LoadedStorage(t, load), embedded.Options{})
}

func newDB(t testing.TB) *embedded.Engine {
	t.Helper()
	db, err := embedded.NewDB("", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// minutes are the points of values, a minute apart.
func minutes(from time.Time, values ...float64) []forecast.Point {
	out := make([]forecast.Point, len(values))
	for i, v := range values {
		out[i] = forecast.Point{Time: from.Add(time.Duration(i) * time.Minute), Value: v}
	}
	return out
}

func ask(t testing.TB, e history.Engine, expr string, from time.Time, n int) model.Matrix {
	t.Helper()
	m, _, err := e.QueryRange(t.Context(), expr, v1.Range{Start: from, End: from.Add(time.Duration(n-1) * time.Minute), Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

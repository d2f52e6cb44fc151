package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/embedded"
	"github.com/highwater-dev/highwater/internal/house"
)

// epoch is where the samples of the tests begin.
var epoch = time.Unix(0, 0).UTC()

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

// Blocks begin at even hours, so it is tried from a minute before each quarter of
// an hour of a day.
func TestTimesPastAndFutureCanBeAppendedInAnyOrder(t *testing.T) {
	for _, now := range house.Quarters(time.Date(2028, 2, 28, 11, 59, 0, 0, time.UTC)) {
		db := newDB(t)
		series := labels.FromStrings("__name__", "load", "app", "web")
		for _, at := range []time.Duration{0, -60 * 24 * time.Hour, 365 * 24 * time.Hour, -5 * 365 * 24 * time.Hour, time.Hour, -time.Hour} {
			if err := db.Append(series, minutes(now.Add(at), 1, 2, 3)); err != nil {
				t.Fatalf("append at %s after %s: %v", at, now, err)
			}
		}
		for _, at := range []time.Duration{0, -60 * 24 * time.Hour, 365 * 24 * time.Hour, -5 * 365 * 24 * time.Hour, time.Hour, -time.Hour} {
			m := ask(t, db, `load{app="web"}`, now.Add(at), 3)
			if len(m) != 1 || fmt.Sprint(m[0].Values[0].Value, m[0].Values[1].Value, m[0].Values[2].Value) != "1 2 3" {
				t.Errorf("at %s after %s: got %v", at, now, m)
			}
		}
		// Another series, older than all there is, comes after.
		if err := db.Append(labels.FromStrings("__name__", "old"), minutes(epoch, 7)); err != nil {
			t.Fatal(err)
		}
		if m := ask(t, db, "old", epoch, 1); len(m) != 1 {
			t.Errorf("old series: got %v", m)
		}
		if from, to, ok := db.Times(); !ok || !from.Equal(epoch) || !to.Equal(now.Add(365*24*time.Hour+2*time.Minute)) {
			t.Errorf("Times() = %s, %s, %v", from, to, ok)
		}
	}
}

func TestFirstOfTwoValuesAtOneTimeStays(t *testing.T) {
	db := newDB(t)
	series := labels.FromStrings("__name__", "load")
	for _, v := range []float64{1, 9} {
		if err := db.Append(series, minutes(epoch, v)); err != nil {
			t.Fatal(err)
		}
	}
	if m := ask(t, db, "load", epoch, 1); m[0].Values[0].Value != 1 {
		t.Errorf("got %v, want 1", m)
	}
}

func TestTheEngineRefusesWhatAServerRefuses(t *testing.T) {
	db := newDB(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(ctx context.Context, expr string, n int, want history.Kind) {
		t.Helper()
		_, _, err := db.QueryRange(ctx, expr, v1.Range{Start: epoch, End: epoch.Add(time.Duration(n-1) * time.Minute), Step: time.Minute})
		if got := history.KindOf(err); got != want {
			t.Errorf("%s over %d points: %q (%v), want %q", expr, n, got, err, want)
		}
	}
	f(t.Context(), "vector(1)", 11_001, "")
	f(t.Context(), "vector(1)", 11_002, history.TooLarge)
	f(t.Context(), "vector(1)", 0, history.Invalid)
	f(t.Context(), "sum(", 1, history.BadQuery)
	f(t.Context(), "load[5m]", 1, history.BadQuery)
	f(canceled, "vector(1)", 1, history.Canceled)
}

func TestSnapshotAndLiveFolderAreReadAlike(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	db, err := embedded.NewDB(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	series := labels.FromStrings("__name__", "load")
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i)
	}
	if err := db.Append(series, minutes(epoch.Add(time.Hour), values...)); err != nil {
		t.Fatal(err)
	}
	if err := db.Append(series, minutes(epoch, 5, 6, 7)); err != nil { // older than what is there
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		before := tree(t, dir)
		ro, err := embedded.OpenDB(dir, embedded.Options{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if m := ask(t, ro, "load", epoch.Add(time.Hour), 1000); len(m) != 1 || len(m[0].Values) != 1000 || m[0].Values[999].Value != 999 {
			t.Errorf("%s: got %d series", what, len(m))
		}
		if m := ask(t, ro, "load", epoch, 3); len(m) != 1 || m[0].Values[2].Value != 7 {
			t.Errorf("%s: out of order: got %v", what, m)
		}
		if err := ro.Append(series, minutes(epoch, 1)); err == nil {
			t.Errorf("%s: append to a read-only database", what)
		}
		if err := ro.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if after := tree(t, dir); before != after {
			t.Errorf("%s: the folder changed:\n%s\nnow\n%s", what, before, after)
		}
	}
	check("while it is written")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	check("closed")
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	check("read-only")
	_ = os.Chmod(dir, 0o700)
}

// tree lists files and their sizes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			fmt.Fprintln(&b, path, info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFolderWithoutPrometheusDataIsNamed(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/does/not/exist"} {
		_, err := embedded.OpenDB(dir, embedded.Options{})
		if err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("OpenDB(%s): %v", dir, err)
		}
	}
}

func TestTenTracesLoadInTwoSeconds(t *testing.T) {
	db := newDB(t)
	var csv bytes.Buffer
	for i := range 23_000 {
		fmt.Fprintf(&csv, "%d,%.3f\n", i*60, 100+50*math.Sin(float64(i)/200))
	}
	start := time.Now()
	for i := range 10 {
		n, err := db.LoadCSV(fmt.Sprintf(`requests{app="app-%d"}`, i), bytes.NewReader(csv.Bytes()))
		if err != nil || n != 23_000 {
			t.Fatalf("%d rows, %v", n, err)
		}
	}
	took := time.Since(start)
	t.Logf("loaded 230,000 samples in %s", took)
	if took > 20*time.Second { // leaves room for the race detector on a busy machine
		t.Errorf("took %s", took)
	}
	res, err := history.NewReader(db, history.ReaderOptions{}).Read(t.Context(),
		history.Query{Expr: `requests{app="app-7"}`}, epoch, epoch.Add(22_999*time.Minute), time.Minute)
	if err != nil || res.Series.Len() != 23_000 || res.Quality.Missing != 0 {
		t.Errorf("read %d samples, %+v, %v", res.Series.Len(), res.Quality, err)
	}
}

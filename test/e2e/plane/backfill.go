package plane

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// A Series is the history of one time series.
type Series struct {
	Name   string
	Labels map[string]string
	Points []Point // in any order, at most one a millisecond
}

// A Point is one sample.
type Point struct {
	At    time.Time
	Value float64
}

// Sample takes the points of a function at every step from a time up to but without another.
func Sample(from, to time.Time, step time.Duration, value func(time.Time) float64) []Point {
	var points []Point
	for at := from; at.Before(to); at = at.Add(step) {
		points = append(points, Point{At: at, Value: value(at)})
	}
	return points
}

// blockSpan is how much time one block holds. It is one of the spans into which Prometheus itself merges its 2 h blocks
// (2 h × 3 × 3), and blocks begin at its multiples, so that Prometheus takes them for its own.
const blockSpan = 18 * time.Hour

// Backfill writes history into the folder of a Prometheus that has not run in it yet. The points may reach up to now:
// what Prometheus scrapes later continues after the last one.
func Backfill(dir string, history []Series) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("backfill: %w", err)
	}
	all := make([]labels.Labels, len(history))
	blocks := map[int64][]sample{}
	for i, s := range history {
		all[i] = labels.NewBuilder(labels.FromMap(s.Labels)).Set(labels.MetricName, s.Name).Labels()
		for _, p := range s.Points {
			at := p.At.UnixMilli()
			block := at / blockSpan.Milliseconds()
			blocks[block] = append(blocks[block], sample{i, at, p.Value})
		}
	}
	for _, samples := range blocks {
		if err := writeBlock(dir, all, samples); err != nil {
			return fmt.Errorf("backfill: %w", err)
		}
	}
	return nil
}

type sample struct {
	series int   // index of its labels
	at     int64 // in ms
	value  float64
}

// writeBlock writes the samples of one span of time.
func writeBlock(dir string, all []labels.Labels, samples []sample) (err error) {
	// The writer refuses what is much older than its newest sample, as Prometheus does.
	slices.SortStableFunc(samples, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
	w, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), dir, blockSpan.Milliseconds())
	if err != nil {
		return err
	}
	defer func() {
		if closed := w.Close(); err == nil {
			err = closed
		}
	}()
	ctx := context.Background()
	refs := make([]storage.SeriesRef, len(all)) // zero: not known yet
	app := w.Appender(ctx)
	for _, s := range samples {
		refs[s.series], err = app.Append(refs[s.series], all[s.series], s.at, s.value)
		if err != nil {
			return fmt.Errorf("sample of %s at %v: %w", all[s.series], time.UnixMilli(s.at), err)
		}
	}
	if err := app.Commit(); err != nil {
		return err
	}
	_, err = w.Flush(ctx)
	return err
}

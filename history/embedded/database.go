package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history"
	"github.com/highwater-dev/highwater/history/files"
)

// A database is the storage behind an Engine and the folder to remove with it.
type database struct {
	*tsdb.DB
	readOnly bool
	temp     string // removed on close; empty if the folder stays
}

func (d *database) close() error {
	err := d.DB.Close()
	if d.temp != "" {
		err = errors.Join(err, os.RemoveAll(d.temp))
	}
	return err
}

// everAfter keeps all samples in the head of the database, whatever their age
// and order: the demo's time is simulated, and traces are loaded one after
// another. In milliseconds.
const everAfter = int64(100 * 365 * 24 * time.Hour / time.Millisecond)

// NewDB opens a writable database in dir, or in a temporary folder that Close
// removes if dir is empty. Samples of any time can be appended, in any order.
// All of them are held in memory, compressed to a few bytes each.
func NewDB(dir string, o Options) (*Engine, error) {
	temp := ""
	if dir == "" {
		var err error
		if temp, err = os.MkdirTemp("", "highwater-tsdb-"); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		dir = temp
	}
	opts := databaseOptions()
	opts.MinBlockDuration, opts.MaxBlockDuration = everAfter, everAfter
	opts.OutOfOrderTimeWindow = everAfter
	if temp != "" {
		opts.WALSegmentSize = -1 // nobody comes back for it
	}
	return open(dir, temp, opts, o)
}

// databaseOptions are those of a database that neither compacts nor forgets.
func databaseOptions() *tsdb.Options {
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = 0
	opts.BlockReloadInterval = time.Hour
	opts.StripeSize = 1 << 10 // the default is for millions of series and takes 32 MiB
	return opts
}

func open(dir, temp string, opts *tsdb.Options, o Options) (*Engine, error) {
	db, err := tsdb.Open(dir, nil, nil, opts, nil)
	if err != nil {
		if temp != "" {
			err = errors.Join(err, os.RemoveAll(temp))
		}
		return nil, fmt.Errorf("open database %s: %w", dir, err)
	}
	db.DisableCompactions()
	e := New(db, o)
	e.db = &database{DB: db, temp: temp}
	return e, nil
}

// Stale is the value that marks the end of a series, as Prometheus writes it
// when a target disappears. It is a NaN.
var Stale = math.Float64frombits(value.StaleNaN)

// ParseSeries reads a series as PromQL writes it: http_requests_total{app="web"}.
func ParseSeries(s string) (labels.Labels, error) {
	l, err := history.Parser().ParseMetric(s)
	if err != nil {
		return labels.EmptyLabels(), fmt.Errorf("series %q: %w", s, err)
	}
	if l.IsEmpty() {
		return l, fmt.Errorf("series %q: want a name or a label", s)
	}
	return l, nil
}

// Append adds points to a series. All of them are there afterwards, or none
// and an error. Where a time has a value already, the first one stays.
func (e *Engine) Append(series labels.Labels, points []forecast.Point) error {
	if e.db == nil || e.db.readOnly {
		return errors.New("append: this database is read-only")
	}
	app := e.db.Appender(context.Background())
	ref := storage.SeriesRef(0)
	for _, p := range points {
		r, err := app.Append(ref, series, p.Time.UnixMilli(), p.Value)
		switch {
		case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
			continue
		case err != nil:
			return errors.Join(fmt.Errorf("append to %s at %s: %w", series, stamp(p.Time), err), app.Rollback())
		}
		ref = r
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("append to %s: %w", series, err)
	}
	return nil
}

// LoadCSV appends the one series that files.Points reads to a series, as ParseSeries reads it.
// It returns the number of rows.
func (e *Engine) LoadCSV(series string, r io.Reader) (int, error) {
	l, err := ParseSeries(series)
	if err != nil {
		return 0, err
	}
	points, err := files.Points(r)
	if err != nil {
		return 0, err
	}
	return len(points), e.Append(l, points)
}

// Times returns the oldest and the newest time at which the database may hold
// a sample. It returns false if it holds none.
func (e *Engine) Times() (from, to time.Time, ok bool) {
	if e.db == nil {
		return from, to, false
	}
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, b := range e.db.Blocks() {
		lo, hi = min(lo, b.MinTime()), max(hi, b.MaxTime()-1) // a block's end is exclusive
	}
	head := e.db.Head()
	lo, hi = min(lo, head.MinTime(), head.MinOOOTime()), max(hi, head.MaxTime(), head.MaxOOOTime())
	if lo > hi {
		return from, to, false
	}
	return time.UnixMilli(lo).UTC(), time.UnixMilli(hi).UTC(), true
}

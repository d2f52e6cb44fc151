package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"github.com/highwater-dev/highwater/history"
)

// Options set the limits of an engine. The zero value is that of a Prometheus
// server.
type Options struct {
	Lookback   time.Duration // age at which a sample no longer counts; 5m if zero. Raise it for data that is sparser.
	MaxSamples int           // held in memory by one query; 50 million if zero
	Timeout    time.Duration // of one query; 2m if zero
}

// An Engine evaluates PromQL in this process. It may be used by many goroutines,
// until it is closed.
type Engine struct {
	engine  *promql.Engine
	queries storage.Queryable
	db      *database // nil over a foreign storage
}

// New evaluates over any Prometheus storage, which stays the caller's to close.
func New(q storage.Queryable, o Options) *Engine {
	return &Engine{queries: q, engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples:           cmp.Or(o.MaxSamples, 50_000_000),
		Timeout:              cmp.Or(o.Timeout, 2*time.Minute),
		LookbackDelta:        cmp.Or(o.Lookback, 5*time.Minute),
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               history.Parser(),
	})}
}

// QueryRange evaluates expr at r.Start, r.Start+r.Step, … up to r.End. Like a
// server it refuses more than 11,000 steps.
func (e *Engine) QueryRange(ctx context.Context, expr string, r v1.Range) (model.Matrix, []string, error) {
	if r.Step <= 0 || r.End.Before(r.Start) {
		return nil, nil, &history.Error{Kind: history.Invalid, Err: fmt.Errorf("range from %s to %s in steps of %s", stamp(r.Start), stamp(r.End), r.Step)}
	}
	if n := int64(r.End.Sub(r.Start) / r.Step); n > history.MaxPoints {
		return nil, nil, &history.Error{Kind: history.TooLarge, Query: expr, Err: fmt.Errorf("%d steps in one query, want at most %d", n, history.MaxPoints)}
	}
	q, err := e.engine.NewRangeQuery(ctx, e.queries, nil, expr, r.Start, r.End, r.Step)
	if err != nil {
		return nil, nil, &history.Error{Kind: history.BadQuery, Query: expr, Err: err}
	}
	defer q.Close()
	result := q.Exec(ctx)
	warnings, infos := result.Warnings.AsStrings(expr, 10, 10)
	notes := append(warnings, infos...)
	if result.Err != nil {
		return nil, notes, engineError(ctx, expr, result.Err)
	}
	m, err := result.Matrix()
	if err != nil {
		return nil, notes, &history.Error{Kind: history.BadQuery, Query: expr, Err: err}
	}
	return toModel(m), notes, nil
}

// Close closes the storage. No query may be under way.
func (e *Engine) Close() error {
	if e.db == nil {
		return nil
	}
	return e.db.close()
}

func engineError(ctx context.Context, expr string, err error) *history.Error {
	kind := history.BadQuery
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		kind = history.Timeout
	case ctx.Err() != nil:
		kind = history.Canceled
	case isType[promql.ErrQueryTimeout](err):
		kind = history.Timeout
	case isType[promql.ErrQueryCanceled](err):
		kind = history.Canceled
	case isType[promql.ErrTooManySamples](err):
		kind = history.TooLarge
	case isType[promql.ErrStorage](err):
		kind = history.ServerError
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return &history.Error{Kind: kind, Query: expr, Err: err}
}

// toModel copies m, whose memory belongs to the engine.
func toModel(m promql.Matrix) model.Matrix {
	out := make(model.Matrix, 0, len(m))
	for _, s := range m {
		stream := &model.SampleStream{Metric: make(model.Metric, s.Metric.Len())}
		for name, value := range s.Metric.Map() {
			stream.Metric[model.LabelName(name)] = model.LabelValue(value)
		}
		stream.Values = make([]model.SamplePair, len(s.Floats))
		for i, p := range s.Floats {
			stream.Values[i] = model.SamplePair{Timestamp: model.Time(p.T), Value: model.SampleValue(p.F)}
		}
		for _, p := range s.Histograms { // only that they are there is of interest
			stream.Histograms = append(stream.Histograms, model.SampleHistogramPair{Timestamp: model.Time(p.T)})
		}
		out = append(out, stream)
	}
	return out
}

func isType[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

var (
	_ history.Engine = (*Engine)(nil)
	_ io.Closer      = (*Engine)(nil)
)

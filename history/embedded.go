package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// EmbeddedOptions set the limits of an embedded engine. The zero value is that
// of a Prometheus server.
type EmbeddedOptions struct {
	Lookback   time.Duration // age at which a sample no longer counts; 5m if zero. Raise it for data that is sparser.
	MaxSamples int           // held in memory by one query; 50 million if zero
	Timeout    time.Duration // of one query; 2m if zero
}

// Embedded evaluates PromQL in this process, with the engine and the storage of
// Prometheus. It may be used by many goroutines, until it is closed.
type Embedded struct {
	engine  *promql.Engine
	queries storage.Queryable
	db      *database // nil over a foreign storage
}

// NewEmbedded evaluates over any Prometheus storage, which stays the caller's to close.
func NewEmbedded(q storage.Queryable, o EmbeddedOptions) *Embedded {
	o.Lookback = defaultTo(o.Lookback, 5*time.Minute)
	o.Timeout = defaultTo(o.Timeout, 2*time.Minute)
	return &Embedded{queries: q, engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples:           defaultTo(o.MaxSamples, 50_000_000),
		Timeout:              o.Timeout,
		LookbackDelta:        o.Lookback,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		Parser:               promqlParser,
	})}
}

// QueryRange evaluates expr at r.Start, r.Start+r.Step, … up to r.End. Like a
// server it refuses more than 11,000 steps.
func (e *Embedded) QueryRange(ctx context.Context, expr string, r v1.Range) (model.Matrix, []string, error) {
	if r.Step <= 0 || r.End.Before(r.Start) {
		return nil, nil, &Error{Kind: Invalid, Err: fmt.Errorf("range from %s to %s in steps of %s", stamp(r.Start), stamp(r.End), r.Step)}
	}
	if n := int64(r.End.Sub(r.Start) / r.Step); n > maxPoints {
		return nil, nil, &Error{Kind: TooLarge, Query: expr, Err: fmt.Errorf("%d steps in one query, want at most %d", n, maxPoints)}
	}
	q, err := e.engine.NewRangeQuery(ctx, e.queries, nil, expr, r.Start, r.End, r.Step)
	if err != nil {
		return nil, nil, &Error{Kind: BadQuery, Query: expr, Err: err}
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
		return nil, notes, &Error{Kind: BadQuery, Query: expr, Err: err}
	}
	return toModel(m), notes, nil
}

// Close closes the storage. No query may be under way.
func (e *Embedded) Close() error {
	if e.db == nil {
		return nil
	}
	return e.db.close()
}

func engineError(ctx context.Context, expr string, err error) *Error {
	kind := BadQuery
	switch {
	case ctx.Err() != nil:
		kind = kindOfContext(ctx.Err())
	case isType[promql.ErrQueryTimeout](err):
		kind = Timeout
	case isType[promql.ErrQueryCanceled](err):
		kind = Canceled
	case isType[promql.ErrTooManySamples](err):
		kind = TooLarge
	case isType[promql.ErrStorage](err):
		kind = ServerError
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return &Error{Kind: kind, Query: expr, Err: err}
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

// promqlParser reads all that any Prometheus reads.
var promqlParser = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, ExperimentalDurationExpr: true,
	EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true})

var _ io.Closer = (*Embedded)(nil)

func stamp(t time.Time) string { return timestamp.Time(t.UnixMilli()).UTC().Format(time.RFC3339) }

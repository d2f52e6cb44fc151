package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"golang.org/x/sync/errgroup"

	"github.com/highwater-dev/highwater/forecast"
)

// ReaderOptions tune a Reader. The zero value is the default.
type ReaderOptions struct {
	ChunkPoints int               // points asked for at once; 10,000 if zero, and at most 11,000
	ChunkSpan   time.Duration     // time asked for at once; 30 days if zero, since managed stores refuse more than 32
	Parallel    int               // chunks of one read under way at a time; 4 if zero
	Matchers    []*labels.Matcher // added to each selector of each query: see WithMatchers

	// Observe is told of each read once it is done, from the goroutine that
	// reads; nil if nobody cares. op is "load" or "replicas". KindOf(err) is
	// fit to count by.
	Observe func(op string, took time.Duration, err error)
}

// A Reader reads loads from an engine. It may be used by many goroutines.
type Reader struct {
	engine Engine
	opts   ReaderOptions
	points atomic.Int64 // ChunkPoints, or fewer once the store has refused as many
}

// NewReader returns a Reader on engine.
func NewReader(engine Engine, o ReaderOptions) *Reader {
	o.ChunkPoints = min(defaultTo(o.ChunkPoints, 10_000), MaxPoints)
	o.ChunkSpan = defaultTo(o.ChunkSpan, 30*24*time.Hour)
	o.Parallel = defaultTo(o.Parallel, 4)
	r := &Reader{engine: engine, opts: o}
	r.points.Store(int64(o.ChunkPoints))
	return r
}

// Read reads the load that q asks for, from the grid time at or before from to
// the one at or before to. The grid is that of forecast.NewSeries, which also
// says what becomes of bad samples; the Series begins and ends with a known
// one. It is laid out over as many queries as the server's limit asks for, so
// @ start() and @ end() in q would mean those of a part.
//
// Of the expressions of q the first that selects something is read; the Result
// says which. One in Else that the store cannot evaluate selects nothing: not
// every store knows histogram_count. If none does, the error is that of the first, and is ErrNoSeries to
// errors.Is; if one gives more than one series, it is of kind ManySeries; if no
// sample is a load, of kind NotUsable. The Result then still has what is known of
// the quality, and the warnings.
func (r *Reader) Read(ctx context.Context, q Query, from, to time.Time, step time.Duration) (Result, error) {
	first, err := r.read(ctx, "load", q, from, to, step)
	first.Expr = q.Expr
	for _, expr := range q.Else {
		if !errors.Is(err, ErrNoSeries) {
			break
		}
		other := q
		other.Expr = expr
		if res, e := r.read(ctx, "load", other, from, to, step); !errors.Is(e, ErrNoSeries) && KindOf(e) != BadQuery {
			res.Expr = expr
			return res, e
		}
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == NoSeries && len(q.Else) > 0 {
		err = &Error{Kind: e.Kind, Query: e.Query, Err: fmt.Errorf("%w Looked for were also %s", e.Err, strings.Join(metricNames(q.Else), ", "))}
	}
	return first, err
}

// metricNames lists the metrics that expressions select, each once.
func metricNames(exprs []string) (names []string) {
	for _, expr := range exprs {
		tree, err := promqlParser.ParseExpr(expr)
		if err != nil {
			continue
		}
		for _, selectors := range parser.ExtractSelectors(tree) {
			for _, m := range selectors {
				if m.Name == model.MetricNameLabel {
					names = appendNew(names, m.Value)
				}
			}
		}
	}
	return names
}

func (r *Reader) read(ctx context.Context, op string, q Query, from, to time.Time, step time.Duration) (res Result, err error) {
	if r.opts.Observe != nil {
		defer func(start time.Time) { r.opts.Observe(op, time.Since(start), err) }(time.Now())
	}
	span, err := newGrid(from, to, step)
	if err != nil {
		return Result{}, err
	}
	expr := strings.TrimSpace(q.Expr)
	if expr == "" {
		return Result{}, &Error{Kind: BadQuery, Err: fmt.Errorf("%sthe query is empty", origin(q))}
	}
	if expr, err = WithMatchers(expr, r.opts.Matchers); err != nil {
		return Result{}, err
	}
	parts, err := r.chunks(ctx, expr, span)
	for _, p := range parts {
		res.Warnings = appendNew(res.Warnings, p.warnings...)
	}
	if err != nil {
		return res, placed(err, q)
	}
	points, warnings, err := onlySeries(expr, q, span, parts)
	res.Warnings = appendNew(res.Warnings, warnings...)
	if err != nil {
		return res, err
	}
	res.Series, res.Quality, err = forecast.NewSeries(points, step)
	switch {
	case errors.Is(err, forecast.ErrEmpty):
		return res, &Error{Kind: NoSeries, Query: expr, Err: fmt.Errorf("%sselects nothing from %s to %s: %s",
			origin(q), stamp(span.start), stamp(span.end()), r.likelyCause(expr))}
	case err != nil:
		return res, &Error{Kind: NotUsable, Query: expr, Err: fmt.Errorf("%s%d samples from %s to %s: %w; is it divided by zero, or a difference?",
			origin(q), res.Quality.Points, stamp(span.start), stamp(span.end()), err)}
	}
	return res, nil
}

// A part is the answer for one chunk of a range.
type part struct {
	matrix   model.Matrix
	warnings []string
}

// chunks asks for the range in pieces, and stops at the first failure. The
// newest comes first and alone: a query that cannot be served is sent once, and
// its message is the same each time. Then come the others, a few at a time.
//
// A store that refuses the first piece for its length is asked for pieces of half
// that length, and so on. Where that helps, the other queries begin with such
// pieces, too. Of a limit on samples, which each query meets at another length,
// they learn no less than fewSamples.
func (r *Reader) chunks(ctx context.Context, expr string, g grid) ([]part, error) {
	points, least := r.points.Load(), int64(1)
	for {
		n := max(1, int(min(points, int64(r.opts.ChunkSpan/g.step))))
		parts, err := r.inPieces(ctx, expr, g, n)
		refusal, refused := errors.AsType[*rangeLimitError](err)
		asked := min(n, g.n)
		if !refused || asked <= fewPoints {
			if err == nil {
				r.learn(max(points, least))
			}
			return parts, err
		}
		points = int64(asked / 2)
		if refusal.samples() {
			least = fewSamples
		}
	}
}

// learn lowers the points asked for at once.
func (r *Reader) learn(points int64) {
	for {
		old := r.points.Load()
		if points >= old || r.points.CompareAndSwap(old, points) {
			return
		}
	}
}

// fewPoints are so few that a store which refuses them refuses something else.
const fewPoints = 16

// fewSamples are so few points of one series that a store which refuses them has
// to read many series for each.
const fewSamples = 500

func (r *Reader) inPieces(ctx context.Context, expr string, g grid, n int) ([]part, error) {
	pieces := g.split(n)
	parts := make([]part, len(pieces))
	ask := func(ctx context.Context, i int) (err error) {
		if err := ctx.Err(); err != nil {
			return &Error{Kind: kindOfContext(err), Query: expr, Err: err}
		}
		p := pieces[i]
		parts[i].matrix, parts[i].warnings, err = r.engine.QueryRange(ctx, expr, v1.Range{Start: p.start, End: p.end(), Step: p.step})
		return err
	}
	newest := len(pieces) - 1
	if err := ask(ctx, newest); err != nil {
		return parts, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.opts.Parallel)
	for i := range newest {
		group.Go(func() error { return ask(ctx, i) })
	}
	return parts, group.Wait()
}

// placed adds where the query is from to what an engine says of its result.
func placed(err error, q Query) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || q.From == "" || e.Kind != ManySeries && e.Kind != NotUsable {
		return err
	}
	return &Error{Kind: e.Kind, Query: e.Query, Err: fmt.Errorf("%s%w", origin(q), e.Err)}
}

// onlySeries joins the parts of the one series that they hold.
func onlySeries(expr string, q Query, g grid, parts []part) ([]forecast.Point, []string, error) {
	seen := map[model.Fingerprint]model.Metric{}
	histograms, outside, n := 0, 0, 0
	for _, p := range parts {
		for _, s := range p.matrix {
			seen[s.Metric.Fingerprint()] = s.Metric
			histograms += len(s.Histograms)
			n += len(s.Values)
		}
	}
	if len(seen) > 1 {
		return nil, nil, placed(manySeries(expr, inOrder(seen)), q)
	}
	points := make([]forecast.Point, 0, n)
	for _, p := range parts {
		for _, s := range p.matrix {
			for _, v := range s.Values {
				t := v.Timestamp.Time()
				if t.Before(g.start) || !t.Before(g.end().Add(g.step)) {
					outside++
					continue
				}
				points = append(points, forecast.Point{Time: t, Value: float64(v.Value)})
			}
		}
	}
	var warnings []string
	if outside > 0 {
		warnings = append(warnings, fmt.Sprintf("%d samples outside of the range that was asked for; they are left out", outside))
	}
	if histograms > 0 {
		if len(points) == 0 {
			return nil, warnings, placed(&Error{Kind: NotUsable, Query: expr, Err: errHistograms}, q)
		}
		warnings = append(warnings, fmt.Sprintf("%d native histograms among the samples; they are left out", histograms))
	}
	return points, warnings, nil
}

// inOrder lists label sets, as PromQL writes them.
func inOrder(seen map[model.Fingerprint]model.Metric) []string {
	var sets []string
	for _, m := range seen {
		sets = append(sets, m.String())
	}
	slices.Sort(sets)
	return sets
}

func origin(q Query) string {
	if q.From == "" {
		return ""
	}
	return "(from " + q.From + ") "
}

// likelyCause names the tenant, too: to a store that has tenants a wrong one is one without data.
func (r *Reader) likelyCause(expr string) string {
	if t, ok := r.engine.(interface{ Tenant() string }); ok && t.Tenant() != "" {
		return fmt.Sprintf("does tenant %q (X-Scope-OrgID) have it; %s", clip(t.Tenant(), 100), likelyCause(expr))
	}
	return likelyCause(expr)
}

func likelyCause(expr string) string {
	switch {
	case strings.Contains(expr, "kube_"):
		return "are kube-state-metrics scraped, and do the labels fit?"
	case strings.Contains(expr, "container_"):
		return "is the kubelet's cAdvisor scraped, and do the labels (namespace, pod, container) fit?"
	}
	return "does the metric exist, do the labels fit, and does the retention reach back that far?"
}

// A grid is n times a step apart.
type grid struct {
	start time.Time
	step  time.Duration
	n     int
}

// maxGrid bounds what one read can ask for: 20 years of minutes, as in forecast.
const maxGrid = 20 * 366 * 24 * 60

// newGrid covers the grid times at or before from and to. It must agree with
// that of forecast.NewSeries.
func newGrid(from, to time.Time, step time.Duration) (grid, error) {
	invalid := func(format string, args ...any) (grid, error) {
		return grid{}, &Error{Kind: Invalid, Err: fmt.Errorf(format, args...)}
	}
	if step < time.Millisecond || step%time.Millisecond != 0 {
		return invalid("step %s: want whole milliseconds, at least one", step)
	}
	if to.Before(from) {
		return invalid("range from %s to %s ends before it begins", stamp(from), stamp(to))
	}
	start, end := from.Truncate(step).UTC(), to.Truncate(step).UTC()
	d := end.Sub(start)
	if d == math.MaxInt64 || d/step >= maxGrid {
		return invalid("range from %s to %s needs more than %d steps of %s", stamp(from), stamp(to), maxGrid, step)
	}
	return grid{start: start, step: step, n: int(d/step) + 1}, nil
}

func (g grid) at(i int) time.Time { return g.start.Add(time.Duration(i) * g.step) }
func (g grid) end() time.Time     { return g.at(g.n - 1) }

// split cuts g into grids of at most n times.
func (g grid) split(n int) []grid {
	var out []grid
	for i := 0; i < g.n; i += n {
		out = append(out, grid{start: g.at(i), step: g.step, n: min(n, g.n-i)})
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

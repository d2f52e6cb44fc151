package history

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// A NodeCost is what OpenCost says that an hour on a node costs; NaN if it does
// not say it.
type NodeCost struct {
	Node          string
	CPU, GiB, GPU float64 // of a core, a GiB of memory, a GPU
}

// A sampler answers with many series where a Client's QueryRange breaks off.
type sampler interface {
	sample(ctx context.Context, expr string, at time.Time) (model.Vector, error)
}

// costBytes bounds an answer about nodes: some 20,000 of them.
const costBytes = 8 << 20

// sample evaluates expr at one time, whatever the number of series.
func (c *Client) sample(ctx context.Context, expr string, at time.Time) (model.Vector, error) {
	v, _, err := c.do(ctx, expr, min(costBytes, c.opts.MaxBytes, c.opts.MaxTotalBytes), func(ctx context.Context) (model.Value, v1.Warnings, v1.Infos, error) {
		if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
			x.many = true
		}
		return c.api.Query(ctx, expr, at, v1.WithTimeout(c.opts.Timeout))
	})
	if err != nil {
		return nil, err
	}
	vector, ok := v.(model.Vector)
	if !ok {
		return nil, &Error{Kind: NotPrometheus, Query: expr, Err: fmt.Errorf("%s answered a query with %T, not a vector", c.shown, v)}
	}
	return vector, nil
}

// NodeCosts reads what OpenCost says that nodes cost, each on average over span
// until at. Where OpenCost is not scraped the list is empty.
func (r *Reader) NodeCosts(ctx context.Context, at time.Time, span time.Duration) ([]NodeCost, error) {
	at = at.Truncate(time.Minute)
	costs := map[string]*NodeCost{}
	var order []string
	for i, metric := range []string{"node_cpu_hourly_cost", "node_ram_hourly_cost", "node_gpu_hourly_cost"} {
		// OpenCost names the node by two labels, to which Prometheus gives the
		// prefix where it is told to keep the target's own.
		expr := fmt.Sprintf("avg by (node, exported_node, instance, exported_instance) (avg_over_time(%s[%s]))", metric, model.Duration(span))
		expr, err := WithMatchers(expr, r.opts.Matchers)
		if err != nil {
			return nil, err
		}
		vector, err := r.sample(ctx, expr, at)
		if err != nil {
			return nil, err
		}
		sums, counts := map[string]float64{}, map[string]float64{}
		for _, s := range vector {
			name := nodeOf(s.Metric)
			sums[name] += float64(s.Value)
			counts[name]++
		}
		for _, s := range vector {
			name := nodeOf(s.Metric)
			c := costs[name]
			if c == nil {
				c = &NodeCost{Node: name, CPU: math.NaN(), GiB: math.NaN(), GPU: math.NaN()}
				costs[name], order = c, append(order, name)
			}
			*[]*float64{&c.CPU, &c.GiB, &c.GPU}[i] = sums[name] / counts[name]
		}
		if len(order) == 0 {
			return nil, nil // nodes without the cost of a core have no price
		}
	}
	list := make([]NodeCost, len(order))
	for i, name := range order {
		list[i] = *costs[name]
	}
	return list, nil
}

// nodeOf names the node of a series.
func nodeOf(m model.Metric) string {
	return string(cmp.Or(m["exported_node"], m["node"], m["exported_instance"], m["instance"]))
}

// sample asks the engine for one time.
func (r *Reader) sample(ctx context.Context, expr string, at time.Time) (model.Vector, error) {
	if s, ok := r.engine.(sampler); ok {
		return s.sample(ctx, expr, at)
	}
	m, _, err := r.engine.QueryRange(ctx, expr, v1.Range{Start: at, End: at, Step: time.Minute})
	if err != nil {
		return nil, err
	}
	var vector model.Vector
	for _, s := range m {
		for _, v := range s.Values {
			vector = append(vector, &model.Sample{Metric: s.Metric, Value: v.Value, Timestamp: v.Timestamp})
		}
	}
	return vector, nil
}

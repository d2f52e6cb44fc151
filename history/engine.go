package history

import (
	"context"
	"slices"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// An Engine evaluates PromQL over a range: Client asks a server, embedded.Engine
// does it in this process. The strings are the warnings and infos of Prometheus.
// A range holds at most MaxPoints. Errors are of type *Error.
type Engine interface {
	QueryRange(ctx context.Context, expr string, r v1.Range) (model.Matrix, []string, error)
}

// MaxPoints is what a Prometheus server gives per series in one answer.
const MaxPoints = 11_000

// appendNew appends those of more that dst does not hold yet.
func appendNew(dst []string, more ...string) []string {
	for _, m := range more {
		if !slices.Contains(dst, m) {
			dst = append(dst, m)
		}
	}
	return dst
}

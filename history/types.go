package history

import (
	"github.com/highwater-dev/highwater/forecast"
)

// A Query is what is asked of Prometheus for one load.
type Query struct {
	Expr string   // PromQL that gives one series: the load of the workload
	Else []string // likewise, in the place of Expr where that selects nothing; the first that selects something counts
	Unit string   // of the load: "cores", "bytes", "requests/s"; empty if not known
	From string   // where the query comes from: "spec.metrics[0] (Resource cpu)", "FloorPolicy spec.load.query"
}

// A Result is a load as it was read.
type Result struct {
	Expr     string // of the query, the one that selected something
	Series   forecast.Series
	Quality  forecast.Quality
	Warnings []string // of Prometheus and of the reading, for the user
}

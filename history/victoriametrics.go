package history

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// victoriaHeader is in every answer of VictoriaMetrics.
const victoriaHeader = "X-Server-Hostname"

// withoutInventedZeros takes out the zeros that VictoriaMetrics makes up before
// a gap. It holds a counter without a new sample for one that stands still, for
// about a scrape interval: rate() is then zero before it is nothing. That would
// be a load that falls to zero whenever nothing was scraped.
//
// A run of zeros counts as made up if samples precede it, none follow at once,
// and it is no longer than the range of the rate, which holds two scrapes or more.
func withoutInventedZeros(m model.Matrix, expr string, step time.Duration) {
	longest := rateRange(expr)
	if longest == 0 {
		return
	}
	longest = max(longest, step)
	for _, s := range m {
		var kept []model.SamplePair
		for i, j := 0, 0; i < len(s.Values); i = j {
			for j = i + 1; j < len(s.Values) && s.Values[i].Value == 0 && s.Values[j].Value == 0 && adjacent(s.Values, j, step); j++ {
			}
			if !madeUp(s.Values, i, j, longest, step) {
				kept = append(kept, s.Values[i:j]...)
			}
		}
		s.Values = kept
	}
}

// adjacent reports whether no sample is missing before values[i].
func adjacent(values []model.SamplePair, i int, step time.Duration) bool {
	return i > 0 && values[i].Timestamp.Sub(values[i-1].Timestamp) <= step
}

// madeUp reports whether values[i:j] are zeros between samples and a gap.
func madeUp(values []model.SamplePair, i, j int, longest, step time.Duration) bool {
	return values[i].Value == 0 && adjacent(values, i, step) &&
		j < len(values) && !adjacent(values, j, step) &&
		values[j-1].Timestamp.Sub(values[i].Timestamp)+step <= longest
}

var rates = []string{"rate", "irate", "increase", "delta", "idelta", "deriv"}

// rateRange returns the longest range of a rate in expr; zero if there is none, or
// if expr is no PromQL.
func rateRange(expr string) (longest time.Duration) {
	tree, err := promqlParser.ParseExpr(expr)
	if err != nil {
		return 0
	}
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		call, ok := n.(*parser.Call)
		if !ok || !slices.Contains(rates, call.Func.Name) {
			return nil
		}
		for _, arg := range call.Args {
			switch arg := arg.(type) {
			case *parser.MatrixSelector:
				longest = max(longest, arg.Range)
			case *parser.SubqueryExpr:
				longest = max(longest, arg.Range)
			}
		}
		return nil
	})
	return longest
}

package history

import (
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// withoutInventedZeros takes out the zeros that VictoriaMetrics makes up before
// a gap. It holds a counter without a new sample for one that stands still, for
// about a scrape interval: once there are samples again, rate() has been zero
// before it was nothing. That would be a load that fell to zero whenever nothing
// was scraped.
//
// A run of zeros counts as made up if samples precede it, none follow at once,
// and it is no longer than the range of the rate, which holds two scrapes or
// more. Zeros up to the end of what was asked for are real.
func withoutInventedZeros(m model.Matrix, expr string, r v1.Range) {
	longest := rateRange(expr)
	if longest == 0 {
		return
	}
	longest = max(longest, r.Step)
	for _, s := range m {
		var kept []model.SamplePair
		for i := 0; i < len(s.Values); {
			j := i + 1
			for j < len(s.Values) && s.Values[i].Value == 0 && s.Values[j].Value == 0 && adjacent(s.Values, j, r.Step) {
				j++
			}
			if !madeUp(s.Values, i, j, longest, r) {
				kept = append(kept, s.Values[i:j]...)
			}
			i = j
		}
		s.Values = kept
	}
}

// adjacent reports whether no sample is missing before values[i].
func adjacent(values []model.SamplePair, i int, step time.Duration) bool {
	return i > 0 && values[i].Timestamp.Sub(values[i-1].Timestamp) <= step
}

// madeUp reports whether values[i:j] are zeros between samples and a gap.
func madeUp(values []model.SamplePair, i, j int, longest time.Duration, r v1.Range) bool {
	last := values[j-1].Timestamp
	if values[i].Value != 0 || !adjacent(values, i, r.Step) || last.Sub(values[i].Timestamp)+r.Step > longest {
		return false
	}
	if j < len(values) {
		return !adjacent(values, j, r.Step)
	}
	return r.End.Sub(last.Time()) >= r.Step
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

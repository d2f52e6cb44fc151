package history

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/history/files"
)

// counterSuffixes end the names of counters, of histograms' and summaries' too.
var counterSuffixes = []string{"_total", "_count", "_sum", "_bucket"}

// BareCounter returns the name of a metric that is named like a counter and whose
// value itself is what expr gives, or a sum of it; empty if there is none, or if
// expr is no PromQL. It is a matter of names: a gauge may be called so, too.
func BareCounter(expr string) string {
	e, err := promqlParser.ParseExpr(expr)
	if err != nil {
		return ""
	}
	return bareCounter(e)
}

func bareCounter(e parser.Expr) string {
	switch e := e.(type) {
	case *parser.VectorSelector:
		for _, end := range counterSuffixes {
			if strings.HasSuffix(e.Name, end) {
				return e.Name
			}
		}
	case *parser.ParenExpr:
		return bareCounter(e.Expr)
	case *parser.StepInvariantExpr:
		return bareCounter(e.Expr)
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.SUM, parser.MAX, parser.MIN, parser.AVG:
			return bareCounter(e.Expr)
		}
	case *parser.BinaryExpr:
		_, left := e.LHS.(*parser.NumberLiteral)
		_, right := e.RHS.(*parser.NumberLiteral)
		switch {
		case e.Op == parser.ADD || e.Op == parser.LOR:
			if name := bareCounter(e.LHS); name != "" {
				return name
			}
			return bareCounter(e.RHS)
		case right && (e.Op == parser.MUL || e.Op == parser.DIV):
			return bareCounter(e.LHS)
		case left && e.Op == parser.MUL:
			return bareCounter(e.RHS)
		}
	}
	return ""
}

// CheckNamedCounter returns an error if what a query gave is a counter by its name,
// which BareCounter found, and does not fall as no counter does. It is nil if the
// name is empty, and as long as too little is known to say.
func CheckNamedCounter(name, expr string, s forecast.Series) error {
	if name == "" || !files.RisesMostly(s) {
		return nil
	}
	return &Error{Kind: Counter, Query: expr, Err: fmt.Errorf("%s is a counter, no load: ask sum(rate(%s[5m]))", name, name)}
}

// checkCounterShape is likewise for what only ever rises, whatever its name is. It
// takes a long history to tell that from a load of one morning.
func checkCounterShape(expr string, s forecast.Series) error {
	resets, ok := files.CounterIn(s)
	if !ok {
		return nil
	}
	return &Error{Kind: Counter, Query: expr, Err: fmt.Errorf("it only ever rises%s: it is a counter, no load. Ask rate(x[5m]) in place of x", files.Resets(resets))}
}

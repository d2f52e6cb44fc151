package history

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Parser reads all that any Prometheus reads.
func Parser() parser.Parser { return promqlParser }

var promqlParser = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, ExperimentalDurationExpr: true,
	EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true})

// ParseMatchers reads label matchers: cluster=eu-1, cluster="eu-1",
// env!=test, cluster=~"eu-.+". A value without quotes is taken literally.
func ParseMatchers(specs []string) ([]*labels.Matcher, error) {
	var all []*labels.Matcher
	for _, s := range specs {
		m, err := parseMatcher(s)
		if err != nil {
			return nil, fmt.Errorf("label matcher %q: %w", s, err)
		}
		all = append(all, m...)
	}
	return all, nil
}

func parseMatcher(s string) ([]*labels.Matcher, error) {
	s = strings.TrimSpace(s)
	i := strings.IndexAny(s, "=!")
	if i <= 0 {
		return nil, fmt.Errorf("want name=value")
	}
	if strings.ContainsAny(s[i:], "\"'`") {
		return Parser().ParseMetricSelector("{" + s + "}")
	}
	for _, t := range []labels.MatchType{labels.MatchRegexp, labels.MatchNotRegexp, labels.MatchNotEqual, labels.MatchEqual} {
		if value, ok := strings.CutPrefix(s[i:], t.String()); ok {
			m, err := labels.NewMatcher(t, strings.TrimSpace(s[:i]), strings.TrimSpace(value))
			return []*labels.Matcher{m}, err
		}
	}
	return nil, fmt.Errorf("want name=value")
}

// WithMatchers returns expr with the matchers added to each of its vector
// selectors, so that it selects within one cluster or tenant of a store that
// holds many. No matchers give expr itself, parsed or not.
func WithMatchers(expr string, matchers []*labels.Matcher) (string, error) {
	if len(matchers) == 0 {
		return expr, nil
	}
	tree, err := Parser().ParseExpr(expr)
	if err != nil {
		return "", &Error{Kind: BadQuery, Query: expr, Err: fmt.Errorf("cannot add label matchers: %w", err)}
	}
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.Call:
			if n.Func.Name == "info" && err == nil {
				// Its second argument says which labels to add; its metrics cannot be told from here.
				err = &Error{Kind: BadQuery, Query: expr, Err: fmt.Errorf("cannot add label matchers to info()")}
			}
		case *parser.VectorSelector:
			for _, m := range matchers {
				same := func(o *labels.Matcher) bool { return o.Type == m.Type && o.Name == m.Name && o.Value == m.Value }
				if !slices.ContainsFunc(n.LabelMatchers, same) {
					n.LabelMatchers = append(n.LabelMatchers, m)
				}
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return tree.String(), nil
}

package history_test

import (
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/highwater-dev/highwater/history"
)

func sortStrings(s []string) { slices.Sort(s) }

func TestWithMatchers(t *testing.T) {
	f := func(expr string, matchers []string, want string) {
		t.Helper()
		ms, err := history.ParseMatchers(matchers)
		if err != nil {
			t.Fatal(err)
		}
		got, err := history.WithMatchers(expr, ms)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s with %v:\n got %s\nwant %s", expr, matchers, got, want)
		}
	}
	eu := []string{"cluster=eu-1"}
	f("up", nil, "up")
	f("up", eu, `up{cluster="eu-1"}`)
	f("42", eu, "42")
	f(`up{cluster="eu-1"}`, eu, `up{cluster="eu-1"}`)
	f(`up{cluster="us-1"}`, eu, `up{cluster="eu-1",cluster="us-1"}`) // selects nothing, and must not select more
	f(`sum(rate(a{b="c"}[2m])) / on () sum(d offset 5m)`, eu, `sum(rate(a{b="c",cluster="eu-1"}[2m])) / on () sum(d{cluster="eu-1"} offset 5m)`)
	f(`max_over_time(sum(a)[1h:5m])`, eu, `max_over_time(sum(a{cluster="eu-1"})[1h:5m])`)
	f(`{__name__=~"a|b"}`, eu, `{__name__=~"a|b",cluster="eu-1"}`)
	f(`up`, []string{`a!=b`, `c=~"d.+"`, `e!~f|g`, ` h = "i" `}, `up{a!="b",c=~"d.+",e!~"f|g",h="i"}`)
	f(`{"with.dot"}`, []string{`"a.b"="c"`}, `{"a.b"="c",__name__="with.dot"}`)
}

func TestMatchersThatAreNone(t *testing.T) {
	for _, s := range []string{"", "cluster", "=eu", "cluster=~(", `cluster="eu`, "cluster!eu"} {
		if ms, err := history.ParseMatchers([]string{s}); err == nil {
			t.Errorf("%q: got %v", s, ms)
		}
	}
	ms, _ := history.ParseMatchers([]string{"a=b"})
	for _, expr := range []string{"sum(", "info(up)"} {
		if got, err := history.WithMatchers(expr, ms); history.KindOf(err) != history.BadQuery {
			t.Errorf("%s: %q, %v", expr, got, err)
		}
	}
}

func TestMatchersKeepClustersApart(t *testing.T) {
	e := script(t, `
load 1m
  load{cluster="eu"}  1x5
  load{cluster="us"}  10x5
`)
	ms, err := history.ParseMatchers([]string{"cluster=us"})
	if err != nil {
		t.Fatal(err)
	}
	res, err := read(t, e, history.ReaderOptions{Matchers: ms}, "sum(load)", 0)
	if err != nil || res.Series.Values[0] != 10 {
		t.Errorf("got %v, %v", res.Series.Values, err)
	}
}

func FuzzWithMatchers(f *testing.F) {
	for _, s := range []string{"up", `sum by (a) (rate(b{c="d"}[5m] offset 1h @ start()))`, "1 + a > bool 2", `{"x.y", z=~".*"}`,
		"a and on(b) c unless d", `label_replace(a, "x", "$1", "y", "(.*)")`, "-a^2", "quantile_over_time(0.9, a[1h:])", "sum(a) without(b)"} {
		f.Add(s)
	}
	ms, err := history.ParseMatchers([]string{`cluster="eu"`, "env!=test"})
	if err != nil {
		f.Fatal(err)
	}
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true, ExperimentalDurationExpr: true,
		EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true})
	f.Fuzz(func(t *testing.T, expr string) {
		out, err := history.WithMatchers(expr, ms)
		if err != nil {
			return
		}
		tree, err := p.ParseExpr(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", expr, out, err)
		}
		parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
			if v, ok := n.(*parser.VectorSelector); ok {
				for _, m := range ms {
					same := func(o *labels.Matcher) bool { return o.String() == m.String() }
					if !slices.ContainsFunc(v.LabelMatchers, same) {
						t.Errorf("%q became %q: %s has no %s", expr, out, v, m)
					}
				}
			}
			return nil
		})
		again, err := history.WithMatchers(out, ms)
		if err != nil || again != out {
			t.Fatalf("%q became %q and then %q, %v", expr, out, again, err)
		}
	})
}

package history

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// suffixLetters are what Kubernetes makes random names and hashes of:
// k8s.io/apimachinery/pkg/util/rand.
const suffixLetters = "[bcdfghjklmnpqrstvwxz2456789]"

// A generated name is at most this long before its five random letters; a
// longer base is cut: k8s.io/apiserver/pkg/storage/names.
const maxGeneratedBase = 58

// podsOf matches the names of t's pods, and not those of a workload whose name
// begins alike: web is not web-api. Kubernetes names them
//
//	Deployment   name-hash-xxxxx, with a hash of up to ten letters
//	ReplicaSet   name-xxxxx
//	StatefulSet  name-0
func podsOf(t Target) *labels.Matcher {
	name, n := regexp.QuoteMeta(t.Name), len(t.Name)
	var re string
	switch {
	case t.Kind == "StatefulSet":
		re = name + "-[0-9]+"
	case t.Kind != "Deployment" && t.Kind != "ReplicaSet":
		re = name + "-.+"
	case n >= maxGeneratedBase:
		// No object of Kubernetes has letters of several bytes in its name, but a reference may.
		re = regexp.QuoteMeta(strings.ToValidUTF8(t.Name[:maxGeneratedBase], "")) + suffixLetters + "{5}"
	case t.Kind == "ReplicaSet":
		re = name + "-" + suffixLetters + "{5}"
	case n+len("-")+10+len("-") <= maxGeneratedBase:
		re = name + "-" + suffixLetters + "{1,10}-" + suffixLetters + "{5}"
	default: // the name and a long hash do not fit: the base is cut within the hash, or just after it
		cut := fmt.Sprintf("%s{%d}", suffixLetters, maxGeneratedBase-n-len("-")+5)
		if whole := maxGeneratedBase - n - len("--"); whole > 0 {
			cut = fmt.Sprintf("(?:%s{1,%d}-%s{5}|%s)", suffixLetters, whole, suffixLetters, cut)
		}
		re = name + "-" + cut
	}
	return matcher(labels.MatchRegexp, "pod", re)
}

// matchers are the selector of m, in order of the labels.
func (m Metric) matchers() ([]*labels.Matcher, error) {
	var out []*labels.Matcher
	for _, k := range slices.Sorted(maps.Keys(m.MatchLabels)) {
		out = append(out, equal(k, m.MatchLabels[k]))
	}
	for _, r := range m.Match {
		quoted := make([]string, len(r.Values))
		for i, v := range r.Values {
			quoted[i] = regexp.QuoteMeta(v)
		}
		switch {
		case r.Operator == "Exists":
			out = append(out, matcher(labels.MatchNotEqual, r.Label, ""))
		case r.Operator == "DoesNotExist":
			out = append(out, equal(r.Label, ""))
		case len(r.Values) == 0:
			return nil, fmt.Errorf("its selector has no values for %s %s", r.Label, r.Operator)
		case r.Operator == "In" && len(r.Values) == 1:
			out = append(out, equal(r.Label, r.Values[0]))
		case r.Operator == "In":
			out = append(out, matcher(labels.MatchRegexp, r.Label, strings.Join(quoted, "|")))
		case r.Operator == "NotIn" && len(r.Values) == 1:
			out = append(out, matcher(labels.MatchNotEqual, r.Label, r.Values[0]))
		case r.Operator == "NotIn":
			out = append(out, matcher(labels.MatchNotRegexp, r.Label, strings.Join(quoted, "|")))
		default:
			return nil, fmt.Errorf("its selector has the operator %q for %s", r.Operator, r.Label)
		}
	}
	return out, nil
}

func equal(name, value string) *labels.Matcher { return matcher(labels.MatchEqual, name, value) }

// matcher panics on a regular expression that does not compile: those here are
// made of quoted parts, which are UTF-8 as all that is read from JSON.
func matcher(t labels.MatchType, name, value string) *labels.Matcher {
	return labels.MustNewMatcher(t, name, value)
}

// selector is name{matchers} in PromQL.
func selector(name string, matchers ...*labels.Matcher) string {
	s := parser.VectorSelector{Name: name, LabelMatchers: append([]*labels.Matcher{equal(model.MetricNameLabel, name)}, matchers...)}
	return s.String()
}

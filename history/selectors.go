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
//	Deployment, Rollout  name-hash-xxxxx, with a hash of up to ten letters
//	ReplicaSet           name-xxxxx
//	StatefulSet          name-0
//
// and those of another kind are taken to be named in one of these ways.
func podsOf(t Target) *labels.Matcher {
	var re string
	switch t.Kind {
	case "StatefulSet":
		re = ofStatefulSet(t.Name)
	case "Deployment", "Rollout":
		re = ofDeployment(t.Name)
	case "ReplicaSet":
		re = ofReplicaSet(t.Name)
	default:
		re = strings.Join([]string{ofDeployment(t.Name), ofReplicaSet(t.Name), ofStatefulSet(t.Name)}, "|")
	}
	return matcher(labels.MatchRegexp, "pod", re)
}

func ofStatefulSet(name string) string { return regexp.QuoteMeta(name) + "-[0-9]+" }

func ofReplicaSet(name string) string {
	if len(name) >= maxGeneratedBase {
		return ofLong(name)
	}
	return regexp.QuoteMeta(name) + "-" + suffixLetters + "{5}"
}

func ofDeployment(name string) string {
	n := len(name)
	if n >= maxGeneratedBase {
		return ofLong(name)
	}
	if n+len("-")+10+len("-") <= maxGeneratedBase {
		return regexp.QuoteMeta(name) + "-" + suffixLetters + "{1,10}-" + suffixLetters + "{5}"
	}
	// The name and a long hash do not fit: the base is cut within the hash, or just after it.
	cut := fmt.Sprintf("%s{%d}", suffixLetters, maxGeneratedBase-n-len("-")+5)
	if whole := maxGeneratedBase - n - len("--"); whole > 0 {
		cut = fmt.Sprintf("(?:%s{1,%d}-%s{5}|%s)", suffixLetters, whole, suffixLetters, cut)
	}
	return regexp.QuoteMeta(name) + "-" + cut
}

// ofLong is for a name that is cut itself. No object of Kubernetes has letters of
// several bytes in its name, but a reference may.
func ofLong(name string) string {
	return regexp.QuoteMeta(strings.ToValidUTF8(name[:maxGeneratedBase], "")) + suffixLetters + "{5}"
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

// selector is name{matchers} in PromQL; {__name__="name",matchers} for a name with
// letters that only Prometheus 3 takes.
func selector(name string, matchers ...*labels.Matcher) string {
	s := parser.VectorSelector{Name: name, LabelMatchers: append([]*labels.Matcher{equal(model.MetricNameLabel, name)}, matchers...)}
	if !model.LegacyValidation.IsValidMetricName(name) {
		s.Name = ""
	}
	return s.String()
}

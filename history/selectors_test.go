package history_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/highwater-dev/highwater/history"
)

// FuzzDerive gives names that no object of Kubernetes has, but that the API
// server accepts in the reference of an autoscaler: a query comes that
// Prometheus can read, or an error.
func FuzzDerive(f *testing.F) {
	for n := 40; n <= 62; n++ { // the letter lies across byte 58, where the base of a pod's name ends
		for _, letter := range []string{"é", "水", "🌊"} {
			f.Add("Deployment", strings.Repeat("l", n)+letter+"-web", letter)
			f.Add("ReplicaSet", strings.Repeat("l", n)+letter, "a|b")
		}
	}
	f.Add("StatefulSet", `we"b\`, `\Q`)
	f.Add("Deployment", "", "")
	f.Fuzz(func(t *testing.T, kind, name, value string) {
		if bad := string(utf8.RuneError); strings.Contains(strings.ToValidUTF8(name+value, bad), bad) {
			t.Skip("JSON is UTF-8, and Prometheus refuses a query with a U+FFFD")
		}
		on := history.Target{Namespace: "shop", Kind: kind, Name: name}
		for _, m := range []history.Metric{
			{Kind: history.Resource, Name: "cpu", TargetType: history.Utilization},
			{Kind: history.ContainerResource, Name: "memory", Container: value},
			{Kind: history.Pods, Name: "queue", TargetType: history.AverageValue, Match: []history.Requirement{
				{Label: "a", Operator: "In", Values: []string{value, "x"}}, {Label: "b", Operator: "NotIn", Values: []string{value, "x"}}}},
			{Kind: history.External, Name: "queue", TargetType: history.Value, MatchLabels: map[string]string{"a": value}},
			{Kind: history.Object, Name: "queue", Object: history.Target{Kind: "Service", Name: name}},
		} {
			q, err := history.Derive(m, on, history.DeriveOptions{})
			if err != nil {
				continue
			}
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(q.Expr); err != nil {
				t.Errorf("%s of %q: %s cannot be read: %v", m.Kind, name, q.Expr, err)
			}
		}
	})
}

// The base of a generated name is cut to 58 bytes, and not within a letter.
func TestTheNameInAQueryEndsWithAWholeLetter(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("l", 57) + "é":     strings.Repeat("l", 57) + "[",
		strings.Repeat("l", 56) + "é":     strings.Repeat("l", 56) + "é[",
		strings.Repeat("l", 56) + "水web":  strings.Repeat("l", 56) + "[",
		strings.Repeat("l", 58) + "水":     strings.Repeat("l", 58) + "[",
		strings.Repeat("水", 19) + "l-web": strings.Repeat("水", 19) + "l[",
		strings.Repeat("水", 100):          strings.Repeat("水", 19) + "[",
	} {
		q, err := history.Derive(history.Metric{Kind: history.Resource, Name: "memory"}, history.Target{Namespace: "shop", Kind: "Deployment", Name: name}, history.DeriveOptions{})
		if err != nil || !strings.Contains(q.Expr, `pod=~"`+want) {
			t.Errorf("%q: %s, %v; want pod=~%q", name, q.Expr, err, want)
		}
	}
}

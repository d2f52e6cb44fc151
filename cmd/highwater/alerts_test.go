package main

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/history"
)

const (
	alertRules = "../../charts/highwater/files/alerts.yaml"
	alertDocs  = "../../docs/alerts.md"
	alertTests = "testdata/alerts/*.yaml"
)

// alerts are the rules of the chart, as Prometheus parses them.
func alerts(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(alertRules, false, model.UTF8Validation, history.Parser(), slog.Default())
	if len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
	}
	var list []rulefmt.Rule
	for _, g := range groups.Groups {
		list = append(list, g.Rules...)
	}
	if len(list) == 0 {
		t.Fatalf("%s has no rule", alertRules)
	}
	return list
}

// targetLabels are those that Prometheus adds when it scrapes; cluster is one that
// stores of several clusters have.
var targetLabels = []string{"cluster", "namespace", "job", "instance"}

// TestAlertsAskForExportedMetrics holds that each metric of a rule is one that the
// code exports, with the labels that the rule selects, and groups and matches by.
func TestAlertsAskForExportedMetrics(t *testing.T) {
	metrics := exportedMetrics(t)
	for _, rule := range alerts(t) {
		asksForExported(t, rule.Alert, rule.Expr, metrics)
	}
}

func asksForExported(t *testing.T, who, expr string, metrics map[string]metric) {
	t.Helper()
	tree, err := history.Parser().ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", who, err)
	}
	known := slices.Clone(targetLabels)
	for _, selectors := range parser.ExtractSelectors(tree) {
		i := slices.IndexFunc(selectors, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel })
		if i < 0 {
			t.Fatalf("%s selects without the name of a metric", who)
		}
		name := selectors[i].Value
		m, ok := metrics[name]
		for _, part := range []string{"_count", "_bucket"} {
			if base, of := strings.CutSuffix(name, part); of && metrics[base].kind == "histogram" {
				m, ok = metrics[base], true
				known = append(known, "le")
			}
		}
		if !ok {
			t.Errorf("%s: nothing exports %s", who, name)
			continue
		}
		known = append(known, m.labels...)
		for _, s := range selectors {
			if s.Name != model.MetricNameLabel && !slices.Contains(m.labels, s.Name) {
				t.Errorf("%s: %s has no label %s", who, name, s.Name)
			}
		}
	}
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		var by []string
		switch n := n.(type) {
		case *parser.AggregateExpr:
			by = n.Grouping
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				by = n.VectorMatching.MatchingLabels
			}
		}
		for _, l := range by {
			if !slices.Contains(known, l) {
				t.Errorf("%s: none of its metrics has the label %s", who, l)
			}
		}
		return nil
	})
}

// TestEachAlertHasARunbook holds that docs/alerts.md has a section for each alert
// and no other, where the alert says that it is, and a row with its severity.
func TestEachAlertHasARunbook(t *testing.T) {
	text, err := os.ReadFile(alertDocs)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, rule := range alerts(t) {
		want = append(want, rule.Alert)
		anchor := "/docs/alerts.md#" + strings.ToLower(rule.Alert)
		if url := rule.Annotations["runbook_url"]; !strings.HasSuffix(url, anchor) {
			t.Errorf("%s: the runbook %q does not end in %s", rule.Alert, url, anchor)
		}
		for _, a := range []string{"summary", "description"} {
			if rule.Annotations[a] == "" {
				t.Errorf("%s has no %s", rule.Alert, a)
			}
		}
		if row := "| [" + rule.Alert + "](#" + strings.ToLower(rule.Alert) + ") | " + rule.Labels["severity"] + " |"; !strings.Contains(string(text), row) {
			t.Errorf("%s lacks the row %s", alertDocs, row)
		}
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^### (Highwater\w+)$`).FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s has sections for\n%v\nand the rules are\n%v", alertDocs, got, want)
	}
}

// TestEachAlertIsTested holds that the tests for promtool let each alert fire, and
// not fire.
func TestEachAlertIsTested(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, path := range alertTestFiles(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				AlertRuleTest []struct {
					Alertname string `json:"alertname"`
					ExpAlerts []any  `json:"exp_alerts"`
				} `json:"alert_rule_test"`
			} `json:"tests"`
		}
		if err := yaml.Unmarshal(text, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, group := range file.Tests {
			for _, c := range group.AlertRuleTest {
				if len(c.ExpAlerts) > 0 {
					fires[c.Alertname] = true
				} else {
					silent[c.Alertname] = true
				}
			}
		}
	}
	for _, rule := range alerts(t) {
		if !fires[rule.Alert] || !silent[rule.Alert] {
			t.Errorf("%s: tested that it fires: %t; that it does not: %t", rule.Alert, fires[rule.Alert], silent[rule.Alert])
		}
	}
}

// TestAlertsFire runs the tests of the rules with promtool, which
// scripts/e2e-binaries.sh builds beside the server.
func TestAlertsFire(t *testing.T) {
	tool := filepath.Join(filepath.Dir(os.Getenv("HIGHWATER_PROMETHEUS_BIN")), "promtool")
	if os.Getenv("HIGHWATER_PROMETHEUS_BIN") == "" {
		home, _ := os.UserHomeDir()
		found, _ := filepath.Glob(filepath.Join(home, ".cache/highwater/e2e/*/promtool"))
		if len(found) == 0 {
			t.Skip("no promtool: set HIGHWATER_PROMETHEUS_BIN to the path of a Prometheus beside it, or run scripts/e2e-binaries.sh promtool")
		}
		tool = found[len(found)-1]
	}
	for _, args := range [][]string{
		{"check", "rules", "--lint=all", "--lint-fatal", alertRules},
		append([]string{"test", "rules"}, alertTestFiles(t)...),
	} {
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func alertTestFiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(alertTests)
	if err != nil || len(found) == 0 {
		t.Fatalf("no tests at %s: %v", alertTests, err)
	}
	return found
}

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const dashboardFile = "../../charts/highwater/files/dashboard.json"

// TestTheDashboardAsksForExportedMetrics holds that each query of the dashboard is of
// metrics that the code exports, as for alerts.
func TestTheDashboardAsksForExportedMetrics(t *testing.T) {
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var board any
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	metrics, n := exportedMetrics(t), 0
	var walk func(title string, v any)
	walk = func(title string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["title"].(string); ok {
				title = s
			}
			if expr, ok := v["expr"].(string); ok {
				n++
				asksForExported(t, title, strings.ReplaceAll(expr, "$__rate_interval", "5m"), metrics)
			}
			for _, x := range v {
				walk(title, x)
			}
		case []any:
			for _, x := range v {
				walk(title, x)
			}
		}
	}
	walk("", board)
	if n < 20 {
		t.Errorf("%d queries were found", n)
	}
}

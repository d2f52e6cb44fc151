package history_test

import (
	"testing"

	"github.com/highwater-dev/highwater/history"
)

func TestBareCountersAreFoundByTheirNames(t *testing.T) {
	for expr, want := range map[string]string{
		"http_requests_total":                         "http_requests_total",
		`sum by (app) (http_requests_total{app="a"})`: "http_requests_total",
		"(x_count)":                   "x_count",
		"2 * sum(x_sum)":              "x_sum",
		"x_bucket / 5":                "x_bucket",
		"y or x_total":                "x_total",
		"sum(a_total) + sum(b)":       "a_total",
		"rate(x_total[5m])":           "",
		"sum(rate(x_total[5m]))":      "",
		"increase(x_count[1h])":       "",
		"x_total - x_total offset 5m": "",
		"x_sum / x_count":             "",
		"count(x_total)":              "",
		"requests_per_second":         "",
		"no PromQL at all (":          "",
	} {
		if got := history.BareCounter(expr); got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
}

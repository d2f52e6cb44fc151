package main

import (
	"fmt"
	"strconv"
	"strings"
)

// quantilesValue makes a flag of quantiles: 0.5,0.9,0.95.
type quantilesValue []float64

func (q *quantilesValue) String() string { return joined(*q) }
func (q *quantilesValue) Type() string   { return "quantiles" }

// Set implements pflag.Value. It accepts what a forecast does: at least one
// quantile, ascending within (0, 1).
func (q *quantilesValue) Set(s string) error {
	var taus []float64
	prev := 0.0
	for part := range strings.SplitSeq(s, ",") {
		tau, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(tau > prev && tau < 1) {
			return fmt.Errorf("%q: want numbers that ascend within (0, 1), as 0.5,0.95", s)
		}
		taus, prev = append(taus, tau), tau
	}
	*q = taus
	return nil
}

func plain(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func joined(taus []float64) string {
	var parts []string
	for _, tau := range taus {
		parts = append(parts, plain(tau))
	}
	return strings.Join(parts, ",")
}

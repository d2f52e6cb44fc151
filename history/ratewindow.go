package history

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// LeastRateWindow is the range of rate() in derived queries where nothing is
	// known of scrape intervals, and at the least.
	LeastRateWindow = 2 * time.Minute
	mostRateWindow  = 10 * time.Minute
	// A range of four scrape intervals holds two samples even where one is missed.
	scrapesPerWindow = 4
)

// RateWindow asks the store how often containers are scraped, or if that is not to
// be seen all targets, and returns the range that rate() needs in derived queries:
// four of these intervals, from two to ten minutes. It costs up to three queries.
func RateWindow(ctx context.Context, r *Reader, now time.Time) (time.Duration, error) {
	every := func(selector string) string {
		return fmt.Sprintf("600 / quantile(0.5, count_over_time(%s[10m]))", selector)
	}
	q := Query{
		Expr: every(`up{metrics_path="/metrics/cadvisor"}`), From: "the scrape interval",
		Else: []string{every(`container_cpu_usage_seconds_total{namespace="kube-system",container!=""}`), every("up")},
	}
	res, err := r.Read(ctx, q, now, now, time.Second)
	if err != nil {
		return 0, err
	}
	seconds := res.Series.Values[res.Series.LastKnown()]
	if !(seconds > 0) {
		return 0, errors.New("the scrape interval is not known")
	}
	const grain = 30 * time.Second
	window := scrapesPerWindow * time.Duration(seconds*float64(time.Second))
	window = (window + grain - time.Second).Truncate(grain) // a scrape more or less in ten minutes changes nothing
	return min(max(window, LeastRateWindow), mostRateWindow), nil
}

//go:build !controller

package main

import (
	"time"

	"github.com/highwater-dev/highwater/forecast/outlook"
	"github.com/highwater-dev/highwater/internal/plots"
)

// drawOutlook draws the last of the history, the forecast, and what came.
func drawOutlook(look *outlook.Outlook, file string) error {
	origin, steps := look.Model.Origin(), look.Load.Steps()
	shown := min(max(3*time.Hour, 2*look.Load.Time(max(0, steps-1)).Sub(origin)), 14*24*time.Hour)
	return drawTo(file, 960, 340, plots.Forecast{
		Title: clip(look.Name, 60), Note: "forecast from " + origin.In(look.Zone).Format("Mon 2 Jan 2006, 15:04 MST"),
		History: look.History.Between(origin.Add(-shown), origin), Came: look.Actual, Paths: look.Load, Location: look.Zone,
	})
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

//go:build !controller

package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/internal/plots"
)

// plot draws the last of the history, the forecast, and what came,
// in the format of file.
func (look *outlook) plot(out io.Writer, file string) error {
	if look.load.Steps() == 0 {
		return errors.New("nothing to draw")
	}
	origin := look.model.Origin()
	shown := min(max(3*time.Hour, 2*look.load.Time(look.load.Steps()-1).Sub(origin)), 14*24*time.Hour)
	return plots.Write(out, plotFormat(file), 960, 340, 1, plots.Forecast{
		Title: clip(look.name, 60), Note: "forecast from " + origin.In(look.zone).Format("Mon 2 Jan 2006, 15:04 MST"),
		History: look.history.Between(origin.Add(-shown), origin), Came: look.came, Paths: look.load, Location: look.zone,
	})
}

func plotFormat(file string) plots.Format {
	if strings.EqualFold(filepath.Ext(file), ".png") {
		return plots.PNG
	}
	return plots.SVG
}

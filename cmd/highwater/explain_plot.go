//go:build !controller

package main

import (
	"fmt"

	"github.com/highwater-dev/highwater/api/client"
	"github.com/highwater-dev/highwater/internal/plots"
)

// draw draws every load that has a forecast.
func (e *explained) draw(file string) error {
	name := e.Workload.Namespace + "/" + e.Workload.Name
	var figures []plots.Figure
	for _, f := range e.Forecasts {
		history, paths := client.Curves(f)
		if paths == nil {
			continue
		}
		figures = append(figures, plots.Forecast{Title: clip(name+": "+f.Signal, 60), Note: f.Unit, History: history, Paths: paths})
	}
	if len(figures) == 0 {
		return fmt.Errorf("--plot: no load of %s has a forecast to draw", name)
	}
	return drawTo(file, 960, 340, figures...)
}

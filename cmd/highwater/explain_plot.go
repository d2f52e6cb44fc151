//go:build !controller

package main

import (
	"fmt"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/internal/plots"
)

// drawStory draws every load that has a forecast.
func drawStory(s *story, file string) error {
	var figures []plots.Figure
	for _, f := range s.Forecasts {
		if f.Forecast == nil {
			continue
		}
		p := &forecast.Paths{Start: f.Forecast.Start, Step: seconds(f.Forecast.StepSeconds), Taus: f.Quantiles}
		for _, row := range f.Forecast.Values {
			for _, v := range row {
				p.Values = append(p.Values, known(v))
			}
		}
		figures = append(figures, plots.Forecast{
			Title: clip(s.Workload.Namespace+"/"+s.Workload.Name+": "+f.Signal, 60), Note: f.Unit,
			History: seriesOf(f.History), Paths: p,
		})
	}
	if len(figures) == 0 {
		return fmt.Errorf("--plot: no load of %s/%s has a forecast to draw", s.Workload.Namespace, s.Workload.Name)
	}
	w, err := createOutput(file)
	if err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	defer w.discard()
	if err := plots.Write(w, plotFormat(file), 960, 340, 1, figures...); err != nil {
		return fmt.Errorf("--plot: %w", err)
	}
	return w.commit()
}

func seriesOf(v *api.Values) forecast.Series {
	if v == nil {
		return forecast.Series{}
	}
	s := forecast.Series{Start: v.Start, Step: seconds(v.StepSeconds)}
	for _, x := range v.Values {
		s.Values = append(s.Values, known(x))
	}
	return s
}

//go:build !controller

package main

import (
	"fmt"
	"slices"

	"github.com/highwater-dev/highwater/internal/plots"
	"github.com/highwater-dev/highwater/recommender/explain"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// draw draws the HPA alone and Highwater, where they were asked for.
func (o *replayFlags) draw(r *replayed) error {
	var drawn []plots.Replay
	top := 0.0 // of all, so that they compare
	for _, name := range []string{proof.PolicyHPA, proof.PolicyHighwater} {
		if !slices.Contains(o.policies, name) {
			continue
		}
		moments, err := r.c.Moments(r.proof, name, 1200)
		if err != nil {
			return err
		}
		result, _ := r.proof.Result(name)
		panel := plots.Replay{
			Title: name, PerPod: o.capacity, Location: r.zone,
			Note: fmt.Sprintf("%s: short for %s of %s, %s pod-hours", r.name, explain.Minutes(result.ShortMinutes), explain.Minutes(result.Minutes), explain.Number(result.PodHours)),
		}
		for _, m := range moments {
			panel.Columns = append(panel.Columns, plots.Column(m))
		}
		drawn, top = append(drawn, panel), max(top, panel.Most())
	}
	var panels []plots.Figure
	for _, panel := range drawn {
		panel.Top = top
		panels = append(panels, panel)
	}
	return drawTo(o.plot, 900, 300, panels...)
}

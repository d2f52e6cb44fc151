//go:build !controller

package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/highwater-dev/highwater/internal/plots"
	"github.com/highwater-dev/highwater/recommender/simulate"
)

// draw draws the replay to the file of the flags, or to out without one.
func (o *replayFlags) draw(r *replayed, out io.Writer) error {
	var drawn []plots.Replay
	top := 0.0 // of all, so that they compare
	for _, name := range o.drawn() {
		panel, err := o.panel(r, name)
		if err != nil {
			return err
		}
		drawn, top = append(drawn, panel), max(top, panel.Most())
	}
	var panels []plots.Figure
	for _, panel := range drawn {
		panel.Top = top
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		return fmt.Errorf("--policies %v: a plot shows hpa and highwater: give one of them", o.policies)
	}
	if o.plotOut == "" {
		return plots.Write(out, plots.SVG, 900, 300, 1, panels...)
	}
	w, err := createOutput(o.plotOut)
	if err != nil {
		return fmt.Errorf("--plot-out: %w", err)
	}
	defer w.discard()
	if err := plots.Write(w, plotFormat(o.plotOut), 900, 300, 1, panels...); err != nil {
		return err
	}
	return w.commit()
}

// columns is how many times a plot tells apart.
const columns = 1200

// panel plays one policy again, and lays what happened out in columns: of the
// load, the pods and the floor the most, of the ready pods the least.
func (o *replayFlags) panel(r *replayed, name string) (plots.Replay, error) {
	result, _ := r.proof.Result(name)
	from, _, _, err := r.c.Span()
	if err != nil {
		return plots.Replay{}, err
	}
	var tr simulate.Trace
	if _, err := r.c.Loop.Play(r.c.Loads, from, r.proof.To, result.Floors, &tr); err != nil {
		return plots.Replay{}, err
	}
	first := int(r.proof.From.Sub(tr.Start) / tr.Step)
	each := max(1, (len(tr.Ready)-first+columns-1)/columns)
	p := plots.Replay{
		Title: name, Note: fmt.Sprintf("%s: short for %s of %s minutes, %s pod-hours", r.name, fixed(result.ShortMinutes, 1), fixed(result.Minutes, 0), fixed(result.PodHours, 0)),
		Location: r.zone, PerPod: o.capacity,
	}
	for i := first; i < len(tr.Ready); i += each {
		c := plots.Column{Time: tr.Start.Add(time.Duration(i) * tr.Step), Load: math.NaN(), Ready: tr.Ready[i], Pods: tr.Replicas[i], Floor: tr.Floor[i]}
		for k := i; k < min(i+each, len(tr.Ready)); k++ {
			if at := r.load.Index(tr.Start.Add(time.Duration(k) * tr.Step)); at >= 0 && at < r.load.Len() {
				if v := r.load.Values[at]; !math.IsNaN(v) && !(v <= c.Load) {
					c.Load = v
				}
			}
			c.Ready, c.Pods, c.Floor = min(c.Ready, tr.Ready[k]), max(c.Pods, tr.Replicas[k]), max(c.Floor, tr.Floor[k])
			c.Short = c.Short || tr.Short[k] > 0
		}
		p.Columns = append(p.Columns, c)
	}
	return p, nil
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/highwater-dev/highwater/internal/plots"
	"github.com/highwater-dev/highwater/recommender/proof"
)

// draw writes the frontier of all traces, and a small one of each.
func (b *bench) draw(folder string) error {
	all := plots.Frontier{Title: "Short minutes against pod-hours", Note: "pooled, relative to the reactive HPA at 70 %; pods start in 90 s; lower left is better",
		X: "pod-hours", Y: "short minutes", MaxX: 1.4, MaxY: 1.6}
	for _, c := range b.curves() {
		curve := plots.Curve{Name: c.name, Ours: c.ours, Loose: c.loose}
		for _, m := range c.marks {
			s := b.pool(m.policy, mainStart, m.target, nil)
			if s.traces > 0 {
				curve.Points = append(curve.Points, plots.Mark{X: 1 + s.more, Y: 1 - s.fewer, Label: m.label})
			}
		}
		all.Curves = append(all.Curves, curve)
	}
	if err := save(filepath.Join(folder, "closedloop-frontier.svg"), 800, 460, 1, all); err != nil {
		return err
	}
	var each []plots.Figure
	for _, p := range b.traces {
		if a := p.alone(mainStart); a.ShortMinutes >= noticeable*a.Minutes {
			each = append(each, b.oneTrace(p))
		}
	}
	if len(each) == 0 {
		return nil
	}
	key := all
	each = append(each, plots.FrontierKey{Of: key})
	return save(filepath.Join(folder, "closedloop-traces.svg"), 270, 210, 3, each...)
}

func (b *bench) oneTrace(p *played) plots.Frontier {
	a := p.alone(mainStart)
	f := plots.Frontier{Title: p.name, Plain: true, MaxX: 1.6, MaxY: 1.6}
	for _, c := range b.curves() {
		curve := plots.Curve{Name: c.name, Ours: c.ours, Loose: c.loose}
		for _, m := range c.marks {
			if r, ok := p.find(m.policy, mainStart, m.target); ok {
				curve.Points = append(curve.Points, plots.Mark{X: r.PodHours / a.PodHours, Y: r.ShortMinutes / a.ShortMinutes})
			}
		}
		f.Curves = append(f.Curves, curve)
	}
	return f
}

// A mark is one policy at one target.
type mark struct {
	policy string
	target float64
	label  string
}

type curve struct {
	name        string
	ours, loose bool
	marks       []mark
}

// curves lists what is drawn: the reactive HPA and Highwater at all targets,
// Highwater's budgets, and each peer.
func (b *bench) curves() []curve {
	line := func(name, policy string, ours, label bool) curve {
		c := curve{name: name, ours: ours}
		for _, t := range b.targets(policy, mainStart) {
			m := mark{policy: policy, target: t}
			if label {
				m.label = fmt.Sprintf("%.0f", 100*t)
			}
			c.marks = append(c.marks, m)
		}
		return c
	}
	list := []curve{line("reactive HPA, by target", proof.PolicyHPA, false, true)}
	for _, policy := range append(b.rivalNames(), proof.PolicyOracle) {
		list = append(list, line(policy, policy, false, false))
	}
	risks := curve{name: "Highwater, by risk budget", ours: true, loose: true}
	for _, x := range slices.Backward(budgets) {
		risks.marks = append(risks.marks, mark{budgeted(x), target, percent1(x)})
	}
	quantiles := curve{name: "Highwater, by quantile", ours: true}
	for _, tau := range proof.QuantileLadder {
		quantiles.marks = append(quantiles.marks, mark{policy: held(tau, 0), target: target})
	}
	list = append(list, quantiles, line(fmt.Sprintf("Highwater %s, by target", percent1(raisedBudget)), budgeted(raisedBudget), true, false))
	return append(list, risks, line("Highwater, by target", proof.PolicyHighwater, true, true))
}

func save(path string, width, height float64, columns int, figures ...plots.Figure) error {
	var b bytes.Buffer
	if err := plots.Write(&b, plots.SVG, width, height, columns, figures...); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

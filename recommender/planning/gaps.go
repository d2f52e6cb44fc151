package planning

import (
	"fmt"
	"math"
	"time"
)

// apart is how far two gaps lie apart that are not one.
const apart = time.Hour

// gaps returns the times at which the ceiling is less than the high load needs.
func (s *simulation) gaps() []Gap {
	mid := s.paths(func(v *loadForecast) []float64 { return v.mid })
	high := s.paths(func(v *loadForecast) []float64 { return v.high })
	limit := float64(s.w.Loop.Spec.Max)
	f := gapDetector{limit: limit, step: s.tick, at: s.at}
	for i := range s.zone {
		f.add(i, float64(pods(s.need(high, i))), float64(pods(s.need(mid, i))))
	}
	return f.ceiling(s.w.Key())
}

// A gapDetector is shown needs, one after the other, and finds gaps.
type gapDetector struct {
	limit float64
	step  time.Duration
	at    func(i int) time.Time
	found []Gap
}

func (f *gapDetector) add(i int, high, mid float64) {
	if !(high > f.limit*(1+1e-9)) {
		return
	}
	at := f.at(i)
	if n := len(f.found); n == 0 || at.Sub(f.found[n-1].To) > apart {
		f.found = append(f.found, Gap{From: at, Limit: f.limit})
	}
	g := &f.found[len(f.found)-1]
	g.To = at.Add(f.step)
	if high > g.Need {
		g.Need, g.Lack, g.Worst = high, high-f.limit, at
	}
	g.Expected = g.Expected || mid > f.limit
}

// ceiling returns what was found as the gaps in the ceiling of a workload.
func (f *gapDetector) ceiling(key string) []Gap {
	for i := range f.found {
		g := &f.found[i]
		g.In, g.Of, g.Resource = InCeiling, key, "pods"
		g.Remedy = fmt.Sprintf("raise maxReplicas of %s from %.0f to %.0f, or make its pods larger", key, g.Limit, g.Need)
	}
	return f.found
}

// A demand is what workloads ask of a quota or of the nodes, by row.
type demand struct{ high, mid [3][]float64 } // pods, CPU, memory

var resources = [3]struct{ name, unit string }{{"pods", "pods"}, {"cpu", "cores"}, {"memory", "GiB"}}

func (d *demand) add(out *Planned, rows int) {
	per := [3]float64{1, out.plan.PodCPU, out.plan.PodMemory}
	for k := range per {
		if d.high[k] == nil {
			d.high[k], d.mid[k] = make([]float64, rows), make([]float64, rows)
		}
		for i := range rows {
			d.high[k][i] += out.plan.Rows[i].PodsMost * per[k]
			d.mid[k][i] += out.most[i] * per[k]
		}
	}
}

// shared returns the gaps in quotas and in the nodes.
func (p *Planner) shared(plans []*Planned) []Gap {
	all, spaces := &demand{}, map[string]*demand{}
	for _, out := range plans {
		all.add(out, p.rows)
		ns := out.plan.Namespace
		if spaces[ns] == nil {
			spaces[ns] = &demand{}
		}
		spaces[ns].add(out, p.rows)
	}
	gaps := p.lacks(all, p.o.Limits.Nodes, InNodes, "")
	for _, ns := range sortedKeys(spaces) {
		gaps = append(gaps, p.lacks(spaces[ns], p.o.Limits.Quotas[ns], InQuota, ns)...)
	}
	return gaps
}

// lacks returns the gaps between a demand and what there is.
func (p *Planner) lacks(d *demand, q Quota, in, of string) []Gap {
	var gaps []Gap
	for k, limit := range [3]float64{q.Pods, q.CPU, q.Memory} {
		if !(limit > 0) || d.high[k] == nil {
			continue
		}
		f := gapDetector{limit: limit, step: p.o.Step, at: func(i int) time.Time { return p.o.From.Add(time.Duration(i) * p.o.Step) }}
		for i := range p.rows {
			f.add(i, d.high[k][i], d.mid[k][i])
		}
		for i := range f.found {
			g := &f.found[i]
			g.In, g.Of, g.Resource, g.Remedy = in, of, resources[k].name, remedy(k, in, of, *g)
		}
		gaps = append(gaps, f.found...)
	}
	return gaps
}

func remedy(k int, in, of string, g Gap) string {
	need, lack := amount(k, g.Need), amount(k, g.Lack)
	if in == InNodes {
		return fmt.Sprintf("add nodes for %s more, or move work to another time", lack)
	}
	return fmt.Sprintf("raise the ResourceQuota of namespace %s to %s, or scale something down there at that time", of, need)
}

// amount writes so much of a resource, rounded up.
func amount(k int, x float64) string {
	if k == 2 {
		x /= 1 << 30
	}
	scale := 1.0
	if k > 0 {
		scale = 10
	}
	return plain(math.Ceil(x*scale-1e-6)/scale) + " " + resources[k].unit
}

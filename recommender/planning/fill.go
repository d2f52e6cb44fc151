package planning

import (
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// fill plays the paths and writes the rows.
func (s *simulation) fill(out *Planned) error {
	mid := s.paths(func(v *loadForecast) []float64 { return v.mid })
	high := s.paths(func(v *loadForecast) []float64 { return v.high })
	rows := out.plan.Rows
	s.fillLoads(rows, high)
	out.most = make([]float64, len(rows))
	for k, p := range []struct {
		c    loadPaths
		with func(r int, mean, most, floor float64)
		none func(r int, mean float64)
	}{
		{mid, func(r int, mean, most, floor float64) { rows[r].Pods, out.most[r], rows[r].Floor = mean, most, floor },
			func(r int, mean float64) { rows[r].Alone = mean }},
		{high, func(r int, mean, most, _ float64) { rows[r].PodsHigh, rows[r].PodsMost = mean, most },
			func(r int, mean float64) { rows[r].AloneHigh = mean }},
	} {
		if err := s.both(p.c, func() { s.byRow(func(r int, mean, _, _ float64) { p.none(r, mean) }) }, func() { s.byRow(p.with) }); err != nil {
			return err
		}
		if k == 0 && s.w.Observed == "" {
			s.fillNodeHeadroom(rows)
		}
	}
	return s.fillShort(rows, mid)
}

// both plays c without floors and with them, and has the trace looked at after
// each.
func (s *simulation) both(c loadPaths, alone, with func()) error {
	loads := s.played(c)
	if err := s.run(loads, nil); err != nil {
		return err
	}
	alone()
	floors, err := s.plan(c)
	if err != nil {
		return err
	}
	if floors != nil {
		if err := s.run(loads, floors); err != nil {
			return err
		}
	}
	with()
	return nil
}

// fillLoads writes the loads and needs, the largest of each step.
func (s *simulation) fillLoads(rows []Row, high loadPaths) {
	v := s.forecasts[s.lead]
	perRow := int(s.o.Step / s.tick)
	for r := range rows {
		row := &rows[r]
		for i := r * perRow; i < (r+1)*perRow; i++ {
			row.Load, row.LoadHigh = max(row.Load, Number(v.mid[i])), max(row.LoadHigh, Number(v.high[i]))
			row.Need = max(row.Need, float64(pods(s.need(high, i))))
		}
		row.Gap = max(row.Need-float64(s.w.Loop.Spec.Max), 0)
	}
}

// fillNodeHeadroom writes the most that the floors of the last plan rise by while a
// node is on its way, by row.
func (s *simulation) fillNodeHeadroom(rows []Row) {
	if s.w.NodeLead <= 0 {
		return
	}
	floors, perRow := s.floors.Values, int(s.o.Step/s.tick)
	ahead := int((s.w.NodeLead + s.tick - 1) / s.tick)
	for i, floor := range floors {
		row := &rows[i/perRow]
		row.NodeHeadroom = max(row.NodeHeadroom, float64(slices.Max(floors[i:min(i+ahead+1, len(floors))])-floor))
	}
}

// byRow sums the trace up by row: the mean and the most pods, the highest floor.
func (s *simulation) byRow(write func(r int, mean, most, floor float64)) {
	i := 0
	for r := range s.rows {
		sum, n, most, floor := 0.0, 0.0, int32(0), int32(0)
		for ; i < len(s.trace.Replicas) && s.rowOf(i) <= r; i++ {
			pods := s.trace.Replicas[i]
			sum, n, most, floor = sum+float64(pods), n+1, max(most, pods), max(floor, s.trace.Floor[i])
		}
		write(r, sum/max(n, 1), float64(most), float64(floor))
	}
}

// rowOf returns the row of sync i of the trace.
func (s *simulation) rowOf(i int) int { return int(time.Duration(i) * s.trace.Step / s.o.Step) }

// fillShort writes the short minutes that are expected: the mean of the sampled
// paths, or those of the middle one if none can be sampled.
func (s *simulation) fillShort(rows []Row, mid loadPaths) error {
	if s.samples == 0 {
		return s.addShort(rows, mid, 1)
	}
	var c loadPaths
	for k := range s.samples {
		c = s.sampled(c, k)
		if err := s.addShort(rows, c, 1/float64(s.samples)); err != nil {
			return err
		}
	}
	return nil
}

// addShort adds a share of the short minutes of one path.
func (s *simulation) addShort(rows []Row, c loadPaths, share float64) error {
	loads := s.played(c)
	count := func(add func(r *Row, minutes float64)) func() {
		return func() {
			s.shortBy(loads, func(r int, minutes float64) { add(&rows[r], share*minutes) })
		}
	}
	return s.both(c, count(func(r *Row, m float64) { r.ShortAlone += m }), count(func(r *Row, m float64) { r.Short += m }))
}

// shortBy tells by row how many minutes of the trace some load was more than the
// ready pods carry.
func (s *simulation) shortBy(loads []forecast.Series, tell func(r int, minutes float64)) {
	i := 0
	for r := range s.rows {
		n := 0
		for ; i < len(s.trace.Ready) && s.rowOf(i) <= r; i++ {
			at := int(time.Duration(i) * s.trace.Step / s.tick)
			for m := range loads {
				if loads[m].Values[at] > float64(s.trace.Ready[i])*s.w.Loop.PerPod[m] {
					n++
					break
				}
			}
		}
		tell(r, float64(n)*s.trace.Step.Minutes())
	}
}

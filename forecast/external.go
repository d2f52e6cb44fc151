package forecast

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// maxHeldOutOrigins bounds the held-out origins that are kept for external models.
const maxHeldOutOrigins = 32

// A heldOutOrigin is one of the last fit: what the own experts said
// there, by horizon of the grid, and what came.
type heldOutOrigin struct {
	at          time.Time
	own, actual []float32
}

// An externalForecast is an external model's forecast of the future, and what it is worth.
type externalForecast struct {
	name   string
	from   time.Time // the forecast's origin
	path   []float32 // from the step after it
	weight [ranges]float64
	narrow [ranges]float64 // how much smaller the errors are with it
	skill  [ranges]float64
	asked  int
}

// Horizons fall into three ranges: to half an hour, to three hours, beyond.
const ranges = 3

func rangeOf(d time.Duration) int {
	switch {
	case d <= nearHorizon:
		return 0
	case d <= midHorizon:
		return 1
	}
	return 2
}

// keepHeldOutOrigins remembers some held-out forecasts, evenly spread over those
// whose whole horizon came.
func (w *workspace) keepHeldOutOrigins(l *learned) {
	last := l.grid[len(l.grid)-1]
	var list []int
	for i, t := range w.origins {
		if t+last < w.n {
			list = append(list, i)
		}
	}
	n := min(maxHeldOutOrigins, len(list))
	for k := range n {
		i := list[(2*k+1)*len(list)/(2*n)]
		t := w.origins[i]
		v := heldOutOrigin{at: w.time(t), own: make([]float32, len(l.grid)), actual: make([]float32, len(l.grid))}
		for g, h := range l.grid {
			v.own[g], v.actual[g] = float32(w.mixed[g][i]), float32(w.actual[t+h])
		}
		l.heldOutOrigins = append(l.heldOutOrigins, v)
	}
}

// Questions returns the histories that an external model has to forecast from,
// to be admitted: each the last length samples up to a held-out origin of the
// past that has so many, oldest first; the last one ends now. Unknown samples
// are NaN. It returns nil if the history is too short for eight of them.
func (m *Model) Questions(length int) []Series {
	if length < 1 || length > len(m.values) {
		return nil
	}
	var list []Series
	for _, v := range m.heldOutOrigins {
		if end := int(v.at.Sub(m.start)/m.step) + 1; end >= length {
			list = append(list, m.last(end, length))
		}
	}
	if len(list) < minAnswers {
		return nil
	}
	return append(list, m.last(len(m.values), length))
}

const minAnswers = 8

func (m *Model) last(end, length int) Series {
	s := Series{Start: m.start.Add(time.Duration(end-length) * m.step), Step: m.step, Values: make([]float64, length)}
	for i, v := range m.values[end-length : end] {
		s.Values[i] = float64(v)
	}
	return s
}

// Admit lets an external model take part until the next fit, in the place of one
// of the same name. answers are its
// medians of the load for the steps after each of questions, which Questions
// returned since the last fit; the last one is its forecast of the future.
// What it is worth is measured on the others: in each range of horizons it gets
// the share, in tenths, that makes the mean absolute error of the mixture
// smallest, and none if it does not improve it by a fiftieth.
//
// An answer that is shorter than the horizon counts as far as it goes. It returns
// an error, and changes nothing, if there is an answer missing, empty or no load, or none but the future matches a held-out origin.
func (m *Model) Admit(name string, questions []Series, answers [][]float64) error {
	if len(answers) != len(questions) {
		return fmt.Errorf("expert %s gave %d answers to %d questions", name, len(answers), len(questions))
	}
	if len(questions) < minAnswers+1 {
		return fmt.Errorf("expert %s: %d questions are too few to tell what it is worth, %d are needed", name, len(questions), minAnswers+1)
	}
	for i, path := range answers {
		if len(path) == 0 {
			return fmt.Errorf("expert %s gave an empty answer to question %d", name, i)
		}
		for h, v := range path {
			if !(v >= 0 && v <= MaxLoad) {
				return fmt.Errorf("expert %s forecast %g for step %d of question %d: no load", name, v, h+1, i)
			}
		}
	}
	g := externalForecast{name: name, from: questions[len(questions)-1].End()}
	for _, v := range answers[len(answers)-1] {
		g.path = append(g.path, float32(v))
	}
	byTime := map[int64]*heldOutOrigin{}
	for i := range m.heldOutOrigins {
		byTime[m.heldOutOrigins[i].at.UnixNano()] = &m.heldOutOrigins[i]
	}
	var cost [ranges][11]float64
	for i, q := range questions[:len(questions)-1] {
		if v := byTime[q.End().UnixNano()]; v != nil {
			g.asked++
			m.compare(v, answers[i], &cost)
		}
	}
	if g.asked < minAnswers {
		return errors.New("expert " + name + ": the questions are not those of the last fit")
	}
	for r := range cost {
		g.settle(r, &cost[r])
	}
	m.external = slices.DeleteFunc(m.external, func(old externalForecast) bool { return old.name == name })
	m.external = append(m.external, g)
	m.stale = true
	return nil
}

// compare adds the errors of eleven mixtures at one held-out origin, relative
// to the own one's typical error at each horizon.
func (m *Model) compare(v *heldOutOrigin, answer []float64, cost *[ranges][11]float64) {
	for g, h := range m.grid {
		own, actual, size := float64(v.own[g]), float64(v.actual[g]), m.load[g].size
		if h > len(answer) || own != own || actual != actual || !(size > 0) {
			continue
		}
		r := rangeOf(time.Duration(h) * m.step)
		for k := range cost[r] {
			mixed := own + float64(k)/10*(answer[h-1]-own)
			cost[r][k] += math.Abs(actual-mixed) / size
		}
	}
}

// minGain is the share by which an external model has to make errors smaller.
const minGain = 0.02

func (g *externalForecast) settle(r int, cost *[11]float64) {
	best := 0
	for k, c := range cost {
		if c < cost[best] {
			best = k
		}
	}
	g.narrow[r], g.skill[r] = 1, math.NaN()
	if !(cost[0] > 0) {
		return
	}
	g.skill[r] = cost[10] / cost[0]
	if cost[best] <= (1-minGain)*cost[0] {
		g.weight[r] = float64(best) / 10
		g.narrow[r] = max(cost[best]/cost[0], 0.5)
	}
}

// mixExternal mixes the external models' forecasts of t into centre, and returns by how much
// errors are smaller with them. A model whose forecast does not reach t is
// passed over.
func (m *Model) mixExternal(centre float64, t time.Time) (mixed, narrow float64) {
	mixed, narrow = centre, 1
	for i := range m.external {
		g := &m.external[i]
		ahead := t.Sub(g.from)
		k := int(ahead/m.step) - 1
		if k < 0 || k >= len(g.path) {
			continue
		}
		r := rangeOf(ahead)
		mixed += g.weight[r] * (float64(g.path[k]) - mixed)
		narrow *= g.narrow[r]
	}
	return mixed, narrow
}

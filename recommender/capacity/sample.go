package capacity

import (
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

const (
	// minPoints is the least number of observations that a method looks at.
	minPoints = 60
	// minSpread is by how much the load per pod has to vary, p5 to p95, for a
	// relation to it to be seen.
	minSpread = 2.0
	// blocks is in how many stretches of time observations are drawn by the
	// bootstrap: neighbours in time are no independent observations.
	blocks = 20
	// unsettled is by how much the number of ready pods may change within a step
	// for the load per pod still to be what each pod had.
	unsettled = 0.1
	// absurd is how many times the 99th percentile of the load per pod is no load.
	absurd = 3.0
	// maxPods is the largest number of pods that is believed.
	maxPods = 1e7
	// maxPoints is how many points an estimate shows.
	maxPoints = 400
)

// A row is one step in which the load and the number of pods were known.
type row struct {
	x       float64 // load per pod
	cpu     float64 // cores per pod; NaN if unknown
	thr     float64 // share of throttled periods; NaN if unknown
	lat     float64 // seconds; NaN if unknown
	pods    float64
	block   uint8 // stretch of time that it lies in
	settled bool
}

// A sample is the rows of a workload, sorted by the load per pod.
type sample struct {
	rows    []row
	step    time.Duration
	missing string // the series without which there can be no row; "" if there is none
	err     error
}

// sampleOf makes rows of o. It costs O(n log n).
func sampleOf(o Observations) *sample {
	o, err := Align(o)
	s := &sample{err: err, step: o.Load.Step}
	switch {
	case err != nil:
		return s
	case o.Load.Len() == 0:
		s.missing = "load"
		return s
	case o.Pods.Len() == 0:
		s.missing = "number of pods"
		return s
	}
	n := o.Load.Len()
	rows := make([]row, 0, n)
	before := math.NaN()
	for i, load := range o.Load.Values {
		pods := o.Pods.Values[i]
		if !known(load) || !(pods >= 1 && pods <= maxPods) {
			before = math.NaN()
			continue
		}
		r := row{x: math.Abs(load / pods), cpu: at(o.CPU, i) / pods, thr: at(o.Throttled, i), lat: at(o.Latency, i), pods: pods, block: uint8(i * blocks / n)}
		r.settled = !(math.Abs(pods-before) > unsettled*before)
		before = pods
		if r.settled {
			rows = append(rows, r)
		}
	}
	s.rows = believable(sortByLoad(rows))
	return s
}

// believable returns rows, sorted by load per pod, without those of an absurd
// load: far above what is seldom exceeded. They are errors of the metric, and to
// set aside a burst that was real only makes an estimate more careful.
func believable(rows []row) []row {
	if len(rows) == 0 {
		return rows
	}
	most := absurd * rows[len(rows)-1-len(rows)/100].x
	n := len(rows)
	for rows[n-1].x > most {
		n--
	}
	return rows[:n]
}

// sortByLoad returns the rows sorted by the load per pod. The bits of positive
// floats are ordered as the floats are, so that integers can be sorted, which
// is several times faster than rows. Loads closer than a float32 tells apart
// stay in order of time.
func sortByLoad(rows []row) []row {
	keys := make([]uint64, len(rows))
	for i := range rows {
		keys[i] = uint64(math.Float32bits(float32(rows[i].x)))<<32 | uint64(i)
	}
	slices.Sort(keys)
	out := make([]row, len(rows))
	for k, key := range keys {
		out[k] = rows[key&math.MaxUint32]
	}
	return out
}

func known(v float64) bool { return v >= 0 && v <= forecast.MaxLoad }

// at returns the known value of s at index i, or NaN.
func at(s forecast.Series, i int) float64 {
	if i >= s.Len() || !known(s.Values[i]) {
		return math.NaN()
	}
	return s.Values[i]
}

// usable returns the rows of which keep says yes, or why they are too few.
func (s *sample) usable(m Method, keep func(*row) bool, what string) ([]row, *Refusal) {
	switch {
	case s.err != nil:
		return nil, refuse(m, ReasonNotAligned, "%v", s.err)
	case s.missing != "":
		return nil, refuse(m, ReasonMissing, "the %s is not known", s.missing)
	}
	rows := make([]row, 0, len(s.rows))
	for i := range s.rows {
		if keep(&s.rows[i]) {
			rows = append(rows, s.rows[i])
		}
	}
	if len(rows) == 0 {
		return nil, refuse(m, ReasonMissing, "there is no time at which %s is known together with the load and the pods", what)
	}
	if r := enough(m, rows); r != nil {
		return nil, r
	}
	return rows, nil
}

// enough returns why rows, sorted by load per pod, do not do.
func enough(m Method, rows []row) *Refusal {
	if len(rows) < minPoints {
		return refuse(m, ReasonTooFewPoints, "%d observations; %d are needed", len(rows), minPoints)
	}
	low, high := rows[len(rows)/20].x, rows[len(rows)-1-len(rows)/20].x
	if !(high > minSpread*low) {
		return refuse(m, ReasonNoSpread, "the load per pod only varied from %s to %s; it takes a factor of %g to see what follows from it",
			number(low), number(high), minSpread)
	}
	return nil
}

// scatter returns at most maxPoints of rows, which are sorted by load per pod:
// most at equal distances in rank, and some at equal distances in load, so that
// the rare high loads are seen.
func scatter(rows []row, y func(*row) float64) []Point {
	take := make([]bool, len(rows))
	if len(rows) <= maxPoints {
		for i := range take {
			take[i] = true
		}
	} else {
		const byRank = maxPoints * 3 / 4
		for k := range byRank {
			take[k*len(rows)/byRank] = true
		}
		low, high := rows[0].x, rows[len(rows)-1].x
		for k, i := 0, 0; k < maxPoints-byRank; k++ {
			for want := low + (high-low)*float64(k+1)/(maxPoints-byRank); i < len(rows)-1 && rows[i].x < want; {
				i++
			}
			take[i] = true
		}
	}
	list := make([]Point, 0, maxPoints)
	for i := range rows {
		if take[i] {
			list = append(list, Point{rows[i].x, y(&rows[i])})
		}
	}
	return list
}

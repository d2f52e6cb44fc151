package forecast

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Point is one observation of the load.
type Point struct {
	Time  time.Time
	Value float64
}

// A Series is load sampled on a regular grid: Values[i] is the load at
// Start + i·Step, in the unit of the metric it came from. NaN marks a sample
// that is not known; it never stands for zero.
//
// The zero Series is empty.
type Series struct {
	Start  time.Time
	Step   time.Duration
	Values []float64
}

// Len returns the number of grid points, known or not.
func (s Series) Len() int { return len(s.Values) }

// Time returns the time of grid point i. It may lie outside the series.
func (s Series) Time(i int) time.Time { return s.Start.Add(time.Duration(i) * s.Step) }

// Index returns the grid point at or before t. It may lie outside the series.
func (s Series) Index(t time.Time) int {
	d := t.Sub(s.Start)
	i := int(d / s.Step)
	if d < 0 && d%s.Step != 0 {
		i--
	}
	return i
}

// End returns the time of the last grid point, or the zero time if there is none.
func (s Series) End() time.Time {
	if len(s.Values) == 0 {
		return time.Time{}
	}
	return s.Time(len(s.Values) - 1)
}

// Span returns the time from the first grid point to the last.
func (s Series) Span() time.Duration {
	if len(s.Values) == 0 {
		return 0
	}
	return time.Duration(len(s.Values)-1) * s.Step
}

// Known returns how many samples are known.
func (s Series) Known() int {
	n := 0
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// LastKnown returns the index of the newest known sample, or -1.
func (s Series) LastKnown() int {
	for i, v := range slices.Backward(s.Values) {
		if !math.IsNaN(v) {
			return i
		}
	}
	return -1
}

// Between returns the part of s with from ≤ time ≤ to. It shares s's values.
func (s Series) Between(from, to time.Time) Series {
	if len(s.Values) == 0 {
		return s
	}
	lo, hi := s.Index(from), s.Index(to)+1
	if s.Time(lo).Before(from) {
		lo++
	}
	lo, hi = max(lo, 0), min(hi, len(s.Values))
	if lo >= hi {
		return Series{Start: from, Step: s.Step}
	}
	return Series{Start: s.Time(lo), Step: s.Step, Values: s.Values[lo:hi:hi]}
}

// Resample returns the means of s over steps of the given length, aligned as
// time.Truncate does. A step without a known sample stays unknown. It
// panics unless step is a positive multiple of s.Step.
func (s Series) Resample(step time.Duration) Series {
	if step <= 0 || s.Step <= 0 || step%s.Step != 0 {
		panic(fmt.Sprintf("forecast: resample from %s to %s", s.Step, step))
	}
	if step == s.Step || len(s.Values) == 0 {
		return s
	}
	start := s.Start.Truncate(step)
	n := int(s.End().Sub(start)/step) + 1
	sums, counts := make([]float64, n), make([]int, n)
	for i, v := range s.Values {
		if !math.IsNaN(v) {
			k := int(s.Time(i).Sub(start) / step)
			sums[k] += v
			counts[k]++
		}
	}
	for k := range sums {
		if counts[k] == 0 {
			sums[k] = math.NaN()
		} else {
			sums[k] /= float64(counts[k])
		}
	}
	return Series{Start: start, Step: step, Values: sums}
}

// Quality counts what was found and mended when points became a Series.
type Quality struct {
	Points     int // points given
	Duplicates int // points at a grid time that already had one; the later one won
	Unordered  int // points that came after a later one; they were sorted in
	NonFinite  int // NaN, ±Inf or absurdly large; unknown now
	Negative   int // below zero, which no load is; unknown now
	Gaps       int // runs of unknown grid points inside the series
	Missing    int // unknown grid points inside the series
}

// Errors of NewSeries.
var (
	// ErrEmpty means that there was no point at all.
	ErrEmpty = errors.New("no points")
	// ErrNoUsable means that every point was NaN, infinite or negative.
	ErrNoUsable = errors.New("no finite, non-negative point")
)

// MaxLoad is the largest value that is believed to be a load: a thousand
// terabytes, or a million years of CPU a second. Beyond it lie overflows.
const MaxLoad = 1e18

// maxGrid bounds the grid that a stray timestamp can ask for: 20 years of minutes.
const maxGrid = 20 * 366 * 24 * 60

// NewSeries lays points onto a grid of the given step, aligned to the step as
// time.Truncate does; a point counts for the grid time at or before it. A step of zero
// is taken from the points: their median distance. All that is decided about
// bad data is decided here: see Quality.
//
// It returns ErrEmpty or ErrNoUsable if nothing remains, and an error if the
// points span more grid points than 20 years of minutes. points is not changed.
func NewSeries(points []Point, step time.Duration) (Series, Quality, error) {
	q := Quality{Points: len(points)}
	if len(points) == 0 {
		return Series{}, q, ErrEmpty
	}
	byTime := func(a, b Point) int { return a.Time.Compare(b.Time) }
	if !slices.IsSortedFunc(points, byTime) {
		for i := 1; i < len(points); i++ {
			if points[i].Time.Before(points[i-1].Time) {
				q.Unordered++
			}
		}
		points = slices.Clone(points)
		slices.SortStableFunc(points, byTime)
	}
	if step <= 0 {
		step = medianStep(points)
	}
	start := points[0].Time.Truncate(step)
	last := points[len(points)-1].Time.Truncate(step)
	if last.Sub(start)/step >= maxGrid {
		return Series{}, q, fmt.Errorf("points from %s to %s need more than %d steps of %s",
			points[0].Time.UTC().Format(time.RFC3339), points[len(points)-1].Time.UTC().Format(time.RFC3339), maxGrid, step)
	}
	s := Series{Start: start, Step: step, Values: make([]float64, int(last.Sub(start)/step)+1)}
	for i := range s.Values {
		s.Values[i] = math.NaN()
	}
	for _, p := range points {
		switch {
		case !(math.Abs(p.Value) <= MaxLoad):
			q.NonFinite++
			continue
		case p.Value < 0:
			q.Negative++
			continue
		}
		i := s.Index(p.Time)
		if !math.IsNaN(s.Values[i]) {
			q.Duplicates++
		}
		s.Values[i] = p.Value
	}
	s = s.trim()
	if len(s.Values) == 0 {
		return Series{}, q, ErrNoUsable
	}
	q.countGaps(s)
	return s, q, nil
}

// trim cuts unknown samples off both ends.
func (s Series) trim() Series {
	hi := s.LastKnown() + 1
	lo := 0
	for lo < hi && math.IsNaN(s.Values[lo]) {
		lo++
	}
	return Series{Start: s.Time(lo), Step: s.Step, Values: s.Values[lo:hi]}
}

func (q *Quality) countGaps(s Series) {
	gap := false
	for _, v := range s.Values {
		missing := math.IsNaN(v)
		if missing {
			q.Missing++
			if !gap {
				q.Gaps++
			}
		}
		gap = missing
	}
}

// medianStep returns the median distance between neighbouring points, at least a second.
func medianStep(points []Point) time.Duration {
	ds := make([]time.Duration, 0, len(points))
	for i := 1; i < len(points); i++ {
		if d := points[i].Time.Sub(points[i-1].Time); d > 0 {
			ds = append(ds, d)
		}
	}
	if len(ds) == 0 {
		return time.Minute
	}
	slices.SortFunc(ds, cmp.Compare)
	return max(ds[len(ds)/2].Round(time.Second), time.Second)
}

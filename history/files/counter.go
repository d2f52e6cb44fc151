package files

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
)

// What a counter is told by.
const (
	minRises     = 60             // steps up; a short morning has fewer
	minRisesLong = 200            // steps up without a reset
	minLong      = 48 * time.Hour // that a load does not rise through without a fall
	maxFalls     = 0.002          // share of steps down to more than a reset leaves
	nearZero     = 0.1            // share of the value before that a reset leaves
)

// steps are how a series of points moves from one known point to the next.
type steps struct {
	rises, flats, resets, falls int
	span                        time.Duration
}

// Counter reports whether points only ever rise but for resets to near zero, and
// the resets. It is a counter if at most 2 in 1,000 steps fall otherwise and
//
//   - there are 60 rises, 10 for each reset, and a reset or more, or
//   - there are 200 rises in two days or more, and no fall at all.
//
// A constant is none. Points that are unknown or negative are passed over.
func Counter(points []forecast.Point) (resets int, ok bool) {
	s := count(usable(points))
	all := s.rises + s.flats + s.resets + s.falls
	switch {
	case s.resets > 0:
		ok = s.rises >= max(minRises, 10*(s.resets+s.falls)) && float64(s.falls) <= maxFalls*float64(all)
	default:
		ok = s.falls == 0 && s.rises >= minRisesLong && s.span >= minLong && s.span <= time.Duration(all)*time.Hour
	}
	return s.resets, ok
}

// CounterIn is Counter for a series.
func CounterIn(s forecast.Series) (resets int, ok bool) { return Counter(pointsOf(s)) }

// RisesMostly reports whether a series rises, ten times or more, and falls no more
// than once for ten rises, as a sum of counters does when a pod goes away. It is
// the test for what is named like a counter: an idle gauge of such a name passes.
func RisesMostly(s forecast.Series) bool {
	c := count(usable(pointsOf(s)))
	return c.rises >= 10 && 10*(c.falls+c.resets) <= c.rises
}

func pointsOf(s forecast.Series) []forecast.Point {
	points := make([]forecast.Point, s.Len())
	for i, v := range s.Values {
		points[i] = forecast.Point{Time: s.Time(i), Value: v}
	}
	return points
}

// usable returns the known points in the order of their times.
func usable(points []forecast.Point) []forecast.Point {
	known := make([]forecast.Point, 0, len(points))
	for _, p := range points {
		if p.Value >= 0 && p.Value <= forecast.MaxLoad {
			known = append(known, p)
		}
	}
	slices.SortStableFunc(known, func(a, b forecast.Point) int { return a.Time.Compare(b.Time) })
	return known
}

func count(points []forecast.Point) steps {
	var s steps
	if len(points) == 0 {
		return s
	}
	s.span = points[len(points)-1].Time.Sub(points[0].Time)
	var ups []float64
	for i := 1; i < len(points); i++ {
		if d := points[i].Value - points[i-1].Value; d > 0 {
			ups = append(ups, d)
		}
	}
	// A reset may be seen as much as a step late.
	most := 0.0
	if len(ups) > 0 {
		slices.Sort(ups)
		most = 2 * ups[len(ups)*9/10]
	}
	for i := 1; i < len(points); i++ {
		before, now := points[i-1].Value, points[i].Value
		switch {
		case now > before:
			s.rises++
		case now == before:
			s.flats++
		case now <= max(nearZero*before, most):
			s.resets++
		default:
			s.falls++
		}
	}
	return s
}

func counterError(resets int) error {
	return fmt.Errorf("it only ever rises%s: it is a counter, no load. Query rate(x[5m]) in place of x, or read its rate with --rate", Resets(resets))
}

// Resets ends the sentence that a counter only ever rises.
func Resets(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", but for 1 reset"
	}
	return fmt.Sprintf(", but for %d resets", n)
}

// toRate replaces a counter by its rate in the time up to each point, in units a
// second. After a reset the counter is taken to have begun at zero. A gap longer
// than five usual steps stays one.
func (l *Load) toRate() (note string, err error) {
	points := usable(l.Points)
	s := count(points)
	if all := s.rises + s.flats + s.resets + s.falls; 10*(s.falls+s.resets) > all {
		return "", fmt.Errorf("--rate: it falls in %d of %d steps, so it is no counter", s.falls+s.resets, all)
	}
	gaps := make([]time.Duration, 0, len(points))
	for i := 1; i < len(points); i++ {
		if d := points[i].Time.Sub(points[i-1].Time); d > 0 {
			gaps = append(gaps, d)
		}
	}
	slices.Sort(gaps)
	rates := make([]forecast.Point, 0, len(points))
	for i := 1; i < len(points); i++ {
		d := points[i].Time.Sub(points[i-1].Time)
		if d <= 0 || d > 5*gaps[len(gaps)/2] {
			continue
		}
		rise := points[i].Value - points[i-1].Value
		if rise < 0 {
			rise = points[i].Value
		}
		rates = append(rates, forecast.Point{Time: points[i].Time, Value: rise / d.Seconds()})
	}
	dropped := 0
	for _, p := range l.Points {
		if math.IsNaN(p.Value) || p.Value < 0 || p.Value > forecast.MaxLoad {
			dropped++
		}
	}
	l.Points = rates
	note = fmt.Sprintf("values are the rate of a counter, in units a second; resets: %d", s.resets+s.falls)
	if dropped > 0 {
		note += fmt.Sprintf("; samples left out as no count: %d", dropped)
	}
	return note, nil
}

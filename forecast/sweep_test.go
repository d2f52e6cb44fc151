package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// kindOf is the weekday that a date is compared with: a holiday is a Sunday.
func kindOf(d Date, holidays map[Date]string) time.Weekday {
	if _, ok := holidays[d]; ok {
		return time.Sunday
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// on returns the indices of a grid at which the clocks show the time of day of
// at, so many days before: within half an hour where the grid is by the hour and
// the clocks are changed by half of one. There is none where they skip that time.
func on(at time.Time, days int, step time.Duration, grid func(int) time.Time, i int) (found []int) {
	y, m, d := at.Date()
	wall := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	want := time.Date(y, m, d-days, at.Hour(), at.Minute(), 0, 0, time.UTC)
	if x := time.Date(y, m, d-days, at.Hour(), at.Minute(), 0, 0, at.Location()); !wall(x).Equal(want) {
		return nil
	}
	near := i - days*int(24*time.Hour/step)
	reach := int(90 * time.Minute / step)
	for k := max(near-reach, 0); k <= near+reach; k++ {
		if off := wall(grid(k)).Sub(want); off == 0 || step == time.Hour && off.Abs() <= step/2 {
			found = append(found, k)
		}
	}
	return found
}

// Whenever a history begins and whatever the clocks do in it, each index is
// compared with the same time of the local day before and of the last day of
// its kind, and is free on just the local dates of the holidays.
func TestSeasonsFollowTheLocalClockWheneverTheHistoryBegins(t *testing.T) {
	var f frame
	for k, at := range house.Moments(t) {
		loc := at.Location()
		step := []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour}[k%3]
		perDay := int(24 * time.Hour / step)
		n := 9 * perDay
		start := at.Add(-time.Duration(n-perDay/2) * step)
		grid := func(i int) time.Time { return start.Add(time.Duration(i) * step).In(loc) }
		c := Calendar{Location: loc}
		if k%2 == 1 {
			c.Holidays = map[Date]string{DateOf(at): "one", DateOf(at.AddDate(0, 0, -3)): "another"}
		}
		f.lay(make([]float32, n), start.UTC(), step, perDay/2, &c)
		for _, i := range []int{perDay, n - perDay + k%perDay, n - 1 - k%perDay, n + k%(perDay/2)} {
			now := grid(i)
			if free := f.free != nil && f.free[i]; free != (kindOf(DateOf(now), c.Holidays) == time.Sunday && now.Weekday() != time.Sunday || c.Holidays[DateOf(now)] != "") {
				t.Fatalf("step %s: %s is free: %t", step, now, free)
			}
			if same := on(now, 1, step, grid, i); len(same) > 0 && !slices.Contains(same, i-int(f.dayLag[i])) {
				t.Fatalf("step %s: %s is compared with %s", step, now, grid(i-int(f.dayLag[i])))
			}
			if i >= n {
				continue
			}
			back := 1
			for ; back < 9 && kindOf(DateOf(now.AddDate(0, 0, -back)), c.Holidays) != kindOf(DateOf(now), c.Holidays); back++ {
			}
			if same := on(now, back, step, grid, i); len(same) > 0 && !slices.Contains(same, i-int(f.weekLag[i])) {
				t.Fatalf("step %s: %s is compared with %s, %d days before", step, now, grid(i-int(f.weekLag[i])), back)
			}
		}
	}
}

// The forecast of a load that comes later is the forecast, later: at each
// quarter of an hour of a day, in UTC and where the zone is moved alike.
func TestTheForecastOfAMovedLoadIsTheForecastMoved(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := Series{Start: time.Date(2028, 2, 25, 0, 0, 0, 0, time.UTC), Step: 30 * time.Minute, Values: make([]float64, 9*48)}
	for i := range s.Values {
		s.Values[i] = 50 - 40*math.Cos(2*math.Pi*float64(i)/48) + 3*r.NormFloat64()
	}
	o := Options{Horizon: 24 * time.Hour, Window: time.Hour}
	taus := []float64{0.5, 0.95}
	forecast := func(s Series, c *Calendar) *Paths {
		t.Helper()
		o := o
		o.Calendar = c
		m, err := Fit(s, o)
		if err != nil {
			t.Fatal(err)
		}
		return m.Forecast(nil, taus)
	}
	holidays := map[Date]string{{2028, 2, 29}: "leap day", {2028, 3, 5}: "another"}
	plain, local := forecast(s, nil), forecast(s, &Calendar{Holidays: holidays})
	for _, at := range house.Quarters(s.Start) {
		moved, by := s, at.Sub(s.Start)
		moved.Start = at
		same(t, plain, forecast(moved, nil), by)
		zone := time.FixedZone("moved", -int(by/time.Second))
		same(t, local, forecast(moved, &Calendar{Location: zone, Holidays: holidays}), by)
	}
}

func same(t *testing.T, want, got *Paths, by time.Duration) {
	t.Helper()
	if !got.Start.Equal(want.Start.Add(by)) {
		t.Fatalf("moved by %s it begins at %s and not at %s", by, got.Start, want.Start.Add(by))
	}
	for i, v := range want.Values {
		if got.Values[i] != v {
			t.Fatalf("moved by %s, value %d is %g and not %g", by, i, got.Values[i], v)
		}
	}
}

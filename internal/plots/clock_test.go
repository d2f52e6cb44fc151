package plots

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// Whenever a picture begins, each label of its axis stands at the time that it
// names, each date where that day begins, and no two at one place.
func TestLabelsNameTheTimeAtWhichTheyStand(t *testing.T) {
	spans := []time.Duration{3 * time.Hour, 26 * time.Hour, 3 * 24 * time.Hour, 15 * 24 * time.Hour}
	for i, from := range house.Moments(t) {
		to := from.Add(spans[i%len(spans)])
		h := hours{from.Location(), 4 + i%5}
		ticks := h.Ticks(float64(from.Unix()), float64(to.Unix()))
		if len(ticks) == 0 && to.Sub(from) > 4*time.Hour {
			t.Fatalf("no label from %s to %s", from, to)
		}
		var dates []time.Time
		for k, tick := range ticks {
			at := time.Unix(int64(tick.Value), 0).In(h.location)
			dayBefore := at.Add(-time.Second)
			switch tick.Label {
			case at.Format("15:04"):
			case at.Format("Mon 2 Jan"):
				if dayBefore.Day() == at.Day() {
					t.Errorf("%q stands at %s, within the day", tick.Label, at)
				}
				y, m, d := at.Date()
				dates = append(dates, time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
			default:
				t.Errorf("%q stands at %s", tick.Label, at)
			}
			if at.Before(from) || at.After(to) || k > 0 && !(tick.Value > ticks[k-1].Value) {
				t.Errorf("label %d, %q, stands at %s", k, tick.Label, at)
			}
		}
		apart := time.Duration(max(1, h.step(to.Sub(from))/1440)) * 24 * time.Hour
		for k := range dates[:max(len(dates)-1, 0)] {
			if dates[k+1].Sub(dates[k]) != apart {
				t.Errorf("%s comes after %s, and %s lie between two dates", dates[k+1].Format("2 Jan"), dates[k].Format("2 Jan"), apart)
			}
		}
		if t.Failed() {
			t.Fatalf("from %s to %s in %s", from, to, h.location)
		}
	}
}

package scheduler

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/house"
)

// Whenever it is asked for, a layout reaches as far back and ahead as a fit does,
// and its holidays are those of the local dates.
func TestALayoutCoversTheFitAtEachTimeOfDay(t *testing.T) {
	caches, o := map[string]*calendarCache{}, quiet()
	for _, now := range house.Moments(t) {
		zone := now.Location().String()
		spec := &calendar.Spec{TimeZone: zone, Holidays: []string{"DE"}}
		if caches[zone] == nil {
			caches[zone] = &calendarCache{}
		}
		l := caches[zone].layout(spec, now.UTC(), o)
		if l.from.After(now.Add(-o.Span)) || !l.covers(now.Add(o.reach())) {
			t.Fatalf("at %s it is laid out from %s to %s", now, l.from, l.to)
		}
		for _, d := range []time.Duration{-o.Span, -24 * time.Hour, 0, 15 * time.Minute, o.reach()} {
			at := now.Add(d)
			want := spec.Build(at.AddDate(0, 0, -2), at.AddDate(0, 0, 2)).Holidays[forecast.DateOf(at)]
			if got := calendar.Holiday(l.days, at.UTC()); got != want {
				t.Fatalf("at %s, %s is the holiday %q, and not %q", now, at, got, want)
			}
		}
	}
}

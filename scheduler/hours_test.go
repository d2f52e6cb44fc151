package scheduler

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

// A load that follows the local clock has its peak forecast for local noon, and a
// plan that reaches it, at each quarter of an hour about a change of the clocks:
// in the north, in the south, at midnight and by half an hour.
func TestThePeakIsForecastForLocalNoonAtEachTimeOfDay(t *testing.T) {
	for zone, change := range map[string]time.Time{ // of the year in which synctest's clock begins
		"Europe/Berlin":       time.Date(2000, 3, 26, 1, 0, 0, 0, time.UTC),
		"America/New_York":    time.Date(2000, 10, 29, 6, 0, 0, 0, time.UTC),
		"America/Santiago":    time.Date(2000, 3, 12, 3, 0, 0, 0, time.UTC),
		"America/Havana":      time.Date(2000, 4, 2, 5, 0, 0, 0, time.UTC),
		"Australia/Lord_Howe": time.Date(2000, 3, 25, 15, 0, 0, 0, time.UTC),
	} {
		t.Run(zone, func(t *testing.T) {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			hours := func(at time.Time) float64 {
				at = at.In(loc)
				return float64(at.Hour()) + float64(at.Minute())/60
			}
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(change.Add(-12 * time.Hour)))
				f, o := newFleet("web"), quiet()
				o.Span, o.Step, o.Stale = 9*24*time.Hour, 5*time.Minute, 15*time.Minute
				f.list[0].Calendar = &calendar.Spec{TimeZone: zone}
				s := build(t, o, f, &loads{load: func(at time.Time) float64 { return 500 - 400*math.Cos(2*math.Pi*hours(at)/24) }})
				for range 96 {
					s.Tick(t.Context())
					synctest.Wait()
					v, ok := s.View(workload.Key{Namespace: "shop", Name: "web"}, 24*time.Hour)
					if !ok || v.Err != "" || v.Curves[0].Load == nil || !v.At.Equal(time.Now()) {
						t.Fatalf("at %s: %+v", time.Now().In(loc), v)
					}
					top, at := int32(0), 0
					for _, p := range v.Full.Points {
						top = max(top, p.Floor)
					}
					load := v.Curves[0].Load
					for i := range load.Steps() {
						if load.Value(i, 0.5) > load.Value(at, 0.5) {
							at = i
						}
					}
					if off := math.Abs(hours(load.Time(at)) - 12); off > 0.75 || top < 9 {
						t.Fatalf("at %s the peak is forecast for %s, and the plan reaches %d pods", time.Now().In(loc), load.Time(at).In(loc), top)
					}
					time.Sleep(15 * time.Minute)
				}
			})
		})
	}
}

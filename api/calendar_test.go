package api

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
	"github.com/highwater-dev/highwater/scheduler"
)

func TestTheCalendarInForceIsTold(t *testing.T) {
	spec := &calendar.Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}, Events: []calendar.EventSpec{
		{Name: "sale", Start: "2026-10-05T08:00", End: "2026-10-06T08:00", Multiplier: 3}}}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	sale := &Event{"sale", time.Date(2026, 10, 5, 8, 0, 0, 0, berlin), time.Date(2026, 10, 6, 8, 0, 0, 0, berlin), 3}
	f := func(at time.Time, today *string, event *Event) {
		t.Helper()
		r := &scheduler.Result{At: at, Calendar: spec.Build(at.AddDate(0, 0, -7), at.AddDate(0, 0, 7))}
		r.Workload.Calendar = spec
		want := &Calendar{TimeZone: "Europe/Berlin", Holidays: []string{"DE"}, Today: today, Event: event}
		if diff := cmp.Diff(want, detailOf(r).Calendar); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", at, diff)
		}
	}
	f(time.Date(2026, 10, 2, 23, 0, 0, 0, time.UTC), new("Tag der Deutschen Einheit"), sale)
	f(time.Date(2026, 10, 6, 5, 0, 0, 0, time.UTC), nil, sale)
	f(time.Date(2026, 10, 6, 7, 0, 0, 0, time.UTC), nil, nil)
	if c := detailOf(&scheduler.Result{}).Calendar; c != nil {
		t.Errorf("no calendar is told as %+v", c)
	}
}

func TestDetailHasTheCalendar(t *testing.T) {
	web := member("web", "5", recommender.Observe)
	web.Calendar = &calendar.Spec{Events: []calendar.EventSpec{{Name: "mail", Schedule: "0 10 * * *", Duration: "1h"}}}
	var d Detail
	get(t, start(t, fleet{web}, true), "/api/v1/workloads/shop/web", &d)
	if c := d.Calendar; c == nil || c.TimeZone != "UTC" || c.Today != nil || c.Event == nil || !c.Event.Start.Equal(now.Add(time.Hour)) || c.Event.Multiplier != 1 {
		t.Errorf("%+v", c)
	}
}

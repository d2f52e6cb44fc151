package planning

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
)

// A plan has what is scheduled, where it would act: with all floors, or alone
// where only the proof is missing; with a forecast or without.
func TestAPlanHasWhatIsScheduled(t *testing.T) {
	at := func(r *Report, day, hour int) Row {
		return r.Workloads[0].Rows[int(monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour).Sub(monday)/time.Hour)]
	}
	for _, tt := range []struct {
		name   string
		change func(*Workload)
		floor  float64 // at two in the morning of Tuesday, when hardly any load comes
	}{
		{"enforced", func(*Workload) {}, 30},
		{"not proven", func(w *Workload) { w.Observed, w.OnlySchedules = "not proven", true }, 30},
		{"observed", func(w *Workload) { w.Observed = "mode Observe" }, 0},
		{"suspended", func(w *Workload) { w.Policy = recommender.DefaultPolicy(); w.Policy.Suspend = true }, 0},
		{"no forecast", func(w *Workload) { w.Loads = []forecast.Series{{}} }, 30},
	} {
		w := shop("web", weeks(5*time.Minute, 60, 300))
		w.Calendar = &calendar.Spec{TimeZone: "Europe/Berlin"}
		w.Schedules = []recommender.Schedule{{Min: 30, ScheduleSpec: calendar.ScheduleSpec{Name: "batch", Start: "0 4 * * TUE", End: "0 6 * * TUE"}}}
		tt.change(&w)
		r := plan(t, Options{Horizon: 72 * time.Hour, Step: time.Hour}, w)
		tuesday, wednesday := at(r, 1, 2), at(r, 2, 2)
		if tuesday.Floor != tt.floor && (tt.floor > 0 || tuesday.Floor > 12) || tt.floor > 0 && tuesday.Pods < 30 || wednesday.Floor > 12 {
			t.Errorf("%s: on Tuesday %+v, on Wednesday %+v", tt.name, tuesday, wednesday)
		}
	}
}

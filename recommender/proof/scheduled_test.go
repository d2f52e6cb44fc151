package proof

import (
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/recommender"
)

func scheduled(least int32, start, end string) []recommender.Schedule {
	return []recommender.Schedule{{Min: least, ScheduleSpec: calendar.ScheduleSpec{Name: "office", Start: start, End: end}}}
}

// What is scheduled acts without a proof, so a proof is of what forecasts add: on
// top of a schedule that covers each rise they add nothing.
func TestForecastsAreProvenBesideTheSchedules(t *testing.T) {
	load := of(14, time.Minute, office(noise()))
	alone := mustProve(t, caseOf(load))
	c := caseOf(load)
	c.Schedules = scheduled(23, "0 9 * * *", "0 17 * * *")
	with := mustProve(t, c)
	if alone.Verdict != Proven || with.Verdict == Proven {
		t.Errorf("%s: %s\n%s: %s", alone.Verdict, alone.Detail, with.Verdict, with.Detail)
	}
	was, is := result(t, alone, PolicyHPA), result(t, with, PolicyHPA)
	if is.Floors == nil || is.ShortMinutes > was.ShortMinutes/4 || is.PodHours <= was.PodHours {
		t.Errorf("the HPA with the schedule was short for %g minutes and not %g, at %g pod-hours and not %g", is.ShortMinutes, was.ShortMinutes, is.PodHours, was.PodHours)
	}
	// A schedule of another time takes nothing from them.
	c = caseOf(load)
	c.Schedules = scheduled(5, "0 2 * * *", "0 3 * * *")
	if p := mustProve(t, c); p.Verdict != Proven {
		t.Errorf("%s: %s", p.Verdict, p.Detail)
	}
	for _, r := range with.Results {
		for i, n := range r.Floors.Values {
			at := r.Floors.Start.Add(time.Duration(i) * r.Floors.Step)
			if h := at.Hour(); h >= 9 && h < 17 && at.After(with.From) && n < 23 {
				t.Fatalf("%s: a floor of %d at %s", r.Policy, n, at)
			}
		}
	}
}

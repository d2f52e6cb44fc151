package discovery

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

func policyOf(t *testing.T, spec string) *v1alpha1.FloorPolicy {
	t.Helper()
	return stored(t, "apiVersion: highwater.dev/v1alpha1\nkind: FloorPolicy\nmetadata: {name: web, namespace: shop}\nspec: {targetRef: {name: web}, "+spec+"}\n")
}

func TestAPolicysSchedules(t *testing.T) {
	p := policyOf(t, `mode: Enforce, calendar: {timeZone: Europe/Berlin, holidays: [DE]}, schedules: [
		{name: opening, start: "0 8 * * MON-FRI", end: "0 10 * * MON-FRI", min: 20, holidays: Skip, except: ["2026-12-24"]},
		{name: night, start: "0 22 * * *", end: "0 6 * * *", max: 5, timeZone: Asia/Tokyo}]`)
	w := Describe(Input{HPA: web(podsMetric("requests", "100")), Policies: []*v1alpha1.FloorPolicy{p}}, DescribeOptions{})
	want := []recommender.Schedule{
		{Min: 20, ScheduleSpec: calendar.ScheduleSpec{Name: "opening", Start: "0 8 * * MON-FRI", End: "0 10 * * MON-FRI", Holidays: "Skip", Except: []string{"2026-12-24"}}},
		{Max: 5, ScheduleSpec: calendar.ScheduleSpec{Name: "night", Start: "0 22 * * *", End: "0 6 * * *", TimeZone: "Asia/Tokyo"}},
	}
	if diff := cmp.Diff(want, w.Schedules); diff != "" || len(w.Problems) > 0 {
		t.Errorf("%v\n%s", w.Problems, diff)
	}
	monday := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	spans := recommender.LayOut(w.Schedules, w.Calendar.Build(monday, monday.Add(24*time.Hour)), monday, monday.Add(14*time.Hour))
	if len(spans) != 2 || spans[0].Name != `the schedule "opening"` || spans[1].Name != `the schedule "night"` || !spans[0].From.Equal(monday.Add(7*time.Hour)) {
		t.Errorf("%+v", spans)
	}
}

// What the schema cannot refuse, or did not yet as it was stored, is told with its
// field, and leaves the others.
func TestSchedulesThatMakeNoSense(t *testing.T) {
	for spec, want := range map[string]string{
		`{name: a, start: "0 8 * * *", end: "0 9 * * *"}`:                              "spec.schedules[0]: it has no bound: set min, max or both",
		`{name: a, start: "0 8 * * *", end: "0 9 * * *", min: 5, max: 3}`:              "spec.schedules[0].min: min 5 is more than max 3: lower min or raise max",
		`{name: a, start: "0 8 * * *", end: "0 9 * * *", min: 0}`:                      "spec.schedules[0].min: 0 is not a number of pods: it must be at least 1; leave it out for no limit",
		`{name: a, start: "0 8 31 2 *", end: "0 9 * * *", min: 5}`:                     `spec.schedules[0].start: "0 8 31 2 *" never comes`,
		`{name: a, start: "0 8 * * *", end: "0 9 * * *", min: 5, holidays: Skip}`:      "spec.schedules[0].holidays: the calendar has no holidays to skip: name their regions in calendar.holidays",
		`{name: a, start: "0 8 * * *", end: "0 9 * * *", min: 5, timeZone: Moon/Base}`: `spec.schedules[0].timeZone: "Moon/Base" is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York`,
	} {
		p := policyOf(t, `schedules: [`+spec+`, {name: b, start: "0 8 * * *", end: "0 9 * * *", min: 2}]`)
		w := Describe(Input{HPA: web(podsMetric("requests", "100")), Policies: []*v1alpha1.FloorPolicy{p}}, DescribeOptions{})
		if len(w.Problems) != 1 || w.Problems[0].Field+": "+w.Problems[0].Message != "FloorPolicy web: "+want || w.Problems[0].Code != BadPolicy {
			t.Errorf("%s:\n%+v\nwant %s", spec, w.Problems, want)
		}
		if len(w.Schedules) != 1 || w.Schedules[0].Name != "b" {
			t.Errorf("%s: %+v", spec, w.Schedules)
		}
	}
}

func TestCronTriggersAreSchedules(t *testing.T) {
	cron := keda.Trigger{Type: "cron", Metadata: map[string]string{"timezone": "Europe/Berlin", "start": "0 8 * * *", "end": "0 10 * * *", "desiredReplicas": "12"}}
	average := autoscalingv2.AverageValueMetricType
	w := Describe(enforced(scaledObject(promTrigger(), cron), kedaMetric("s0-prometheus", average, "30"), kedaMetric("s1-cron-Europe", average, "1")), DescribeOptions{})
	if len(w.Problems) > 0 || len(w.Sources) != 1 || len(w.Schedules) != 1 {
		t.Fatalf("%+v, %+v, %+v", w.Problems, w.Sources, w.Schedules)
	}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	spans := recommender.LayOut(w.Schedules, nil, noon, noon.Add(24*time.Hour))
	want := recommender.Scheduled{Name: "the trigger spec.triggers[1] (cron)", From: noon.Add(18 * time.Hour), To: noon.Add(20 * time.Hour), Min: 12}
	if len(spans) != 1 || spans[0].Name != want.Name || !spans[0].From.Equal(want.From) || !spans[0].To.Equal(want.To) || spans[0].Min != 12 {
		t.Errorf("%+v", spans)
	}
	for field, value := range map[string]string{"desiredReplicas": "many", "start": "@daily", "timezone": "Nowhere"} {
		bad := keda.Trigger{Type: "cron", Metadata: map[string]string{"timezone": "UTC", "start": "0 8 * * *", "end": "0 10 * * *", "desiredReplicas": "12"}}
		bad.Metadata[field] = value
		w := Describe(enforced(scaledObject(promTrigger(), bad), kedaMetric("s0-prometheus", average, "30")), DescribeOptions{})
		if len(w.Problems) != 1 || w.Problems[0].Code != BadSchedule || !strings.Contains(w.Problems[0].Message, value) || len(w.Schedules) != 0 {
			t.Errorf("%s: %+v", field, w.Problems)
		}
	}
}

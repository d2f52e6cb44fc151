package discovery

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
)

// stored returns a policy as the informer keeps it, which gets whole numbers
// as integers.
func stored(t *testing.T, text string) *v1alpha1.FloorPolicy {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := json.Unmarshal(data, &u.Object); err != nil {
		t.Fatal(err)
	}
	obj, err := (&policyInformer{log: slog.New(slog.DiscardHandler)}).typed(u)
	if err != nil {
		t.Fatal(err)
	}
	return obj.(*v1alpha1.FloorPolicy)
}

func TestAPolicysCalendarReplacesTheDefault(t *testing.T) {
	def := &calendar.Spec{TimeZone: "Asia/Tokyo", Holidays: []string{"JP"}}
	f := func(cal string, want *calendar.Spec) {
		t.Helper()
		p := stored(t, "apiVersion: highwater.dev/v1alpha1\nkind: FloorPolicy\nmetadata: {name: web, namespace: shop}\nspec: {targetRef: {name: web}"+cal+"}\n")
		w := Describe(Input{HPA: web(podsMetric("requests", "100")), Policies: []*v1alpha1.FloorPolicy{p}}, DescribeOptions{Calendar: def})
		if diff := cmp.Diff(want, w.Calendar); diff != "" || len(w.Problems) != 0 {
			t.Errorf("%s: %v (-want +got):\n%s", cal, w.Problems, diff)
		}
	}
	f("", def)
	f(", calendar: {}", &calendar.Spec{})
	f(", calendar: {holidays: [US]}", &calendar.Spec{Holidays: []string{"US"}})
	f(`, calendar: {timeZone: Europe/Berlin, holidays: [DE, DE-BY], events: [
		{name: sale, start: "2026-11-27T08:00", end: "2026-11-30T24:00", multiplier: 3},
		{name: mail, schedule: "0 9 1 * *", duration: 2h, multiplier: 1.5},
		{name: load test, start: "2026-06-01T08:00:00Z", end: "2026-06-01T09:00:00Z"}]}`,
		&calendar.Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE", "DE-BY"}, Events: []calendar.EventSpec{
			{Name: "sale", Start: "2026-11-27T08:00", End: "2026-11-30T24:00", Multiplier: 3},
			{Name: "mail", Schedule: "0 9 1 * *", Duration: "2h", Multiplier: 1.5},
			{Name: "load test", Start: "2026-06-01T08:00:00Z", End: "2026-06-01T09:00:00Z"}}})
	if w := Describe(Input{HPA: web(podsMetric("requests", "100"))}, DescribeOptions{Calendar: def}); w.Calendar != def {
		t.Errorf("without a policy: %+v", w.Calendar)
	}
}

func TestACalendarWithProblemsLeavesTheDefault(t *testing.T) {
	def := &calendar.Spec{TimeZone: "Asia/Tokyo"}
	got, problems := ResolveCalendar("web", &v1alpha1.Calendar{
		TimeZone: "Mars/Olympus",
		Holidays: []v1alpha1.Region{"DE", "UK"},
		Events: []v1alpha1.Event{
			{Name: "sale", Start: "2026-11-27T08:00", End: "2026-11-26T08:00"},
			{Name: "mail", Schedule: "0 9 1 * *"},
		},
	}, def)
	want := []workload.Problem{
		{Field: "spec.calendar.timeZone", Message: `"Mars/Olympus" is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York`},
		{Field: "spec.calendar.holidays[1]", Message: `"UK" is not a region whose holidays are known; did you mean GB (United Kingdom)?`},
		{Field: "spec.calendar.events[0].end", Message: "2026-11-26T08:00 is not after the start 2026-11-27T08:00"},
		{Field: "spec.calendar.events[1].duration", Message: "it is missing: say how long each occurrence lasts, as 90m or 24h"},
	}
	for i := range want {
		want[i].Code, want[i].Fatal, want[i].Field = BadPolicy, true, "FloorPolicy web: "+want[i].Field
	}
	if diff := cmp.Diff(want, problems); diff != "" || got != def {
		t.Errorf("%+v (-want +got):\n%s", got, diff)
	}
}

// TestTheSchemaAllowsWhatIsChecked holds that the bounds of the resource are
// those of the calendar.
func TestTheSchemaAllowsWhatIsChecked(t *testing.T) {
	if calendar.MaxEvents != 100 || calendar.MaxMultiplier != 1000 || calendar.MaxDuration != 744*time.Hour {
		t.Error("package calendar and policy/v1alpha1/calendar.go have different bounds")
	}
}

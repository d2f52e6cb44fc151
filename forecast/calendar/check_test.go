package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblemsNameTheFieldAndTheRemedy(t *testing.T) {
	event := func(e EventSpec) Spec { return Spec{TimeZone: "Europe/Berlin", Events: []EventSpec{e}} }
	f := func(s Spec, want string) {
		t.Helper()
		err := s.Check()
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%+v\n got %s\nwant %s", s, got, want)
		}
	}
	f(Spec{}, "<nil>")
	f(Spec{TimeZone: "Europe/Munich"}, `timeZone: "Europe/Munich" is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York`)
	f(Spec{TimeZone: "Local"}, `timeZone: "Local" is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York`)
	for code, hint := range map[string]string{
		"de":      "did you mean DE (Germany)?",
		"de_by":   "did you mean DE-BY (Bavaria)?",
		"UK":      "did you mean GB (United Kingdom)?",
		"Germny":  "did you mean DE (Germany)?",
		"Zurich":  "did you mean CH-ZH (Zürich)?",
		"US-CA":   "of US only the whole country is known: write US",
		"GB-SCT":  "of GB there are GB, GB-ENG, GB-WLS",
		"AU":      "of AU there are AU-ACT, AU-NSW, AU-NT, AU-QLD, AU-SA, AU-TAS, AU-VIC, AU-WA",
		"XX":      "the countries are AR, AT, BE, BG, BR, CA, CH, CZ, DE, DK, ECB, ES, FR, GB, GR, HR, IE, IT, JP, LT, LV, MW, NC, NL, NO, NZ, PL, RO, RU, SE, SI, SK, UA, US, ZA, and AU, CH, DE and GB have parts, as DE-BY",
		"Bavarya": "did you mean DE-BY (Bavaria)?",
	} {
		f(Spec{Holidays: []string{"FR", code}}, fmt.Sprintf("holidays[1]: %q is not a region whose holidays are known; %s", code, hint))
	}
	f(Spec{Holidays: []string{"DE", "DE"}}, `holidays[1]: "DE" is named twice`)

	f(event(EventSpec{Name: "a", Start: "2026-11-27T08:00", End: "2026-11-27T07:00:00+01:00"}),
		"events[0].end: 2026-11-27T07:00:00+01:00 is not after the start 2026-11-27T08:00")
	f(event(EventSpec{Name: "a", Start: "2026-11-27", End: "27.11.2026"}),
		`events[0].start: "2026-11-27" is not a time: write it as 2026-11-27T08:00, or in RFC 3339 as 2026-11-27T08:00:00+01:00`+"\n"+
			`events[0].end: "27.11.2026" is not a time: write it as 2026-11-27T08:00, or in RFC 3339 as 2026-11-27T08:00:00+01:00`)
	f(event(EventSpec{Name: "a", Start: "2026-11-27T08:00"}), "events[0].end: it is missing: write it as 2026-11-27T08:00")
	f(event(EventSpec{Name: "a", Start: "2024-11-27T08:00", End: "2026-11-27T08:00"}),
		"events[0].end: it is 730 days after the start, and at most 366 are allowed; a load that stays is not an event")
	f(event(EventSpec{Name: "a", Start: "2026-11-27T08:00", Schedule: "0 0 * * *"}),
		"events[0]: it has start and schedule: give either start and end, or schedule and duration")
	f(event(EventSpec{Name: "a"}), "events[0]: it has no time: give either start and end, or schedule and duration")
	f(event(EventSpec{Schedule: "0 0 * * *", Duration: "1h"}), "events[0].name: it is missing: say what the event is")

	again := func(schedule, duration string) Spec {
		return event(EventSpec{Name: "a", Schedule: schedule, Duration: duration})
	}
	f(again("0 0 * * *", ""), "events[0].duration: it is missing: say how long each occurrence lasts, as 90m or 24h")
	f(again("0 0 * * *", "2d"), `events[0].duration: "2d" is not a duration: write it as 90m, 24h or 1h30m`)
	f(again("0 0 * * *", "745h"), "events[0].duration: 745h is out of range: it must be more than 0s and at most 744h")
	f(again("0 0 * * *", "-1h"), "events[0].duration: -1h is out of range: it must be more than 0s and at most 744h")
	f(again("", "1h"), `events[0].schedule: it is missing: write five fields of cron, as "0 9 * * MON-FRI"`)
	f(again("0 0 30 2 *", "1h"), `events[0].schedule: "0 0 30 2 *" never comes`)
	f(again(", 0 * * *", "1h"), `events[0].schedule: ", 0 * * *" never comes`)
	f(again("@daily", "1h"), `events[0].schedule: "@daily" is not a cron line: write five fields, as "0 9 * * MON-FRI"`)
	f(again("0 9 * *", "1h"), `events[0].schedule: "0 9 * *" is not a cron line: expected exactly 5 fields, found 4: [0 9 * *]; write five fields, as "0 9 * * MON-FRI"`)
	f(again("0 25 * * *", "1h"), `events[0].schedule: "0 25 * * *" is not a cron line: end of range (25) above maximum (23): 25; write five fields, as "0 9 * * MON-FRI"`)
	for _, line := range []string{"TZ=UTC", "CRON_TZ=UTC 0 9 * * *"} { // the parser panics over the first
		f(again(line, "1h"), "events[0].schedule: the time zone is that of the calendar: leave it out of the schedule")
	}
	f(again("*/15 * * * *", "1m"), "events: they come 35136 times a year, and at most 10000 are allowed; what comes every hour is found without being told")
	f(again("0 * * * *", "1m"), "<nil>")

	for m, want := range map[Multiplier]string{-1: "-1 is not a multiple of a load: it must be more than 0", 1001: "1001 is too large: it must be at most 1000"} {
		f(event(EventSpec{Name: "a", Schedule: "0 0 * * *", Duration: "1h", Multiplier: m}), "events[0].multiplier: "+want)
	}
	f(Spec{Events: make([]EventSpec, 101)}, "events: there are 101, and at most 100 are allowed; use a schedule for those that come again")
	f(event(EventSpec{Name: strings.Repeat("ü", 101), Schedule: "0 0 * * *", Duration: "1h"}), "events[0].name: it has 101 characters, and at most 100 are allowed")
}

// TestBuildLeavesOutWhatIsWrong: the rest of a calendar still holds.
func TestBuildLeavesOutWhatIsWrong(t *testing.T) {
	s := Spec{TimeZone: "Nowhere", Holidays: []string{"XX", "DE"}, Events: []EventSpec{
		{Name: "bad", Schedule: "never", Duration: "1h"},
		{Name: "often", Schedule: "* * * * *", Duration: "10s"},
		{Name: "good", Schedule: "0 9 * * *", Duration: "1h", Multiplier: 2},
	}}
	c := s.Build(date(2026, 12, 25), date(2026, 12, 26))
	if c.Location.String() != "UTC" || len(c.Holidays) != 2 || times(c.Events) != "good 12-25T09:00Z to 12-25T10:00Z x2\n" {
		t.Errorf("%+v", c)
	}
}

func TestKeysAreThoseOfEqualSpecs(t *testing.T) {
	e := EventSpec{Name: "a", Start: "b"}
	specs := []Spec{{}, {TimeZone: "UTC"}, {Holidays: []string{"DE"}}, {Holidays: []string{"DE", "US"}}, {Holidays: []string{"DEUS"}},
		{Holidays: []string{""}}, {Events: []EventSpec{e}}, {Events: []EventSpec{e, e}}, {Events: []EventSpec{{Name: "ab"}}},
		{Events: []EventSpec{{Name: "a", End: "b"}}}, {Events: []EventSpec{{Name: "a", Start: "b", Multiplier: 2}}}, {Events: []EventSpec{{}}}}
	for i, a := range specs {
		for j, b := range specs {
			if (a.Key() == b.Key()) != (i == j) || a.Equal(b) != (i == j) {
				t.Errorf("%+v and %+v: keys %q, %q; equal %t", a, b, a.Key(), b.Key(), a.Equal(b))
			}
		}
	}
	empty := Spec{Holidays: []string{}}
	if empty.Key() != (Spec{}).Key() || !empty.IsZero() || specs[1].IsZero() {
		t.Error("an empty list is not none")
	}
}

func TestRead(t *testing.T) {
	got, err := Read(strings.NewReader(`# the shop
timeZone: Europe/Berlin
holidays: [DE-BY]
events:
- {name: sale, start: 2026-11-27T08:00, end: "2026-11-30T24:00", multiplier: 3}
- {name: exact, start: 2026-11-27T08:00:00Z, end: 2026-11-27T09:00:00+01:00, multiplier: 0.5}
- name: payday
  schedule: 0 9 1 * *
  duration: 2h
`))
	want := Spec{TimeZone: "Europe/Berlin", Holidays: []string{"DE-BY"}, Events: []EventSpec{
		{Name: "sale", Start: "2026-11-27T08:00", End: "2026-11-30T24:00", Multiplier: 3},
		{Name: "exact", Start: "2026-11-27T08:00:00Z", End: "2026-11-27T09:00:00+01:00", Multiplier: 0.5},
		{Name: "payday", Schedule: "0 9 1 * *", Duration: "2h"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// 08:00 UTC is 09:00 in Berlin.
	if fmt.Sprint(err) != "events[1].end: 2026-11-27T09:00:00+01:00 is not after the start 2026-11-27T08:00:00Z" {
		t.Error(err)
	}
	for in, want := range map[string]string{
		"":                           "<nil>",
		"{}":                         "<nil>",
		`{"timeZone": "Asia/Tokyo"}`: "<nil>",
		"zone: UTC\n":                `line 1: there is no key "zone"`,
		"timeZone: UTC\nevents:\n- {name: a, begin: x}": `line 3: there is no key "begin"`,
		"timeZone: UTC\ntimeZone: UTC":                  `line 2: key "timeZone" already set in map`,
		"events: [{multiplier: 0}]":                     "multiplier 0: must be more than 0",
		"events: [{multiplier: thrice}]":                `multiplier "thrice": write a number, as 3 or 0.5`,
	} {
		if _, err := Read(strings.NewReader(in)); fmt.Sprint(err) != want {
			t.Errorf("%q\n got %v\nwant %s", in, err, want)
		}
	}
	if _, err := Read(strings.NewReader(strings.Repeat("#", maxFile+1))); err == nil {
		t.Error("a file without end was read")
	}
}

func FuzzCheckAndBuild(f *testing.F) {
	f.Add("Europe/Berlin", "DE", "2026-03-29T02:30", "2026-03-29T04:00", "", "", 2.0)
	f.Add("America/New_York", "US", "", "", "30 2 * * *", "24h", 0.0)
	f.Fuzz(func(t *testing.T, zone, code, start, end, schedule, duration string, m float64) {
		s := Spec{TimeZone: zone, Holidays: []string{code}, Events: []EventSpec{
			{Name: "e", Start: start, End: end, Schedule: schedule, Duration: duration, Multiplier: Multiplier(m)}}}
		problems := s.Problems()
		c := s.Build(date(2026, 1, 1), date(2026, 12, 31))
		if len(c.Events) > MaxYearly || len(problems) > 0 && slices.ContainsFunc(problems, func(p Problem) bool { return strings.HasPrefix(p.Field, "events") }) && len(c.Events) > 0 {
			t.Errorf("%d events", len(c.Events))
		}
		for i, e := range c.Events {
			if !e.Start.Before(e.End) || !(e.Multiplier > 0) || i > 0 && e.Start.Before(c.Events[i-1].Start) {
				t.Errorf("%+v", e)
			}
		}
	})
}

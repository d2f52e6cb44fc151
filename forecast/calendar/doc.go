// Package calendar makes of what a user writes down, a time zone, countries and
// events, what a forecast can use: the days that are free and the times that
// are unusual.
//
//	spec := calendar.Spec{
//		TimeZone: "Europe/Berlin",
//		Holidays: []string{"DE-BY"},
//		Events: []calendar.EventSpec{
//			{Name: "sale", Start: "2026-11-27T08:00", End: "2026-11-30T24:00", Multiplier: 3},
//			{Name: "payday mail", Schedule: "0 9 1 * *", Duration: "2h", Multiplier: 1.5},
//		},
//	}
//	if err := spec.Check(); err != nil { … }
//	c := spec.Build(from, to) // a *forecast.Calendar
//
// A Spec says nothing of when it is looked at. Build lays it out over a span of
// time: holidays become local dates, recurring events their occurrences.
//
// Times are local ones, of the people who make the load: an event at 09:00 is
// at 09:00 in summer and in winter. What happens to a time that the clocks skip
// or repeat is said at EventSpec.
package calendar

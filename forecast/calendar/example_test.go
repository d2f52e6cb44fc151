package calendar_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

func Example() {
	spec, err := calendar.Read(strings.NewReader(`
timeZone: Europe/Berlin
holidays: [DE-BY]
events:
- {name: sale, start: 2026-11-27T08:00, end: 2026-11-30T24:00, multiplier: 3}
- {name: newsletter, schedule: 0 9 * * TUE, duration: 2h, multiplier: 1.5}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, 11, 1, 0, 0, 0, 0, spec.Location())
	c := spec.Build(from, from.AddDate(0, 1, 0))
	fmt.Println(c.Holidays[forecast.Date{Year: 2026, Month: time.November, Day: 1}])
	for _, e := range c.Events[2:] {
		fmt.Println(e.Name, e.Start.Format("Mon 2 Jan 15:04"), "to", e.End.Format("Mon 2 Jan 15:04"), e.Multiplier)
	}
	fmt.Println(calendar.Spec{TimeZone: "Europe/Berlin", Holidays: []string{"UK"}}.Check())
	// Output:
	// Allerheiligen
	// newsletter Tue 17 Nov 09:00 to Tue 17 Nov 11:00 1.5
	// newsletter Tue 24 Nov 09:00 to Tue 24 Nov 11:00 1.5
	// sale Fri 27 Nov 08:00 to Tue 1 Dec 00:00 3
	// holidays[0]: "UK" is not a region whose holidays are known; did you mean GB (United Kingdom)?
}

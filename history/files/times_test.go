package files_test

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/history/files"
)

func TestTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// f reads a table of the given times, each with the value 1.
	f := func(zone *time.Location, times, want string) {
		t.Helper()
		in := "time\tload\n"
		for x := range strings.SplitSeq(times, " / ") {
			in += x + "\t1\n"
		}
		got := read(in, files.Options{Zone: zone})
		got = strings.ReplaceAll(strings.TrimPrefix(strings.ReplaceAll(got, "=1", ""), "load: "), " | columns are separated by tabs", "")
		got = strings.TrimPrefix(got, "| columns are separated by tabs")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", times, got, want)
		}
	}
	const utc, local = " | times have no zone: taken as UTC; say with --time-zone if they are others", " | times have no zone: taken as those of Europe/Berlin"
	f(nil, "2026-03-02 14:10:00 / 2026-03-02 14:15:00", "2026-03-02T14:10:00Z 2026-03-02T14:15:00Z"+utc)
	f(berlin, "2026-03-02 14:10:00", "2026-03-02T13:10:00Z"+local)
	f(berlin, "2026-03-02T14:10:00Z / 2026-03-02 14:10:00+02:00", "2026-03-02T14:10:00Z 2026-03-02T12:10:00Z")
	f(nil, "2026-03-02T14:10:00.250+0000 / 2026-03-02 14:10:00 +0100 CET", "2026-03-02T14:10:00.25Z 2026-03-02T13:10:00Z")
	f(nil, "2026-03-02T14:10 / 2026-03-03", "2026-03-02T14:10:00Z 2026-03-03T00:00:00Z"+utc)
	f(nil, "2026/03/02 14:10 / 02.03.2026 14:10 / 2.3.2026 14:10:05", "2026-03-02T14:10:00Z 2026-03-02T14:10:00Z 2026-03-02T14:10:05Z"+utc)
	f(nil, "3/2/2026 2:10:00 pm / 3/14/2026, 2:10 PM", "2026-03-02T14:10:00Z 2026-03-14T14:10:00Z"+utc)
	f(nil, "2/3/2026 14:10 / 14/3/2026 14:10", "2026-03-02T14:10:00Z 2026-03-14T14:10:00Z"+utc)
	f(nil, "2/3/2026 14:10 / 3/3/2026 14:10", `error: time "3/3/2026 14:10": it is not clear which is the day and which the month; write 2006-01-02 15:04:05`)
	f(nil, "1772409600000 / 1772409900000", "2026-03-02T00:00:00Z 2026-03-02T00:05:00Z | times are in milliseconds since 1970")
	f(nil, "1772409600000000", "2026-03-02T00:00:00Z | times are in microseconds since 1970")
	f(nil, "1772409600000000000", "2026-03-02T00:00:00Z | times are in nanoseconds since 1970")
	f(nil, "1772409600000 / 1772409900", `error: line 3, column 1: time "1772409900" is not in milliseconds since 1970 as those above`)
	f(nil, "46083.0 / 46083.003472222", "2026-03-02T00:00:00Z 2026-03-02T00:05:00Z | times are Excel's day numbers | times have no zone: taken as UTC; say with --time-zone if they are others")
	f(nil, "46083 / 46084", `error: time "46083" may be a day of Excel's or a second of 1970: write 2006-01-02 15:04:05`)
	// The last Sunday of October has 02:30 twice: a later row is later.
	f(berlin, "2026-10-25 01:30:00 / 2026-10-25 02:30:00 / 2026-10-25 02:30:00 / 2026-10-25 03:30:00",
		"2026-10-24T23:30:00Z 2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T02:30:00Z"+local)
}

func TestADateAndATimeOfDay(t *testing.T) {
	const notes = ` | times are of the columns "Date" and "Time" | times have no zone: taken as UTC; say with --time-zone if they are others`
	check(t, files.Options{}, "Date,Time,Load\n2026-03-02,14:10,1\n2026-03-02,14:15,2\n", "Load: 2026-03-02T14:10:00Z=1 2026-03-02T14:15:00Z=2"+notes)
	check(t, files.Options{}, "Date,Time,Load\n14.3.2026,00:00:05,1\n", "Load: 2026-03-14T00:00:05Z=1"+notes)
}

func TestSwappedColumns(t *testing.T) {
	f := func(in, want string) { t.Helper(); check(t, files.Options{}, in, want) }
	f("value,time\n1,2026-03-02T00:00:00Z\n", `value: 2026-03-02T00:00:00Z=1 | the time is in column 2, "time"`)
	f("100.5,1772409600\n99,1772409900\n", `: 2026-03-02T00:00:00Z=100.5 2026-03-02T00:05:00Z=99 | the time is in column 2, "column 2"`)
	f("load,ts\n1,60\n2,120\n", `load: 1970-01-01T00:01:00Z=1 1970-01-01T00:02:00Z=2 | the time is in column 2, "ts"`)
	// A large value beside a time that is told by its header, or by its place.
	f("ts,bytes\n60,200000000\n120,300000000\n", "bytes: 1970-01-01T00:01:00Z=2e+08 1970-01-01T00:02:00Z=3e+08")
	f("1772409600,200000000\n1772409900,300000000\n", ": 2026-03-02T00:00:00Z=2e+08 2026-03-02T00:05:00Z=3e+08")
}

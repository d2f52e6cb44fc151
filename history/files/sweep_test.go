package files_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/history/files"
	"github.com/highwater-dev/highwater/internal/house"
)

// A table without a zone, upwards or downwards, with rows of 5 minutes to half an
// hour, is read back as what was written, over each change of the clocks.
func TestLocalTimesAreReadBackWhateverTheClocksDo(t *testing.T) {
	for i, from := range house.Moments(t) {
		zone := from.Location()
		_, before := from.Add(-24 * time.Hour).Zone()
		if _, after := from.Add(24 * time.Hour).Zone(); before == after && i%16 != 0 {
			continue // nothing happens to the clocks: a few of these do
		}
		step := []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute}[i%4]
		var times []time.Time
		for k := range 14 {
			times = append(times, from.Add(time.Duration(k)*step))
		}
		f := func(order string, times []time.Time) {
			t.Helper()
			in, want := "time,load\n", "load:"
			for _, at := range times {
				in += at.Format("2006-01-02 15:04:05") + ",1\n"
				want += fmt.Sprintf(" %s=1", at.UTC().Format(time.RFC3339))
			}
			got, _, _ := strings.Cut(read(in, files.Options{Zone: zone}), " | ")
			if got != want {
				t.Fatalf("%s from %s in %s, every %s:\n got %s\nwant %s", order, from, zone, step, got, want)
			}
		}
		// A table that begins within an hour that comes twice does not say in which.
		if i/4%2 == 0 {
			if first, _, _ := calendar.WallTimes(times[0], zone); first.Equal(times[0]) {
				f("upwards", times)
			}
			continue
		}
		slices.Reverse(times)
		if _, last, _ := calendar.WallTimes(times[0], zone); last.Equal(times[0]) {
			f("downwards", times)
		}
	}
}

package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/internal/house"
	"github.com/highwater-dev/highwater/recommender/planning"
)

// A span in words is the span that it was made from, whenever it begins, however
// long it is and whatever the clocks do in it.
func TestSpansInWordsAreTheSpans(t *testing.T) {
	for i, from := range house.Moments(t) {
		zone := from.Location()
		to := from.Add(time.Duration(1+i%37) * 17 * time.Minute)
		text := between(from.UTC(), to.UTC(), zone)
		begin, end, oneDay := strings.Cut(text, "–")
		day := begin[:strings.LastIndex(begin, ":")-2]
		if !oneDay {
			t.Fatalf("%q", text)
		}
		if strings.HasPrefix(end, " ") { // of two days
			begin, end, day = strings.TrimSpace(begin), strings.TrimSpace(end), ""
		}
		if got := moments(t, zone, from.Year(), begin); !slices.ContainsFunc(got, from.Equal) {
			t.Fatalf("%s to %s is written %q", from, to, text)
		}
		if got := moments(t, zone, to.Year(), day+end); !slices.ContainsFunc(got, to.Equal) {
			t.Fatalf("%s to %s is written %q", from, to, text)
		}
		_, before := from.Zone()
		if _, after := to.Zone(); day != "" && before == after && end <= begin[len(day):] {
			t.Fatalf("%s to %s is written %q, which ends before it begins", from, to, text)
		}
	}
}

// moments are the times that a text such as "Mon 2 Jan 15:04" may mean.
func moments(t *testing.T, zone *time.Location, year int, text string) []time.Time {
	t.Helper()
	text = fmt.Sprintf("%s %d", text, year)
	more := time.Duration(0)
	if cut, ok := strings.CutSuffix(text, fmt.Sprintf("24:00 %d", year)); ok {
		text, more = cut+fmt.Sprintf("00:00 %d", year), 24*time.Hour
	}
	for _, layout := range []string{dayTime + " 2006", "Mon 2 Jan 15:04 MST 2006", "Mon 2 Jan 15:04 -07 2006", "Mon 2 Jan 15:04 -0700 2006"} {
		if wall, err := time.Parse(layout, text); err == nil {
			if got := wall.Format(layout); more == 0 && got != text {
				t.Fatalf("%q is read as %q", text, got)
			}
			first, last, _ := calendar.WallTimes(wall.Add(more), zone)
			return []time.Time{first, last}
		}
	}
	t.Fatalf("%q is no time", text)
	return nil
}

// Each label below a chart stands where the day or the hour that it names begins.
func TestLabelsOfAChartStandAtTheirTimes(t *testing.T) {
	spans := []time.Duration{6 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour}
	for i, from := range house.Moments(t) {
		r := &planning.Report{From: from.UTC(), To: from.Add(spans[i%len(spans)]).UTC()}
		var c chart
		c.days(r, from.Location())
		last := -1.0
		for _, x := range c.Xs {
			var share float64
			if _, err := fmt.Sscanf(x.Place, "left:%f%%", &share); err != nil {
				t.Fatal(err)
			}
			// The place is rounded to a hundredth of a percent.
			at := r.From.Add(time.Duration(share / 100 * float64(r.To.Sub(r.From)))).Add(spans[i%len(spans)] / 10000).In(from.Location())
			off := at.Truncate(15 * time.Minute)
			if off.Format("Mon 2") != x.Text && off.Format(clockTime) != x.Text || share <= last {
				t.Fatalf("from %s to %s, %q stands at %s", from, r.To, x.Text, off)
			}
			if y, m, d := off.Date(); off.Format("Mon 2") == x.Text {
				if first, _, _ := calendar.WallTimes(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), from.Location()); !first.Equal(off) {
					t.Fatalf("from %s to %s, %q stands at %s, within the day", from, r.To, x.Text, off)
				}
			}
			last = share
		}
		if len(c.Xs) == 0 && r.To.Sub(r.From) > 7*time.Hour {
			t.Fatalf("no label from %s to %s", from, r.To)
		}
	}
}

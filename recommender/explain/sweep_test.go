package explain

import (
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// A time in words is read back as the time that it was made from: in UTC,
// whatever the zones of the two times are, with the day if it is another, never
// before what is to come and at most a second after it.
func TestATimeInWordsIsThatTime(t *testing.T) {
	for i, now := range house.Moments(t) {
		for k, ahead := range []time.Duration{
			0, 1, time.Second - 1, 29 * time.Second, 14*time.Minute + 59*time.Second + 1, 6 * time.Hour, 24 * time.Hour, 31 * 24 * time.Hour,
			366 * 24 * time.Hour, -1, -time.Second, -25 * time.Hour, -300 * 24 * time.Hour,
		} {
			at := now.Add(ahead)
			if (i+k)%2 == 0 {
				at = at.UTC()
			}
			text := Clock(at, now)
			clock, ok := strings.CutSuffix(text, " UTC")
			if !ok {
				t.Fatalf("%q has no zone", text)
			}
			got, layouts := time.Time{}, 0
			for _, layout := range []string{"15:04:05", "2 Jan 15:04:05", "2 Jan 2006 15:04:05"} {
				read, err := time.Parse(layout, clock)
				if err != nil {
					continue
				}
				layouts++
				y, m, d := now.UTC().Date()
				switch h, mi, s := read.Clock(); {
				case read.Year() != 0:
					got = read
				case strings.Contains(layout, "Jan"):
					got = nearest(now, func(years int) time.Time {
						return time.Date(y+years, read.Month(), read.Day(), h, mi, s, 0, time.UTC)
					})
				default:
					got = time.Date(y, m, d, h, mi, s, 0, time.UTC)
				}
			}
			off := got.Sub(at)
			if layouts != 1 || ahead > 0 && (off < 0 || off >= time.Second) || ahead <= 0 && (off > 0 || off <= -time.Second) {
				t.Fatalf("at %s, %s is written %q, which is %s off", now.UTC(), at.UTC(), text, off)
			}
		}
	}
}

// nearest returns the one of last year's, this year's and next year's that is
// nearest to now.
func nearest(now time.Time, of func(years int) time.Time) (best time.Time) {
	for years := -1; years <= 1; years++ {
		if at := of(years); best.IsZero() || at.Sub(now).Abs() < best.Sub(now).Abs() {
			best = at
		}
	}
	return best
}

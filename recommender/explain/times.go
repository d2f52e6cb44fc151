package explain

import (
	"fmt"
	"strings"
	"time"
)

// Minute writes a time to the minute, with its day unless that is now's. What is
// to come is rounded up, so that it is not past when it is read.
func Minute(t, now time.Time) string {
	return written(t, now, time.Minute, "15:04", "Mon 2 Jan 15:04", "2 Jan 2006 15:04")
}

// written writes a time in UTC by one of three layouts: of now's day, of about now's
// year, or of any time. What is to come is rounded up to the grain.
func written(t, now time.Time, grain time.Duration, today, near, far string) string {
	t, now = t.UTC(), now.UTC()
	if whole := t.Truncate(grain); t.After(now) && whole.Before(t) {
		t = whole.Add(grain)
	}
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format(today)
	case t.Sub(now).Abs() < 300*24*time.Hour:
		return t.Format(near)
	}
	return t.Format(far)
}

func (s *Story) at(t time.Time) string { return Minute(t, s.Now) }

// ahead says in how long something is due.
func (s *Story) ahead(t time.Time) string {
	d := t.Sub(s.Now)
	switch {
	case d <= -time.Minute:
		return Age(-d) + " ago"
	case d < time.Minute:
		return "now"
	}
	return "in " + Age(d.Round(time.Minute))
}

// Age writes a length of time by its two largest units: "8 d 1 h", "1 min 47 s".
func Age(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		mark string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.mark))
			d -= n * u.size
		} else if len(parts) > 0 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts[:min(2, len(parts))], " ")
}

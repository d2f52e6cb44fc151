package calendar

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// zones remembers the time zones that were read: they do not change while the
// process runs, and a fleet names the same few at each tick.
var zones sync.Map // of *time.Location by name

// locationOf returns the time zone of that name; UTC if it is empty.
func locationOf(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location), nil
	}
	// LoadLocation also knows Local, which is another zone on each machine.
	l, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone: use a name of the IANA database, such as Europe/Berlin or America/New_York", name)
	}
	zones.Store(name, l)
	return l, nil
}

// A wall is what a clock on the wall and a calendar beside it show. It is kept
// as the time at which they would in UTC.
type wall time.Time

func wallOf(t time.Time) wall {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	return wall(time.Date(y, mo, d, h, mi, s, t.Nanosecond(), time.UTC))
}

// WallTimes returns when the clocks in loc show what t shows in its own
// location. In the hour that they show twice first and last differ. What they
// are put forward over is not shown at any time: both are then the moment of
// the change, and exists is false.
func WallTimes(t time.Time, loc *time.Location) (first, last time.Time, exists bool) {
	return wallOf(t).times(loc)
}

// times returns when the clocks in loc show w: first and last differ if they do
// so twice. If they never do, because they are put forward over it, both are
// the moment at which they are, and exists is false.
//
// The offsets of a day before and after are the only ones that w can have:
// clocks are not changed twice within two days.
func (w wall) times(loc *time.Location) (first, last time.Time, exists bool) {
	u := time.Time(w)
	byOld, byNew := u.Add(-offset(u.Add(-day), loc)), u.Add(-offset(u.Add(day), loc))
	switch isOld, isNew := w.shown(byOld, loc), w.shown(byNew, loc); {
	case isOld && isNew && byNew.Before(byOld):
		byOld, byNew = byNew, byOld
	case isOld && !isNew:
		byNew = byOld
	case isNew && !isOld:
		byOld = byNew
	case !isOld:
		// The new offset is the larger one, so byNew lies before the change.
		if _, change := byNew.In(loc).ZoneBounds(); !change.IsZero() {
			byNew = change
		}
		return byNew.In(loc), byNew.In(loc), false
	}
	return byOld.In(loc), byNew.In(loc), true
}

// shown reports whether the clocks in loc show w at t.
func (w wall) shown(t time.Time, loc *time.Location) bool {
	return time.Time(wallOf(t.In(loc))).Equal(time.Time(w))
}

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// A moment is a time as it was written: an instant, or one of the wall clock.
type moment struct {
	at    time.Time // zero if it is local
	local wall
}

const localLayout = "2006-01-02T15:04"

// momentOf reads RFC 3339, or a local time with or without seconds, of which
// the hour may be 24.
func momentOf(text string) (moment, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return moment{at: t}, nil
	}
	day, midnight := strings.CutSuffix(text, "T24:00")
	if midnight {
		text = day + "T00:00"
	}
	for _, layout := range []string{localLayout, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			if midnight {
				t = t.AddDate(0, 0, 1)
			}
			return moment{local: wall(t)}, nil
		}
	}
	return moment{}, fmt.Errorf("%q is not a time: write it as 2026-11-27T08:00, or in RFC 3339 as 2026-11-27T08:00:00+01:00", text)
}

// start returns the time at which something begins that begins at m.
func (m moment) start(loc *time.Location) time.Time {
	if !m.at.IsZero() {
		return m.at.In(loc)
	}
	t, _, _ := m.local.times(loc)
	return t
}

// end returns the time at which something ends that ends at m.
func (m moment) end(loc *time.Location) time.Time {
	if !m.at.IsZero() {
		return m.at.In(loc)
	}
	_, t, _ := m.local.times(loc)
	return t
}

// day is the nominal one.
const day = 24 * time.Hour

// after returns the time d after t: whole days by the calendar, the rest by
// the stopwatch (RFC 5545, section 3.3.6).
func after(t time.Time, d time.Duration) time.Time {
	if days := int(d / day); days > 0 {
		w := wall(time.Time(wallOf(t)).AddDate(0, 0, days))
		t, _, _ = w.times(t.Location())
	}
	return t.Add(d % day)
}

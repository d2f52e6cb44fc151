package plots

import (
	"time"

	"gonum.org/v1/plot"

	"github.com/highwater-dev/highwater/forecast/calendar"
)

// hours puts local times on an axis of unix seconds: the date at midnight, the
// time of day between. A change of the clocks moves no label off its hour.
type hours struct {
	location *time.Location
	most     int // labels
}

// Ticks implements plot.Ticker.
func (h hours) Ticks(lo, hi float64) []plot.Tick {
	from, to := time.Unix(int64(lo), 0).In(h.location), time.Unix(int64(hi), 0).In(h.location)
	minutes := h.step(to.Sub(from))
	days := max(1, minutes/1440)
	var ticks []plot.Tick
	y, m, d := from.Date()
	for day := 0; ; day++ {
		date := time.Date(y, m, d+day, 0, 0, 0, 0, time.UTC)
		midnight, _, _ := calendar.WallTimes(date, h.location)
		if midnight.After(to) {
			return ticks
		}
		// Days are counted from a fixed one, so that labels do not jump between pictures.
		if date.Unix()/86400%int64(days) != 0 {
			continue
		}
		for at := 0; at < 1440; at += minutes {
			wall := date.Add(time.Duration(at) * time.Minute)
			t, _, exists := calendar.WallTimes(wall, h.location)
			if at > 0 && (!exists || t.Equal(midnight)) || t.Before(from) || t.After(to) {
				continue
			}
			label := wall.Format("15:04")
			if at == 0 { // where the clocks go forward at midnight, the day begins later
				label = wall.Format("Mon 2 Jan")
			}
			ticks = append(ticks, plot.Tick{Value: float64(t.Unix()), Label: label})
		}
	}
}

// step returns the minutes between two labels of a span.
func (h hours) step(span time.Duration) int {
	for _, m := range []int{5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2 * 1440, 7 * 1440} {
		if span <= time.Duration(h.most*m)*time.Minute {
			return m
		}
	}
	return 28 * 1440
}

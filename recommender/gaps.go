package recommender

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/recommender/explain"
)

const ceilingTooLow = "CeilingTooLow"

// gaps finds where the curve needs more than the ceiling, or a room, holds: the
// first time for each, until it fits again or the curve ends.
func (c *demandCurve) gaps(b bounds, rooms []Room) []Gap {
	var list []Gap
	find := func(code, name string, pods int32, wanted func(int) int32) {
		g := Gap{Code: code, Name: name, Pods: pods}
		for i := range c.need {
			if need := wanted(i); need > pods {
				if g.Most == 0 {
					g.From = c.time(i)
				}
				g.Most, g.Until = max(g.Most, need), c.time(i+1)
			} else if g.Most > 0 {
				break
			}
		}
		if g.Most > 0 {
			list = append(list, g)
		}
	}
	find(ceilingTooLow, b.highName, b.high, func(i int) int32 { return c.need[i] })
	for _, r := range rooms {
		find(r.Code, r.Name, r.Pods, c.want)
	}
	return list
}

// remedyOf returns what to do about a gap.
func remedyOf(g Gap, rooms []Room) string {
	if i := slices.IndexFunc(rooms, func(r Room) bool { return r.Code == g.Code && r.Name == g.Name }); i >= 0 {
		return rooms[i].Remedy
	}
	return "raise it"
}

// warning tells the gap, with its time and size.
func (g Gap) warning(remedy string) Warning {
	return Warning{g.Code, fmt.Sprintf("%s will be needed from %s for %s, %d more than %s allows; %s, or expect to be short",
		explain.Pods(g.Most), moment(g.From), explain.Span(g.Until.Sub(g.From).Round(time.Minute)), g.Most-g.Pods, g.Name, remedy)}
}

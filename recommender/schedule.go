package recommender

import (
	"fmt"
	"slices"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/forecast/calendar"
)

// A Schedule bounds floors at the times that its spec names.
type Schedule struct {
	calendar.ScheduleSpec

	Min, Max int32  // 0 is no bound
	Trigger  string // of KEDA, which it stands for: "spec.triggers[0] (cron)"; empty for a policy's own
}

// title is the schedule as its user knows it.
func (s *Schedule) title() string {
	if s.Trigger != "" {
		return "the trigger " + s.Trigger
	}
	return fmt.Sprintf("the schedule %q", s.Name)
}

// LayOut returns the spans of schedules that overlap [from, to], by their start. c
// tells the holidays of those days and the time zone; nil is UTC without any.
func LayOut(schedules []Schedule, c *forecast.Calendar, from, to time.Time) []Scheduled {
	var list []Scheduled
	for i := range schedules {
		s := &schedules[i]
		for _, span := range s.Spans(c, from, to) {
			list = append(list, Scheduled{Name: s.title(), From: span.Start, To: span.End, Min: s.Min, Max: s.Max})
		}
	}
	slices.SortStableFunc(list, func(a, b Scheduled) int { return a.From.Compare(b.From) })
	return list
}

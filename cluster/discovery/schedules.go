package discovery

import (
	"fmt"
	"strconv"

	"github.com/highwater-dev/highwater/cluster/keda"
	"github.com/highwater-dev/highwater/cluster/workload"
	"github.com/highwater-dev/highwater/forecast/calendar"
	"github.com/highwater-dev/highwater/policy/v1alpha1"
	"github.com/highwater-dev/highwater/recommender"
)

// ResolveSchedules returns a policy's schedules, and every problem with them; one
// with a problem is left out. Their holidays and time zone are those of the
// calendar in force, nil for none.
func ResolveSchedules(name string, list []v1alpha1.Schedule, c *calendar.Spec) ([]recommender.Schedule, []workload.Problem) {
	var spec calendar.Spec
	if c != nil {
		spec = *c
	}
	r := resolver{policy: name}
	var schedules []recommender.Schedule
	for i, s := range list {
		field := fmt.Sprintf("spec.schedules[%d]", i)
		had := len(r.problems)
		out := recommender.Schedule{ScheduleSpec: calendar.ScheduleSpec{
			Name: s.Name, Start: s.Start, End: s.End, TimeZone: s.TimeZone, Holidays: calendar.HolidayRule(s.Holidays),
		}}
		for _, date := range s.Except {
			out.Except = append(out.Except, string(date))
		}
		r.pods(&out.Min, field+".min", s.Min)
		r.pods(&out.Max, field+".max", s.Max)
		switch {
		case s.Min == nil && s.Max == nil:
			r.bad(field, "it has no bound: set min, max or both")
		case out.Max > 0 && out.Min > out.Max:
			r.bad(field+".min", "min %d is more than max %d: lower min or raise max", out.Min, out.Max)
		}
		for _, p := range out.Problems(spec) {
			r.bad(field+"."+p.Field, "%s", p.Message)
		}
		if len(r.problems) == had {
			schedules = append(schedules, out)
		}
	}
	return schedules, r.problems
}

// cronTriggers adds the cron triggers of a ScaledObject to the schedules: KEDA
// brings their pods as they begin, and a floor brings them before.
func (d *describer) cronTriggers() {
	so := d.in.ScaledObject
	if so == nil {
		return
	}
	for i, t := range so.Spec.Triggers {
		if t.Type != keda.Cron {
			continue
		}
		field := trigger(i, t)
		pods, err := strconv.ParseInt(t.Metadata["desiredReplicas"], 10, 32)
		if err != nil || pods < 1 {
			d.report(notice(BadSchedule, field, "desiredReplicas is %q, so no floor comes of it: give a number of pods", t.Metadata["desiredReplicas"]))
			continue
		}
		s := recommender.Schedule{Min: int32(pods), Trigger: field, ScheduleSpec: calendar.ScheduleSpec{
			Name: field, Start: t.Metadata["start"], End: t.Metadata["end"], TimeZone: t.Metadata["timezone"],
		}}
		if problems := s.Problems(calendar.Spec{}); len(problems) > 0 {
			d.report(notice(BadSchedule, field+" "+problems[0].Field, "no floor comes of it: %s", problems[0].Message))
			continue
		}
		d.w.Schedules = append(d.w.Schedules, s)
	}
}

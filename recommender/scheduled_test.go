package recommender

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/forecast"
	"github.com/highwater-dev/highwater/internal/house"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// drawScheduled makes a situation with schedules, and now and then without a
// proof.
func drawScheduled(r *rand.Rand) scene {
	sc := draw(r)
	for k := range 1 + r.IntN(3) {
		s := Scheduled{Name: fmt.Sprintf("schedule%d", k)}
		s.From = sc.in.Now.Add(time.Duration(r.Int64N(int64(8*time.Hour))) - 3*time.Hour).Truncate(time.Minute)
		s.To = s.From.Add(time.Minute + time.Duration(r.Int64N(int64(4*time.Hour)))).Truncate(time.Minute)
		switch r.IntN(3) {
		case 0:
			s.Max = 1 + r.Int32N(40)
		case 1:
			s.Min = 1 + r.Int32N(70)
		case 2:
			s.Min = 1 + r.Int32N(40)
			s.Max = s.Min + r.Int32N(10)
		}
		sc.in.Scheduled = append(sc.in.Scheduled, s)
	}
	if r.IntN(5) == 0 {
		sc.p.OnlySchedules, sc.in.Signals = true, nil
	}
	return sc
}

// bounds returns what floors lie between at a time, by reading the schedules
// minute by minute.
func (c *court) bounds(at time.Time) (low, high int32) {
	low, high = c.fixed[0], c.fixed[1]
	if c.sc.p.Suspend || len(c.sc.in.Scheduled) == 0 {
		return low, high
	}
	if c.sc.p.OnlySchedules {
		low = c.sc.in.Baseline
	}
	ready := at.Add(c.sc.p.LeadTime)
	asked := int32(0)
	for _, s := range c.sc.in.Scheduled {
		if !s.From.After(ready) && s.To.After(at) {
			asked = max(asked, s.Min)
		}
	}
	if allowed := c.allows(at); allowed != nil {
		high = max(min(high, allowed.Max), min(max(c.sc.in.Baseline, asked), high))
	}
	return min(max(low, asked), high), high
}

// allows returns the schedule that bounds floors from above at a time, and still
// when the pods that are started then are Ready; nil if none does.
func (c *court) allows(at time.Time) *Scheduled {
	bound := func(t time.Time) (least *Scheduled) {
		for i := range c.sc.in.Scheduled {
			s := &c.sc.in.Scheduled[i]
			if s.Max > 0 && !t.Before(s.From) && t.Before(s.To) && (least == nil || s.Max < least.Max) {
				least = s
			}
		}
		return least
	}
	now, then := bound(at), bound(at.Add(c.sc.p.LeadTime))
	if now == nil || then == nil {
		return nil
	}
	if then.Max > now.Max {
		return then
	}
	return now
}

// schedule returns the one of that name.
func (c *court) schedule(name string) Scheduled {
	for _, s := range c.sc.in.Scheduled {
		if s.Name == name {
			return s
		}
	}
	return Scheduled{}
}

func (c *court) scheduledUntil(m []string) string { // name, pods, until
	s := c.schedule(m[1])
	return first(
		wrong(num(m[2]) != s.Min || s.Min == 0, "it asks for %d", s.Min),
		wrong(!near(c.time(m[3]), s.To), "it ends at %s", s.To),
		wrong(s.From.After(c.sc.in.Now) || !s.To.After(c.sc.in.Now), "it is not on"),
		wrong(len(m) == 4 && c.low != s.Min, "%d is asked for", c.low))
}

func (c *court) scheduledUntilCut(m []string) string { // name, pods, until, by what, how many
	return first(
		wrong(num(m[5]) != c.low || num(m[2]) <= c.low, "it allows %d", c.low),
		wrong(c.low != c.high || m[4] != c.upper(c.sc.in.Now), "it is %s", c.upper(c.sc.in.Now)), c.scheduledUntil(m))
}

func (c *court) scheduledFrom(m []string) string { // name, pods, from
	s := c.schedule(m[1])
	return first(
		wrong(num(m[2]) != s.Min || s.Min == 0, "it asks for %d", s.Min),
		wrong(!near(c.time(m[3]), s.From), "it begins at %s", s.From),
		wrong(!s.From.After(c.sc.in.Now) || s.From.After(c.sc.in.Now.Add(c.sc.p.LeadTime)), "it is not due"),
		wrong(len(m) == 4 && c.low != s.Min, "%d is asked for", c.low))
}

func (c *court) scheduledFromCut(m []string) string { // name, pods, from, by what, how many
	return first(
		wrong(num(m[5]) != c.low || num(m[2]) <= c.low, "it allows %d", c.low),
		wrong(c.low != c.high || m[4] != c.upper(c.sc.in.Now), "it is %s", c.upper(c.sc.in.Now)), c.scheduledFrom(m))
}

func (c *court) scheduledMost(m []string) string { // name, pods, until
	s := c.schedule(m[1])
	return first(
		wrong(num(m[2]) != s.Max, "it allows %d", s.Max),
		wrong(!near(c.time(m[3]), s.To), "it ends at %s", s.To),
		wrong(c.allows(c.sc.in.Now) == nil || c.allows(c.sc.in.Now).Name != s.Name, "another bounds it"),
		wrong(len(m) == 4 && c.high != s.Max, "%d are allowed", c.high))
}

func (c *court) scheduledMostBaseline(m []string) string { // name, pods, until, baseline
	return first(
		wrong(num(m[4]) != c.sc.in.Baseline || c.high != c.sc.in.Baseline, "it is %d, and %d are allowed", c.sc.in.Baseline, c.high), c.scheduledMost(m))
}

func (c *court) scheduledMostAsked(m []string) string { // name, pods, until, by what, how many
	return first(
		wrong(num(m[5]) != c.schedule(m[4]).Min || c.high <= num(m[2]) || c.low != c.high, "it asks for %d", c.schedule(m[4]).Min), c.scheduledMost(m))
}

// due returns until when a schedule's pods have to be asked for.
func (c *court) due(name string) time.Time { return c.schedule(name).From.Add(-c.sc.p.LeadTime) }

func (c *court) rampScheduled(m []string) string { // name, pods, from, floor
	s := c.schedule(m[1])
	i := int(max(0, (c.due(m[1]).Sub(c.sc.in.Now)+c.step-1)/c.step)) // the first entry at which it is asked for
	_, high := c.bounds(c.sc.in.Now.Add(time.Duration(i) * c.step))
	reach := num(m[4])
	for range i * max(1, int(c.step/c.sc.p.StepEvery)) {
		reach = c.sc.p.above(reach)
	}
	return first(
		wrong(num(m[2]) != s.Min, "it asks for %d", s.Min),
		wrong(!near(c.time(m[3]), s.From), "it begins at %s", s.From),
		wrong(i < 1, "it is due now"),
		wrong(reach < min(s.Min, high), "they reach only %d", reach),
		wrong(c.d.Cause == explain.Ramp && num(m[4]) != c.d.Floor, "the floor is another"))
}

func (c *court) rampScheduledCut(m []string) string { // name, pods, from, by what, how many, floor
	return first(wrong(num(m[5]) >= num(m[2]), "it allows them all"), c.rampScheduled([]string{"", m[1], m[2], m[3], m[6]}))
}

func (c *court) quietScheduled(m []string) string { // name, pods, from, quiet
	s := c.schedule(m[1])
	return first(
		wrong(num(m[2]) != s.Min, "it asks for %d", s.Min),
		wrong(!near(c.time(m[3]), s.From), "it begins at %s", s.From),
		wrong(c.span(m[4]) != c.sc.p.Quiet || c.due(m[1]).After(c.sc.in.Now.Add(c.sc.p.Quiet)), "that is not within %s", c.sc.p.Quiet),
		wrong(c.d.Floor > c.from, "the floor rises"))
}

func (c *court) onlySchedules([]string) string {
	return wrong(!c.sc.p.OnlySchedules, "forecasts act")
}

func init() {
	claimed = append(claimed,
		claim{words("<W> asks for <N> until <T>"), (*court).scheduledUntil},
		claim{words("<W> asks for <N> until <T>, of which <W> allows <N>"), (*court).scheduledUntilCut},
		claim{words("<W> asks for <N> from <T> on"), (*court).scheduledFrom},
		claim{words("<W> asks for <N> from <T> on, of which <W> allows <N>"), (*court).scheduledFromCut},
		claim{words("<W> allows no more than <N> until <T>"), (*court).scheduledMost},
		claim{words("<W> allows no more than <N> until <T>, but no floor is below the baseline of <N>"), (*court).scheduledMostBaseline},
		claim{words("<W> allows no more than <N> until <T>, but <W> asks for <N>"), (*court).scheduledMostAsked},
		claim{words("<W> asks for <N> from <T> on, and steps reach that in time from <N> on"), (*court).rampScheduled},
		claim{words("<W> asks for <N> from <T> on, of which <W> allows <N>, and steps reach that in time from <N> on"), (*court).rampScheduledCut},
		claim{words("<W> asks for <N> from <T> on, for which it would have to rise again within the quiet time of <S>, so it falls no further"), (*court).quietScheduled},
		claim{words("only what is scheduled acts, since no proof holds"), (*court).onlySchedules},
	)
}

// TestEveryMessageOfASchedulesFloorIsTrue is TestEveryMessageIsTrue with
// schedules.
func TestEveryMessageOfASchedulesFloorIsTrue(t *testing.T) {
	n := 12_000
	if testing.Short() {
		n = 2_000
	}
	r := rand.New(rand.NewPCG(3, 20261128))
	seen := map[explain.Cause]int{}
	for i := range n {
		sc := drawScheduled(r)
		d := Decide(sc.p, sc.in)
		seen[d.Cause]++
		if wrong := claims(sc, d); wrong != "" {
			t.Fatalf("situation %d: %s\n%s (%s, %s, bound by %q)\nat %s\n%+v\n%+v\n%+v\n%+v", i, wrong, d.Message, d.Reason, d.Cause, d.Bound, sc.in.Now, d.Steps, sc.p, sc.in.Memory, sc.in.Scheduled)
		}
	}
	t.Log(seen)
	for _, c := range []explain.Cause{explain.ScheduledMin, explain.ScheduledMax, explain.OnlySchedules} {
		if seen[c] < 10 && !testing.Short() {
			t.Errorf("cause %s was seen %d times: the draw does not test it", c, seen[c])
		}
	}
}

// Whatever the load and whenever it is, a schedule's pods are asked for a lead
// time before it begins, they stay until it ends, and then the floor falls.
func TestAScheduleIsKeptAtEveryHour(t *testing.T) {
	for i, at := range house.Moments(t) {
		if i%7 != 0 {
			continue
		}
		p := DefaultPolicy()
		p.Mode = Enforce
		span := Scheduled{Name: "opening", From: at.Add(3 * time.Hour), To: at.Add(5 * time.Hour), Min: 20}
		in := Input{Now: at, Baseline: 2, Ceiling: 30, Floor: 2, Scheduled: []Scheduled{span}}
		switch i % 3 {
		case 1: // in doubt all along
			in.Signals = []Signal{{Name: "load"}}
		case 2: // no proof
			p.OnlySchedules = true
		default:
			in.Signals = []Signal{flatSignal(at, 3)}
		}
		for ; in.Now.Before(at.Add(7 * time.Hour)); in.Now = in.Now.Add(time.Minute) {
			d := Decide(p, in)
			in.Floor, in.Memory = d.Floor, d.Memory
			switch {
			case in.Now.Before(span.From.Add(-20*time.Minute)) && d.Floor > 3:
				t.Fatalf("%s before it begins: %s", span.From.Sub(in.Now), d.Message)
			case !in.Now.Before(span.From.Add(-p.LeadTime)) && in.Now.Before(span.To) && d.Floor < 20:
				t.Fatalf("%s after it begins: %s", in.Now.Sub(span.From), d.Message)
			case in.Now.After(span.To.Add(90*time.Minute)) && d.Floor > 3:
				t.Fatalf("%s after its end: %s", in.Now.Sub(span.To), d.Message)
			}
		}
	}
}

// A schedule's upper bound is reached in steps, and left in time for what comes.
func TestAnUpperBoundOfASchedule(t *testing.T) {
	now := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	p := DefaultPolicy()
	p.Mode = Enforce
	night := Scheduled{Name: "night", From: now.Add(time.Hour), To: now.Add(4 * time.Hour), Max: 5}
	in := Input{Now: now, Baseline: 2, Ceiling: 40, Floor: 20, Signals: []Signal{flatSignal(now, 20)}, Scheduled: []Scheduled{night}}
	last := int32(20)
	for ; in.Now.Before(now.Add(5 * time.Hour)); in.Now = in.Now.Add(time.Minute) {
		d := Decide(p, in)
		in.Floor, in.Memory = d.Floor, d.Memory
		switch {
		case in.Now.Before(night.From) && d.Floor != 20, !in.Now.Before(night.To) && d.Floor < 20-8:
			t.Fatalf("at %s: %s", in.Now, d.Message)
		case d.Floor < last/2:
			t.Fatalf("from %d: %s", last, d.Message)
		case in.Now.After(night.From.Add(40*time.Minute)) && in.Now.Before(night.To.Add(-p.LeadTime)) && d.Floor != 5:
			t.Fatalf("at %s: %s", in.Now, d.Message)
		}
		last = d.Floor
	}
	if last != 20 {
		t.Errorf("an hour after the night the floor is %d", last)
	}
}

func TestWarningsOfSchedules(t *testing.T) {
	now := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	span := func(name string, least, most int32) Scheduled {
		return Scheduled{Name: name, From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Min: least, Max: most}
	}
	in := Input{Now: now, Baseline: 4, Ceiling: 10, Floor: 4, Signals: []Signal{flatSignal(now, 4)}}
	in.Scheduled = []Scheduled{span("a", 20, 0), span("b", 0, 3), span("c", 8, 0), span("d", 0, 6), span("d", 0, 6)}
	p := DefaultPolicy()
	p.Quiet = 2 * time.Hour // it looks that far
	var got string
	for _, w := range Decide(p, in).Warnings {
		got += w.Code + ": " + w.Message + "\n"
	}
	want := `ScheduleAboveCeiling: a asks for 20 from 28 Nov 21:00 UTC on, but maxReplicas is 10; raise it, or ask for less
ScheduleBelowBaseline: b allows 3 from 28 Nov 21:00 UTC on, but the baseline is 4, and no floor is below it; lower minReplicas, or allow more
ScheduleConflict: a asks for 20 while b allows 3, from 28 Nov 21:00 UTC on; the larger number counts
ScheduleConflict: c asks for 8 while b allows 3, from 28 Nov 21:00 UTC on; the larger number counts
ScheduleConflict: a asks for 20 while d allows 6, from 28 Nov 21:00 UTC on; the larger number counts
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// flatSignal is a load that needs so many pods for the next twelve hours.
func flatSignal(now time.Time, pods float64) Signal {
	paths := &forecast.Paths{Start: now.Truncate(time.Minute), Step: time.Minute, Taus: []float64{0.5, 0.95}}
	for range 12 * 60 {
		paths.Values = append(paths.Values, pods, pods)
	}
	return Signal{Name: "load", Capacity: Capacity{PerPod: 1}, Newest: now, Value: pods, Load: paths, Peak: paths}
}

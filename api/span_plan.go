package api

import "time"

// plan returns what is covered of a plan that has a point every own, with the
// highest floor of each step and its reason, and the most of all else. A point has
// the time of the first that it stands for.
func (s span) plan(points []PlanPoint, own time.Duration) []PlanPoint {
	at := func(i int) time.Time { return points[i].Time }
	lo, hi := s.covered(len(points), at)
	points = points[lo:hi]
	if s.step <= own {
		return points
	}
	out := []PlanPoint{}
	for i, j := range s.groups(len(points), at) {
		p := points[i]
		for _, x := range points[i+1 : j] {
			if x.Floor > p.Floor {
				p.Floor, p.Reason = x.Floor, x.Reason
			}
			p.Needed, p.Load, p.Median = max(p.Needed, x.Needed), max(p.Load, x.Load), max(p.Median, x.Median)
		}
		out = append(out, p)
	}
	return out
}

// past returns the changes of the past that are covered, and the one before, which
// still held then. With a step, what held for some of it is its most; now is when
// the last of them was seen to hold.
func (s span) past(changes []PastPoint, now time.Time) []PastPoint {
	at := func(i int) time.Time { return changes[i].Time }
	lo, hi := s.covered(len(changes), at)
	changes = changes[max(lo-1, 0):hi]
	if s.step == 0 {
		return changes
	}
	if !s.to.IsZero() && s.to.Before(now) {
		now = s.to
	}
	out := []PastPoint{}
	add := func(p PastPoint) {
		if n := len(out); n == 0 || out[n-1].Floor != p.Floor || out[n-1].Replicas != p.Replicas {
			out = append(out, p)
		}
	}
	for i, j := range s.groups(len(changes), at) {
		p := changes[i]
		if begin := p.Time.Truncate(s.step); i > 0 && p.Time.After(begin) {
			p = changes[i-1] // it still held as the step began
			p.Time = begin
		}
		for _, x := range changes[i:j] {
			p.Floor, p.Replicas = max(p.Floor, x.Floor), max(p.Replicas, x.Replicas)
		}
		add(p)
		last := changes[j-1]
		last.Time = last.Time.Truncate(s.step).Add(s.step)
		if !last.Time.After(now) && (j == len(changes) || last.Time.Before(changes[j].Time.Truncate(s.step))) {
			add(last) // it holds alone from the next step on
		}
	}
	return out
}

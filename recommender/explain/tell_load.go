package explain

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// load tells what a load is and where it is read.
func (s *Story) load(l *Load) Section {
	out := Section{Title: "The load: " + l.Name}
	switch {
	case l.Newest.IsZero() || l.Value != l.Value:
	case l.Newest.Sub(s.Now) >= time.Second:
		out.line("%s at %s, %s ahead of this clock", Quantity(l.Value, l.Unit), s.at(l.Newest), Age(l.Newest.Sub(s.Now)))
	default:
		out.line("%s at %s, %s ago", Quantity(l.Value, l.Unit), s.at(l.Newest), Age(s.Now.Sub(l.Newest)))
	}
	if l.Query != "" {
		out.line("read by %s from %s", l.Query, cmp.Or(l.From, "the autoscaler"))
	}
	if l.Span > 0 && !l.Since.IsZero() {
		out.line("%s of history, since %s; %s", Age(l.Span), l.Since.UTC().Format("2 Jan 15:04"), l.Quality.flaws())
	}
	for _, r := range l.Remarks {
		out.line("Prometheus: %s", r)
	}
	return out
}

// capacity tells what a pod carries and how that is known.
func (l *Load) capacity() Section {
	c, out := &l.Capacity, Section{Title: "What a pod carries"}
	quantity := func(x float64) string { return Quantity(x, l.Unit) }
	if c.PerPod > 0 {
		out.line("%s: %s", quantity(c.PerPod), cmp.Or(c.Source, "as the policy says"))
	} else {
		out.line("not known; %s", cmp.Or(c.Source, "nothing says it"))
	}
	if c.Full > 0 && c.Full != c.PerPod {
		out.line("beyond %s a pod is full, and the workload short", quantity(c.Full))
	}
	if c.Assumed != "" {
		out.line("assumed: %s", c.Assumed)
	}
	if c.Learned == nil {
		out.line("nothing was learned of it from the past yet")
		return out
	}
	c.Learned.tell(&out, quantity)
	return out
}

func (l *Learned) tell(out *Section, quantity func(float64) string) {
	if l.PerPod > 0 {
		out.line("learned from %s (%s): %s; %s", l.Method, strings.ToLower(l.Confidence), quantity(l.PerPod), l.Why)
	}
	for _, e := range l.Estimates {
		if e.Method == "Target" {
			continue // that is what the autoscaler says
		}
		said := fmt.Sprintf("%s, between %s and %s", quantity(e.PerPod), quantity(e.Low), quantity(e.High))
		if e.AtLeast {
			said = "at least " + quantity(e.PerPod)
		}
		out.line("%s says %s, from %s (%s)", e.Method, said, count(e.Observations, "observation"), strings.ToLower(e.Confidence))
	}
	for _, r := range l.Refusals {
		out.line("%s says nothing (%s): %s", r.Method, r.Reason, r.Detail)
	}
}

// forecast tells how the load is forecast, and how good that was.
func (s *Story) forecast(l *Load) Section {
	out := Section{Title: "Its forecast"}
	if l.Missing != nil {
		out.line("none (%s): %s", l.Missing.Code, l.Missing.Message)
		return out
	}
	if l.Method != "" {
		out.line("%s", l.Method)
	}
	if c := l.Score.Coverage; c == c {
		off := ""
		if e := l.Score.Error; e == e {
			off = "; the median was off by " + Share(e)
		}
		out.line("of %s that came due, %s covered %s%s", count(l.Score.Matured, "forecast"), Quantile(s.Quantile), Share(c), off)
	} else {
		out.line("no forecast has come due since this process started, so how good they are is not known yet")
	}
	for _, f := range l.Findings {
		out.line("found in the history: %s", f)
	}
	return out
}

// flaws counts what was found in a history.
func (q Quality) flaws() string {
	var found []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{q.Missing, "missing in " + count(q.Gaps, "gap")}, {q.Duplicates, "given twice"}, {q.Unordered, "out of order"},
		{q.NonFinite, "no number"}, {q.Negative, "negative"},
	} {
		if c.n > 0 {
			found = append(found, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(found) == 0 {
		return count(q.Points, "point") + " without flaws"
	}
	return count(q.Points, "point") + ", " + strings.Join(found, ", ")
}

// count counts what is called by what, which takes an s for more than one.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

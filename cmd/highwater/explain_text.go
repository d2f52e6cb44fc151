package main

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/highwater-dev/highwater/api"
	"github.com/highwater-dev/highwater/recommender/explain"
)

// A teller writes a story for a terminal.
type teller struct {
	b     strings.Builder
	now   time.Time
	width int
}

func (t *teller) tell(s *story) {
	w := &s.Workload
	mode := w.Mode
	if w.Suspended {
		mode += ", suspended"
	}
	fmt.Fprintf(&t.b, "%s/%s: %s of %s %s, %s, policy %s\n\n", w.Namespace, w.Name, w.Kind, w.Target.Kind, w.Target.Name,
		mode, or(w.Policy, "defaults"))
	t.line("%s: %s", w.Reason, w.Message)
	t.line("minReplicas is %d, the baseline %d, the ceiling %d; %d replicas run at %s", w.Current, w.Baseline, w.Ceiling, w.Replicas, t.clock(w.At))
	if w.Error != "" {
		t.line("the last tick failed: %s", w.Error)
	}
	for i := range w.Signals {
		t.load(w, &w.Signals[i])
	}
	t.lead(w)
	t.coming(w)
	t.decision(w)
	t.warnings(w)
	t.proof(w)
	t.past(s.Plan)
	t.head("What to do next")
	for _, n := range s.Next {
		t.line("- %s", n)
	}
}

// head begins a part.
func (t *teller) head(format string, args ...any) { fmt.Fprintf(&t.b, "\n"+format+"\n", args...) }

// line writes one line of a part, broken between words where it is long.
func (t *teller) line(format string, args ...any) {
	const indent = "  "
	used := 0
	for i, word := range strings.Fields(fmt.Sprintf(format, args...)) {
		n := len([]rune(word))
		switch {
		case i == 0:
			t.b.WriteString(indent)
		case used+1+n > t.width-len(indent):
			t.b.WriteString("\n" + indent + indent)
			used = len(indent)
		default:
			t.b.WriteByte(' ')
			used++
		}
		t.b.WriteString(word)
		used += n
	}
	t.b.WriteByte('\n')
}

// load tells what a load is, what a pod carries of it, and its forecast.
func (t *teller) load(w *api.Detail, s *api.Signal) {
	unit := s.Capacity.Unit
	t.head("The load: %s", s.Name)
	if s.Value != nil && s.Newest != nil {
		t.line("%s at %s, %s ago", explain.Quantity(*s.Value, unit), t.clock(*s.Newest), age(t.now.Sub(*s.Newest)))
	}
	if s.Query != "" {
		t.line("read by %s from %s", s.Query, cmp.Or(s.QueryFrom, "the autoscaler"))
	}
	if s.HistorySpanSeconds > 0 && s.HistoryStart != nil {
		t.line("%s of history, since %s; %s", age(seconds(s.HistorySpanSeconds)), s.HistoryStart.UTC().Format("2 Jan 15:04"), flaws(s.Quality))
	}
	for _, x := range s.Warnings {
		t.line("Prometheus: %s", x)
	}
	t.capacity(s)

	t.head("Its forecast")
	if s.NoForecast != nil {
		t.line("none (%s): %s", s.NoForecast.Reason, s.NoForecast.Detail)
		return
	}
	t.line("%s", cmp.Or(s.Method, "made"))
	if c := s.Score.Coverage; c != nil {
		t.line("of %d forecasts that have come due, %s covered %s; the median was off by %s", s.Score.Matured, explain.Quantile(w.Quantile), explain.Share(*c), percentOf(s.Score.Error))
	} else {
		t.line("no forecast has come due since this process started, so how good they are is not known yet")
	}
	for _, f := range s.Findings {
		t.line("found in the history: %s", f.Detail)
	}
}

// capacity tells what a pod carries and how that is known.
func (t *teller) capacity(s *api.Signal) {
	unit := s.Capacity.Unit
	t.head("What a pod carries")
	if s.Capacity.PerPod == nil {
		t.line("not known; %s", cmp.Or(s.Capacity.Source, "nothing says it"))
	} else {
		t.line("%s: %s", explain.Quantity(*s.Capacity.PerPod, unit), cmp.Or(s.Capacity.Source, "as the policy says"))
	}
	if s.Full != nil && (s.Capacity.PerPod == nil || *s.Full != *s.Capacity.PerPod) {
		t.line("beyond %s a pod is full, and the workload short", explain.Quantity(*s.Full, unit))
	}
	if s.Assumed != "" {
		t.line("assumed: %s", s.Assumed)
	}
	l := s.Learned
	if l == nil {
		t.line("nothing was learned of it from the past yet")
		return
	}
	if l.PerPod != nil {
		t.line("learned from %s (%s): %s; %s", l.Method, strings.ToLower(l.Confidence), explain.Quantity(*l.PerPod, unit), l.Why)
	}
	for _, e := range l.Estimates {
		if e.Method == "Target" {
			continue
		}
		said := fmt.Sprintf("%s, between %s and %s", explain.Quantity(e.PerPod, unit), explain.Quantity(e.Low, unit), explain.Quantity(e.High, unit))
		if e.AtLeast {
			said = "at least " + explain.Quantity(e.PerPod, unit)
		}
		t.line("%s says %s, from %d observations (%s)", e.Method, said, e.Observations, strings.ToLower(e.Confidence))
	}
	for _, r := range l.Refusals {
		t.line("%s says nothing (%s): %s", r.Method, r.Reason, r.Detail)
	}
}

func (t *teller) lead(w *api.Detail) {
	t.head("Lead time")
	t.line("%s from raising the floor to the pods being ready, as in force", goAge(w.PolicyValues.LeadTime))
	if l := w.LearnedLead; l != nil {
		t.line("seen: %s (%s): %s", age(seconds(l.Seconds)), strings.ToLower(l.Confidence), l.Why)
	}
}

func (t *teller) coming(w *api.Detail) {
	t.head("What is coming")
	if w.Peak == nil || w.Capacity == nil {
		t.line("not known: %s", whyNone(w))
		return
	}
	t.line("the peak: %s at %s, %s, which needs %s", explain.Quantity(w.Peak.Load, w.Capacity.Unit), t.clock(w.Peak.Time), ahead(w.Peak.Time.Sub(t.now)), explain.Pods(w.Peak.Pods))
	var changes []string
	for _, p := range w.Plan[:min(6, len(w.Plan))] {
		changes = append(changes, fmt.Sprintf("%d from %s", p.Floor, t.clock(p.Time)))
	}
	if more := len(w.Plan) - len(changes); more > 0 {
		changes = append(changes, fmt.Sprintf("%d more changes", more))
	}
	t.line("the floor: %s", strings.Join(changes, ", "))
	if c := w.Calendar; c != nil && c.Event != nil {
		t.line("event %s from %s to %s, %g times the usual load", c.Event.Name, t.clock(c.Event.Start), t.clock(c.Event.End), c.Event.Multiplier)
	}
	if c := w.Calendar; c != nil && c.Today != nil {
		t.line("today is %s", *c.Today)
	}
}

// whyNone says why no load is forecast.
func whyNone(w *api.Detail) string {
	if w.NoForecast == nil {
		return "no load is forecast"
	}
	return fmt.Sprintf("no forecast (%s): %s", w.NoForecast.Reason, w.NoForecast.Detail)
}

func (t *teller) decision(w *api.Detail) {
	t.head("The decision, stage by stage")
	tab := tabwriter.NewWriter(&t.b, 0, 0, 2, ' ', 0)
	for _, s := range w.Steps {
		note := s.Note
		if s.Name == w.Bound {
			note = "← bound: " + note
		}
		fmt.Fprintf(tab, "  %s\t%d\t%s\n", s.Name, s.Out, note)
	}
	_ = tab.Flush() // a strings.Builder does not fail
	if len(w.Steps) == 0 {
		t.line("no stage was gone through")
	}
	if w.Applied.Message != "" {
		t.line("%s: %s", w.Applied.Outcome, w.Applied.Message)
	}
	if l := w.Lease; l != nil {
		t.line("the object carries a lease of %s: floor %d, back to %d, until %s", l.Holder, l.Floor, l.Baseline, t.clock(l.Expires))
	}
}

func (t *teller) warnings(w *api.Detail) {
	if len(w.Problems)+len(w.Warnings) == 0 {
		return
	}
	t.head("Warnings")
	for _, p := range w.Problems {
		t.line("%s, %s: %s", p.Code, p.Field, p.Message)
	}
	for _, x := range w.Warnings {
		t.line("%s: %s", x.Code, x.Message)
	}
}

// policyWords are the policies of a proof as they are shown.
var policyWords = map[string]string{
	"hpa": "HPA alone", "highwater": "Highwater", "naive": "yesterday's load", "constant": "best constant", "oracle": "perfect foresight",
}

func (t *teller) proof(w *api.Detail) {
	p := &w.Proof
	t.head("The proof, on its own past")
	t.line("%s", p.Message)
	if len(p.Policies) > 0 {
		tab := tabwriter.NewWriter(&t.b, 0, 0, 2, ' ', 0)
		fmt.Fprint(tab, "  floors by\tshort minutes\tpod-hours\tchanges\n")
		for _, r := range p.Policies {
			cost := fmt.Sprintf("%.0f", r.PodHours)
			if r.Policy != "hpa" && r.PodHoursChange != nil {
				cost = fmt.Sprintf("%+.1f %%", 100**r.PodHoursChange)
			}
			fmt.Fprintf(tab, "  %s\t%s\t%s\t%d\n", cmp.Or(policyWords[r.Policy], r.Policy), three(r.ShortMinutes), cost, r.Changes)
		}
		_ = tab.Flush() // a strings.Builder does not fail
	}
	if p.From != nil && p.To != nil && p.MadeAt != nil {
		t.line("replayed from %s to %s, made at %s; over all its days: %s", p.From.UTC().Format("2 Jan 15:04"), p.To.UTC().Format("2 Jan 15:04"), t.clock(*p.MadeAt), p.Detail)
	}
}

// past tells the last changes that the process has seen.
func (t *teller) past(p *api.Plan) {
	t.head("Last changes")
	if p == nil || len(p.Past) < 2 {
		t.line("none since this process started")
		return
	}
	last := p.Past[max(0, len(p.Past)-6):]
	for i, x := range last {
		if i > 0 {
			t.line("%s: floor %d, %d replicas; before, %d and %d", t.clock(x.Time), x.Floor, x.Replicas, last[i-1].Floor, last[i-1].Replicas)
		}
	}
}

// clock writes a time, with its day unless that is now's.
func (t *teller) clock(at time.Time) string {
	at = at.UTC()
	if at.Format(time.DateOnly) == t.now.UTC().Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("Mon 2 Jan 15:04")
}

func or(s *string, def string) string {
	if s == nil {
		return def
	}
	return *s
}

// known returns a number of the API; NaN for null.
func known(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
